/** The write path from a request to the engine: see `ingest.ts` for what it promises. */
import type { Catalog } from '../catalog/catalog.ts';
import type { DatabaseRecord, TableRecord } from '../catalog/records.ts';
import { EngineError } from '../engine/engine.ts';
import { catalogErrors, engineErrors, ingestErrors } from '../errors/index.ts';
import type { Clock } from '../platform/clock.ts';
import { release } from '../platform/release.ts';
import { turns } from '../platform/turns.ts';
import type { Logger } from '../telemetry/logger.ts';
import { Outage } from '../telemetry/outage.ts';
import type { AppendObserver } from './append-observer.ts';
import { ApplyOrder } from './apply-order.ts';
import { applyRequest } from './apply-request.ts';
import type { Buffers } from './buffers.ts';
import type { Cleaner } from './dirty/cleaner.ts';
import { dirtySpans } from './dirty/dirty-spans.ts';
import type { DirtyState } from './dirty/dirty-state.ts';
import { FieldLayouts } from './field-layout.ts';
import type {
  Ingest,
  IngestStatistics,
  TableReadState,
  TimeSpan,
  WriteRequest,
  WriteResult,
} from './ingest.ts';
import type { IngestLimits } from './limits.ts';
import { SeriesKeyCache } from './lineprotocol/series-key-cache.ts';
import { defaultTimeNs } from './lineprotocol/time.ts';
import { encodeRecord } from './log-record.ts';
import { type PackedBody, packBody } from './packed-body.ts';
import { type ParsedRequest, type ParseInput, parseInSlices } from './parse-request.ts';
import { Room } from './room.ts';
import { RowsPool } from './rows-pool.ts';
import { extendSchema } from './schema-step.ts';
import { TableCount } from './table-count.ts';
import type { LogSequence, WriteAheadLog } from './wal/log.ts';

export interface IngestParts {
  readonly catalog: Catalog;
  readonly log: WriteAheadLog;
  readonly buffers: Buffers;
  readonly dirty: DirtyState;
  readonly cleaner: Cleaner;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly limits: IngestLimits;
  readonly observer: AppendObserver | null;
}

const TICK_MS = 200;
/** How long `flushedBefore` may lag: it only spares work at the next start. */
const SAVE_EVERY_MS = 5000;
/** Other requests may be faster with the schema again and again, but not for ever. */
const SCHEMA_ATTEMPTS = 8;

export class IngestService implements Ingest {
  private readonly parts: IngestParts;
  private readonly keys: SeriesKeyCache;
  private readonly layouts = new FieldLayouts();
  private readonly pool: RowsPool;
  private readonly order = new ApplyOrder(turns);
  private readonly room: Room;
  private readonly tableCount: TableCount;
  private readonly unsubscribe: () => void;
  private readonly timer: NodeJS.Timeout;
  private closing: Promise<void> | undefined;
  /** More of it is on the disk than is allowed: rows of some table do not get into the engine. */
  private isLogFull = false;
  private savedAtMs = 0;
  private readonly saving: Outage<'state'>;
  private savedFlushedBefore: LogSequence;

  constructor(parts: IngestParts) {
    this.parts = parts;
    this.keys = new SeriesKeyCache(parts.limits.keyCacheBytes);
    this.pool = new RowsPool(parts.limits.rowsPoolBytes);
    this.room = new Room(
      () => this.isLogFull || parts.buffers.bytes + this.order.bytes > parts.limits.bufferBytes,
      parts.limits.roomWaitMs,
    );
    this.saving = new Outage(parts.logger, {
      began: "the write path's state cannot be saved",
      ended: "the write path's state is saved again",
    });
    this.tableCount = new TableCount(parts.catalog);
    this.savedFlushedBefore = parts.dirty.flushedBefore;
    const forget = ({ id }: TableRecord) => {
      parts.dirty.forget(id);
      parts.buffers.remove(id);
    };
    this.unsubscribe = parts.catalog.subscribe({ tableRemoved: forget, tableCleared: forget });
    this.timer = setInterval(() => this.tick(), TICK_MS).unref();
  }

  /** Called by the buffers before rows leave: none go while others of the same request are not there yet. */
  whole(): Promise<void> | undefined {
    return this.order.whole();
  }

  /** Called by the buffers when memory was given back. */
  freed(): void {
    this.room.freed();
  }

  async write(request: WriteRequest): Promise<WriteResult> {
    this.checkOpen();
    const full = this.room.wait();
    if (full !== undefined) {
      this.parts.buffers.tick();
      await full;
      this.checkOpen();
    }
    const timeNs = defaultTimeNs(this.parts.clock.nowNs(), request.precision);
    const packing = packBody(request.body);
    let parsed: ParsedRequest;
    try {
      parsed = await this.accept(request, timeNs);
    } catch (error) {
      // The caller may do with the body what it likes when this has settled.
      await packing?.then(({ bytes }) => release(bytes)).catch(() => undefined);
      throw error;
    }
    const body = (await packing) ?? { bytes: request.body, isPacked: false };
    try {
      if (parsed.rows > 0) await this.log(request, parsed, timeNs, body);
    } finally {
      this.pool.give(parsed.stores);
      if (body.isPacked) release(body.bytes);
    }
    return {
      linesWritten: parsed.rows,
      bytes: request.body.byteLength,
      linesRejected: parsed.errorLines.length,
      errors: parsed.errors,
    };
  }

  /** Parses the lines and sees to it that their tables, columns and buffers exist. */
  private async accept(request: WriteRequest, timeNs: bigint): Promise<ParsedRequest> {
    const { catalog } = this.parts;
    for (let attempt = 0; attempt < SCHEMA_ATTEMPTS; attempt++) {
      const database = this.liveDatabase(request.database);
      const input: ParseInput = {
        body: request.body,
        keys: this.keys,
        layouts: this.layouts,
        pool: this.pool,
        precision: request.precision,
        defaultTimeNs: timeNs,
        limits: catalog.limits,
        table: (name) => catalog.table(database.id, name),
        tableCount: () => this.tableCount.current,
        allowTable: request.allowTable,
        stopAtFirstError: !request.acceptPartial,
        skipLines: null,
      };
      const parsed = await parseInSlices(input, turns);
      let isAccepted = false;
      try {
        isAccepted = await this.prepare(request, database, parsed);
      } finally {
        if (!isAccepted) this.pool.give(parsed.stores);
      }
      if (isAccepted) return parsed;
    }
    throw ingestErrors.writeOverloaded();
  }

  /** False: somebody else changed the schema meanwhile. */
  private async prepare(
    request: WriteRequest,
    database: DatabaseRecord,
    parsed: ParsedRequest,
  ): Promise<boolean> {
    const { catalog, buffers } = this.parts;
    const [firstError] = parsed.errors;
    if (firstError !== undefined && !request.acceptPartial) {
      throw ingestErrors.lineProtocolRejected().withData(firstError);
    }
    if (parsed.lines === 0) throw ingestErrors.emptyWrite();
    if (parsed.tables.some(({ needsSchema }) => needsSchema)) {
      const isExtended = await extendSchema(catalog, database, parsed.tables, request.author, (table) =>
        buffers.addEmpty(table),
      );
      if (!isExtended) return false;
    }
    const missing = parsed.tables.filter(({ record }) => buffers.get(record!.id)?.dataId !== record!.dataId);
    if (missing.length > 0) await this.engineDo(buffers.loadAll(missing.map(({ record }) => record!)));
    // A table may have been deleted meanwhile. (One that is from here on takes its rows with it.)
    return parsed.tables.every(({ name, record }) => this.isLive(database, name, record!));
  }

  private liveDatabase({ id, name }: DatabaseRecord): DatabaseRecord {
    const database = this.parts.catalog.databaseById(id);
    if (database === undefined) throw catalogErrors.databaseNotFound(name);
    if (database.deletedAtMs !== null) throw ingestErrors.databaseSoftDeleted(database.name);
    return database;
  }

  private isLive(database: DatabaseRecord, name: string, record: TableRecord): boolean {
    const { catalog, buffers } = this.parts;
    return (
      catalog.databaseById(database.id)?.deletedAtMs === null &&
      catalog.table(database.id, name)?.dataId === record.dataId &&
      buffers.get(record.id)?.dataId === record.dataId
    );
  }

  /** The record takes its place in the log's order and in ours in one step. */
  private log(request: WriteRequest, parsed: ParsedRequest, timeNs: bigint, body: PackedBody): Promise<void> {
    const { log, buffers, observer } = this.parts;
    const record = encodeRecord({
      precision: request.precision,
      defaultTimeNs: timeNs,
      tables: new Map(parsed.tables.map(({ name, record }) => [name, record!])),
      skipLines: parsed.errorLines,
      body,
    });
    const notBefore = log.next;
    const appended = log.append(record, { durable: !request.noSync });
    return this.order.add(notBefore, request.body.byteLength, appended, (sequence) =>
      applyRequest(parsed, buffers, observer, sequence),
    );
  }

  async barrier(tableIds: readonly number[], within?: ReadonlyMap<number, TimeSpan>): Promise<void> {
    const { buffers, catalog } = this.parts;
    await this.order.whole();
    await this.engineDo(buffers.flush(tableIds, within));
    // Those without rows are read as well.
    for (const id of tableIds) await catalog.makeInEngine(id);
  }

  readState(tableId: number): TableReadState {
    return { dirty: dirtySpans(this.parts.dirty.of(tableId)) };
  }

  async flush(): Promise<void> {
    await this.order.drained();
    await this.engineDo(this.parts.buffers.flush());
    await this.trim();
    await this.save();
  }

  /** Merges what may hold duplicates now; what fails or is written to meanwhile stays marked. */
  clean(): Promise<void> {
    return this.parts.cleaner.cleanNow();
  }

  isWritable(): Promise<boolean> {
    return this.parts.log.isWritable();
  }

  statistics(): IngestStatistics {
    const { log, buffers } = this.parts;
    const { bytes, segments, fsyncs, fsyncSeconds } = log.statistics();
    const { counters } = buffers;
    return {
      walBytes: bytes,
      walSegments: segments,
      bufferedRows: buffers.rows,
      bufferedBytes: buffers.bytes + this.order.bytes,
      walFsyncs: fsyncs,
      walFsyncSeconds: fsyncSeconds,
      flushes: counters.flushes,
      flushFailures: counters.failures,
      flushedRows: counters.rows,
      flushSeconds: counters.seconds,
    };
  }

  close(): Promise<void> {
    this.closing ??= this.shutDown();
    return this.closing;
  }

  private async shutDown(): Promise<void> {
    const { log, cleaner, logger } = this.parts;
    clearInterval(this.timer);
    try {
      await this.flush();
    } catch (error) {
      logger.error({ err: error }, 'not everything could be flushed, the log keeps it for the next start');
    }
    await cleaner.close();
    this.unsubscribe();
    await log.close();
  }

  private checkOpen(): void {
    if (this.closing !== undefined) throw ingestErrors.ingestClosed();
  }

  private tick(): void {
    const { buffers, cleaner, clock } = this.parts;
    buffers.tick();
    buffers.boundSeries();
    void cleaner.tick();
    this.trim().catch(() => undefined);
    this.boundLog();
    const nowMs = clock.monotonicMs();
    if (nowMs - this.savedAtMs < SAVE_EVERY_MS) return;
    this.savedAtMs = nowMs;
    if (this.parts.dirty.flushedBefore !== this.savedFlushedBefore) this.save().catch(() => undefined);
  }

  private trim(): Promise<void> {
    const { log, buffers, dirty } = this.parts;
    const before = Math.min(log.next, this.order.oldest, buffers.firstSequence);
    // A full one is tried again: its segments may be there because they could not be removed.
    if (before <= dirty.flushedBefore && !this.isLogFull) return Promise.resolve();
    dirty.flushedBefore = before;
    return log.trim(before);
  }

  /** Few rows of a quiet table, or of one that the engine does not take, must not keep all that came after them. */
  private boundLog(): void {
    const { log, buffers, limits, logger } = this.parts;
    const { bytes } = log.statistics();
    if (bytes > limits.logBytes / 2) buffers.flushOlderThan((buffers.firstSequence + log.next) / 2);
    const isFull = bytes > limits.logBytes;
    if (isFull && !this.isLogFull) {
      logger.error(
        { bytes },
        'the write-ahead log is full: some rows do not get into the engine; writes wait',
      );
    }
    this.isLogFull = isFull;
    this.room.freed();
  }

  private async save(): Promise<void> {
    const { dirty } = this.parts;
    try {
      await dirty.save();
      this.savedFlushedBefore = dirty.flushedBefore;
      this.saving.worked('state');
    } catch (error) {
      this.saving.failed('state', {}, error);
      throw error;
    }
  }

  private async engineDo<T>(work: Promise<T>): Promise<T> {
    try {
      return await work;
    } catch (error) {
      if (!(error instanceof EngineError)) throw error;
      throw engineErrors.engineUnavailable().withCause(error);
    }
  }
}
