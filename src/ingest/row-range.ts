/** Where some rows of a request lie, and these rows by columns for who wants them so. */
import type { TableRecord } from '../catalog/records.ts';
import { FieldColumn } from './field-column.ts';
import { SeriesKey } from './lineprotocol/series-key.ts';
import type { RequestRows } from './request-rows.ts';
import { fillColumn } from './row-run.ts';

/** The first, the last, and those between that follow each other by `next`. */
export interface RowRange {
  readonly store: RequestRows;
  readonly first: number;
  readonly last: number;
  readonly rows: number;
}

/** The same rows in their order, at most so many at a time. */
export function* partsOf({ store, first, last, rows }: RowRange, most: number): Generator<RowRange> {
  let from = first;
  for (let left = rows; left > most; left -= most) {
    let to = from;
    for (let row = 1; row < most; row++) to = store.next[to]!;
    yield { store, first: from, last: to, rows: most };
    from = store.next[to]!;
  }
  if (rows > 0) yield { store, first: from, last, rows: ((rows - 1) % most) + 1 };
}

interface Columns {
  readonly keys: readonly SeriesKey[];
  readonly times: Int32Array;
  readonly fields: ReadonlyMap<string, FieldColumn>;
}

/** Rows of a table by columns, which are made once somebody asks. */
export class RowColumns {
  readonly record: TableRecord;
  private readonly range: RowRange;
  private columns: Columns | null = null;

  constructor(record: TableRecord, range: RowRange) {
    this.record = record;
    this.range = range;
  }

  get rows(): number {
    return this.range.rows;
  }

  get keys(): readonly SeriesKey[] {
    return this.byColumns().keys;
  }

  /** Low and high half of row i at 2i and 2i + 1. */
  get times(): Int32Array {
    return this.byColumns().times;
  }

  get fields(): ReadonlyMap<string, FieldColumn> {
    return this.byColumns().fields;
  }

  private byColumns(): Columns {
    this.columns ??= columnsOf(this.range);
    return this.columns;
  }
}

export function columnsOf({ store, first, rows }: RowRange): Columns {
  const keys: SeriesKey[] = [];
  const times = new Int32Array(rows * 2);
  const fields = new Map<string, FieldColumn>();
  for (let row = 0, from = first; row < rows; row++, from = store.next[from]!) {
    keys.push(new SeriesKey(store.seriesKeys!, store.keys[from]!));
    times[row * 2] = store.times[from * 2]!;
    times[row * 2 + 1] = store.times[from * 2 + 1]!;
    const shape = store.shapes[from]!;
    const run = { shape, words: store.words, start: store.starts[from]!, count: 1, bytes: store.body };
    const { names, types } = shape.layout;
    for (let field = 0; field < names.length; field++) {
      let column = fields.get(names[field]!);
      if (column === undefined) {
        column = new FieldColumn(names[field]!, types[field]!, rows);
        fields.set(column.name, column);
      }
      fillColumn(column, field, run, row);
    }
  }
  return { keys, times, fields };
}
