/** How late the server's event loop was, out of the histogram that it shows in `/metrics`. */

/** Upper bounds in ms, and how often the loop was late by at most so much (and by more than the bound before). */
export type LatenessCounts = ReadonlyMap<number, number>;

export async function eventLoopLateness(anyUrl: string): Promise<LatenessCounts> {
  const text = await (await fetch(new URL('/metrics', anyUrl))).text();
  const counts = new Map<number, number>();
  let below = 0;
  for (const [, bound, count] of text.matchAll(
    /^sluice_event_loop_late_seconds_bucket{le="(\S+?)"} (\d+)$/gm,
  )) {
    counts.set(bound === '+Inf' ? Number.POSITIVE_INFINITY : Number(bound) * 1000, Number(count) - below);
    below = Number(count);
  }
  return counts;
}

/** A table of what came between two readings. */
export function printLateness(before: LatenessCounts, after: LatenessCounts): string {
  const bounds = [...after.keys()];
  const counts = bounds.map((bound) => after.get(bound)! - (before.get(bound) ?? 0));
  const names = bounds.map((bound) => (Number.isFinite(bound) ? `to ${bound}` : 'more'));
  return [
    `| event loop late, ms | ${names.join(' | ')} |`,
    `|---|${'---|'.repeat(bounds.length)}`,
    `| times | ${counts.join(' | ')} |`,
  ].join('\n');
}
