/**
 * Rows of one table that are on their way to the engine together. Their values lie row by row: a request that brings
 * a few rows of each of hundreds of tables then touches a few places of each, not some of every column. They become
 * columns when they leave.
 */
import { release } from '../../platform/release.ts';
import type { Turns } from '../../platform/turns.ts';
import { type ColumnSource, FieldColumn, grown, MANY_ROWS, regrow } from '../field-column.ts';
import type { FieldType } from '../../catalog/records.ts';
import type { TimeSpan } from '../ingest.ts';
import { isAfter, joinHalves } from '../lineprotocol/int64.ts';
import type { RowRange } from '../row-range.ts';
import type { TimeBounds } from './recent-times.ts';
import { RowValues } from './row-values.ts';
import type { SeriesRegistry } from './series-registry.ts';

const INITIAL_CAPACITY = 16;

export class TableChunk {
  registry: SeriesRegistry;
  rows = 0;
  /** Memory of the rows, roughly. */
  bytes = 0;
  /** Sequence of the log record that brought the first row. */
  firstSequence = Number.POSITIVE_INFINITY;
  /** Monotonic time of the first row. */
  openedAtMs = 0;
  series: Uint32Array;
  /** Low and high half of row i at 2i and 2i + 1. */
  times: Int32Array;
  /** Made when the rows leave. */
  fields: Map<string, FieldColumn> = new Map();
  /** Fields that only stored points of the rows' series and times have, by the places of these from 1 on. */
  storedFields: Map<string, FieldColumn> = new Map();
  private readonly values: RowValues;
  /** Halves of the smallest and the largest time. */
  private oldestLow = 0;
  private oldestHigh = 0;
  private newestLow = 0;
  private newestHigh = 0;
  /** Rows whose point may have been there before, ascending. */
  readonly doubtful: number[] = [];

  /** Has room for `capacity` rows before it grows. */
  constructor(registry: SeriesRegistry, capacity = INITIAL_CAPACITY, words = capacity * 8) {
    this.registry = registry;
    this.values = new RowValues(words);
    this.series = new Uint32Array(capacity);
    this.times = new Int32Array(capacity * 2);
  }

  /** Appends a request's rows; returns by how many bytes the chunk grew. */
  append(batch: RowRange, sequence: number, nowMs: number): number {
    const { registry } = this;
    const base = this.rows;
    const rows = base + batch.rows;
    const { keys, times, next } = batch.store;
    const seriesKeys = batch.store.seriesKeys!;
    if (base === 0) {
      this.openedAtMs = nowMs;
      this.firstSequence = sequence;
      this.oldestLow = this.newestLow = times[batch.first * 2]!;
      this.oldestHigh = this.newestHigh = times[batch.first * 2 + 1]!;
    }
    this.ensure(rows);
    const { series, doubtful, times: chunkTimes } = this;
    for (let row = base, from = batch.first; row < rows; row++, from = next[from]!) {
      const low = times[from * 2]!;
      const high = times[from * 2 + 1]!;
      const number = registry.numberOf(seriesKeys, keys[from]!, low, high);
      series[row] = number;
      chunkTimes[row * 2] = low;
      chunkTimes[row * 2 + 1] = high;
      if (isAfter(low, high, this.newestLow, this.newestHigh)) {
        this.newestLow = low;
        this.newestHigh = high;
      } else if (isAfter(this.oldestLow, this.oldestHigh, low, high)) {
        this.oldestLow = low;
        this.oldestHigh = high;
      }
      // Opening a series remembers nothing yet, so its first point is judged like any other.
      if (!registry.times.note(number, low, high)) doubtful.push(row);
    }
    const held = this.values.bytes;
    this.values.take(batch, base);
    this.rows = rows;
    const bytes = batch.rows * 12 + this.values.bytes - held;
    this.bytes += bytes;
    return bytes;
  }

  /** Places of values that the rows would have with these when they leave, each with a place for every field of any. */
  cellsWith(batch: RowRange, tags: number): number {
    return (this.rows + batch.rows) * (tags + this.values.fieldsWith(batch));
  }

  /** The rows' fields as columns, made from spare ones where there are any. Lets others run now and then. */
  async makeColumns(spares: ColumnSource, turns: Turns): Promise<void> {
    this.storedFields = new Map();
    this.fields = await this.values.columns(this.rows, spares, turns);
  }

  /** An empty one that has room for half as much. */
  successor(): TableChunk {
    return new TableChunk(this.registry, Math.max(INITIAL_CAPACITY, this.rows >> 1), this.values.words >> 1);
  }

  /** Where the rows' times lie; there is one at least. */
  get timeBounds(): TimeBounds {
    const { oldestLow, oldestHigh, newestLow, newestHigh } = this;
    return { oldestLow, oldestHigh, newestLow, newestHigh };
  }

  /** Whether a row may lie in the span. */
  overlaps({ fromNs, toNs }: TimeSpan): boolean {
    if (this.rows === 0) return false;
    const isBefore = fromNs !== null && joinHalves(this.newestLow, this.newestHigh) < fromNs;
    const isAfterIt = toNs !== null && joinHalves(this.oldestLow, this.oldestHigh) > toNs;
    return !isBefore && !isAfterIt;
  }

  /**
   * Makes room for a stored point's value: below the rows where these have the field, too. Else in a column of its
   * own: a few points of a table of hundreds of columns must not widen every row.
   */
  storedField(name: string, type: FieldType, place: number): { column: FieldColumn; row: number } {
    const column = this.fields.get(name);
    const row = column === undefined ? place : this.rows + place - 1;
    const target = column ?? this.storedFields.get(name) ?? new FieldColumn(name, type, INITIAL_CAPACITY);
    if (column === undefined) this.storedFields.set(name, target);
    target.ensure(row + 1);
    return { column: target, row };
  }

  /** Empties the chunk and keeps its memory for the rows to come. */
  reset(registry: SeriesRegistry): void {
    this.registry = registry;
    this.rows = 0;
    this.bytes = 0;
    this.firstSequence = Number.POSITIVE_INFINITY;
    this.doubtful.length = 0;
    this.fields = new Map();
    this.storedFields = new Map();
    this.values.reset();
  }

  /** Gives the memory back: nobody needs the chunk any more. (Its fields are those of `Spares`.) */
  release(): void {
    this.values.release();
    release(this.series);
    release(this.times);
  }

  private ensure(rows: number): void {
    if (rows <= this.series.length) return;
    const capacity = grown(this.series.length, rows, MANY_ROWS);
    this.series = regrow(this.series, new Uint32Array(capacity));
    this.times = regrow(this.times, new Int32Array(capacity * 2));
  }
}
