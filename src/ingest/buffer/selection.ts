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
  /** Those from one to another. */
  part(from: number, to: number): Selection;
}

/** The point of a row as the engine has it, appended to the chunk's fields below its rows. */
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
    let from = stored.get(first) ?? first;
    for (let row = first; row !== -1; row = dropped === null ? -1 : next[row]!) {
      if (column.present[row] === 1) from = row;
    }
    return from;
  };
  return someRows(kept, changed, valueRow);
}

function allRows(rows: number): Selection {
  return {
    rows,
    kept: null,
    sourceOf: () => null,
    part: (from, to) =>
      from === 0 && to === rows
        ? allRows(rows)
        : someRows(
            Int32Array.from({ length: to - from }, (_, at) => from + at),
            [],
            (_, row) => row,
          ),
  };
}

/** `changed` are the places of the rows whose values may come from others. */
function someRows(
  kept: Int32Array,
  changed: readonly number[],
  valueRow: (column: FieldColumn, row: number) => number,
): Selection {
  return {
    rows: kept.length,
    kept,
    sourceOf(column) {
      const source = kept.slice();
      for (const at of changed) source[at] = valueRow(column, kept[at]!);
      return source;
    },
    part: (from, to) =>
      someRows(
        kept.subarray(from, to),
        changed.filter((at) => at >= from && at < to).map((at) => at - from),
        valueRow,
      ),
  };
}
