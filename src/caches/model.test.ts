/**
 * The caches in memory against the views of their tables, over random histories: duplicates, late points, new
 * columns, ageing, retention, deletes, cleared tables, clean and unclean restarts (C1 to C6 of `README.md`).
 * SLUICE_CACHES_SEED replays one, SLUICE_CACHES_HISTORIES asks for more.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { copyLive } from '../../test/support/copy-live.ts';
import { AUTHOR } from '../../test/support/ingest.ts';
import { openQueryHarness, type QueryHarness, type QueryOptions } from '../../test/support/query.ts';
import { type Random, seededRandom } from '../../test/support/seeded-random.ts';
import { RowDeletes } from '../deletes/row-deletes.ts';
import type { Clock } from '../platform/clock.ts';
import type { QueryService } from '../query/query.ts';
import { createQueryService } from '../query/service.ts';
import { silentLogger } from '../telemetry/logger.ts';

const HISTORIES = Number(process.env.SLUICE_CACHES_HISTORIES ?? 1);
const STEPS = 70;
/** Of every step. */
const COMPARISONS = 2;
const SECOND_NS = 1_000_000_000n;
/** `undefined` is no such tag. */
const SERIES = [
  ...['a', 'b'].flatMap((host) => [undefined, 'x', 'y'].map((region) => ({ host, region }))),
  { host: 'c\ud83d\ude00', region: 'x' },
  { host: 'c\uffee', region: 'x' },
];
const PRINCIPALS = [
  ['*:*:*'],
  ['*:*:*'],
  ['db:test/m[host=a]:read'],
  ['db:test/m[region=x]:read', 'db:test/m[host=b,region=y]:read'],
];
const LAST_STATEMENTS = [
  'SELECT * FROM',
  'SELECT * FROM',
  'SELECT * FROM',
  "SELECT c.time AS t, s FROM AS c WHERE host IN ('a', 'zz') AND c.host = 'a'",
  "SELECT count(*) AS n, max(time) AS t FROM WHERE host = 'b'",
  'SELECT host, time FROM WHERE f > 100',
];
const DISTINCT_STATEMENTS = [
  'SELECT * FROM',
  'SELECT * FROM',
  'SELECT host FROM',
  'SELECT region FROM',
  "SELECT region FROM WHERE host = 'a'",
  'SELECT count(host) AS n FROM',
  'SELECT count(*) AS n FROM',
  "SELECT * FROM WHERE 'a' = host",
  'SELECT host FROM WHERE region IS NULL',
];

test(`C1-C6: ${HISTORIES} random histories`, async () => {
  const seed = Number(process.env.SLUICE_CACHES_SEED ?? Date.now() % 1_000_000);
  for (let history = 0; history < HISTORIES; history++) await new History(seed + history).play();
}, 120_000);

/** Goes on only when it is told to. */
class SteppingClock implements Clock {
  /** Ahead of the engine's clock: what is too old for the table is not dropped yet, only not shown. */
  private readonly startNs = BigInt(Date.now()) * 1_000_000n + 3600n * SECOND_NS;
  private aheadNs = 0n;

  advance(seconds: number): void {
    this.aheadNs += BigInt(seconds) * SECOND_NS;
  }
  nowNs(): bigint {
    return this.startNs + this.aheadNs;
  }
  nowMs(): number {
    return Number(this.nowNs() / 1_000_000n);
  }
  monotonicMs(): number {
    return performance.now();
  }
}

class History {
  private readonly seed: number;
  private readonly random: Random;
  private readonly clock = new SteppingClock();
  private readonly root = mkdtempSync(join(tmpdir(), 'sluice-caches-'));
  private directory = join(this.root, '0');
  private restarts = 0;
  private server!: QueryHarness;
  /** Answers from the tables alone. */
  private views!: QueryService;
  private cacheNames = 0;
  private lines = 0;
  private fromMemory = 0;
  /** What was done other than to write: for whoever reads a failure. */
  private readonly trace: number[] = [];

  constructor(seed: number) {
    this.seed = seed;
    this.random = seededRandom(seed);
  }

  async play(): Promise<void> {
    await this.open();
    try {
      await this.write();
      for (let caches = 0; caches < 3; caches++) await this.create();
      for (let step = 0; step < STEPS; step++) await this.step();
      await this.server.caches.settled();
      await this.check();
      expect(this.fromMemory).toBeGreaterThan(0);
    } finally {
      await this.server.close();
      rmSync(this.root, { recursive: true, force: true });
    }
  }

  private async step(): Promise<void> {
    const action = this.below(60);
    if (action >= 38) this.trace.push(action);
    if (action < 38) await this.write();
    else if (action < 44) await this.create();
    else if (action < 45) await this.remove();
    else if (action < 48) this.clock.advance(1 + this.below(15));
    else if (action < 50) await this.server.ingest.flush();
    else if (action < 51) await this.server.clean();
    else if (action < 54) await this.deleteRows();
    else if (action < 57) await this.setRetention();
    else if (action < 58) await this.server.catalog.as(AUTHOR).clearTable(this.server.table('m').id);
    else await this.restart(action === 59);
    await this.check();
  }

  private async open(): Promise<void> {
    this.server = await openQueryHarness(this.directory, { clock: this.clock }, { clock: this.clock });
    const { catalog, engine, ingest } = this.server;
    this.views = createQueryService({
      catalog,
      engine,
      ingest,
      clock: this.clock,
      logger: silentLogger,
      tokensVisible: true,
    });
  }

  private async restart(isClean: boolean): Promise<void> {
    if (isClean) await this.server.close();
    else {
      const before = this.directory;
      this.directory = join(this.root, String(++this.restarts));
      copyLive(before, this.directory);
      await this.server.close();
    }
    await this.open();
  }

  private async write(): Promise<void> {
    const lines = Array.from({ length: 1 + this.below(8) }, () => this.line());
    const result = await this.server.write(lines.join('\n'), { noSync: this.below(3) === 0 });
    expect(result.errors).toEqual([]);
  }

  /** Times of different series never meet: which of them is the last would be anybody's choice. */
  private line(): string {
    const number = this.below(SERIES.length);
    const { host, region } = SERIES[number]!;
    const tags = [`host=${host}`, ...(region === undefined ? [] : [`region=${region}`])];
    const late = this.lines++ > 60 && this.below(6) === 0 ? 1 + this.below(2) : 0;
    if (late > 0) tags.push(`late=${late}`);
    const ageSecs = this.below(3) === 0 ? this.below(200) - 10 : this.below(4);
    const seconds = this.clock.nowNs() / SECOND_NS - BigInt(ageSecs);
    const time = seconds * SECOND_NS + BigInt(number * 10 + late);
    const fields: string[] = [];
    for (const name of ['f', 'i', 'u', 's', 'ok', ...(this.lines > 40 ? ['new'] : [])]) {
      if (fields.length > 0 && this.below(2) === 0) continue;
      const value = this.below(1000);
      if (name === 'f' || name === 'new') fields.push(`${name}=${value / 4}`);
      else if (name === 's') fields.push(`s="${'é'.repeat(value % 7)}${value}"`);
      else if (name === 'ok') fields.push(`ok=${value % 2 === 0 ? 't' : 'f'}`);
      else fields.push(name === 'i' ? `i=${-value}i` : `u=${value}u`);
    }
    return `m,${tags.join(',')} ${fields.join(',')} ${time}`;
  }

  private async create(): Promise<void> {
    const table = this.server.table('m');
    const id = (name: string) => table.columnByName.get(name)?.id;
    const ids = (names: readonly string[]) => names.map(id).filter((value) => value !== undefined);
    const writer = this.server.catalog.as(AUTHOR);
    const name = `c${this.cacheNames++}`;
    const age = [20, 60, 3600, 10_000_000_000][this.below(4)]!;
    if (this.below(3) === 0) {
      const columnIds = ids([['host'], ['host', 'region'], ['region', 'host'], ['s']][this.below(4)]!);
      if (columnIds.length === 0) return;
      const maxCardinality = this.below(3) === 0 ? 3 : 1000;
      await writer.createDistinctCache({
        tableId: table.id,
        name,
        columnIds,
        maxCardinality,
        maxAgeSecs: age,
      });
      return;
    }
    const keys = [['host', 'region'], ['host'], ['region'], [], ['host', 'ok']][this.below(5)]!;
    await writer.createLastCache({
      tableId: table.id,
      name,
      keyColumnIds: ids(keys),
      valueColumnIds: this.below(2) === 0 ? null : ids(['s', 'f', 'region'].filter((c) => !keys.includes(c))),
      count: 1 + this.below(3),
      ttlSecs: age,
    });
  }

  private async remove(): Promise<void> {
    const { catalog, database } = this.server;
    const [cache] = catalog.lastCaches(database.id);
    if (cache !== undefined) await catalog.as(AUTHOR).deleteLastCache(cache.tableId, cache.name);
  }

  private async deleteRows(): Promise<void> {
    const { catalog, engine, ingest, caches, database } = this.server;
    const deletes = new RowDeletes({
      catalog,
      engine,
      ingest,
      clock: this.clock,
      logger: silentLogger,
      minimumAgeMs: -1_000_000,
      deleted: (tableId) => caches.rowsDeleted(tableId),
    });
    const fromNs = this.clock.nowNs() - BigInt(this.below(10)) * SECOND_NS;
    const request = {
      database,
      table: this.server.table('m'),
      minTimeNs: fromNs,
      maxTimeNs: fromNs + BigInt(1 + this.below(10)) * SECOND_NS,
      predicate: this.below(2) === 0 ? null : "host = 'a'",
      allTime: false,
    };
    await deletes.submit(AUTHOR, request);
    await deletes.runDue();
  }

  private async setRetention(): Promise<void> {
    const periods = [null, 30n * SECOND_NS, 100n * SECOND_NS];
    const writer = this.server.catalog.as(AUTHOR);
    await writer.setTableRetention(this.server.table('m').id, periods[this.below(3)]!);
  }

  private async check(): Promise<void> {
    const { catalog, database, caches } = this.server;
    // With and without the caches ready: an answer is right at every moment.
    const isReady = this.below(4) > 0;
    if (isReady) await caches.settled();
    for (let count = 0; count < COMPARISONS; count++) {
      const as = PRINCIPALS[this.below(PRINCIPALS.length)]!;
      const last = this.oneOf(catalog.lastCaches(database.id));
      if (last !== undefined) {
        const from = `last_cache('m', '${last.name}')`;
        await this.compare(this.oneOf(LAST_STATEMENTS)!.replace('FROM', `FROM ${from}`), { as });
      }
      const distinct = this.oneOf(catalog.distinctCaches(database.id));
      if (distinct !== undefined) {
        const from = `distinct_cache('m', '${distinct.name}')`;
        const sql = this.oneOf(DISTINCT_STATEMENTS)!.replace('FROM', `FROM ${from}`);
        await this.compare(sql, { as, isSorted: true });
      }
    }
    const { ready } = caches.statistics();
    if (isReady) this.fromMemory += ready;
  }

  private async compare(sql: string, options: QueryOptions & { isSorted?: boolean }): Promise<void> {
    const { isSorted, ...query } = options;
    const answer = await this.outcome(sql, query, this.server.queries);
    const view = await this.outcome(sql, query, this.views);
    const of = (rows: string[]) => (isSorted === true ? rows : rows.sort());
    const what = { seed: this.seed, trace: this.trace.join(' '), sql, ...query };
    expect({ ...what, rows: of(answer) }).toEqual({ ...what, rows: of(view) });
  }

  /** Rows as text; a refusal is one row. */
  private async outcome(sql: string, query: QueryOptions, queries: QueryService): Promise<string[]> {
    try {
      const text = await this.server.text(sql, { ...query, format: 'jsonl', queries });
      return text.split('\n').filter((line) => line !== '');
    } catch (error) {
      return [(error as Error).message];
    }
  }

  private oneOf<Item>(items: readonly Item[]): Item | undefined {
    return items[this.below(items.length)];
  }

  private below(limit: number): number {
    return Math.floor(this.random() * limit);
  }
}
