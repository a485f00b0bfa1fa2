/** Points that occur more than once in a chunk, and those that the engine may have already. */
import type { Turns } from '../../platform/turns.ts';
import type { FieldColumn } from '../field-column.ts';
import type { TableChunk } from './table-chunk.ts';

export interface Duplicates {
  /** 1 = the row's point is told by an earlier row; null when there is none such. */
  readonly dropped: Uint8Array | null;
  readonly droppedRows: number;
  /** The next row of the same point, -1 = none. Empty when `dropped` is null. */
  readonly next: Int32Array;
  /** First rows of points that may be in the engine already, ascending. */
  readonly candidates: readonly number[];
}

/** After so many rows (a power of two, less one) it is looked whether others should run. */
const LOOK_MASK = 4095;

const NONE: Duplicates = { dropped: null, droppedRows: 0, next: new Int32Array(0), candidates: [] };

/** Lets others run now and then. Nobody may append to the chunk meanwhile. */
export async function findDuplicates(chunk: TableChunk, turns: Turns): Promise<Duplicates> {
  const { rows, series, times, doubtful } = chunk;
  if (doubtful.length === 0) return NONE;
  const isMarked = new Uint8Array(chunk.registry.size);
  for (let at = 0; at < doubtful.length; at++) {
    if ((at & LOOK_MASK) === 0 && turns.isOver) await turns.goOn();
    isMarked[series[doubtful[at]!]!] = 1;
  }
  let count = 0;
  for (let row = 0; row < rows; row++) {
    if ((row & LOOK_MASK) === 0 && turns.isOver) await turns.goOn();
    count += isMarked[series[row]!]!;
  }
  const mask = 2 ** Math.ceil(Math.log2(count * 2)) - 1;
  const firsts = new Int32Array(mask + 1).fill(-1);
  const lasts = new Int32Array(mask + 1);
  const next = new Int32Array(rows).fill(-1);
  const dropped = new Uint8Array(rows);
  let droppedRows = 0;
  for (let row = 0; row < rows; row++) {
    if ((row & LOOK_MASK) === 0 && turns.isOver) await turns.goOn();
    const number = series[row]!;
    if (isMarked[number] === 0) continue;
    const low = times[row * 2]!;
    const high = times[row * 2 + 1]!;
    let at = hash(number, low, high) & mask;
    for (; ; at = (at + 1) & mask) {
      const first = firsts[at]!;
      if (first === -1) {
        firsts[at] = row;
        lasts[at] = row;
        break;
      }
      if (series[first] === number && times[first * 2] === low && times[first * 2 + 1] === high) {
        next[lasts[at]!] = row;
        lasts[at] = row;
        dropped[row] = 1;
        droppedRows++;
        break;
      }
    }
  }
  return {
    dropped: droppedRows === 0 ? null : dropped,
    droppedRows,
    next: droppedRows === 0 ? NONE.next : next,
    candidates: doubtful.filter((row) => dropped[row] === 0),
  };
}

function hash(series: number, low: number, high: number): number {
  let mixed = Math.imul(series, 0x9e3779b1) ^ Math.imul(low, 0x85ebca6b) ^ Math.imul(high, 0xc2b2ae35);
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0x2c1b3c6d);
  return mixed ^ (mixed >>> 13);
}

/** Whether the point that begins at `row` has a value in the column by itself. */
export function hasValue(column: FieldColumn, row: number, { dropped, next }: Duplicates): boolean {
  for (let at = row; at !== -1; at = dropped === null ? -1 : next[at]!) {
    if (column.present[at] === 1) return true;
  }
  return false;
}
