/**
 * Over bytes that say nothing, as most of a name or value of a megabyte: the platform looks at them ten times as fast as
 * a loop does, but to call it costs as much as to look at a hundred.
 */

/** Of which a loop has found none of interest: it is worth a leap then. */
export const BEFORE_LEAP = 1024;
/** Where one byte is near and another far, the far one must not be looked for again and again. */
const WINDOW = 16_384;

/** The first of these bytes in `[start, end)`; `end` when there is none. */
export function leap(bytes: Buffer, start: number, end: number, stops: readonly number[]): number {
  for (let from = start; from < end; from += WINDOW) {
    const window = bytes.subarray(from, Math.min(end, from + WINDOW));
    let first = window.length;
    for (const stop of stops) {
      const found = window.indexOf(stop);
      if (found !== -1 && found < first) first = found;
    }
    if (first < window.length) return from + first;
  }
  return end;
}
