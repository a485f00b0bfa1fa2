/**
 * Where each group's aggregates stand: slots in the order in which groups were met. A group is a cell of a table with
 * a line for each set of tags and a column for each bin.
 */
import { AskEngine } from './ask-engine.ts';

/** Up to here the table is an array, most of which may be empty. */
const MAXIMUM_DENSE_CELLS = 2 ** 18;

export class GroupSlots {
  /** The cell of each slot. */
  readonly cells: number[] = [];
  private readonly bins: number;
  private readonly dense: Int32Array | null;
  private readonly sparse = new Map<number, number>();

  constructor(lines: number, bins: number) {
    const cells = lines * bins;
    if (!Number.isSafeInteger(cells)) throw new AskEngine('too many groups');
    this.bins = bins;
    this.dense = cells <= MAXIMUM_DENSE_CELLS ? new Int32Array(cells).fill(-1) : null;
  }

  slot(line: number, bin: number): number {
    const cell = line * this.bins + bin;
    const known = this.dense === null ? (this.sparse.get(cell) ?? -1) : this.dense[cell]!;
    if (known >= 0) return known;
    const slot = this.cells.push(cell) - 1;
    if (this.dense === null) this.sparse.set(cell, slot);
    else this.dense[cell] = slot;
    return slot;
  }

  lineOf(slot: number): number {
    return Math.floor(this.cells[slot]! / this.bins);
  }

  binOf(slot: number): number {
    return this.cells[slot]! % this.bins;
  }
}
