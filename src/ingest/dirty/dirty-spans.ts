/** The spans of time that a query has to read with `FINAL`. */
import type { DirtySpan } from '../ingest.ts';
import type { DirtyPartition } from './dirty-state.ts';

/** Sorted and not overlapping. */
export function dirtySpans(partitions: Iterable<DirtyPartition>): DirtySpan[] {
  const sorted = [...partitions].sort((a, b) => (a.fromNs < b.fromNs ? -1 : a.fromNs > b.fromNs ? 1 : 0));
  const spans: { fromNs: bigint; toNs: bigint }[] = [];
  for (const { fromNs, toNs } of sorted) {
    const last = spans.at(-1);
    if (last !== undefined && fromNs <= last.toNs) {
      if (toNs + 1n > last.toNs) last.toNs = toNs + 1n;
    } else spans.push({ fromNs, toNs: toNs + 1n });
  }
  return spans;
}
