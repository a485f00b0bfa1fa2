/** The accepted rows of one request for one table, and the schema that they need. */
import type { ColumnType, NewColumn, TableRecord } from '../catalog/records.ts';
import type { FieldLayout } from './field-layout.ts';
import type { RequestRows } from './request-rows.ts';
import { partsOf, type RowRange } from './row-range.ts';

type GrowingRange = { -readonly [Key in keyof RowRange]: RowRange[Key] };

export class TableBatch {
  readonly name: string;
  /** undefined: the table does not exist yet. */
  record: TableRecord | undefined;
  /** Lines of this table are dropped without a word: it is gone (replay only). */
  readonly isGone: boolean;
  /** Columns to add before the rows may go anywhere. */
  readonly newColumns: NewColumn[] = [];
  /** Of the last row, so that its columns are known or wanted. */
  layout: FieldLayout | null = null;
  rows = 0;
  columnCount: number;
  tagCount: number;
  private readonly added = new Map<string, ColumnType>();
  /** The rows of each store that there are any in. */
  private readonly growing: GrowingRange[] = [];
  private last: GrowingRange | null = null;

  constructor(name: string, record: TableRecord | undefined, isGone: boolean) {
    this.name = name;
    this.record = record;
    this.isGone = isGone;
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

  /** Takes the next row; it lies behind all of the store that were taken before. */
  addRow(store: RequestRows, row: number): void {
    const { last } = this;
    this.rows++;
    if (last === null || last.store !== store) {
      this.last = { store, first: row, last: row, rows: 1 };
      this.growing.push(this.last);
      return;
    }
    store.next[last.last] = row;
    last.last = row;
    last.rows++;
  }

  /** All rows in their order, as many in one as lie in one store. */
  get ranges(): readonly RowRange[] {
    return this.growing;
  }

  /** All rows in their order, at most so many at a time. */
  *parts(most: number): Generator<RowRange> {
    for (const range of this.growing) yield* partsOf(range, most);
  }
}
