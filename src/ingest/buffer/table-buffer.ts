/** The acknowledged rows of one table that the engine does not have yet. */
import type { TableRecord } from '../../catalog/records.ts';
import { turns } from '../../platform/turns.ts';
import type { TimeSpan } from '../ingest.ts';
import type { RowRange } from '../row-range.ts';
import type { LogSequence } from '../wal/log.ts';
import { doubtAll, type FlushParts, insertChunk, type PreparedChunk, prepareChunk } from './flush-chunk.ts';
import type { FlushPlaces } from './flush-places.ts';
import { MergeOrderChoice } from './merge-order.ts';
import { joinBounds, type TimeBounds } from './recent-times.ts';
import { SeriesRegistry } from './series-registry.ts';
import { TableChunk } from './table-chunk.ts';

/** What the buffer of a table tells the whole. */
export interface BufferOwner {
  readonly flush: FlushParts;
  readonly places: FlushPlaces;
  /** Resolves when no request is here in part; undefined: so it is now. */
  whole(): Promise<void> | undefined;
  /** Rows and bytes came (positive) or went. */
  changed(rows: number, bytes: number): void;
}

/** Of each series, that are worth waiting for: of shorter runs merges are half of the engine's work. */
const ROWS_OF_SERIES = 4;
/** What a chunk may have at most, of the rows that it leaves with when nothing speaks against it. */
const MOST_CHUNKS = 2;
const ALWAYS: TimeSpan = { fromNs: null, toNs: null };

/** A chunk of at least this part of the largest size is used again. */
const SPARE_SHARE = 4;

export class TableBuffer {
  readonly tableId: number;
  /** Which contents of the table: rows for others are void. */
  readonly dataId: number;
  private readonly owner: BufferOwner;
  private registry: SeriesRegistry;
  /** Where all points lie that are stored or were closed; null when there are none. */
  private span: TimeBounds | null;
  private open: TableChunk;
  /** On its way, or waiting for another attempt. */
  private leaving: TableChunk | null = null;
  /** Closed before their time, as their rows are wide or many; the oldest first, behind the one that is on its way. */
  private readonly closed: TableChunk[] = [];
  private prepared: PreparedChunk | null = null;
  private readonly mergeOrder = new MergeOrderChoice();
  private mergeOrderSet: Promise<void> = Promise.resolve();
  /** Chunks are numbered; those up to `doneNumber` are in the engine, or dropped. */
  private openNumber = 1;
  private doneNumber = 0;
  private running: Promise<void> | undefined;
  private isUrgent = false;
  /** Monotonic time before which a failed flush is not tried again by itself. */
  retryAtMs = 0;

  constructor(table: TableRecord, owner: BufferOwner, before: TimeBounds | null) {
    this.tableId = table.id;
    this.dataId = table.dataId;
    this.owner = owner;
    this.span = before;
    this.registry = new SeriesRegistry(before);
    this.open = new TableChunk(this.registry);
  }

  get openRows(): number {
    return this.open.rows;
  }

  get openBytes(): number {
    return this.open.bytes;
  }

  get openedAtMs(): number {
    return this.open.openedAtMs;
  }

  /** Has rows that need not wait for more. */
  get isReady(): boolean {
    const { chunkRows, chunkBytes } = this.owner.flush.limits;
    if (this.closed.length > 0 || this.open.bytes >= chunkBytes) return true;
    const wanted = Math.min(this.registry.size * ROWS_OF_SERIES, chunkRows * MOST_CHUNKS);
    return this.open.rows >= Math.max(wanted, chunkRows);
  }

  get isEmpty(): boolean {
    return this.open.rows === 0 && this.leaving === null && this.closed.length === 0;
  }

  get isFlushing(): boolean {
    return this.running !== undefined;
  }

  get registryBytes(): number {
    return this.registry.bytes;
  }

  /** The oldest log record that is still needed; infinite when there is none. */
  get firstSequence(): LogSequence {
    const oldest = this.leaving ?? this.closed[0] ?? this.open;
    return oldest.firstSequence;
  }

  /** Takes some rows of a request; `table` has all of their columns. */
  append(rows: RowRange, table: TableRecord, sequence: LogSequence): void {
    const { clock } = this.owner.flush;
    if (this.open.rows > 0 && this.isTooMuchWith(rows, table)) this.closed.push(this.closeOpen());
    this.owner.changed(rows.rows, this.open.append(rows, sequence, clock.monotonicMs()));
  }

  private isTooMuchWith(rows: RowRange, { columns, tags }: TableRecord): boolean {
    const { chunkRows, chunkCells } = this.owner.flush.limits;
    const count = this.open.rows + rows.rows;
    if (count > chunkRows * MOST_CHUNKS) return true;
    if (count * columns.length <= chunkCells) return false;
    // Points that may be stored leave with all that is stored of them.
    const doubtful = this.open.doubtful.length;
    if (doubtful > 0 && (doubtful + rows.rows) * columns.length > chunkCells) return true;
    // A few wide rows would widen all those before them.
    return this.open.cellsWith(rows, tags.length) > chunkCells;
  }

  /** Resolves when the engine has every row of the span that is here now; rejects when an attempt fails. */
  async flush(options: { isUrgent: boolean; within?: TimeSpan }): Promise<void> {
    const target = this.lastNumber(options.within ?? ALWAYS);
    if (options.isUrgent && this.doneNumber < target) this.isUrgent = true;
    while (this.doneNumber < target) {
      this.running ??= this.flushNext().finally(() => {
        this.running = undefined;
      });
      await this.running;
    }
  }

  /** Number of the last chunk that has rows of the span. */
  private lastNumber(span: TimeSpan): number {
    if (this.open.overlaps(span)) return this.openNumber;
    const waiting = this.closed.length;
    for (let place = waiting - 1; place >= 0; place--) {
      if (this.closed[place]!.overlaps(span)) return this.openNumber - waiting + place;
    }
    return this.leaving?.overlaps(span) ? this.openNumber - waiting - 1 : this.doneNumber;
  }

  /** Forgets the rows: the table has lost its contents. What is on its way goes to what is dropped. */
  drop(): void {
    if (this.open.rows > 0) {
      this.owner.changed(-this.open.rows, -this.open.bytes);
      this.open.reset(this.registry);
      this.openNumber++;
    }
    for (const chunk of this.closed.splice(0)) this.owner.changed(-chunk.rows, -chunk.bytes);
    if (this.leaving === null) this.doneNumber = this.openNumber - 1;
    else if (!this.isFlushing) this.leave(this.leaving);
  }

  /** Starts to learn the series anew, with what is certain about all of them together. */
  forgetSeries(): void {
    if (this.open.rows > 0) {
      // The open rows must go with the series that they are numbered by.
      if (this.leaving !== null || this.closed.length > 0) return;
      this.closed.push(this.closeOpen());
    }
    const { registry } = this;
    this.registry = new SeriesRegistry(this.span);
    this.open.reset(this.registry);
    this.releaseUnused(registry);
  }

  private releaseUnused(registry: SeriesRegistry): void {
    const chunks = [this.open, this.leaving, ...this.closed];
    if (chunks.every((chunk) => chunk?.registry !== registry)) void registry.release(turns);
  }

  private async flushNext(): Promise<void> {
    const isUrgent = this.isUrgent;
    this.isUrgent = false;
    await this.owner.places.use(isUrgent, () => this.flushLeaving());
  }

  private async flushLeaving(): Promise<void> {
    const parts = this.owner.flush;
    if (this.leaving === null) await this.owner.whole();
    this.leaving ??= this.closed.shift() ?? (this.open.rows > 0 ? this.closeOpen() : null);
    const chunk = this.leaving;
    if (chunk === null) return;
    const table = this.liveTable();
    if (table === undefined) return this.leave(chunk);
    try {
      await parts.catalog.makeInEngine(table.id);
      this.prepared ??= await prepareChunk(parts, table, chunk);
    } catch (error) {
      return this.failed(chunk, error);
    }
    this.chooseMergeOrder(table, chunk);
    try {
      await insertChunk(parts, this.prepared);
    } catch (error) {
      await doubtAll(this.prepared, chunk);
      return this.failed(chunk, error);
    }
    this.leave(chunk);
  }

  /** Nobody waits for it, and nothing is lost when it fails. */
  private chooseMergeOrder(table: TableRecord, chunk: TableChunk): void {
    const sql = this.mergeOrder.next(table, chunk);
    if (sql === null) return;
    // One after the other: the engine runs several changes of tables at once.
    this.mergeOrderSet = this.mergeOrderSet
      .then(() => this.owner.flush.engine.command(sql))
      .catch(() => this.mergeOrder.forget());
  }

  private failed(chunk: TableChunk, error: unknown): void {
    const { clock, limits } = this.owner.flush;
    if (this.liveTable() === undefined) {
      // Dropped under way.
      this.leave(chunk);
      return;
    }
    this.retryAtMs = clock.monotonicMs() + limits.retryAfterMs;
    throw error;
  }

  private liveTable(): TableRecord | undefined {
    const table = this.owner.flush.catalog.tableById(this.tableId);
    return table?.dataId === this.dataId ? table : undefined;
  }

  private closeOpen(): TableChunk {
    const chunk = this.open;
    this.openNumber++;
    this.span = joinBounds(this.span, chunk.timeBounds);
    // Most likely as many rows will come again: growing there step by step would copy them all.
    const { spares, limits } = this.owner.flush;
    const isLarge = chunk.rows * SPARE_SHARE >= limits.chunkRows;
    this.open = (isLarge ? spares.takeChunk() : undefined) ?? chunk.successor();
    this.open.reset(this.registry);
    return chunk;
  }

  private leave(chunk: TableChunk): void {
    this.leaving = null;
    this.prepared = null;
    this.doneNumber = this.openNumber - this.closed.length - 1;
    this.owner.changed(-chunk.rows, -chunk.bytes);
    const { registry } = chunk;
    const { spares, clock, limits } = this.owner.flush;
    const { chunkRows, chunkBytes } = limits;
    // Many small tables would keep twice the memory that the limit allows, and so would one that waited for long.
    const isLarge = chunk.rows * SPARE_SHARE >= chunkRows && chunk.bytes <= 2 * chunkBytes;
    spares.give(chunk, isLarge, clock.monotonicMs());
    this.releaseUnused(registry);
  }
}
