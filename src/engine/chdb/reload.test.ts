/** What the disk did not take is put right while the engine runs: nothing is lost, and nothing passes for done. */
import { mkdirSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { Session } from 'chdb';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { mountSmallDisk } from '../../../test/support/small-disk.ts';
import { silentLogger } from '../../telemetry/logger.ts';
import { collect } from '../engine.ts';
import type { ChdbEngine } from './chdb-engine.ts';
import { openChdbEngine } from './open.ts';
import { writeServerConfig } from './server-config.ts';

const disk = mountSmallDisk(120);
const dataDir = join(disk?.path ?? '', 'data');
const PARTS = 6;
const ROWS = 40_000;
let engine: ChdbEngine;
/** Of the same engine, past everything that watches over it: as the merges are that it begins by itself. */
let engineItself: Session;

const open = async () => {
  engine = (await openChdbEngine({ dataDir, logger: silentLogger, lookEveryMs: 2 ** 30 })) as ChdbEngine;
  const { Session: SessionClass } = createRequire(import.meta.url)('chdb') as { Session: typeof Session };
  engineItself = new SessionClass(join(dataDir, 'engine'), { connectionArgs: writeServerConfig(dataDir) });
};
const close = () => {
  engineItself.close();
  return engine.close();
};

beforeAll(async () => {
  if (disk === undefined) return;
  mkdirSync(dataDir);
  await open();
  await engine.command('CREATE DATABASE d ENGINE = Atomic');
});
beforeEach(() => disk?.free());
afterAll(async () => {
  if (disk === undefined) return;
  await close();
  disk.remove();
});

const read = async (sql: string) =>
  (await collect(engine.query({ sql, format: 'CSV', weight: 'light' }))).toString().trim();
async function readToTheEnd(chunks: AsyncIterator<Uint8Array>): Promise<void> {
  for (let next = await chunks.next(); next.done !== true; next = await chunks.next());
}
const filesBelow = (directory: string) => readdirSync(directory, { recursive: true, encoding: 'utf8' });
const brokenParts = () =>
  filesBelow(join(dataDir, 'engine', 'store')).filter((name) => /detached\/broken[^/]*$/.test(name));

/** Parts, and the disk gets full while they become one: slowly, so that it is still writing then. Gives their sums. */
async function mergeOntoFullDisk(table: string): Promise<string> {
  await engine.command(
    `CREATE TABLE d.${table} (x Int64, y String CODEC(NONE)) ENGINE = MergeTree ORDER BY x ` +
      'SETTINGS min_bytes_for_wide_part = 0',
  );
  engineItself.query(`SYSTEM STOP MERGES d.${table}`);
  for (let part = 0; part < PARTS; part++) {
    const rows = `SELECT number * ${PARTS} + ${part}, toString(rand64()) FROM numbers(${ROWS})`;
    engineItself.query(`INSERT INTO d.${table} ${rows}`);
  }
  // What is written from now on is packed slowly.
  await engine.command(`ALTER TABLE d.${table} MODIFY COLUMN y String CODEC(ZSTD(12))`);
  engineItself.query(`SYSTEM START MERGES d.${table}`);
  const expected = await sums(table);
  const merge = engineItself.queryAsync(`OPTIMIZE TABLE d.${table} FINAL`, { format: 'Null' });
  await fillOnceThereIs('tmp_merge_');
  await merge;
  return expected;
}

async function fillOnceThereIs(part: string): Promise<void> {
  const isThere = () => filesBelow(join(dataDir, 'engine', 'store')).some((name) => name.includes(part));
  while (!isThere()) await new Promise((resolve) => setImmediate(resolve));
  disk!.fill();
}

const sums = (table: string) => read(`SELECT count(), sum(x), sum(cityHash64(y)) FROM d.${table}`);
test.skipIf(disk === undefined)(
  'a merge that the disk did not take gives way to what it was made of',
  async () => {
    const expected = await mergeOntoFullDisk('t');
    expect(brokenParts()).toEqual([]);
    const parts = () => read("SELECT count() FROM system.parts WHERE active AND table = 't'");
    // So the engine says. Rows of duplicates would be merged away.
    const claims = await engineItself.queryAsync(
      "SELECT count() FROM system.parts WHERE active AND table = 't'",
      { format: 'CSV' },
    );
    expect(claims.text().trim()).toBe('1');
    await expect(engine.intact(parts)).rejects.toMatchObject({ kind: 'down' });
    await engine.look();
    // With the disk still full.
    expect(await sums('t')).toBe(expected);
    expect(await engine.intact(parts)).toBe(String(PARTS));
    // It takes no space any more, on a disk that is full.
    expect(brokenParts()).toEqual([]);
    disk!.free();
    await engine.command('OPTIMIZE TABLE d.t FINAL');
    expect(await engine.intact(parts)).toBe('1');
    expect(await sums('t')).toBe(expected);
    await close();
    await open();
    expect(await sums('t')).toBe(expected);
  },
);

test.skipIf(disk === undefined)('who reads or writes before it is noticed is told to try again', async () => {
  const expected = await mergeOntoFullDisk('u');
  const reads = await Promise.allSettled(Array.from({ length: 12 }, () => sums('u')));
  for (const each of reads) {
    if (each.status === 'fulfilled') expect(each.value).toBe(expected);
    else expect(each.reason).toMatchObject({ kind: 'down' });
  }
  expect(reads.some((each) => each.status === 'rejected')).toBe(true);
  disk!.free();
  await engine.look();
  expect(await sums('u')).toBe(expected);
  // Merges go on.
  await engine.command('OPTIMIZE TABLE d.u FINAL');
  expect(await sums('u')).toBe(expected);
});

test.skipIf(disk === undefined)(
  'statements that run meanwhile are ended, and those that come wait',
  async () => {
    const expected = await mergeOntoFullDisk('v');
    disk!.free();
    const endless = read('SELECT sum(cityHash64(number)) FROM numbers(1000000000000)').catch(
      (error: unknown) => error,
    );
    await engine.look();
    expect(await endless).toMatchObject({ kind: 'down' });
    expect(await sums('v')).toBe(expected);
  },
);

test.skipIf(disk === undefined)(
  'an insert that the disk did not take fails, and leaves nothing',
  async () => {
    await engine.command(
      'CREATE TABLE d.w (x Int64, y String CODEC(ZSTD(12))) ENGINE = MergeTree ORDER BY x SETTINGS min_bytes_for_wide_part = 0',
    );
    const sql = `SELECT toInt64(number) AS x, toString(rand64()) AS y FROM numbers(${PARTS * ROWS})`;
    const block = await collect(engine.query({ sql, format: 'Native' }));
    const columns = ['x Int64', 'y String']
      .map((each) => each.split(' '))
      .map(([name, type]) => ({ name: name!, type: type! }));
    const insert = () =>
      engine.insert(
        { database: 'd', table: 'w' },
        { columns, chunks: [block], rows: PARTS * ROWS },
        { durable: true },
      );
    const slow = engine.query({ sql: 'SELECT number FROM numbers(10000000)', format: 'Native' });
    const chunks = slow[Symbol.asyncIterator]();
    await chunks.next();
    const inserted = insert();
    const isRefused = expect(inserted).rejects.toMatchObject({ kind: 'down' });
    await fillOnceThereIs('tmp_insert_');
    await isRefused;
    // It may have put rows aside on the disk, and waited for its reader meanwhile.
    await expect(readToTheEnd(chunks)).rejects.toMatchObject({ kind: 'down' });
    await engine.look();
    expect(await read('SELECT count() FROM d.w')).toBe('0');
    disk!.free();
    await insert();
    expect(await read('SELECT count() FROM d.w')).toBe(String(PARTS * ROWS));
  },
);
