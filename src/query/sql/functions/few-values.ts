/** What DataFusion's t-digest answers while it holds each value by itself: as exact as the digest is, to the last digit. */
import { bound } from '../bound.ts';
import type { PrintContext } from './definition.ts';

/** More than these are not collected, whatever number of centroids a statement asks for. */
const MAXIMUM = 1024;

/** The share of all values that the first `k` of `size` centroids may stand for. */
function share(k: number, size: number): number {
  const part = k / size;
  return part < 0.5 ? 2 * part * part : 1 - 2 * (1 - part) * (1 - part);
}

/** Whether a digest of so many centroids merges none of so many values: `k` of them leave no room for the next. */
function holdsEach(values: number, size: number): boolean {
  for (let k = 1; k < values; k += 1) if (k + 1 <= share(k, size) * values) return false;
  return true;
}

/** How many values a digest of so many centroids holds one by one: 86 for its usual 100. */
export function heldSingly(centroids: number): number {
  const size = Math.min(centroids, 2 * MAXIMUM);
  let values = 1;
  while (values < MAXIMUM && holdsEach(values + 1, size)) values += 1;
  return values;
}

/**
 * The percentile of a printed array of numbers: each value stands for the ranks half around it, and between them
 * the answer follows the slope from the value before to the one after. It never leaves those two.
 */
export function percentileOfFew(percentile: number, array: string, context: PrintContext): string {
  const sorted = context.freshName();
  const chosen = (): string => {
    if (percentile <= 0) return `${sorted}[1]`;
    if (percentile >= 1) return `${sorted}[-1]`;
    const count = `length(${sorted})`;
    const rank = `(${percentile} * ${count})`;
    // The float could round up to the count itself.
    const at = `least(toInt64(floor(${rank})), toInt64(${count}) - 1)`;
    const before = `${sorted}[greatest(${at}, 1)]`;
    const after = `${sorted}[least(${at} + 2, toInt64(${count}))]`;
    const apart = `if(${at} = 0 OR ${at} = toInt64(${count}) - 1, 1, 2)`;
    const value = `(${sorted}[${at} + 1] + ((${rank} - ${at}) - 0.5) * ((${after} - ${before}) / ${apart}))`;
    // A NaN is neither less nor greater.
    return `multiIf(${count} = 1, ${sorted}[1], ${value} < ${before}, ${before}, ${value} > ${after}, ${after}, ${value})`;
  };
  return bound(sorted, `arraySort(${array})`, `if(empty(${sorted}), NULL, ${chosen()})`);
}
