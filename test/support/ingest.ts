/** The write path over the real engine, catalog and log, for tests: write text, read plain rows. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { CacheLimits } from '../../src/caches/caches.ts';
import { MemoryCaches } from '../../src/caches/memory-caches.ts';
import type { Catalog } from '../../src/catalog/catalog.ts';
import { quoteIdentifier } from '../../src/engine/quote-identifier.ts';
import type { DatabaseRecord, TableRecord } from '../../src/catalog/records.ts';
import { openSqliteCatalog } from '../../src/catalog/sqlite/open.ts';
import { openChdbEngine } from '../../src/engine/chdb/open.ts';
import { collect, type Engine } from '../../src/engine/engine.ts';
import type { Ingest, WriteRequest, WriteResult } from '../../src/ingest/ingest.ts';
import type { IngestLimits } from '../../src/ingest/limits.ts';
import { openIngest } from '../../src/ingest/open.ts';
import { type Clock, systemClock } from '../../src/platform/clock.ts';
import { systemRandom } from '../../src/platform/random.ts';
import { type Logger, silentLogger } from '../../src/telemetry/logger.ts';

export interface IngestHarness {
  readonly engine: Engine;
  readonly catalog: Catalog;
  readonly ingest: Ingest;
  readonly caches: MemoryCaches;
  readonly database: DatabaseRecord;
  write(body: string, options?: Partial<WriteRequest>): Promise<WriteResult>;
  table(name: string): TableRecord;
  /** As a query reads: barrier, then FINAL over the dirty spans only. Sorted by tags and time. */
  rows(table: string): Promise<Record<string, unknown>[]>;
  /** Merges away all duplicates. */
  clean(): Promise<void>;
  close(): Promise<void>;
}

/** What tests change about the caches in memory. */
export interface Caching {
  readonly limits?: Partial<CacheLimits>;
  readonly clock?: Clock;
  readonly logger?: Logger;
}

export async function openHarness(
  directory: string,
  limits: Partial<IngestLimits> = {},
  /** Put between the write path and the engine: faults. */
  between: (engine: Engine) => Engine = (engine) => engine,
  caching: Caching = {},
): Promise<IngestHarness> {
  mkdirSync(directory, { recursive: true });
  const engine = await openChdbEngine({ dataDir: directory, logger: silentLogger, queryLanes: 1 });
  const catalog = await openSqliteCatalog({
    path: join(directory, 'catalog.db'),
    engine,
    clock: systemClock,
    random: systemRandom,
    logger: silentLogger,
  });
  await catalog.reconcile();
  const caches = new MemoryCaches({
    catalog,
    engine,
    clock: caching.clock ?? systemClock,
    logger: caching.logger ?? silentLogger,
    limits: caching.limits ?? {},
  });
  const ingest = await openIngest({
    dataDir: directory,
    catalog,
    engine: between(engine),
    clock: systemClock,
    logger: silentLogger,
    limits,
    observer: caches,
  });
  caches.start(ingest);
  const database = catalog.database('test') ?? (await catalog.as(AUTHOR).createDatabase('test'));
  const table = (name: string) => {
    const record = catalog.table(database.id, name);
    if (record === undefined) throw new Error(`no table ${name}`);
    return record;
  };
  return {
    engine,
    catalog,
    ingest,
    caches,
    database,
    table,
    write: (body, options = {}) =>
      ingest.write({
        database,
        body: Buffer.from(body),
        precision: 'nanosecond',
        acceptPartial: true,
        noSync: false,
        allowTable: null,
        ...options,
      }),
    async rows(name) {
      const record = table(name);
      await ingest.barrier([record.id]);
      return readRows(engine, record, ingest);
    },
    async clean() {
      await ingest.flush();
      await ingest.clean();
    },
    async close() {
      await caches.close();
      await ingest.close();
      await catalog.close();
      await engine.close();
    },
  };
}

export const AUTHOR = {
  requestId: 'test',
  tokenId: null,
  tokenName: null,
  client: null,
  action: 'test',
  resource: 'test',
  detail: null,
};

async function readRows(engine: Engine, table: TableRecord, ingest: Ingest) {
  const from = `${quoteIdentifier(table.engineDatabase)}.${quoteIdentifier(table.engineTable)}`;
  const columns = table.columns
    .filter(({ type }) => type !== 'time')
    .map(({ engineName, name }) => `${quoteIdentifier(engineName)} AS ${quoteIdentifier(name)}`);
  const list = [...columns, 'toString(toUnixTimestamp64Nano(time)) AS time_ns'].join(', ');
  const inside = ingest
    .readState(table.id)
    .dirty.map(
      ({ fromNs, toNs }) =>
        `(toUnixTimestamp64Nano(time) >= toInt64('${fromNs}') AND toUnixTimestamp64Nano(time) < toInt64('${toNs}'))`,
    )
    .join(' OR ');
  const parts =
    inside === ''
      ? [`SELECT ${list} FROM ${from}`]
      : [
          `SELECT ${list} FROM ${from} FINAL WHERE ${inside}`,
          `SELECT ${list} FROM ${from} WHERE NOT (${inside})`,
        ];
  const rows: Record<string, unknown>[] = [];
  for (const sql of parts) {
    const settings = { output_format_json_quote_64bit_integers: 1 };
    const bytes = await collect(engine.query({ sql, format: 'JSONEachRow', weight: 'light', settings }));
    for (const line of bytes.toString('utf8').split('\n')) {
      if (line === '') continue;
      const { time_ns: time, ...values } = JSON.parse(line) as Record<string, unknown>;
      rows.push({ ...values, time });
    }
  }
  const key = (row: Record<string, unknown>) =>
    JSON.stringify([
      table.tags.map(({ name }) => row[name] ?? null),
      String(BigInt(String(row.time)) + 2n ** 63n).padStart(20),
    ]);
  return rows.sort((a, b) => (key(a) < key(b) ? -1 : 1));
}
