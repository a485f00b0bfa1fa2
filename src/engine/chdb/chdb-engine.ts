/** ClickHouse in this process, behind the engine contract. */
import { unlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { Session } from 'chdb';
import type { Logger } from '../../telemetry/logger.ts';
import {
  type CommandOptions,
  type Engine,
  EngineError,
  type EngineHealth,
  type EngineQuery,
  type EngineTable,
  type InsertBatch,
  type QueryStream,
} from '../engine.ts';
import { quoteIdentifier } from '../quote-identifier.ts';
import type { StoredRows } from '../stored-rows.ts';
import { stringLiteral } from '../string-literal.ts';
import type { DiskGuard } from './disk-guard.ts';
import { Killer, marked } from './killer.ts';
import type { Lane } from './lane.ts';
import { mapError } from './map-error.ts';
import { ChdbQueryStream } from './query-stream.ts';
import type { ChdbStoredRows } from './parts/chdb-stored-rows.ts';
import type { QueryThread } from './query-thread.ts';
import { Reload } from './reload.ts';
import { runStatement } from './run-statement.ts';
import type { SmallSession } from './small-session.ts';
import { checkSingleStatement, limitSettings, setStatement, settingsClause } from './statement.ts';
import { WriteProof } from './write-proof.ts';
import { writeWhole } from './write-whole.ts';

export interface ChdbParts {
  /** Sessions of this thread. They run by `queryAsync`, which analyses on a thread of the pool. */
  readonly lanes: Record<'write' | 'ddl' | 'maintenance' | 'control', Lane<Session>>;
  readonly queries: Record<'light' | 'heavy', Lane<QueryThread>>;
  /** Sessions of this thread for queries that are soon over: two messages between threads less. */
  readonly small: Lane<SmallSession>;
  readonly threadPlaces: readonly QueryThread[];
  readonly sessions: readonly Session[];
  /** Around what a full disk would break without a word. */
  readonly guard: DiskGuard;
  /** Directory of the files through which inserts pass. */
  readonly exchange: string;
  readonly logger: Logger;
  readonly threads: number;
  readonly memoryBytes: number;
  readonly lookEveryMs: number;
  readonly storedRows: ChdbStoredRows;
  /** Called once, after everything was released. */
  closed(): void;
}

/** Statements that leave something on the disk. */
const WRITES = /^\s*(?:OPTIMIZE|CREATE|ALTER)\b/i;

/** Added to the niceness of a heavy query's threads. The engine leaves it where it lacks the right. */
const HEAVY_NICE = 10;

/**
 * Parts of fewer rows get the indexes of their tags when they are merged: there are few granules that an index could
 * leave out, and its files are two thirds of such a part's.
 */
const INDEXED_ROWS = 16_384;

/** How long `close` waits for running statements. */
const CLOSE_TIMEOUT_MS = 10_000;

export class ChdbEngine implements Engine {
  readonly storedRows: StoredRows;
  private readonly parts: ChdbParts;
  private readonly running = new Set<ChdbQueryStream>();
  /** Statements that may take long and lose nothing when they are killed. */
  private readonly maintenance = new Set<string>();
  private nextFile = 0;
  private nextMarker = 0;
  private readonly killer: Killer;
  private readonly proof: WriteProof;
  private readonly looking: NodeJS.Timeout;
  private closing: Promise<void> | undefined;

  constructor(parts: ChdbParts) {
    this.parts = parts;
    this.storedRows = parts.storedRows;
    this.killer = new Killer(parts.lanes.control, parts.logger);
    const { control, ...lanes } = parts.lanes;
    const reload = new Reload({
      control,
      working: [...Object.values(lanes), ...Object.values(parts.queries), parts.small],
      interrupt: (isReading) => this.interrupt(isReading),
      logger: parts.logger,
    });
    this.proof = new WriteProof({
      countFailed: () => reload.countFailedWrites(),
      putRight: (withinMs) => reload.run(withinMs),
      monotonicMs: () => performance.now(),
      logger: parts.logger,
    });
    this.looking = setInterval(() => void this.look().catch(() => undefined), parts.lookEveryMs).unref();
  }

  /** Whether the disk took what the engine merged by itself; resolves when what it did not take is put right. */
  look(): Promise<void> {
    return this.proof.look();
  }

  intact<T>(look: () => Promise<T>): Promise<T> {
    return this.proof.during(look);
  }

  async command(sql: string, options: CommandOptions = {}): Promise<void> {
    checkSingleStatement(sql);
    const name = options.lane ?? 'ddl';
    const lane = this.parts.lanes[name];
    const settings = { ...limitSettings(options.limits ?? {}), ...options.settings };
    const statement = async (session: Session) => {
      // Appended to DDL a SETTINGS clause would become part of the table. So the session gets them, for once.
      const names = Object.keys(settings);
      if (names.length > 0) await runStatement(session, setStatement(settings));
      try {
        await this.runKillable(session, sql, options.signal, name === 'maintenance');
      } finally {
        if (names.length > 0)
          await runStatement(session, `SET ${names.map((each) => `${each} = DEFAULT`).join(', ')}`);
      }
    };
    await lane.use((session) => {
      const run = () => statement(session);
      // What drops things has to go on: it gives space back.
      return this.parts.guard.run(sql, WRITES.test(sql) ? () => this.proof.during(run) : run);
    }, options.signal);
  }

  async insert(
    table: EngineTable,
    batch: InsertBatch,
    options: { durable: boolean; signal?: AbortSignal },
  ): Promise<void> {
    if (batch.rows === 0) return;
    const path = join(this.parts.exchange, `${process.pid}-${this.nextFile++}.native`);
    const columns = batch.columns.map((column) => quoteIdentifier(column.name)).join(', ');
    const structure = batch.columns
      .map((column) => `${quoteIdentifier(column.name)} ${column.type}`)
      .join(', ');
    await this.parts.lanes.write.use(async (session) => {
      try {
        await writeWhole(path, batch.chunks).catch((error: unknown) => {
          throw mapError(error);
        });
        const statement =
          `INSERT INTO ${quoteIdentifier(table.database)}.${quoteIdentifier(table.table)} (${columns}) ` +
          `SELECT ${columns} FROM file(${stringLiteral(path)}, 'Native', ${stringLiteral(structure)})` +
          settingsClause({
            optimize_on_insert: 0,
            materialize_skip_indexes_on_insert: batch.rows >= INDEXED_ROWS,
            // A backfill spans years: its partitions are few per flush in the long run, refusing them loses nothing.
            max_partitions_per_insert_block: 0,
            max_insert_threads: 1,
            max_threads: 1,
            max_insert_block_size: 1_048_576,
            min_insert_block_size_rows: batch.blockRows ?? 1_048_576,
            fsync_metadata: options.durable,
          });
        await this.proof.during(() => this.runKillable(session, statement, options.signal));
      } finally {
        await unlink(path).catch(() => {});
      }
    }, options.signal);
  }

  query(query: EngineQuery): QueryStream {
    const weight = query.weight ?? 'heavy';
    const stream = new ChdbQueryStream({
      lane: this.parts.queries[weight],
      small: this.parts.small,
      query,
      marker: this.marker(),
      defaults: {
        max_threads: this.parts.threads,
        max_memory_usage: this.parts.memoryBytes,
        // Where the process may do so: what is short goes first on a busy processor.
        ...(weight === 'heavy' && { os_threads_nice_value_query: HEAVY_NICE }),
      },
      killer: this.killer,
      writes: this.proof.watch(),
      ended: () => this.running.delete(stream),
    });
    this.running.add(stream);
    return stream;
  }

  async health(): Promise<EngineHealth> {
    const { lanes, queries, small } = this.parts;
    const running = {
      write: lanes.write.running,
      ddl: lanes.ddl.running + lanes.maintenance.running,
      query: queries.light.running + queries.heavy.running + small.running,
    };
    try {
      let version = '';
      await lanes.control.use(async (session) => {
        version = (await session.queryAsync('SELECT version()', { format: 'TSV' })).text().trim();
      });
      return { healthy: true, version, running };
    } catch {
      return { healthy: false, version: '', running };
    }
  }

  close(): Promise<void> {
    this.closing ??= this.shutDown();
    return this.closing;
  }

  private async shutDown(): Promise<void> {
    const { lanes, queries, small } = this.parts;
    clearInterval(this.looking);
    const { control, ...working } = lanes;
    const places = [...Object.values(working), ...Object.values(queries), small];
    for (const lane of places) lane.close();
    for (const stream of [...this.running]) stream.cancel();
    for (const marker of this.maintenance) this.killer.kill(marker);
    await this.proof.idle();
    const deadline = performance.now() + CLOSE_TIMEOUT_MS;
    while (places.some((lane) => lane.running > 0) && performance.now() < deadline) {
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    this.killer.stop();
    control.close();
    await Promise.all(this.parts.threadPlaces.map((thread) => thread.close()));
    for (const session of this.parts.sessions) session.close();
    this.parts.storedRows.clear();
    this.parts.closed();
  }

  /** What would keep the engine from coming to a standstill. */
  private interrupt(isReading: boolean): void {
    for (const marker of this.maintenance) this.killer.kill(marker);
    if (!isReading) return;
    const reason = new EngineError('down', 'killed, as tables have to be read again');
    for (const stream of this.running) stream.interrupt(reason);
  }

  private marker(): string {
    return `sluice-${process.pid}-${this.nextMarker++}`;
  }

  /** Runs a statement that the signal ends inside the engine; settles when the engine has. */
  private async runKillable(
    session: Session,
    sql: string,
    signal: AbortSignal | undefined,
    isMaintenance = false,
  ): Promise<void> {
    const marker = this.marker();
    if (isMaintenance) this.maintenance.add(marker);
    const onAbort = () => this.killer.kill(marker);
    signal?.addEventListener('abort', onAbort, { once: true });
    try {
      if (signal?.aborted) throw new EngineError('cancelled', 'cancelled before it ran');
      await runStatement(session, marked(marker, sql));
    } catch (error) {
      throw signal?.aborted ? new EngineError('cancelled', 'cancelled', { cause: error }) : error;
    } finally {
      signal?.removeEventListener('abort', onAbort);
      this.killer.settled(marker);
      this.maintenance.delete(marker);
    }
  }
}
