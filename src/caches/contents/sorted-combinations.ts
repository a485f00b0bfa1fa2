/** The numbers of combinations in the order of their values, nulls first; what came since the last time is merged in. */
import type { KeyValues } from './combinations.ts';
import { compareTexts, isPlainText } from './text-order.ts';

export class SortedCombinations {
  private readonly values: readonly KeyValues[];
  private sorted = new Uint32Array(0);
  private isPlain = true;

  constructor(values: readonly KeyValues[]) {
    this.values = values;
  }

  get memoryBytes(): number {
    return this.sorted.byteLength;
  }

  /** Not to be kept or changed. */
  order(): Uint32Array {
    const known = this.sorted.length;
    const size = this.values.length;
    if (known === size) return this.sorted;
    const added: number[] = [];
    for (let number = known; number < size; number++) {
      added.push(number);
      if (this.isPlain)
        this.isPlain = this.values[number]!.every((value) => value === null || isPlainText(value));
    }
    const compare = (a: number, b: number) => this.compare(a, b);
    added.sort(compare);
    this.sorted = merged(this.sorted, added, compare);
    return this.sorted;
  }

  private compare(a: number, b: number): number {
    const left = this.values[a]!;
    const right = this.values[b]!;
    for (let key = 0; key < left.length; key++) {
      const one = left[key] ?? null;
      const other = right[key] ?? null;
      if (one === other) continue;
      if (one === null) return -1;
      if (other === null) return 1;
      if (!this.isPlain) return compareTexts(one, other);
      return one < other ? -1 : 1;
    }
    return 0;
  }
}

function merged(
  sorted: Uint32Array,
  added: readonly number[],
  compare: (a: number, b: number) => number,
): Uint32Array<ArrayBuffer> {
  const all = new Uint32Array(sorted.length + added.length);
  let from = 0;
  let at = 0;
  for (const number of added) {
    const to = positionOf(number, sorted, from, compare);
    all.set(sorted.subarray(from, to), at);
    at += to - from;
    from = to;
    all[at++] = number;
  }
  all.set(sorted.subarray(from), at);
  return all;
}

/** Few come new between two questions: each is searched for, the rest is only copied. */
function positionOf(
  number: number,
  sorted: Uint32Array,
  from: number,
  compare: (a: number, b: number) => number,
): number {
  let low = from;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (compare(sorted[middle]!, number) <= 0) low = middle + 1;
    else high = middle;
  }
  return low;
}
