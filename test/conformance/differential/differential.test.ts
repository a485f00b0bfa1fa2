/**
 * Random queries over random tables against a naive evaluator. `SLUICE_DIFFERENTIAL_ROUNDS` asks for more; a
 * failure prints the seed, and `SLUICE_SEED` replays it.
 */
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestServer, type TestServer } from '../../support/server.ts';
import { COLUMNS, type Row, type Value } from './expression.ts';
import { anyQuery } from './query.ts';
import type { Query } from './query-parts.ts';

const ROUNDS = Number(process.env.SLUICE_DIFFERENTIAL_ROUNDS ?? 12);
const QUERIES_PER_ROUND = 80;

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer({ args: ['--without-auth', '--num-database-limit', '10000'] });
}, 120_000);
afterAll(() => server?.stop());

const row: fc.Arbitrary<Row> = fc.record({
  x: fc.option(fc.integer({ min: -4, max: 4 }), { freq: 5 }),
  z: fc.option(fc.integer({ min: -100, max: 100 }), { freq: 5 }),
  y: fc.option(
    fc.integer({ min: -20, max: 20 }).map((quarters) => quarters / 4),
    { freq: 5 },
  ),
  s: fc.option(fc.constantFrom('a', 'ab', 'B', '', 'é', "it's"), { freq: 5 }),
  t: fc.option(fc.constantFrom('a', 'b', 'Ab'), { freq: 5 }),
  b: fc.option(fc.boolean(), { freq: 5 }),
});
/** Makes every column exist. */
const whole: Row = { x: 1, z: 2, y: 0.5, s: 'a', t: 'a', b: true };

const START = Date.UTC(2026, 0, 1);
/** As the server renders times. */
const timeText = (index: number) => new Date(START + index * 1000).toISOString().slice(0, 19);

function line(values: Row, index: number): string {
  const fields = [
    ...(values.x === null ? [] : [`x=${values.x}i`]),
    ...(values.z === null ? [] : [`z=${values.z}i`]),
    ...(values.y === null ? [] : [`y=${values.y}`]),
    ...(values.s === null ? [] : [`s="${values.s}"`]),
    ...(values.b === null ? [] : [`b=${values.b}`]),
    'always=1i',
  ];
  return `m${values.t === null ? '' : `,t=${values.t}`} ${fields.join(',')} ${START + index * 1000}000000`;
}

/** Only the statement, when a failure is printed. */
const withText = (query: Query) => ({ ...query, [fc.toStringMethod]: () => query.sql });

let number = 0;
async function load(rows: readonly Row[]): Promise<string> {
  const db = `d${++number}`;
  const response = await fetch(`${server.url}/api/v3/write_lp?db=${db}&precision=nanosecond`, {
    method: 'POST',
    body: rows.map(line).join('\n'),
  });
  expect(response.status, await response.text()).toBe(204);
  return db;
}

async function ask(db: string, q: string): Promise<Value[][]> {
  const response = await fetch(`${server.url}/api/v3/query_sql`, {
    method: 'POST',
    body: JSON.stringify({ db, q, format: 'json' }),
  });
  const text = await response.text();
  if (response.status !== 200) throw new Error(`${response.status} ${text}\n${q}`);
  const columns = new Set([...q.matchAll(/ AS (c\d)/g)].map(([, name]) => name!)).size;
  return (JSON.parse(text) as Record<string, Value>[]).map((object) =>
    Array.from({ length: columns }, (_, index) => object[`c${index}`] ?? null),
  );
}

test('random queries over random tables give what a naive evaluator gives', async () => {
  expect(Object.keys(COLUMNS).toSorted()).toEqual(Object.keys(whole).toSorted());
  const seed = process.env.SLUICE_SEED;
  await fc.assert(
    fc.asyncProperty(
      fc.array(row, { maxLength: 14 }),
      fc.array(anyQuery.map(withText), { minLength: QUERIES_PER_ROUND, maxLength: QUERIES_PER_ROUND }),
      async (random, queries) => {
        const rows = [whole, ...random].map((values, index) => ({ ...values, time: timeText(index) }));
        const db = await load(rows);
        for (const { sql, evaluate } of queries) {
          expect(await ask(db, sql), `${sql}\n${JSON.stringify(rows)}`).toEqual(evaluate(rows));
        }
      },
    ),
    { numRuns: ROUNDS, endOnFailure: true, ...(seed === undefined ? {} : { seed: Number(seed) }) },
  );
  // Some of them went past the engine.
  const metrics = await (await fetch(`${server.url}/metrics`)).text();
  const past = /^sluice_narrow_reads_total (\d+)$/m.exec(metrics)?.[1];
  expect(Number(past)).toBeGreaterThan(ROUNDS);
}, 600_000);
