/** Bins of one length over the rows of a statement, numbered from the first one that may have rows. */
import type { StoredRun } from '../../engine/stored-rows.ts';
import { floorDivide } from '../sql/interval-text.ts';
import { MAXIMUM_TIME, MINIMUM_TIME } from '../sql/time-range.ts';
import { AskEngine } from './ask-engine.ts';
import type { Segments } from './segments.ts';
import type { GroupKey } from './statement.ts';
import { putInstants } from './words.ts';

export class BinGrid {
  /** Bins from the first to the last one that may have rows. */
  readonly count: number;
  private readonly strideNs: bigint;
  private readonly stride: number;
  private readonly originNs: bigint;
  /** Number of the first bin, counted from the origin. */
  private readonly first: bigint;

  constructor(runs: readonly StoredRun[], { strideNs, originNs }: Extract<GroupKey, { kind: 'bin' }>) {
    this.strideNs = strideNs;
    this.stride = Number(strideNs);
    this.originNs = originNs;
    const [from, to] = extent(runs);
    // The engine counts in 64 bits.
    if (
      to - originNs > MAXIMUM_TIME ||
      from - originNs < MINIMUM_TIME + strideNs ||
      from < MINIMUM_TIME + strideNs
    )
      throw new AskEngine('bins at the end of time');
    this.first = floorDivide(from - originNs, strideNs);
    this.count = Number(floorDivide(to - originNs, strideNs) - this.first) + 1;
    if (!Number.isSafeInteger(this.count)) throw new AskEngine('too many bins');
  }

  /** The instants with which the bins begin, in two words each. */
  starts(bins: Float64Array): Int32Array {
    const values = new BigInt64Array(bins.length);
    const words = new Int32Array(values.buffer);
    const firstNs = this.originNs + this.first * this.strideNs;
    if (Number.isSafeInteger(this.count * this.stride))
      putInstants(
        words,
        0,
        firstNs,
        bins.map((bin) => bin * this.stride),
      );
    else for (const [at, bin] of bins.entries()) values[at] = firstNs + BigInt(bin) * this.strideNs;
    return words;
  }

  /** The rows by bin: `times` of the run ascend, and so rows of one bin stand together. */
  cut(run: StoredRun, times: Float64Array, segments: Segments, slotOf: (bin: number) => number): void {
    const { stride } = this;
    const distance = run.originNs - this.originNs;
    const firstOfRun = floorDivide(distance, this.strideNs);
    /** From the start of the origin's bin to the origin. */
    const shift = Number(distance - firstOfRun * this.strideNs);
    const before = Number(firstOfRun - this.first);
    const [earliest, latest] = [times[0] ?? 0, times[times.length - 1] ?? 0];
    // Within these numbers a quotient is never rounded up to the next whole one.
    if (!Number.isSafeInteger(latest + shift + stride) || !Number.isSafeInteger(earliest + shift - stride))
      throw new AskEngine('times far from each other');
    for (let row = 0; row < times.length; ) {
      const bin = Math.floor((times[row]! + shift) / stride);
      const endsAt = (bin + 1) * stride - shift;
      row++;
      while (row < times.length && times[row]! < endsAt) row++;
      segments.add(row, slotOf(before + bin));
    }
  }
}

/** The first and the last instant; of no rows any two. */
function extent(runs: readonly StoredRun[]): readonly [bigint, bigint] {
  let [from, to]: [bigint | null, bigint | null] = [null, null];
  for (const { originNs, times, start, end } of runs) {
    if (start === end) continue;
    const first = originNs + BigInt(times[start]!);
    const last = originNs + BigInt(times[end - 1]!);
    if (from === null || first < from) from = first;
    if (to === null || last > to) to = last;
  }
  return [from ?? 0n, to ?? from ?? 0n];
}
