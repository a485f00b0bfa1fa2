/** How many rows, and after how many. */
export interface Limit {
  /** null = all rows. */
  readonly count: bigint | null;
  readonly offset: bigint;
}
