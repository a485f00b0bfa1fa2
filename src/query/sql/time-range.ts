/** Instants that there are, nanoseconds since 1970 in 64 bits, and spans of them. */
import type { DirtySpan, TimeSpan } from '../../ingest/ingest.ts';

export const MINIMUM_TIME = -(2n ** 63n);
export const MAXIMUM_TIME = 2n ** 63n - 1n;

/** The nearest instant that there is. */
export const clampTime = (ns: bigint): bigint =>
  ns < MINIMUM_TIME ? MINIMUM_TIME : ns > MAXIMUM_TIME ? MAXIMUM_TIME : ns;

/** Whether what is read may hold points of the dirty span. */
export function overlaps({ fromNs, toNs }: TimeSpan, dirty: DirtySpan): boolean {
  return (toNs === null || dirty.fromNs <= toNs) && (fromNs === null || dirty.toNs > fromNs);
}
