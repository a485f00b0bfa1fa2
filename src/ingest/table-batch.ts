/**
 * The accepted rows of one request for one table, by columns, and the schema that they need. It is used again
 * (`batch-pool.ts`) once its rows are in the table's buffer: nobody may keep it, or its arrays, beyond that.
 */
import type { ColumnType, FieldType, NewColumn, TableRecord } from '../catalog/records.ts';
import { enlarge, FieldColumn } from './field-column.ts';
import type { SeriesKey } from './lineprotocol/series-key.ts';

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
  /** Those whose `line` is 0 have no value in this request. */
  readonly fields = new Map<string, FieldColumn>();
  /** The columns of the line before, in its order: the next line most likely has the same. */
  readonly predicted: FieldColumn[] = [];
  /** By the hash of the key as it was spelled: for lines that have other fields than the line before. */
  readonly spelled = new Map<number, FieldColumn>();
  rows = 0;
  /** Its memory while it waits in the pool: to add up its columns again would cost a small request much. */
  keptBytes = 0;
  /** Low and high half of row i at 2i and 2i + 1. */
  times: Int32Array;
  /** By row; what lies beyond the rows is left over. */
  readonly keys: SeriesKey[] = [];
  columnCount: number;
  tagCount: number;
  private readonly added = new Map<string, ColumnType>();
  private capacity: number;

  constructor(name: string, record: TableRecord | undefined, isGone: boolean, capacity: number) {
    this.name = name;
    this.record = record;
    this.isGone = isGone;
    this.capacity = capacity;
    this.times = new Int32Array(capacity * 2);
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

  field(name: string, type: FieldType): FieldColumn {
    let column = this.fields.get(name);
    if (column === undefined) {
      column = new FieldColumn(name, type, this.capacity);
      this.fields.set(name, column);
    }
    return column;
  }

  /** Opens the next row and returns its index; its fields are set by the caller. */
  addRow(key: SeriesKey, low: number, high: number): number {
    const row = this.rows++;
    if (row === this.capacity) {
      this.capacity *= 2;
      this.times = enlarge(this.times, new Int32Array(this.capacity * 2));
    }
    this.times[row * 2] = low;
    this.times[row * 2 + 1] = high;
    this.keys[row] = key;
    return row;
  }

  /** Memory, roughly. */
  get bytes(): number {
    let bytes = this.capacity * 16 + 400;
    for (const column of this.fields.values()) bytes += column.memoryBytes;
    return bytes;
  }

  /** Forgets the rows and keeps the memory, and the order of the columns. */
  reset(): void {
    for (const column of this.fields.values()) column.reset(this.rows);
    this.rows = 0;
  }
}
