/** One aggregate of all groups: a number and how many values it is of, by slot. */
import { AskEngine } from './ask-engine.ts';
import type { Segments } from './segments.ts';
import type { NarrowAggregate } from './statement.ts';
import type { TableColumn } from './table.ts';

type FieldAggregate = Extract<NarrowAggregate, { field: number }>['kind'];

/** By slot. */
interface Groups {
  readonly values: Float64Array;
  readonly counts: Float64Array;
}

export class Accumulator implements Groups {
  values = new Float64Array(64);
  counts = new Float64Array(64);

  /** Makes room for so many groups. */
  reserve(slots: number): void {
    if (slots <= this.values.length) return;
    const length = Math.max(slots, this.values.length * 2);
    this.values = enlarged(this.values, length);
    this.counts = enlarged(this.counts, length);
  }

  /** Counts whole segments. */
  addRows({ ends, slots, count }: Segments): void {
    let from = 0;
    for (let segment = 0; segment < count; segment++) {
      this.counts[slots[segment]!]! += ends[segment]! - from;
      from = ends[segment]!;
    }
  }

  add(
    kind: FieldAggregate,
    isFloat: boolean,
    numbers: Float64Array,
    nulls: Uint8Array | null,
    segments: Segments,
  ): void {
    if (kind === 'count') {
      if (nulls === null) this.addRows(segments);
      else addCounts(this.counts, nulls, segments);
      return;
    }
    if (kind === 'min' || kind === 'max') {
      if (isFloat) refuseNegativeZero(numbers, nulls);
      addExtremes(this, numbers, nulls, segments, kind === 'max' ? 1 : -1);
      return;
    }
    // Whole numbers are exact for as long as no sum on the way is beyond what a float holds.
    const isWhole = kind === 'sum' && !isFloat;
    addSums(this, numbers, nulls, segments, isWhole ? Number.MAX_SAFE_INTEGER : Number.POSITIVE_INFINITY);
  }

  /** Of the first `slots` groups. */
  column(kind: NarrowAggregate['kind'], slots: number): TableColumn {
    this.reserve(slots);
    const counts = this.counts.subarray(0, slots);
    if (kind === 'rows' || kind === 'tags' || kind === 'count')
      return { kind: 'number', values: counts, nulls: null };
    const values = this.values.slice(0, slots);
    let nulls: Uint8Array | null = null;
    for (let slot = 0; slot < slots; slot++) {
      const count = counts[slot]!;
      if (count === 0) {
        nulls ??= new Uint8Array(slots);
        nulls[slot] = 1;
        continue;
      }
      if (kind === 'mean') values[slot]! /= count;
      if (!Number.isFinite(values[slot])) throw new AskEngine('a sum is too large');
    }
    return { kind: 'number', values, nulls };
  }
}

function enlarged(values: Float64Array<ArrayBuffer>, length: number): Float64Array<ArrayBuffer> {
  const larger = new Float64Array(length);
  larger.set(values);
  return larger;
}

function addCounts(counts: Float64Array, nulls: Uint8Array, { ends, slots, count }: Segments): void {
  let row = 0;
  for (let segment = 0; segment < count; segment++) {
    let found = 0;
    for (const end = ends[segment]!; row < end; row++) if (nulls[row] !== 1) found++;
    counts[slots[segment]!]! += found;
  }
}

/** `sign`: 1 for the largest value, -1 for the smallest. */
function addExtremes(
  { values, counts }: Groups,
  numbers: Float64Array,
  nulls: Uint8Array | null,
  { ends, slots, count }: Segments,
  sign: number,
): void {
  let row = 0;
  for (let segment = 0; segment < count; segment++) {
    const slot = slots[segment]!;
    let found = counts[slot]!;
    let best = found === 0 ? Number.NEGATIVE_INFINITY : values[slot]! * sign;
    for (const end = ends[segment]!; row < end; row++) {
      if (nulls !== null && nulls[row] === 1) continue;
      const value = numbers[row]! * sign;
      if (value > best) best = value;
      found++;
    }
    values[slot] = best * sign;
    counts[slot] = found;
  }
}

/** `most`: no sum on the way may be further from zero. */
function addSums(
  { values, counts }: Groups,
  numbers: Float64Array,
  nulls: Uint8Array | null,
  { ends, slots, count }: Segments,
  most: number,
): void {
  let row = 0;
  for (let segment = 0; segment < count; segment++) {
    const slot = slots[segment]!;
    let found = counts[slot]!;
    let sum = values[slot]!;
    for (const end = ends[segment]!; row < end; row++) {
      if (nulls !== null && nulls[row] === 1) continue;
      sum += numbers[row]!;
      if (sum > most || sum < -most) throw new AskEngine('a sum of whole numbers is too large');
      found++;
    }
    values[slot] = sum;
    counts[slot] = found;
  }
}

/** Which of two zeros is the smaller one the engine has its own ways to say. */
function refuseNegativeZero(numbers: Float64Array, nulls: Uint8Array | null): void {
  for (let row = 0; row < numbers.length; row++) {
    if (numbers[row] === 0 && Object.is(numbers[row], -0) && (nulls === null || nulls[row] !== 1))
      throw new AskEngine('a negative zero');
  }
}
