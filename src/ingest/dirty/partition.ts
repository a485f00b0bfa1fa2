/** The engine's partitions, as `table-layout.ts` makes them: seven days, counted so that none is negative. */
const SPAN_NS = 604_800_000_000_000n;
const OFFSET = 20_000;

/** The engine's division cuts toward zero, and so does this one. */
export function partitionOf(timeNs: bigint): number {
  return Number(timeNs / SPAN_NS) + OFFSET;
}
