import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { TokenRecord } from '../../auth/token.ts';
import { systemClock } from '../../platform/clock.ts';
import { systemRandom } from '../../platform/random.ts';
import { silentLogger } from '../../telemetry/logger.ts';
import type { ChangeContext } from '../audit.ts';
import type { Catalog, CatalogLimits } from '../catalog.ts';
import { openSqliteCatalog } from './open.ts';

const CONTEXT: ChangeContext = {
  requestId: 'request-1',
  tokenId: 3,
  tokenName: 'probe',
  client: '127.0.0.1',
  action: 'test.change',
  resource: 'test',
  detail: null,
};
const CPU = [
  { name: 'host', type: 'tag' },
  { name: 'usage', type: 'float' },
] as const;

let directory: string;
let catalog: Catalog;
let nowMs: number;

async function open(limits: Partial<CatalogLimits> = {}): Promise<Catalog> {
  catalog = await openSqliteCatalog({
    path: join(directory, 'catalog.db'),
    engine: null,
    clock: { ...systemClock, nowMs: () => nowMs },
    random: systemRandom,
    logger: silentLogger,
    limits,
  });
  return catalog;
}

async function reopen(limits: Partial<CatalogLimits> = {}): Promise<Catalog> {
  await catalog.close();
  return open(limits);
}

function token(name: string, hash = systemRandom.bytes(64)): Omit<TokenRecord, 'id'> {
  return {
    name,
    hash,
    description: null,
    createdBy: null,
    createdAtMs: 1,
    updatedAtMs: null,
    updatedBy: null,
    expiryMs: null,
    permissions: [{ kind: 'admin' }],
    origin: 'api',
    limits: { requests_per_sec: 2 },
    allowedCidrs: ['10.0.0.0/8'],
    derive: true,
    parentId: null,
    previous: { hash: systemRandom.bytes(64), expiresAtMs: 9 },
  };
}

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'catalog-'));
  nowMs = Date.parse('2026-01-02T03:04:05Z');
  await open();
});

afterEach(async () => {
  await catalog.close();
  rmSync(directory, { recursive: true, force: true });
});

describe('databases', () => {
  test('_internal is there from the start', async () => {
    expect(catalog.database('_internal')).toMatchObject({
      id: 0,
      retentionNs: 604_800_000_000_000n,
    });
    const { uuid } = catalog;
    await reopen();
    expect(catalog.uuid).toBe(uuid);
    await expect(catalog.as(CONTEXT).deleteDatabase(0, { kind: 'never' })).rejects.toMatchObject({
      status: 500,
      message: 'cannot delete internal db',
    });
  });

  test('exist once, within the limit, and are found again', async () => {
    await reopen({ databases: 2 });
    const writer = catalog.as(CONTEXT);
    const results = await Promise.allSettled([
      writer.createDatabase('a', { retentionNs: 5n }),
      writer.createDatabase('a'),
      writer.createDatabase('b'),
      writer.createDatabase('c'),
    ]);
    expect(results.map((result) => result.status)).toEqual([
      'fulfilled',
      'rejected',
      'fulfilled',
      'rejected',
    ]);
    expect(results[1]).toMatchObject({ reason: { status: 409 } });
    expect(results[3]).toMatchObject({
      reason: { status: 422, message: 'Adding a new database would exceed limit of 2 databases' },
    });
    const before = catalog.databases();
    await reopen();
    expect(catalog.databases()).toEqual(before);
  });

  test('a soft delete renames; the new one of that name has a new id; undelete brings it back', async () => {
    const writer = catalog.as(CONTEXT);
    const first = await writer.createDatabase('a');
    const deleted = await writer.deleteDatabase(first.id, { kind: 'never' });
    expect(deleted.name).toBe('a-20260102T030405');
    expect(catalog.database('a')).toBeUndefined();
    await expect(writer.deleteDatabase(first.id, { kind: 'never' })).rejects.toMatchObject({
      status: 409,
      message: 'attempted to modify resource that was already deleted: a-20260102T030405',
    });
    const second = await writer.createDatabase('a');
    expect(second.id).not.toBe(first.id);
    const again = await writer.deleteDatabase(second.id, { kind: 'never' });
    expect(again.name).toBe(`a-20260102T030405-${second.id}`);
    expect((await writer.undeleteDatabase(first.id)).name).toBe('a');
    expect(catalog.database('a')?.id).toBe(first.id);
    expect((await writer.undeleteDatabase(second.id)).name).toBe(again.name);
  });

  test('what is due is removed for good, and ids are never used again', async () => {
    const writer = catalog.as(CONTEXT);
    const database = await writer.createDatabase('a');
    const table = await writer.createTable(database.id, 'cpu', CPU);
    await writer.deleteDatabase(database.id, { kind: 'at', ms: nowMs + 10 });
    await catalog.removeDue(nowMs + 9);
    expect(catalog.databaseById(database.id)).toBeDefined();
    await catalog.removeDue(nowMs + 10);
    expect(catalog.databaseById(database.id)).toBeUndefined();
    expect(catalog.tableById(table.id)).toBeUndefined();
    await reopen();
    expect((await catalog.as(CONTEXT).createDatabase('a')).id).toBe(database.id + 1);
  });
});

describe('tables', () => {
  test('columns keep type and order; conflicts and limits add nothing', async () => {
    await reopen({ columnsPerTable: 3, tagColumnsPerTable: 2, tables: 1 });
    const writer = catalog.as(CONTEXT);
    const { id } = await writer.createDatabase('a');
    const table = await writer.createTable(id, 'cpu', CPU);
    expect(table.columns.map((column) => column.name)).toEqual(['host', 'usage', 'time']);
    const refused = (columns: Parameters<typeof writer.addColumns>[1]) =>
      expect(writer.addColumns(table.id, columns)).rejects;
    await refused([
      { name: 'new', type: 'tag' },
      { name: 'usage', type: 'string' },
    ]).toMatchObject({
      status: 400,
      message:
        "invalid column type for column 'usage', expected iox::column_type::field::float, got iox::column_type::field::string",
    });
    await refused([{ name: 'time', type: 'tag' }]).toMatchObject({ status: 400 });
    await refused(['b', 'c'].map((name) => ({ name, type: 'float' as const }))).toMatchObject({
      status: 422,
      message: 'Update to schema would exceed number of columns per table limit of 3 columns',
    });
    expect(catalog.tableById(table.id)).toBe(table);
    await expect(writer.createTable(id, 'mem', CPU)).rejects.toMatchObject({
      status: 422,
      message:
        'Update to schema would exceed number of tables limit: attempted to create table but already have 1 table(s) (limit: 1)',
    });
    const grown = await Promise.all([
      writer.addColumns(table.id, [{ name: 'rack', type: 'tag' }]),
      writer.addColumns(table.id, [{ name: 'rack', type: 'tag' }]),
    ]);
    expect(grown[1].columns).toHaveLength(4);
    expect(grown[1].tags.map((column) => column.name)).toEqual(['host', 'rack']);
    const auditRows = catalog.audit.read({}).length;
    await writer.addColumns(table.id, CPU);
    expect(catalog.audit.read({})).toHaveLength(auditRows);
    await reopen();
    expect(catalog.table(id, 'cpu')).toEqual(grown[0]);
  });

  test('soft delete, and nothing is deleted inside a deleted database', async () => {
    const writer = catalog.as(CONTEXT);
    const { id } = await writer.createDatabase('a');
    const table = await writer.createTable(id, 'cpu', CPU);
    expect((await writer.deleteTable(table.id, { kind: 'never' })).name).toBe('cpu-20260102T030405');
    expect(catalog.table(id, 'cpu')).toBeUndefined();
    const second = await writer.createTable(id, 'cpu', CPU);
    expect(catalog.tables(id).map((one) => one.id)).toEqual([second.id, table.id]);
    await writer.deleteDatabase(id, { kind: 'never' });
    await expect(writer.deleteTable(second.id, { kind: 'never' })).rejects.toMatchObject({
      status: 409,
    });
  });

  test("a table's period overrides its database's", async () => {
    const writer = catalog.as(CONTEXT);
    const { id } = await writer.createDatabase('a', { retentionNs: 10n });
    const table = await writer.createTable(id, 'cpu', CPU);
    expect(catalog.retentionNs(table)).toBe(10n);
    expect(catalog.retentionNs(await writer.setTableRetention(table.id, 0n))).toBe(0n);
  });

  test('caches check their columns and exist once', async () => {
    const writer = catalog.as(CONTEXT);
    const { id } = await writer.createDatabase('a');
    const table = await writer.createTable(id, 'cpu', CPU);
    const cache = { tableId: table.id, name: 'c', columnIds: [0], maxCardinality: 1, maxAgeSecs: 1 };
    await writer.createDistinctCache(cache);
    await expect(writer.createDistinctCache(cache)).rejects.toMatchObject({ status: 409 });
    await expect(writer.createDistinctCache({ ...cache, name: 'd', columnIds: [1] })).rejects.toThrow(
      'only tag and string columns are supported in the distinct cache',
    );
    await reopen();
    expect(catalog.distinctCaches(id)).toEqual([cache]);
    await catalog.as(CONTEXT).deleteDistinctCache(table.id, 'c');
    expect(catalog.distinctCaches(id)).toEqual([]);
  });
});

describe('tokens', () => {
  test('every field survives, names and hashes exist once', async () => {
    const writer = catalog.as(CONTEXT);
    const first = await writer.createToken(token('t'));
    expect(first.id).toBe(0);
    await expect(writer.createToken(token('t'))).rejects.toMatchObject({
      status: 409,
      message: 'token name already exists, t',
    });
    await expect(writer.createToken(token('u', first.hash))).rejects.toMatchObject({ status: 409 });
    await expect(writer.createToken(token('u', first.previous?.hash as Buffer))).rejects.toMatchObject({
      status: 409,
    });
    const usage = { tokenId: 0, lastUsedAtMs: 5, lastUsedFrom: 'x', lastUsedBy: null, useCount: 2 };
    await catalog.saveTokenUsage([usage, { ...usage, tokenId: 99 }]);
    await reopen();
    expect(catalog.tokenById(0)).toEqual(first);
    expect([...catalog.tokenUsage().values()]).toEqual([usage]);
    await catalog.as(CONTEXT).deleteToken(0);
    await reopen();
    const next = await catalog.as(CONTEXT).createToken(token('t', first.hash));
    expect(next.id).toBe(1);
  });

  test('concurrent updates each see the newest state', async () => {
    const writer = catalog.as(CONTEXT);
    const { id } = await writer.createToken(token('t'));
    const append = (letter: string) =>
      writer.updateToken(id, (one) => ({ ...one, description: (one.description ?? '') + letter }));
    await Promise.all(['a', 'b', 'c'].map(append));
    expect(catalog.tokenById(id)?.description).toBe('abc');
  });

  test('listeners hear of a change once it is visible', async () => {
    const heard: string[] = [];
    const end = catalog.subscribe({
      tokenCreated: (one) => heard.push(`+${catalog.tokenById(one.id)?.name}`),
      tokenDeleted: (one) => heard.push(`-${one.name}`),
    });
    const writer = catalog.as(CONTEXT);
    const { id } = await writer.createToken(token('t'));
    await writer.deleteToken(id);
    end();
    await writer.createToken(token('u'));
    expect(heard).toEqual(['+t', '-t']);
  });
});

describe('a change that the store refuses', () => {
  test('leaves memory as the disk is, for all of its batch', async () => {
    const writer = catalog.as(CONTEXT);
    const other = new DatabaseSync(join(directory, 'catalog.db'));
    other.exec(
      "CREATE TRIGGER refuse BEFORE INSERT ON tokens WHEN new.name = 'bad' BEGIN SELECT raise(ABORT, 'disk full'); END",
    );
    const results = await Promise.allSettled([
      writer.createToken(token('good')),
      writer.createToken(token('bad')),
    ]);
    expect(results).toMatchObject([
      { status: 'rejected', reason: { code: 'catalog_unavailable', status: 503 } },
      { status: 'rejected', reason: { code: 'catalog_unavailable' } },
    ]);
    expect([...catalog.tokens()]).toEqual([]);
    other.exec('DROP TRIGGER refuse');
    other.close();
    await writer.createToken(token('good'));
    expect(await catalog.audit.verify()).toMatchObject({ ok: true });
  });
});
