/** From which instant on rows are in a cache. */

const MINIMUM_NS = -(2n ** 63n);
const NANOS_PER_SECOND = 1_000_000_000n;
/** Beyond this an instant in nanoseconds has no such instant before it: every row is younger. */
export const MAXIMUM_AGE_SECS = 9_000_000_000;

export interface AgeLimits {
  readonly ageSecs: number;
  /** null = rows are kept for ever. */
  readonly retentionNs: bigint | null;
}

/** Rows at this instant or before are out; null = none is. */
export function floorNs(nowNs: bigint, { ageSecs, retentionNs }: AgeLimits): bigint | null {
  const floors: bigint[] = [];
  if (ageSecs <= MAXIMUM_AGE_SECS) floors.push(nowNs - BigInt(ageSecs) * NANOS_PER_SECOND);
  // What is exactly as old as the period is still there.
  if (retentionNs !== null) floors.push(nowNs - retentionNs - 1n);
  const highest = floors.reduce<bigint | null>((a, b) => (a === null || b > a ? b : a), null);
  return highest === null || highest < MINIMUM_NS ? null : highest;
}
