import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { faultyEngine } from '../../test/support/faulty-server/engine.ts';
import { HEALTHY, type Misfortune } from '../../test/support/faulty-server/faults.ts';
import { openChdbEngine } from '../engine/chdb/open.ts';
import { collect, type Engine } from '../engine/engine.ts';
import { systemClock } from '../platform/clock.ts';
import { systemRandom } from '../platform/random.ts';
import { silentLogger } from '../telemetry/logger.ts';
import type { Catalog, CatalogWriter } from './catalog.ts';
import { quoteIdentifier } from '../engine/quote-identifier.ts';
import type { TableRecord } from './records.ts';
import { openSqliteCatalog } from './sqlite/open.ts';

let directory: string;
let engine: Engine;
const misfortune: Misfortune = { faults: HEALTHY, random: () => 0.4, failing: 0 };
let catalog: Catalog;
let writer: CatalogWriter;

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'follower-'));
  engine = faultyEngine(await openChdbEngine({ dataDir: directory, logger: silentLogger }), misfortune);
  catalog = await openSqliteCatalog({
    path: join(directory, 'catalog.db'),
    engine,
    clock: systemClock,
    random: systemRandom,
    logger: silentLogger,
  });
  writer = catalog.as({
    requestId: 'r',
    tokenId: null,
    tokenName: null,
    client: null,
    action: 'test',
    resource: 'test',
    detail: null,
  });
}, 30_000);

afterAll(async () => {
  await catalog.close();
  await engine.close();
  rmSync(directory, { recursive: true, force: true });
});

async function rows(sql: string): Promise<Record<string, unknown>[]> {
  const text = (await collect(engine.query({ sql, format: 'JSONEachRow' }))).toString();
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));
}

function qualified(table: TableRecord): string {
  return `${quoteIdentifier(table.engineDatabase)}.${quoteIdentifier(table.engineTable)}`;
}

async function ttl(table: TableRecord): Promise<string | undefined> {
  const [row] = await rows(
    `SELECT engine_full FROM system.tables WHERE database = '${table.engineDatabase}' AND name = '${table.engineTable}'`,
  );
  return /toIntervalSecond\((\d+)\)/.exec(String(row?.engine_full))?.[1];
}

async function columnNames(table: TableRecord): Promise<unknown[]> {
  const found = await rows(
    `SELECT name FROM system.columns WHERE database = '${table.engineDatabase}' AND table = '${table.engineTable}' ORDER BY position`,
  );
  return found.map((row) => row.name);
}

test('the last row of a series and time wins, whatever the time; strange names are columns', async () => {
  const database = await writer.createDatabase('strange/names');
  const table = await writer.createTable(database.id, "o'`\\ö.%", [
    { name: 'a.b', type: 'float' },
    { name: '__t', type: 'tag' },
    { name: 's', type: 'string' },
  ]);
  await writer.addColumns(table.id, [
    { name: 'q`"\\', type: 'integer' },
    { name: 'u', type: 'uinteger' },
    { name: 'b', type: 'boolean' },
  ]);
  await catalog.makeInEngine(table.id);
  expect(await columnNames(table)).toEqual([
    '__series',
    '%5F_t',
    'time',
    'a%2Eb',
    's',
    'q%60%22%5C',
    'u',
    'b',
  ]);
  for (const value of [1, 2]) {
    await engine.command(
      `INSERT INTO ${qualified(table)} (__series, time, \`a%2Eb\`) VALUES (1, '1950-01-01 00:00:00', ${value}), (1, '2026-01-01 00:00:00', ${value}), (1, '2261-01-01 00:00:00', ${value})`,
    );
  }
  const final = await rows(`SELECT sum(\`a%2Eb\`) AS s, count() AS n FROM ${qualified(table)} FINAL`);
  expect(final).toMatchObject([{ s: 6 }]);
});

test('tables of many columns, made or grown, get a file per column for large parts only', async () => {
  const { id, engineDatabase } = await writer.createDatabase('wide');
  const fields = (from: number, to: number) =>
    Array.from({ length: to - from }, (_, index) => ({ name: `f${from + index}`, type: 'float' as const }));
  const tables = {
    few: await writer.createTable(id, 'few', fields(0, 90)),
    many: await writer.createTable(id, 'many', fields(0, 110)),
    grown: await writer.createTable(id, 'grown', fields(0, 60)),
  };
  for (const table of Object.values(tables)) await catalog.makeInEngine(table.id);
  await writer.addColumns(tables.few.id, fields(90, 95));
  await writer.addColumns(tables.grown.id, fields(60, 110));
  await writer.addColumns(tables.grown.id, fields(110, 120));
  const values = 'SELECT number, fromUnixTimestamp64Nano(toInt64(number)), number FROM numbers(20000)';
  const types: unknown[] = [];
  for (const { engineTable } of Object.values(tables)) {
    await engine.command(`INSERT INTO ${engineDatabase}.${engineTable} (__series, time, f0) ${values}`);
    types.push(...(await rows(`SELECT part_type AS type FROM system.parts WHERE table = '${engineTable}'`)));
  }
  expect(types).toEqual([{ type: 'Wide' }, { type: 'Compact' }, { type: 'Compact' }]);
});

async function engineTables(database: string): Promise<unknown[]> {
  const found = await rows(`SELECT name FROM system.tables WHERE database = '${database}' ORDER BY name`);
  return found.map((row) => row.name);
}

test('a cleared table goes on empty in a new engine table, and its listeners hear it first', async () => {
  const { id, engineDatabase } = await writer.createDatabase('cleared', { retentionNs: 60_000_000_000n });
  const table = await writer.createTable(id, 't', [{ name: 'f', type: 'float' }]);
  const other = await writer.createTable(id, 'u', [{ name: 'f', type: 'float' }]);
  const told: string[] = [];
  const end = catalog.subscribe({
    tableCleared: (now, before) => void told.push(`cleared ${before.dataId}>${now.dataId}`),
    tableChanged: (now) => void told.push(`changed ${now.dataId}`),
  });
  for (const { id: tableId, engineTable } of [table, other]) {
    await catalog.makeInEngine(tableId);
    await engine.command(
      `INSERT INTO ${engineDatabase}.${engineTable} (__series, time, f) VALUES (1, now(), 1)`,
    );
  }
  const adding = writer.addColumns(table.id, [{ name: 'g', type: 'integer' }]);
  await writer.clearTable(table.id);
  await adding;
  const cleared = catalog.tableById(table.id)!;
  expect(cleared.dataId).toBeGreaterThan(other.dataId);
  expect(told).toEqual([
    `changed ${table.dataId}`,
    `cleared ${table.dataId}>${cleared.dataId}`,
    `changed ${cleared.dataId}`,
  ]);
  expect(await engineTables(engineDatabase)).toEqual([other.engineTable]);
  await catalog.makeInEngine(cleared.id);
  expect(await rows(`SELECT time FROM ${qualified(cleared)}`)).toEqual([]);
  expect(await columnNames(cleared)).toEqual(['__series', 'time', 'f', 'g']);
  expect(await ttl(cleared)).toBe('60');
  expect(await engineTables(engineDatabase)).toEqual([cleared.engineTable, other.engineTable].sort());
  await writer.clearDatabase(id, { removeTables: false });
  const names = catalog.tables(id).map((each) => each.engineTable);
  for (const each of catalog.tables(id)) await catalog.makeInEngine(each.id);
  expect(await engineTables(engineDatabase)).toEqual([...names].sort());
  expect(names).not.toContain(other.engineTable);
  expect(await rows(`SELECT time FROM ${qualified(catalog.tableById(other.id)!)}`)).toEqual([]);
  end();
});

test("retention becomes the table's TTL", async () => {
  const database = await writer.createDatabase('ttl', { retentionNs: 10_500_000_000n });
  const table = await writer.createTable(database.id, 't', []);
  await catalog.makeInEngine(table.id);
  expect(await ttl(table)).toBe('11');
  await writer.setDatabaseRetention(database.id, 3_600_000_000_000n);
  expect(await ttl(table)).toBe('3600');
  await writer.setTableRetention(table.id, 60_000_000_000n);
  await writer.setDatabaseRetention(database.id, null);
  expect(await ttl(table)).toBe('60');
  await writer.setTableRetention(table.id, null);
  await writer.setTableRetention(table.id, null);
  expect(await ttl(table)).toBeUndefined();
});

test('reconcile mends what a crash left behind, and changes nothing twice', async () => {
  const database = await writer.createDatabase('mend', { retentionNs: 60_000_000_000n });
  const lost = await writer.createTable(database.id, 'lost', [{ name: 'f', type: 'float' }]);
  const torn = await writer.createTable(database.id, 'torn', [{ name: 'f', type: 'float' }]);
  for (const { id } of [lost, torn]) await catalog.makeInEngine(id);
  await engine.command(`DROP TABLE ${qualified(lost)} SYNC`);
  await engine.command(`ALTER TABLE ${qualified(torn)} DROP COLUMN f, ADD COLUMN g String`);
  await engine.command(`ALTER TABLE ${qualified(torn)} MODIFY TTL time + toIntervalSecond(5)`);
  const stray = (name: string) =>
    engine.command(`CREATE TABLE ${database.engineDatabase}.${name} (x Int8) ENGINE = MergeTree ORDER BY x`);
  await stray('stray');
  await stray('kept');
  await engine.command(`INSERT INTO ${database.engineDatabase}.kept VALUES (1)`);
  for (let round = 0; round < 2; round++) {
    await catalog.reconcile();
    expect(catalog.isInEngine(lost)).toBe(round === 1);
    await catalog.makeInEngine(lost.id);
    expect(await columnNames(lost)).toEqual(['__series', 'time', 'f']);
    expect(await columnNames(torn)).toEqual(['__series', 'time', 'f']);
    expect(await ttl(torn)).toBe('60');
    const tables = await rows(
      `SELECT name FROM system.tables WHERE database = '${database.engineDatabase}' ORDER BY name`,
    );
    expect(tables.map((row) => row.name)).toEqual(['kept', lost.engineTable, torn.engineTable]);
  }
});

test('what is hard-deleted leaves the engine', async () => {
  const database = await writer.createDatabase('gone');
  const table = await writer.createTable(database.id, 't', []);
  await catalog.makeInEngine(table.id);
  expect(await columnNames(table)).toEqual(['__series', 'time']);
  await writer.deleteTable(table.id, { kind: 'at', ms: 0 });
  expect(await columnNames(table)).toEqual([]);
  const other = await writer.createTable(database.id, 'u', []);
  await catalog.makeInEngine(other.id);
  await writer.clearDatabase(database.id, { removeTables: true });
  expect(catalog.tables(database.id)).toEqual([]);
  expect(await columnNames(other)).toEqual([]);
  await writer.deleteDatabase(database.id, { kind: 'at', ms: 0 });
  expect(await rows(`SELECT name FROM system.databases WHERE name = '${database.engineDatabase}'`)).toEqual(
    [],
  );
});

test('a column that the engine added while it failed does not come back with its old type', async () => {
  const database = await writer.createDatabase('doubt');
  const table = await writer.createTable(database.id, 'm', [{ name: 'a', type: 'float' }]);
  await catalog.makeInEngine(table.id);
  const typeOf = async (name: string) =>
    (
      await rows(
        `SELECT type FROM system.columns WHERE database = '${table.engineDatabase}' AND table = '${table.engineTable}' AND name = '${name}'`,
      )
    ).map((row) => row.type);
  misfortune.faults = { ...HEALTHY, commandFails: 1 };
  await expect(writer.addColumns(table.id, [{ name: 'b', type: 'integer' }])).rejects.toMatchObject({
    code: 'engine_unavailable',
  });
  misfortune.faults = HEALTHY;
  expect(await typeOf('b')).toEqual(['Nullable(Int64)']);
  expect(catalog.tableById(table.id)?.columnByName.has('b')).toBe(false);
  await writer.addColumns(table.id, [{ name: 'b', type: 'string' }]);
  expect(await typeOf('b')).toEqual(['Nullable(String)']);
});

test('a table is made when it is needed, with the columns and the period that it has then', async () => {
  const database = await writer.createDatabase('late', { retentionNs: 60_000_000_000n });
  const table = await writer.createTable(database.id, 't', [{ name: 'f', type: 'float' }]);
  await writer.addColumns(table.id, [{ name: 'g', type: 'integer' }]);
  await writer.setDatabaseRetention(database.id, 120_000_000_000n);
  expect(catalog.isInEngine(table)).toBe(false);
  expect(await engineTables(database.engineDatabase)).toEqual([]);
  const adding = writer.addColumns(table.id, [{ name: 'h', type: 'integer' }]);
  await Promise.all([catalog.makeInEngine(table.id), catalog.makeInEngine(table.id), adding]);
  expect(catalog.isInEngine(table)).toBe(true);
  expect(await columnNames(table)).toEqual(['__series', 'time', 'f', 'g', 'h']);
  expect(await ttl(table)).toBe('120');
  await catalog.makeInEngine(-1);
});

test('a table that the engine made while it failed does not keep the columns of then', async () => {
  const database = await writer.createDatabase('half');
  const table = await writer.createTable(database.id, 't', [{ name: 'f', type: 'float' }]);
  misfortune.faults = { ...HEALTHY, commandFails: 1 };
  await expect(catalog.makeInEngine(table.id)).rejects.toMatchObject({ code: 'engine_unavailable' });
  misfortune.faults = HEALTHY;
  expect(await columnNames(table)).toEqual(['__series', 'time', 'f']);
  expect(catalog.isInEngine(table)).toBe(false);
  await writer.addColumns(table.id, [{ name: 'g', type: 'integer' }]);
  await catalog.makeInEngine(table.id);
  expect(await columnNames(table)).toEqual(['__series', 'time', 'f', 'g']);
});

test('a table that is deleted while it is being made does not stay behind', async () => {
  const database = await writer.createDatabase('overtaken');
  const table = await writer.createTable(database.id, 't', [{ name: 'f', type: 'float' }]);
  await Promise.all([catalog.makeInEngine(table.id), writer.deleteTable(table.id, { kind: 'at', ms: 0 })]);
  expect(await engineTables(database.engineDatabase)).toEqual([]);
});
