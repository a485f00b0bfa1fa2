/** Which times of its tables a statement reads: acknowledged rows elsewhere may stay in memory. */
import type { TimeSpan } from '../../ingest/ingest.ts';

export interface TimedScan {
  readonly tableId: number;
  /** The times beyond which it reads nothing. */
  readonly span: TimeSpan;
}

/** For each table the smallest span that holds those of all its scans. */
export function readSpans(scans: readonly TimedScan[]): ReadonlyMap<number, TimeSpan> {
  const spans = new Map<number, TimeSpan>();
  for (const { tableId, span } of scans) {
    const other = spans.get(tableId) ?? span;
    spans.set(tableId, {
      fromNs: outer(span.fromNs, other.fromNs, (a, b) => a < b),
      toNs: outer(span.toNs, other.toNs, (a, b) => a > b),
    });
  }
  return spans;
}

function outer(
  one: bigint | null,
  other: bigint | null,
  isOuter: (a: bigint, b: bigint) => boolean,
): bigint | null {
  if (one === null || other === null) return null;
  return isOuter(one, other) ? one : other;
}
