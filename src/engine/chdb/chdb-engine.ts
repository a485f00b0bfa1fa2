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
import { stringLiteral } from '../string-literal.ts';
import type { DiskGuard } from './disk-guard.ts';
import { Killer, marked } from './killer.ts';
import type { Lane } from './lane.ts';
import { mapError } from './map-error.ts';
import { ChdbQueryStream } from './query-stream.ts';
import type { QueryThread } from './query-thread.ts';
import { releaseFailed } from './release-failed.ts';
import type { SmallSession } from './small-session.ts';
import { checkSingleStatement, limitSettings, setStatement, settingsClause } from './statement.ts';
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
  /** Called once, after everything was released. */
  closed(): void;
}

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
  private readonly parts: ChdbParts;
  private readonly running = new Set<ChdbQueryStream>();
  /** Statements that may take long and lose nothing when they are killed. */
  private readonly maintenance = new Set<string>();
  private nextFile = 0;
  private nextMarker = 0;
  private readonly killer: Killer;
  private closing: Promise<void> | undefined;

  constructor(parts: ChdbParts) {
    this.parts = parts;
    this.killer = new Killer(parts.lanes.control, parts.logger);
  }

  async command(sql: string, options: CommandOptions = {}): Promise<void> {
    checkSingleStatement(sql);
    const name = options.lane ?? 'ddl';
    const lane = this.parts.lanes[name];
    const settings = { ...limitSettings(options.limits ?? {}), ...options.settings };
    const statement = async (session: Session) => {
      // Appended to DDL a SETTINGS clause would become part of the table. So the session gets them, for once.
      const names = Object.keys(settings);
      if (names.length > 0) await run(session, setStatement(settings));
      try {
        await this.runKillable(session, sql, options.signal, name === 'maintenance');
      } finally {
        if (names.length > 0)
          await run(session, `SET ${names.map((each) => `${each} = DEFAULT`).join(', ')}`);
      }
    };
    await this.parts.guard.run(sql, () => lane.use(statement, options.signal));
  }

  async insert(
    table: EngineTable,
    batch: InsertBatch,
    options: { durable: boolean; signal?: AbortSignal },
  ): Promise<void> {
    if (batch.rows === 0) return;
    const path = join(this.parts.exchange, `${process.pid}-${this.nextFile++}.native`);
    const columns = batch.columns.map((column) => quote(column.name)).join(', ');
    const structure = batch.columns.map((column) => `${quote(column.name)} ${column.type}`).join(', ');
    await this.parts.lanes.write.use(async (session) => {
      try {
        await writeWhole(path, batch.chunks).catch((error: unknown) => {
          throw mapError(error);
        });
        await this.runKillable(
          session,
          `INSERT INTO ${quote(table.database)}.${quote(table.table)} (${columns}) ` +
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
            }),
          options.signal,
        );
        await this.parts.guard.requireSpaceAfterwards();
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
    const { control, ...working } = lanes;
    const places = [...Object.values(working), ...Object.values(queries), small];
    for (const lane of places) lane.close();
    for (const stream of [...this.running]) stream.cancel();
    for (const marker of this.maintenance) this.killer.kill(marker);
    const deadline = performance.now() + CLOSE_TIMEOUT_MS;
    while (places.some((lane) => lane.running > 0) && performance.now() < deadline) {
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    this.killer.stop();
    control.close();
    await Promise.all(this.parts.threadPlaces.map((thread) => thread.close()));
    for (const session of this.parts.sessions) session.close();
    this.parts.closed();
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
      await run(session, marked(marker, sql));
    } catch (error) {
      throw signal?.aborted ? new EngineError('cancelled', 'cancelled', { cause: error }) : error;
    } finally {
      signal?.removeEventListener('abort', onAbort);
      this.killer.settled(marker);
      this.maintenance.delete(marker);
    }
  }
}

async function run(session: Session, sql: string): Promise<void> {
  try {
    await session.queryAsync(sql, { format: 'Null' });
  } catch (error) {
    await releaseFailed(session);
    throw mapError(error);
  }
}

function quote(name: string): string {
  return '`' + name.replace(/\\/g, '\\\\').replace(/`/g, '\\`') + '`';
}
