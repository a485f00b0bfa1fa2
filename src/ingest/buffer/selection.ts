/** Which rows of a chunk go to the engine, and from which row each of their values is taken. */
import type { FieldColumn } from '../field-column.ts';
import type { Duplicates } from './duplicates.ts';
import type { TableChunk } from './table-chunk.ts';

export interface Selection {
  readonly rows: number;
  /** The rows to write; null = all of them as they are. */
  readonly kept: Int32Array | null;
  /** Row to take each kept row's value from (it may have none there); null = the kept row itself. */
  sourceOf(column: FieldColumn): Int32Array | null;
  /** The place of each kept row's stored point, 0 = it has none. */
  storedPlaces(): Int32Array;
  /** Those from one to another. */
  part(from: number, to: number): Selection;
}

/** The place among stored points, from 1 on, of a row's point as the engine has it. */
export type StoredRows = ReadonlyMap<number, number>;

/** Union of fields; of several values of a field the latest wins, and what the engine has is the earliest. */
export function select(chunk: TableChunk, duplicates: Duplicates, stored: StoredRows): Selection {
  const { dropped, droppedRows, next } = duplicates;
  const rows = chunk.rows - droppedRows;
  if (dropped === null && stored.size === 0) return allRows(rows);
  const kept = new Int32Array(rows);
  const changed: number[] = [];
  for (let row = 0, at = 0; row < chunk.rows; row++) {
    if (dropped !== null && dropped[row] === 1) continue;
    if ((dropped !== null && next[row] !== -1) || stored.has(row)) changed.push(at);
    kept[at++] = row;
  }
  const valueRow = (column: FieldColumn, first: number): number => {
    const place = stored.get(first);
    let from = place === undefined ? first : chunk.rows + place - 1;
    for (let row = first; row !== -1; row = dropped === null ? -1 : next[row]!) {
      if (column.present[row] === 1) from = row;
    }
    return from;
  };
  return someRows(kept, changed, valueRow, stored);
}

const NONE_STORED: StoredRows = new Map();

function allRows(rows: number): Selection {
  return {
    rows,
    kept: null,
    sourceOf: () => null,
    storedPlaces: () => new Int32Array(rows),
    part: (from, to) =>
      from === 0 && to === rows
        ? allRows(rows)
        : someRows(
            Int32Array.from({ length: to - from }, (_, at) => from + at),
            [],
            (_, row) => row,
            NONE_STORED,
          ),
  };
}

/** `changed` are the places of the rows whose values may come from others. */
function someRows(
  kept: Int32Array,
  changed: readonly number[],
  valueRow: (column: FieldColumn, row: number) => number,
  stored: StoredRows,
): Selection {
  return {
    rows: kept.length,
    kept,
    sourceOf(column) {
      const source = kept.slice();
      for (const at of changed) source[at] = valueRow(column, kept[at]!);
      return source;
    },
    storedPlaces() {
      const places = new Int32Array(kept.length);
      for (const at of changed) places[at] = stored.get(kept[at]!) ?? 0;
      return places;
    },
    part: (from, to) =>
      someRows(
        kept.subarray(from, to),
        changed.filter((at) => at >= from && at < to).map((at) => at - from),
        valueRow,
        stored,
      ),
  };
}
