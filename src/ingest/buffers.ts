/** All tables' buffers, what they hold together, and when they are emptied. */
import type { CatalogReader } from '../catalog/catalog.ts';
import type { TableRecord } from '../catalog/records.ts';
import type { Engine } from '../engine/engine.ts';
import type { Clock } from '../platform/clock.ts';
import type { Logger } from '../telemetry/logger.ts';
import { Outage } from '../telemetry/outage.ts';
import { FlushCounters } from './buffer/flush-counters.ts';
import { FlushPlaces } from './buffer/flush-places.ts';
import type { TimeBounds } from './buffer/recent-times.ts';
import { Spares } from './buffer/spares.ts';
import { type BufferOwner, TableBuffer } from './buffer/table-buffer.ts';
import { storedTimeBounds } from './buffer/time-bounds.ts';
import type { DirtyState } from './dirty/dirty-state.ts';
import type { TimeSpan } from './ingest.ts';
import { allSettledLimited } from './limited.ts';
import type { IngestLimits } from './limits.ts';
import type { LogSequence } from './wal/log.ts';

/** From this share of the buffer on the largest tables go to the engine before they are due. */
const EARLY_SHARE = 0.6;

/** A request may bring thousands of tables; the engine's queue is shared. */
const PARALLEL_LOADS = 32;

export interface BuffersParts {
  readonly engine: Engine;
  readonly catalog: CatalogReader;
  readonly dirty: DirtyState;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly limits: IngestLimits;
  /** Called when memory was given back. */
  freed(): void;
  /** Resolves when no request is in the buffers in part; undefined: so it is now. */
  whole(): Promise<void> | undefined;
}

export class Buffers {
  rows = 0;
  bytes = 0;
  readonly counters = new FlushCounters();
  /** Flushes under way because memory runs short. */
  private relieving = 0;
  private readonly parts: BuffersParts;
  private readonly owner: BufferOwner;
  private readonly flushing: Outage<number>;
  private readonly spares: Spares;
  private readonly buffers = new Map<number, TableBuffer>();
  private readonly loading = new Map<number, Promise<void>>();

  constructor(parts: BuffersParts) {
    this.parts = parts;
    this.flushing = new Outage(parts.logger, {
      began: 'rows of a table do not get into the engine; it is tried again and again',
      ended: 'rows of all tables get into the engine again',
    });
    const { parallelFlushes, spareColumnBytes } = parts.limits;
    this.spares = new Spares({ chunks: parallelFlushes, columnBytes: spareColumnBytes });
    this.owner = {
      flush: { ...parts, counters: this.counters, spares: this.spares },
      whole: () => parts.whole(),
      places: new FlushPlaces(parts.limits.parallelFlushes),
      changed: (rows, bytes) => {
        this.rows += rows;
        this.bytes += bytes;
        if (bytes < 0) parts.freed();
      },
    };
  }

  get(tableId: number): TableBuffer | undefined {
    return this.buffers.get(tableId);
  }

  /** The buffer of a table that was just made: nothing is stored that a point could double. */
  addEmpty(table: TableRecord): void {
    this.add(table, null);
  }

  async loadAll(tables: readonly TableRecord[]): Promise<void> {
    const outcomes = await allSettledLimited(tables, PARALLEL_LOADS, (table) => this.load(table));
    const failure = outcomes.find((outcome) => outcome.status === 'rejected');
    if (failure !== undefined) throw failure.reason;
  }

  /** The buffer of a table that has none yet: it first learns where the stored points lie. */
  load(table: TableRecord): Promise<void> {
    if (this.buffers.get(table.id)?.dataId === table.dataId) return Promise.resolve();
    let loading = this.loading.get(table.dataId);
    if (loading === undefined) {
      const { engine, catalog } = this.parts;
      const bounds = catalog.isInEngine(table) ? storedTimeBounds(engine, table) : Promise.resolve(null);
      loading = bounds
        .then((bounds) => this.add(table, bounds))
        .finally(() => this.loading.delete(table.dataId));
      this.loading.set(table.dataId, loading);
    }
    return loading;
  }

  private add(table: TableRecord, bounds: TimeBounds | null): void {
    // Emptied or removed meanwhile: whoever waits has to look again.
    if (this.parts.catalog.tableById(table.id)?.dataId !== table.dataId) return;
    if (this.buffers.get(table.id)?.dataId === table.dataId) return;
    this.buffers.set(table.id, new TableBuffer(table, this.owner, bounds));
  }

  /** Everything that the tables have now into the engine; of a table in `within`, only if it is in that span. */
  async flush(
    tableIds: Iterable<number> = this.buffers.keys(),
    within?: ReadonlyMap<number, TimeSpan>,
  ): Promise<void> {
    const flushes = [...tableIds].map(async (id) => {
      const span = within?.get(id);
      await this.buffers.get(id)?.flush({ isUrgent: true, ...(span !== undefined && { within: span }) });
      this.flushing.worked(id);
    });
    const outcomes = await Promise.allSettled(flushes);
    const failure = outcomes.find((outcome) => outcome.status === 'rejected');
    if (failure !== undefined) throw failure.reason;
  }

  /** Starts what is due: large chunks, old rows, failed flushes, and the largest tables when memory runs short. */
  tick(): void {
    const { clock, limits } = this.parts;
    const nowMs = clock.monotonicMs();
    for (const buffer of this.buffers.values()) {
      if (buffer.isEmpty || buffer.isFlushing || nowMs < buffer.retryAtMs) continue;
      const isOld = buffer.openRows === 0 || nowMs - buffer.openedAtMs >= limits.flushAfterMs;
      if (isOld || buffer.isReady) void this.start(buffer);
    }
    if (nowMs - this.spares.givenAtMs > limits.flushAfterMs) this.spares.clear();
    this.relieve();
  }

  /** Starts with the tables that keep log records before this one. */
  flushOlderThan(sequence: LogSequence): void {
    const nowMs = this.parts.clock.monotonicMs();
    for (const buffer of this.buffers.values()) {
      if (buffer.firstSequence >= sequence || buffer.isFlushing || nowMs < buffer.retryAtMs) continue;
      void this.start(buffer);
    }
  }

  /** While memory runs short the largest tables go, as many at a time as the engine takes. */
  private relieve(): void {
    const { clock, limits } = this.parts;
    while (this.bytes > limits.bufferBytes * EARLY_SHARE && this.relieving < limits.parallelFlushes) {
      const nowMs = clock.monotonicMs();
      let largest: TableBuffer | undefined;
      for (const buffer of this.buffers.values()) {
        if (buffer.isFlushing || nowMs < buffer.retryAtMs) continue;
        if (buffer.openBytes > (largest?.openBytes ?? 0)) largest = buffer;
      }
      if (largest === undefined) return;
      this.relieving++;
      void this.start(largest).then(() => {
        this.relieving--;
        this.relieve();
      });
    }
  }

  /** To be called after rows were appended: large chunks do not wait for the timer. */
  appended(buffer: TableBuffer): void {
    if (buffer.isReady && !buffer.isFlushing && this.parts.clock.monotonicMs() >= buffer.retryAtMs) {
      void this.start(buffer);
    }
    this.relieve();
  }

  /** Bounds the memory of series: the largest tables learn anew. */
  boundSeries(): void {
    let bytes = 0;
    for (const buffer of this.buffers.values()) bytes += buffer.registryBytes;
    const { seriesBytes } = this.parts.limits;
    if (bytes <= seriesBytes) return;
    const bySize = [...this.buffers.values()].sort((a, b) => b.registryBytes - a.registryBytes);
    for (const buffer of bySize) {
      if (bytes <= seriesBytes) return;
      bytes -= buffer.registryBytes;
      buffer.forgetSeries();
    }
  }

  /** The oldest log record that a buffer still needs; infinite when there is none. */
  get firstSequence(): LogSequence {
    let first = Number.POSITIVE_INFINITY;
    for (const buffer of this.buffers.values()) first = Math.min(first, buffer.firstSequence);
    return first;
  }

  /** Forgets the rows of a table that lost its contents. */
  remove(tableId: number): void {
    this.flushing.worked(tableId);
    this.buffers.get(tableId)?.drop();
    this.buffers.delete(tableId);
  }

  private start(buffer: TableBuffer): Promise<void> {
    return buffer.flush({ isUrgent: false }).then(
      () => {
        this.flushing.worked(buffer.tableId);
        this.appended(buffer);
      },
      (error: unknown) => this.flushing.failed(buffer.tableId, { table: buffer.tableId }, error),
    );
  }
}
