/** The accepted rows of one request for one table, and the schema that they need. */
import type { ColumnType, NewColumn, TableRecord } from '../catalog/records.ts';
import { FieldColumn } from './field-column.ts';
import type { FieldLayout } from './field-layout.ts';
import type { SeriesKey } from './lineprotocol/series-key.ts';
import type { RequestRows } from './request-rows.ts';
import { fillColumn } from './row-run.ts';

/** Where some rows of a request lie: the first, the last, and those that follow each other by `next`. */
export interface RowRange {
  readonly store: RequestRows;
  readonly first: number;
  readonly last: number;
  readonly rows: number;
}

/** The rows by columns. */
interface BatchColumns {
  readonly keys: readonly SeriesKey[];
  readonly times: Int32Array;
  readonly fields: ReadonlyMap<string, FieldColumn>;
}

export class TableBatch {
  readonly name: string;
  /** undefined: the table does not exist yet. */
  record: TableRecord | undefined;
  /** Lines of this table are dropped without a word: it is gone (replay only). */
  readonly isGone: boolean;
  /** Forgotten again, as no line made it: it has to be asked for anew. */
  isDropped = false;
  /** Columns to add before the rows may go anywhere. */
  readonly newColumns: NewColumn[] = [];
  /** Of the last row, so that its columns are known or wanted. */
  layout: FieldLayout | null = null;
  /** Where the rows lie: the first, the last, and those that follow each other by `next`. */
  readonly store: RequestRows;
  rows = 0;
  first = 0;
  last = 0;
  columnCount: number;
  tagCount: number;
  private readonly added = new Map<string, ColumnType>();
  private columns: BatchColumns | null = null;

  constructor(name: string, record: TableRecord | undefined, isGone: boolean, store: RequestRows) {
    this.name = name;
    this.record = record;
    this.isGone = isGone;
    this.store = store;
    this.columnCount = record === undefined ? 0 : record.columns.length - 1;
    this.tagCount = record === undefined ? 0 : record.tags.length;
  }

  get needsSchema(): boolean {
    return this.rows > 0 && (this.record === undefined || this.newColumns.length > 0);
  }

  /** undefined: no such column, neither stored nor wanted by an accepted line of this request. */
  typeOf(name: string): ColumnType | undefined {
    return this.added.get(name) ?? this.record?.columnByName.get(name)?.type;
  }

  addColumn(column: NewColumn): void {
    this.newColumns.push(column);
    this.added.set(column.name, column.type);
    this.columnCount++;
    if (column.type === 'tag') this.tagCount++;
  }

  /** Takes the next row; it lies behind all that were taken before. */
  addRow(row: number): void {
    if (this.rows++ === 0) this.first = row;
    else this.store.next[this.last] = row;
    this.last = row;
  }

  /** All rows in their order, at most so many at a time. */
  *parts(most: number): Generator<RowRange> {
    const { store } = this;
    let first = this.first;
    for (let left = this.rows; left > 0; ) {
      const rows = Math.min(most, left);
      let last = first;
      for (let row = 1; row < rows; row++) last = store.next[last]!;
      yield { store, first, last, rows };
      left -= rows;
      first = store.next[last]!;
    }
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

  /** Made for who asks: the buffer does not. */
  private byColumns(): BatchColumns {
    this.columns ??= this.makeColumns();
    return this.columns;
  }

  private makeColumns(): BatchColumns {
    const { store, rows } = this;
    const keys: SeriesKey[] = [];
    const times = new Int32Array(rows * 2);
    const fields = new Map<string, FieldColumn>();
    for (let row = 0, from = this.first; row < rows; row++, from = store.next[from]!) {
      keys.push(store.keys[from]!);
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
}
