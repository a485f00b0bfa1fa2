/** ClickHouse in this process, behind the engine contract. */
import { type FileHandle, open, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { Session } from 'chdb';
import type { Logger } from '../../telemetry/logger.ts';
import type {
  CommandOptions,
  Engine,
  EngineHealth,
  EngineQuery,
  EngineTable,
  InsertBatch,
  QueryStream,
} from '../engine.ts';
import type { Lane } from './lane.ts';
import { mapError } from './map-error.ts';
import { ChdbQueryStream } from './query-stream.ts';
import { limitSettings, settingsClause, stringLiteral } from './statement.ts';

export interface ChdbParts {
  readonly lanes: Record<'write' | 'ddl' | 'maintenance' | 'light' | 'heavy' | 'control', Lane>;
  readonly sessions: readonly Session[];
  /** Directory of the files through which inserts pass. */
  readonly exchange: string;
  readonly logger: Logger;
  readonly threads: number;
  readonly memoryBytes: number;
}

export class ChdbEngine implements Engine {
  private readonly parts: ChdbParts;
  private readonly running = new Set<ChdbQueryStream>();
  private nextFile = 0;
  private nextQuery = 0;
  private closing: Promise<void> | undefined;

  constructor(parts: ChdbParts) {
    this.parts = parts;
  }

  async command(sql: string, options: CommandOptions = {}): Promise<void> {
    const lane = this.parts.lanes[options.lane ?? 'ddl'];
    const settings = { ...limitSettings(options.limits ?? {}), ...options.settings };
    await lane.use((session) => run(session, sql + settingsClause(settings)), options.signal);
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
        await writeFile(path, batch.chunks);
        await run(
          session,
          `INSERT INTO ${quote(table.database)}.${quote(table.table)} (${columns}) ` +
            `SELECT ${columns} FROM file(${stringLiteral(path)}, 'Native', ${stringLiteral(structure)})` +
            settingsClause({
              optimize_on_insert: 0,
              max_insert_threads: 1,
              max_threads: 1,
              max_insert_block_size: 1_048_576,
              min_insert_block_size_rows: 1_048_576,
              fsync_metadata: options.durable,
            }),
        );
      } finally {
        await unlink(path).catch(() => {});
      }
    }, options.signal);
  }

  query(query: EngineQuery): QueryStream {
    const weight = query.weight ?? 'heavy';
    const stream = new ChdbQueryStream({
      lane: this.parts.lanes[weight],
      query,
      marker: `sluice-${process.pid}-${this.nextQuery++}`,
      defaults: { max_threads: this.parts.threads, max_memory_usage: this.parts.memoryBytes },
      kill: (marker) => this.kill(marker),
      ended: () => this.running.delete(stream),
    });
    this.running.add(stream);
    return stream;
  }

  async health(): Promise<EngineHealth> {
    const { lanes } = this.parts;
    const running = {
      write: lanes.write.running,
      ddl: lanes.ddl.running,
      query: lanes.light.running + lanes.heavy.running,
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
    for (const stream of [...this.running]) stream.cancel();
    const { lanes } = this.parts;
    const deadline = performance.now() + 10_000;
    const busy = () => Object.values(lanes).some((lane) => lane.running > 0);
    while (busy() && performance.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 10));
    for (const lane of Object.values(lanes)) lane.close();
    for (const session of this.parts.sessions) session.close();
  }

  /** Ends a statement inside the engine, from a session of its own. */
  private async kill(marker: string): Promise<void> {
    try {
      await this.parts.lanes.control.use((session) =>
        run(session, `KILL QUERY WHERE position(query, ${stringLiteral(`/* ${marker} */`)}) = 1 ASYNC`),
      );
    } catch (error) {
      this.parts.logger.warn({ error: String(error) }, 'could not kill a query of the engine');
    }
  }
}

async function run(session: Session, sql: string): Promise<void> {
  try {
    await session.queryAsync(sql, { format: 'Null' });
  } catch (error) {
    throw mapError(error);
  }
}

async function writeFile(path: string, chunks: readonly Uint8Array[]): Promise<void> {
  const file: FileHandle = await open(path, 'wx', 0o600);
  try {
    await file.writev(chunks as Uint8Array[]);
  } finally {
    await file.close();
  }
}

function quote(name: string): string {
  return '`' + name.replace(/\\/g, '\\\\').replace(/`/g, '\\`') + '`';
}
