/** A disk that is full at the wrong moment: what the engine could not write is not taken for written. */
import {
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { Session } from 'chdb';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { mountSmallDisk } from '../../../test/support/small-disk.ts';
import { silentLogger } from '../../telemetry/logger.ts';
import { collect } from '../engine.ts';
import { DiskGuard } from './disk-guard.ts';
import { openChdbEngine } from './open.ts';
import { writeServerConfig } from './server-config.ts';

const disk = mountSmallDisk(100);
let dataDir = '';
let path = '';
let session: Session;
let guard: DiskGuard;

const open = () => {
  const { Session: SessionClass } = createRequire(import.meta.url)('chdb') as { Session: typeof Session };
  return new SessionClass(path, { connectionArgs: writeServerConfig(dataDir) });
};
const files = () =>
  readdirSync(join(path, 'store'), { recursive: true, encoding: 'utf8' }).map((name) => ({
    name,
    bytes: statSync(join(path, 'store', name)).size,
  }));
const emptyFiles = (ending: string) =>
  files().filter(({ name, bytes }) => bytes === 0 && name.endsWith(ending));

beforeAll(() => {
  if (disk === undefined) return;
  dataDir = join(disk.path, 'data');
  path = join(dataDir, 'engine');
  const kept = join(dataDir, 'exchange', 'definitions');
  for (const directory of [path, kept]) mkdirSync(directory, { recursive: true });
  session = open();
  session.query('CREATE DATABASE d ENGINE = Atomic');
  session.query('CREATE TABLE d.t (x Int64) ENGINE = MergeTree ORDER BY x');
  session.query('INSERT INTO d.t SELECT number FROM numbers(10)');
  guard = new DiskGuard(path, kept);
});
afterAll(() => disk?.remove());

/** Through the guard, and the disk is full a moment after it was looked at. */
const runOnFullDisk = (sql: string) =>
  guard.run(sql, async () => {
    disk!.fill();
    session.query(sql);
  });

test.skipIf(disk === undefined)(
  'a change that the disk did not take fails, and can be made later',
  async () => {
    const change = 'ALTER TABLE `d`.`t` ADD COLUMN IF NOT EXISTS y Int64';
    await expect(runOnFullDisk(change)).rejects.toMatchObject({ kind: 'down' });
    expect(emptyFiles('.sql')).toEqual([]);
    disk!.free();
    for (const sql of ['ALTER TABLE d.t DROP COLUMN y', change]) {
      await guard.run(sql, async () => void session.query(sql));
    }
    await expect(
      runOnFullDisk('CREATE TABLE d.w (x Int64) ENGINE = MergeTree ORDER BY x'),
    ).rejects.toMatchObject({
      kind: 'down',
    });
    expect(emptyFiles('w.sql')).toHaveLength(1);
    disk!.free();
    session.query('DROP TABLE d.w SYNC');
    expect(readdirSync(join(dataDir, 'exchange', 'definitions'))).toEqual([]);
  },
);

test.skipIf(disk === undefined)('empty files of tables with rows do not stop the start', async () => {
  session.query('CREATE TABLE d.u (x Int64) ENGINE = MergeTree ORDER BY x');
  session.query('INSERT INTO d.u SELECT 1');
  disk!.fill();
  session.query('ALTER TABLE d.t DELETE WHERE x = 3 SETTINGS mutations_sync = 0');
  expect(emptyFiles('mutation_2.txt').concat(emptyFiles('mutation_3.txt'))).not.toEqual([]);
  disk!.free();
  session.close();
  // Killed in the middle of a change that found the disk full, and a table that was made on it.
  const definition = join(path, 'metadata', 'd', 'u.sql');
  linkSync(definition, join(dataDir, 'exchange', 'definitions', 'd.u.0'));
  const { name } = files().find((file) => file.name.endsWith('format_version.txt'))!;
  truncateSync(join(path, 'store', name));
  const whole = readFileSync(definition);
  unlinkSync(definition);
  writeFileSync(definition, whole.subarray(0, whole.length - 5));
  const engine = await openChdbEngine({ dataDir, logger: silentLogger });
  try {
    expect(emptyFiles('.sql')).toEqual([]);
    for (const [table, rows] of [
      ['t', '10'],
      ['u', '1'],
    ] as const) {
      const counted = await collect(
        engine.query({ sql: `SELECT count() FROM d.${table}`, format: 'CSV', weight: 'light' }),
      );
      expect([rows, '9']).toContain(counted.toString().trim());
    }
  } finally {
    await engine.close();
  }
});
