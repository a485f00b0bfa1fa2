/** Plans that are used again: for the same question over the same things, and for nothing else. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { AUTHOR } from '../../test/support/ingest.ts';
import { openQueryHarness, type QueryHarness } from '../../test/support/query.ts';
import type { Catalog } from '../catalog/catalog.ts';
import { systemClock } from '../platform/clock.ts';
import type { ParameterValue } from './query.ts';
import type { PlanStatement } from './sql/plan.ts';
import { createPlanner } from './sql/planner.ts';

const directory = mkdtempSync(join(tmpdir(), 'plans-'));
let server: QueryHarness;
let planned = 0;
/** What the clock of the queries is ahead. */
let laterNs = 0n;

beforeAll(async () => {
  const planner = await createPlanner();
  const counting: PlanStatement = (request) => {
    planned++;
    return planner(request);
  };
  server = await openQueryHarness(directory, {
    planner: counting,
    clock: { ...systemClock, nowNs: () => systemClock.nowNs() + laterNs },
  });
  await server.write('cpu,host=a,region=eu n=1i 1\ncpu,host=b,region=us n=2i 2\nold n=1i 1');
});

beforeEach(() => {
  planned = 0;
});

afterAll(async () => {
  await server.close();
  rmSync(directory, { recursive: true, force: true });
});

const table = (name: string) => server.catalog.table(server.catalog.database('test')!.id, name)!;
const change = (): ReturnType<Catalog['as']> => server.catalog.as(AUTHOR);
const eu = { as: ['db:test/cpu[region=eu]:read'] };
const us = { as: ['db:test/cpu[region=us]:read'] };

test('a text is planned once', async () => {
  for (let round = 0; round < 3; round++)
    expect(await server.ask('SELECT n FROM cpu ORDER BY n')).toEqual([{ n: 1 }, { n: 2 }]);
  expect(planned).toBe(1);
});

test('points that come later are there, and a plan may run at once for many', async () => {
  const sql = 'SELECT count(*) AS c FROM later';
  await server.write('later n=1i 1');
  expect(await server.ask(sql)).toEqual([{ c: 1 }]);
  await server.write('later n=1i 2');
  planned = 0;
  const answers = await Promise.all(Array.from({ length: 8 }, () => server.ask(sql)));
  expect(answers).toEqual(Array.from({ length: 8 }, () => [{ c: 2 }]));
  expect(planned).toBe(0);
});

test('[A13] principals with other filters have plans of their own', async () => {
  const sql = 'SELECT host FROM cpu';
  for (let round = 0; round < 3; round++) {
    expect(await server.ask(sql, eu)).toEqual([{ host: 'a' }]);
    expect(await server.ask(sql, us)).toEqual([{ host: 'b' }]);
    expect(await server.ask(sql)).toHaveLength(2);
    await expect(server.ask(sql, { as: ['db:test/old:read'] })).rejects.toThrow(/not found/);
  }
  // The fourth finds no table, which is never remembered.
  expect(planned).toBe(3 + 3);
});

test('a parameter’s value and its type make another plan', async () => {
  const ask = (host: ParameterValue) =>
    server.ask('SELECT arrow_typeof($host) AS t, n FROM cpu WHERE n = 1', {
      request: { parameters: new Map([['host', host]]) },
    });
  expect(await ask('1')).toEqual([{ t: 'Utf8', n: 1 }]);
  expect(await ask(1n)).toEqual([{ t: 'UInt64', n: 1 }]);
  expect(await ask(true)).toEqual([{ t: 'Boolean', n: 1 }]);
  expect(await ask('true')).toEqual([{ t: 'Utf8', n: 1 }]);
  expect(planned).toBe(4);
  expect(await ask('1')).toEqual([{ t: 'Utf8', n: 1 }]);
  expect(planned).toBe(4);
});

test('now() is the instant of each run', async () => {
  const ask = async () => (await server.ask('SELECT now() AS t, count(*) AS c FROM cpu'))[0]!.t;
  const first = await ask();
  await new Promise((resolve) => setTimeout(resolve, 5));
  expect(await ask()).not.toBe(first);
  const bounded = "SELECT count(*) AS c FROM cpu WHERE time > now() - INTERVAL '1 hour'";
  planned = 0;
  await server.ask(bounded);
  await server.ask(bounded);
  expect(planned).toBe(2);
});

test('a new column is seen at once', async () => {
  await server.write('wide a=1i 1');
  expect(await server.ask('SELECT * FROM wide')).toEqual([{ a: 1, time: '1970-01-01T00:00:00.000000001' }]);
  await server.write('wide b=2i 1');
  expect(await server.ask('SELECT * FROM wide')).toEqual([
    { a: 1, b: 2, time: '1970-01-01T00:00:00.000000001' },
  ]);
});

test('a period of retention holds from the next query on, and its end moves with the clock', async () => {
  const sql = 'SELECT count(*) AS c FROM fading';
  await server.write(`fading n=1i 1\nfading n=2i ${BigInt(Date.now()) * 1_000_000n}`);
  expect(await server.ask(sql)).toEqual([{ c: 2 }]);
  const { id } = table('fading');
  await change().setTableRetention(id, 3_600_000_000_000n);
  expect(await server.ask(sql)).toEqual([{ c: 1 }]);
  planned = 0;
  laterNs = 7_200_000_000_000n;
  expect(await server.ask(sql)).toEqual([{ c: 0 }]);
  expect(planned).toBe(0);
  laterNs = 0n;
});

test('a table that was dropped is gone, and one of its name is another', async () => {
  const sql = 'SELECT * FROM reborn';
  await server.write('reborn a=1i 1');
  expect(await server.ask(sql)).toHaveLength(1);
  await change().deleteTable(table('reborn').id, { kind: 'never' });
  await expect(server.ask(sql)).rejects.toThrow(/not found/);
  await server.write('reborn b="x" 1');
  expect(await server.ask(sql)).toEqual([{ b: 'x', time: '1970-01-01T00:00:00.000000001' }]);
});

test('what the host supplies is asked for each time', async () => {
  const sql = "SELECT count(*) AS c FROM information_schema.tables WHERE table_schema = 'iox'";
  const [{ c: before }] = (await server.ask(sql)) as [{ c: number }];
  await server.write('one_more n=1i 1');
  expect(await server.ask(sql)).toEqual([{ c: before + 1 }]);
});

test('errors are told each time', async () => {
  for (let round = 0; round < 2; round++)
    await expect(server.ask('SELECT nothing FROM cpu')).rejects.toThrow(/nothing/);
  expect(planned).toBe(2);
});
