/** Rows of one table that are on their way to the engine together, by columns. */
import { enlarge, FieldColumn, grown, MANY_ROWS } from '../field-column.ts';
import type { TimeSpan } from '../ingest.ts';
import { isAfter, joinHalves } from '../lineprotocol/int64.ts';
import type { TableBatch } from '../table-batch.ts';
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
  readonly fields = new Map<string, FieldColumn>();
  /** The fields in the order of the request before. */
  private readonly order: FieldColumn[] = [];
  /** Halves of the smallest and the largest time. */
  private oldestLow = 0;
  private oldestHigh = 0;
  private newestLow = 0;
  private newestHigh = 0;
  /** Rows whose point may have been there before, ascending. */
  readonly doubtful: number[] = [];

  /** Has room for `capacity` rows before it grows. */
  constructor(registry: SeriesRegistry, capacity = INITIAL_CAPACITY) {
    this.registry = registry;
    this.series = new Uint32Array(capacity);
    this.times = new Int32Array(capacity * 2);
  }

  /** Appends a request's rows; returns by how many bytes the chunk grew. */
  append(batch: TableBatch, sequence: number, nowMs: number): number {
    const { registry } = this;
    const base = this.rows;
    const rows = base + batch.rows;
    if (base === 0) {
      this.openedAtMs = nowMs;
      this.firstSequence = sequence;
      this.oldestLow = this.newestLow = batch.times[0]!;
      this.oldestHigh = this.newestHigh = batch.times[1]!;
    }
    this.ensure(rows);
    const { series, doubtful, times: chunkTimes } = this;
    const { keys, times } = batch;
    for (let row = 0; row < batch.rows; row++) {
      const low = times[row * 2]!;
      const high = times[row * 2 + 1]!;
      const number = registry.numberOf(keys[row]!, low, high);
      series[base + row] = number;
      chunkTimes[(base + row) * 2] = low;
      chunkTimes[(base + row) * 2 + 1] = high;
      if (isAfter(low, high, this.newestLow, this.newestHigh)) {
        this.newestLow = low;
        this.newestHigh = high;
      } else if (isAfter(this.oldestLow, this.oldestHigh, low, high)) {
        this.oldestLow = low;
        this.oldestHigh = high;
      }
      // Opening a series remembers nothing yet, so its first point is judged like any other.
      if (!registry.times.note(number, low, high)) doubtful.push(base + row);
    }
    let bytes = batch.rows * 12;
    let place = -1;
    for (const from of batch.fields.values()) {
      place++;
      if (from.line === 0) continue;
      const column = this.fieldAt(place, from);
      column.append(from, batch.rows, base);
      bytes += batch.rows * (from.type === 'boolean' ? 2 : from.type === 'string' ? 5 : 9) + from.length;
    }
    this.rows = rows;
    this.bytes += bytes;
    return bytes;
  }

  /** Whether a row may lie in the span. */
  overlaps({ fromNs, toNs }: TimeSpan): boolean {
    if (this.rows === 0) return false;
    const isBefore = fromNs !== null && joinHalves(this.newestLow, this.newestHigh) < fromNs;
    const isAfterIt = toNs !== null && joinHalves(this.oldestLow, this.oldestHigh) > toNs;
    return !isBefore && !isAfterIt;
  }

  /** The requests to a table mostly have their fields in one order. */
  private fieldAt(place: number, like: FieldColumn): FieldColumn {
    let column = this.order[place];
    if (column?.name !== like.name) {
      column = this.field(like.name, like);
      this.order[place] = column;
    }
    return column;
  }

  field(name: string, like: Pick<FieldColumn, 'type'>): FieldColumn {
    let column = this.fields.get(name);
    if (column === undefined) {
      column = new FieldColumn(name, like.type, this.series.length);
      this.fields.set(name, column);
    }
    return column;
  }

  /** Empties the chunk and keeps its memory for the rows to come. */
  reset(registry: SeriesRegistry): void {
    this.registry = registry;
    this.rows = 0;
    this.bytes = 0;
    this.firstSequence = Number.POSITIVE_INFINITY;
    this.doubtful.length = 0;
    for (const column of this.fields.values()) column.reset();
  }

  private ensure(rows: number): void {
    if (rows <= this.series.length) return;
    const capacity = grown(this.series.length, rows, MANY_ROWS);
    this.series = enlarge(this.series, new Uint32Array(capacity));
    this.times = enlarge(this.times, new Int32Array(capacity * 2));
  }
}
