/** What the histories of `model.test.ts` do not force: bounds, filters, loads under way. Names are of `README.md`. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { AUTHOR, type Caching } from '../../test/support/ingest.ts';
import { openQueryHarness, type QueryHarness } from '../../test/support/query.ts';
import type { TableAccess } from '../auth/operation.ts';
import type { Block } from '../engine/native/block.ts';
import { systemClock } from '../platform/clock.ts';
import type { ResultFormat } from '../query/query.ts';
import { createQueryService } from '../query/service.ts';
import { silentLogger } from '../telemetry/logger.ts';

let directory: string;
let server: QueryHarness;

const FOR_EVER_SECS = 10_000_000_000;
const ALL: TableAccess = { kind: 'all' };

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'caches-'));
});

afterEach(async () => {
  await server.close();
  rmSync(directory, { recursive: true, force: true });
});

async function open(lines: readonly string[], caching: Caching = {}): Promise<void> {
  server = await openQueryHarness(directory, {}, caching);
  await server.write(lines.join('\n'));
}

async function createLast(
  name: string,
  keys: readonly string[],
  options: { count?: number; values?: readonly string[]; ttlSecs?: number } = {},
): Promise<void> {
  const table = server.table('m');
  const ids = (names: readonly string[]) => names.map((column) => table.columnByName.get(column)!.id);
  await server.catalog.as(AUTHOR).createLastCache({
    tableId: table.id,
    name,
    keyColumnIds: ids(keys),
    valueColumnIds: options.values === undefined ? null : ids(options.values),
    count: options.count ?? 1,
    ttlSecs: options.ttlSecs ?? FOR_EVER_SECS,
  });
}

async function createDistinct(columns: readonly string[], maxAgeSecs = FOR_EVER_SECS): Promise<void> {
  const table = server.table('m');
  await server.catalog.as(AUTHOR).createDistinctCache({
    tableId: table.id,
    name: 'd',
    columnIds: columns.map((column) => table.columnByName.get(column)!.id),
    maxCardinality: 1000,
    maxAgeSecs,
  });
}

/** Straight from memory; null = the table would be asked. */
function inMemory(access = ALL, equalities: Record<string, string> = {}): Block | null {
  const { catalog, caches, database } = server;
  const record = [...catalog.lastCaches(database.id), ...catalog.distinctCaches(database.id)][0]!;
  const table = server.table('m');
  const ids = 'columnIds' in record ? record.columnIds : record.keyColumnIds;
  return caches.read(record, {
    nowNs: BigInt(Date.now()) * 1_000_000n,
    columns: table.columns.filter(({ id }) => ids.includes(id)),
    access,
    equalities: new Map(Object.entries(equalities).map(([name, value]) => [name, new Set([value])])),
  });
}

const rowsWhere = (tag: string, value: string): TableAccess => ({
  kind: 'rows',
  anyOf: [[{ tag, values: [value] }]],
});

const LINES = [
  'm,host=a,region=x v=1 10',
  'm,host=a,region=y v=2 20',
  'm,host=b,region=x v=3,w="é" 30',
  'm v=9 40',
];

/** Each but the first few has something that the host must not overlook. */
const STATEMENTS = [
  'SELECT * FROM CACHE',
  'SELECT host, host AS other, region FROM CACHE',
  "SELECT CACHE.host FROM CACHE WHERE host = 'a'",
  'SELECT x.* FROM CACHE AS x',
  'SELECT * EXCLUDE (host) FROM CACHE',
  'SELECT DISTINCT region FROM CACHE',
  'SELECT DISTINCT ON (region) region FROM CACHE ORDER BY region',
  'SELECT region FROM CACHE GROUP BY region',
  "SELECT region FROM CACHE GROUP BY region HAVING region = 'x'",
  'SELECT max(host) FROM CACHE',
  'SELECT upper(host) AS host FROM CACHE',
  "SELECT 'a' AS host FROM CACHE",
  'SELECT host FROM CACHE ORDER BY host, region LIMIT 2',
  'SELECT host FROM CACHE ORDER BY host, region LIMIT 2 OFFSET 1',
  'SELECT host FROM CACHE LIMIT 0',
  'SELECT host FROM CACHE OFFSET 100',
  'SELECT host FROM CACHE ORDER BY host, region FETCH FIRST 1 ROWS ONLY',
  "SELECT * FROM CACHE WHERE host = 'a' OR region = 'z'",
  "SELECT * FROM CACHE WHERE NOT host = 'a'",
  "SELECT * FROM CACHE WHERE host != 'a'",
  "SELECT * FROM CACHE WHERE host NOT IN ('a', 'b')",
  "SELECT * FROM CACHE WHERE host IN ('a', NULL)",
  "SELECT * FROM CACHE WHERE host = 'a' AND host = 'b'",
  "SELECT * FROM CACHE WHERE host = 'a' AND (region = 'x' OR region = 'y')",
  "SELECT * FROM CACHE WHERE (host = 'a') AND ('x' = region)",
  "SELECT * FROM CACHE WHERE \"host\" = 'a' AND region LIKE 'x%'",
  'SELECT * FROM CACHE WHERE host = region',
  'SELECT * FROM CACHE WHERE host = NULL',
  "SELECT * FROM CACHE WHERE host = 'A'",
  "SELECT * FROM CACHE WHERE nope = 'a'",
  'SELECT nope FROM CACHE',
  "SELECT y.host FROM CACHE AS x WHERE host = 'a'",
  'SELECT a FROM CACHE AS x(a, b)',
  "WITH c AS (SELECT * FROM CACHE) SELECT host FROM c WHERE host = 'a'",
  "SELECT host FROM (SELECT * FROM CACHE) WHERE host = 'a'",
  "SELECT host FROM CACHE WHERE host = 'a' UNION ALL SELECT host FROM CACHE",
  "SELECT host FROM CACHE WHERE host = 'a' AND EXISTS (SELECT 1 FROM CACHE WHERE host = 'b')",
  "SELECT a.host FROM CACHE a, CACHE b WHERE a.host = 'a'",
  'SELECT row_number() OVER (ORDER BY host, region) AS n FROM CACHE',
  'SELECT count(*) AS n FROM CACHE',
];

/** The same server's queries without its caches. */
function viewsAlone() {
  const { catalog, engine, ingest } = server;
  const parts = { catalog, engine, ingest, clock: systemClock, logger: silentLogger };
  return createQueryService({ ...parts, tokensVisible: true });
}

/** As InfluxDB's distinct_cache/cache.rs: null is a value; columns that are not read make no difference. */
test.each<[string, readonly object[]]>([
  ['*', [{}, { host: 'a', region: 'x' }, { host: 'a', region: 'y' }, { host: 'b', region: 'x' }]],
  ['host', [{}, { host: 'a' }, { host: 'b' }]],
  ['upper(host) AS host', [{}, { host: 'A' }, { host: 'B' }]],
  ['region', [{}, { region: 'x' }, { region: 'y' }, { region: 'x' }]],
  ['count(host) AS n', [{ n: 2 }]],
  ['count(*) AS n', [{ n: 4 }]],
])('C1: combinations of the columns that are read: %s', async (columns, expected) => {
  await open(LINES);
  await createDistinct(['host', 'region']);
  await server.caches.settled();
  const sql = `SELECT ${columns} FROM distinct_cache('m')`;
  expect(await server.ask(sql)).toEqual(expected);
  expect(await server.ask(sql, { queries: viewsAlone() })).toEqual(expected);
  expect(inMemory()?.rows).toBe(4);
});

describe('C1: the answer is that of the view', () => {
  test('in every format', async () => {
    await open(LINES);
    await createLast('l', ['host']);
    await createDistinct(['region', 'host']);
    await server.caches.settled();
    const views = viewsAlone();
    const formats: ResultFormat[] = ['json', 'jsonl', 'csv', 'pretty', 'parquet'];
    const same = async (sql: string) => {
      for (const format of formats) {
        const view = await server.text(sql, { format, queries: views });
        expect(await server.text(sql, { format })).toBe(view);
      }
    };
    expect(inMemory()?.rows).toBe(2);
    await same("SELECT * FROM last_cache('m', 'l') WHERE host = 'b'");
    await same("SELECT v AS value, time, region FROM last_cache('m') c WHERE c.host IN ('a')");
    await same("SELECT * FROM last_cache('m', 'l') WHERE host = 'nobody'");
    await same("SELECT * FROM distinct_cache('m')");
    await same("SELECT host FROM distinct_cache('m', 'd') WHERE region = 'x'");
    await same("SELECT count(*), sum(v) FROM last_cache('m')");
  });

  test('whatever a statement does with it', async () => {
    await open([...LINES, 'm,host=c,region=z v=3,s="x" 50', 'm,host=d,region=z v=1 5']);
    await createLast('l', ['host', 'region'], { count: 2 });
    await createDistinct(['host', 'region']);
    await server.caches.settled();
    const views = viewsAlone();
    const outcome = (sql: string, queries = server.queries) =>
      server.text(sql, { queries, format: 'jsonl' }).then(
        (text) => text.split('\n').sort(),
        (error: Error) => error.message,
      );
    for (const sql of STATEMENTS) {
      for (const cache of ["last_cache('m', 'l')", "distinct_cache('m')"]) {
        const text = sql.replaceAll('CACHE', cache);
        expect({ text, rows: await outcome(text) }).toEqual({ text, rows: await outcome(text, views) });
      }
    }
  });

  test('also where one statement reads a cache twice', async () => {
    await open(LINES);
    await createLast('l', ['host']);
    await server.caches.settled();
    const sql =
      "SELECT host FROM last_cache('m') WHERE host = 'b' AND v > (SELECT min(v) FROM last_cache('m'))";
    expect(await server.ask(sql)).toEqual([{ host: 'b' }]);
    expect(
      await server.ask(
        "SELECT a.host, b.host AS other FROM last_cache('m') a JOIN last_cache('m') b ON a.v < b.v WHERE a.host = 'a'",
      ),
    ).toEqual([{ host: 'a', other: 'b' }]);
  });

  test('with parameters, limits of rows, and an entry in system.queries', async () => {
    await open(LINES);
    await createLast('l', ['host']);
    await server.caches.settled();
    const sql = "SELECT v FROM last_cache('m') WHERE host = $host";
    const parameters = new Map([['host', 'b']]);
    expect(await server.ask(sql, { request: { parameters } })).toEqual([{ v: 3 }]);
    await expect(
      server.text("SELECT v FROM last_cache('m')", { request: { limits: { resultRows: 1 } } }),
    ).rejects.toThrow(/query_result_rows = 1/);
    const log = await server.ask(
      "SELECT query_text, success, running FROM system.queries WHERE query_text LIKE '%$host%' AND running = false",
    );
    expect(log).toEqual([{ query_text: sql, success: true, running: false }]);
  });

  test('many rows go through the engine where it has to sort them', async () => {
    await open(Array.from({ length: 4000 }, (_, index) => `m,host=h${index} v=${index} ${index}`));
    await createLast('l', ['host']);
    await server.caches.settled();
    expect(await server.ask("SELECT host FROM last_cache('m') ORDER BY v DESC LIMIT 2")).toEqual([
      { host: 'h3999' },
      { host: 'h3998' },
    ]);
    expect(await server.ask("SELECT count(*) AS n, sum(v) AS s FROM last_cache('m')")).toEqual([
      { n: 4000, s: 7_998_000 },
    ]);
  });
});

test('C2: what is acknowledged while a cache is loaded is in it once', async () => {
  await open(Array.from({ length: 3000 }, (_, index) => `m,host=h${index % 50} v=0,n=${index}i ${index}`));
  await createLast('l', ['host'], { count: 5 });
  const settled = server.caches.settled();
  for (let round = 1; round <= 20; round++) {
    const lines = Array.from({ length: 50 }, (_, index) => `m,host=h${index} v=${round} ${2950 + index}`);
    await server.write([...lines, `m,host=h${round} v=${round} ${4000 + round}`].join('\n'));
  }
  await settled;
  expect(inMemory()?.rows).toBe(250);
  const rows = await server.ask("SELECT * FROM last_cache('m')");
  const newest = rows.filter(({ n }) => Number(n) >= 2950);
  expect(newest).toHaveLength(50);
  for (const { v } of newest) expect(v).toBe(20);
});

test('C3: a deleted cache gives its memory back, and one of the same name starts anew', async () => {
  await open(LINES);
  await createLast('l', ['host']);
  await server.caches.settled();
  expect(server.caches.statistics()).toMatchObject({ caches: 1, ready: 1 });
  await server.catalog.as(AUTHOR).deleteLastCache(server.table('m').id, 'l');
  await server.caches.settled();
  expect(server.caches.statistics()).toEqual({ caches: 0, ready: 0, bytes: 0 });
  await createLast('l', ['region']);
  expect(await server.ask("SELECT region FROM last_cache('m') WHERE region = 'y'")).toEqual([
    { region: 'y' },
  ]);
});

describe('C7: memory is bounded', () => {
  test('a cache that is too large is given up once, and the table answers', async () => {
    const warnings: string[] = [];
    await open(LINES, {
      limits: { bytesPerCache: 100_000 },
      logger: {
        ...silentLogger,
        child: () => ({ ...silentLogger, warn: (_, message) => void warnings.push(message) }),
      },
    });
    await createLast('l', ['host']);
    await server.caches.settled();
    expect(inMemory()?.rows).toBe(2);
    const lines = Array.from({ length: 3000 }, (_, index) => `m,host=h${index} v=${index} ${index}`);
    await server.write(lines.join('\n'));
    expect(inMemory()).toBeNull();
    expect(server.caches.statistics()).toMatchObject({ ready: 0, bytes: 0 });
    expect(await server.ask("SELECT count(*) AS n FROM last_cache('m')")).toEqual([{ n: 3002 }]);
    await server.write('m,host=h0 v=1 99');
    expect(warnings.filter((text) => text.includes('too large'))).toHaveLength(1);
  });

  test('all caches together', async () => {
    await open(LINES, { limits: { bytes: 1000 } });
    await createLast('l', ['host']);
    await server.caches.settled();
    expect(inMemory()).toBeNull();
    expect(await server.ask("SELECT v FROM last_cache('m') WHERE host = 'b'")).toEqual([{ v: 3 }]);
  });

  test('what has grown old is forgotten', async () => {
    const startNs = BigInt(Date.now()) * 1_000_000n;
    let aheadNs = 0n;
    const clock = {
      nowNs: () => startNs + aheadNs,
      nowMs: () => Number((startNs + aheadNs) / 1_000_000n),
      monotonicMs: () => performance.now() + Number(aheadNs / 1_000_000n),
    };
    const lines = (count: number, atNs: bigint) =>
      Array.from(
        { length: count },
        (_, index) => `m,host=h${atNs}_${index} v=${index},s="text ${index}" ${atNs}`,
      );
    await open(lines(3000, startNs), { clock });
    await createLast('l', ['host'], { ttlSecs: 600 });
    await createDistinct(['host'], 600);
    await server.caches.settled();
    const before = server.caches.statistics().bytes;
    aheadNs = 1000n * 1_000_000_000n;
    await server.write(lines(10, startNs + aheadNs).join('\n'));
    await expect.poll(() => server.caches.statistics().bytes, { timeout: 20_000 }).toBeLessThan(before / 4);
  });
});

describe('C8: hidden rows take part in nothing', () => {
  test('a filter on keys is applied in memory', async () => {
    await open(LINES);
    await createLast('l', ['host', 'region']);
    await server.caches.settled();
    expect(inMemory()?.rows).toBe(3);
    expect(inMemory(rowsWhere('region', 'x'))?.rows).toBe(2);
    expect(inMemory(rowsWhere('host', 'a'), { region: 'x' })?.rows).toBe(1);
    expect(inMemory({ kind: 'rows', anyOf: [] })?.rows).toBe(0);
    expect(inMemory({ kind: 'hidden' })?.rows).toBe(0);
  });

  test('a filter on anything else leaves the answer to the table', async () => {
    await open(LINES);
    await createLast('l', ['host']);
    await server.caches.settled();
    expect(inMemory()?.rows).toBe(2);
    expect(inMemory(rowsWhere('region', 'x'))).toBeNull();
    // The last value of host a that this token may see is not the last one.
    const as = ['db:test/m[region=x]:read'];
    expect(await server.ask("SELECT v FROM last_cache('m') WHERE host = 'a'", { as })).toEqual([{ v: 1 }]);
    expect(await server.ask("SELECT v FROM last_cache('m') WHERE host = 'a'")).toEqual([{ v: 2 }]);
  });

  test('a filter on a tag that the table has not shows nothing', async () => {
    await open(LINES);
    await createLast('l', ['host']);
    await server.caches.settled();
    expect(inMemory(rowsWhere('nope', 'x'))?.rows).toBe(0);
  });

  test('a distinct cache shows nothing of hidden values', async () => {
    await open(LINES);
    await createDistinct(['host', 'region']);
    await server.caches.settled();
    expect(inMemory(rowsWhere('host', 'b'))?.rows).toBe(1);
    expect(await server.ask("SELECT * FROM distinct_cache('m')", { as: ['db:test/m[host=b]:read'] })).toEqual(
      [{ host: 'b', region: 'x' }],
    );
  });
});

test('C9: keys that are fields are left to the table', async () => {
  await open(['m,host=a s="old",v=1 10', 'm,host=a s="other",v=2 20']);
  await createLast('l', ['s']);
  await server.caches.settled();
  expect(inMemory()).toBeNull();
  await server.write('m,host=a s="new" 20');
  expect(await server.ask("SELECT s, v FROM last_cache('m') ORDER BY s")).toEqual([
    { s: 'new', v: 2 },
    { s: 'old', v: 1 },
  ]);
});
