/** `/ready` over the whole server: what is broken is named, and well again without anybody writing. */
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { faultyEngine } from '../../test/support/faulty-server/engine.ts';
import { HEALTHY, type Misfortune } from '../../test/support/faulty-server/faults.ts';
import { faultyFiles } from '../../test/support/faulty-server/files.ts';
import { type InProcessServer, startInProcess } from '../../test/support/in-process-server.ts';

const misfortune: Misfortune = { faults: HEALTHY, random: Math.random, failing: 0 };
let server: InProcessServer;

beforeEach(async () => {
  misfortune.faults = HEALTHY;
  server = await startInProcess({
    args: ['--without-auth'],
    substitutes: {
      files: faultyFiles(misfortune),
      engine: (engine) => ({
        ...faultyEngine(engine, misfortune),
        health: async () => ({ ...(await engine.health()), healthy: misfortune.faults.queryFails === 0 }),
      }),
    },
  });
});
afterEach(() => server.stop());

const ready = async () => {
  const { status, text } = await server.ask({ path: '/ready' });
  return [status, text];
};
const write = async () =>
  (await server.ask({ method: 'POST', path: '/api/v3/write_lp?db=d', body: 'm f=1' })).status;

test.each([
  ['a full disk', { writeFails: 1, diskCode: 'ENOSPC' as const }],
  ['a failing fsync', { syncFails: 1 }],
])('%s: the log refuses writes, and /ready says so until the disk is well', async (_, faults) => {
  expect(await write()).toBe(204);
  expect(await ready()).toEqual([200, '']);
  misfortune.faults = { ...HEALTHY, ...faults };
  expect(await write()).toBe(503);
  const text =
    'not ready: the write-ahead log cannot be written (is the disk full or failing?); please try again later';
  expect(await ready()).toEqual([503, text]);
  expect((await server.ask({ path: '/health' })).status).toBe(200);
  misfortune.faults = HEALTHY;
  expect(await ready()).toEqual([200, '']);
  expect(await write()).toBe(204);
});

test('a catalog that cannot commit', async () => {
  const create = async (db: string) =>
    (await server.ask({ method: 'POST', path: '/api/v3/configure/database', body: { db } })).status;
  expect(await create('before')).toBe(200);
  const disk = new DatabaseSync(join(server.dataDir, 'catalog', 'catalog.sqlite'));
  for (const event of ['INSERT', 'UPDATE']) {
    disk.exec(
      `CREATE TRIGGER broken_${event} BEFORE ${event} ON meta BEGIN SELECT RAISE(ABORT, 'broken'); END`,
    );
  }
  expect(await create('refused')).toBe(503);
  const text =
    'not ready: the catalog cannot be written (is the disk full or failing?); please try again later';
  expect(await ready()).toEqual([503, text]);
  disk.exec('DROP TRIGGER broken_INSERT; DROP TRIGGER broken_UPDATE');
  disk.close();
  expect(await ready()).toEqual([200, '']);
  expect(await create('refused')).toBe(200);
});

test('an engine that does not answer', async () => {
  misfortune.faults = { ...HEALTHY, queryFails: 1 };
  const text = 'not ready: the storage engine is not available; please try again later';
  expect(await ready()).toEqual([503, text]);
});
