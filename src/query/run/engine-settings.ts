/** Settings of every query: what our printed SQL takes for granted. */
export const engineSettings: Readonly<Record<string, string | number>> = {
  // Rows without a partner in an outer join have nulls, as in the standard.
  join_use_nulls: 1,
};
