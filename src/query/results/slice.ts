/** So many rows are laid at once: few enough that what is known of them stays near the processor. */
export const SLICE_ROWS = 256;
