/**
 * Differential check of row permissions (`beyond.md` B1): for random data, filters and queries, what a filtered
 * token gets is what anybody gets from a database that holds only the permitted rows.
 */
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestServer, type TestServer } from '../support/server.ts';

let server: TestServer;
let operator: string;
beforeAll(async () => {
  server = await startTestServer({ args: ['--num-database-limit', '1000'] });
  const created = await send('/api/v3/configure/token/admin', '', '', 'application/json');
  operator = (JSON.parse(created.text) as { token: string }).token;
}, 120_000);
afterAll(() => server?.stop());

async function send(path: string, token: string, body: string, type: string) {
  const response = await fetch(server.url + path, {
    method: 'POST',
    headers: { 'content-type': type, ...(token && { authorization: `Bearer ${token}` }) },
    body,
  });
  return { status: response.status, text: await response.text() };
}

interface Row {
  readonly a: string | null;
  readonly b: string | null;
  readonly x: number;
  readonly y: number | null;
  readonly s: string;
}

interface Condition {
  readonly tag: 'a' | 'b';
  readonly values: readonly string[];
}

const tagValue = fc.constantFrom('p', 'q', 'r', "it's", 'x y');
const row: fc.Arbitrary<Row> = fc.record({
  a: fc.option(tagValue, { freq: 4 }),
  b: fc.option(tagValue, { freq: 4 }),
  x: fc.integer({ min: -3, max: 3 }),
  y: fc.option(fc.integer({ min: -40, max: 40 }).map((n) => n / 4)),
  s: fc.constantFrom('1', '22', 'no', ''),
});
const plainValue = fc.constantFrom('p', 'q', 'r');
const condition: fc.Arbitrary<Condition> = fc.record({
  tag: fc.constantFrom('a' as const, 'b' as const),
  values: fc.uniqueArray(plainValue, { minLength: 1, maxLength: 2 }),
});

const operand = fc.constantFrom(
  'x',
  'y',
  'x + 1',
  'x * 2',
  'length(s)',
  '10 / x',
  'CAST(s AS BIGINT)',
  'abs(x)',
);
const predicate = fc.constantFrom(
  'x > 0',
  "a = 'p'",
  "a <> 'p'",
  'a IS NULL',
  'b IS NOT NULL',
  "b IN ('q', 'r')",
  '10 / x > 2',
  'y < 1 OR x = 2',
  "s ~ '^[0-9]+$'",
  'CAST(s AS BIGINT) = 1',
  'true',
);
const aggregate = fc.constantFrom(
  'count(*)',
  'sum(x)',
  'min(y)',
  'max(y)',
  'count(DISTINCT a)',
  'sum(10 / x)',
);
const query: fc.Arbitrary<string> = fc.oneof(
  fc.tuple(operand, predicate).map(([o, p]) => `SELECT a, b, ${o} AS v FROM m WHERE ${p} ORDER BY time`),
  fc
    .tuple(aggregate, predicate)
    .map(([g, p]) => `SELECT a, ${g} AS v FROM m WHERE ${p} GROUP BY a ORDER BY a`),
  fc.tuple(aggregate, aggregate).map(([g, h]) => `SELECT ${g} AS v, ${h} AS w FROM m`),
  fc
    .tuple(aggregate, predicate)
    .map(
      ([g, p]) =>
        `SELECT b, ${g} AS v FROM m GROUP BY b HAVING ${g} IS NOT NULL AND count(*) > 0 ORDER BY b -- ${p}`,
    ),
  predicate.map((p) => `WITH w AS (SELECT * FROM m WHERE ${p}) SELECT count(*) AS n, max(w.x) AS v FROM w`),
  operand.map(
    (o) =>
      `SELECT l.x, r.b, ${o.replace(/\b([xys])\b/g, 'r.$1')} AS v FROM m l JOIN m r ON l.a = r.a ORDER BY l.time, r.time`,
  ),
  predicate.map((p) => `SELECT x FROM m WHERE x IN (SELECT x FROM m WHERE ${p}) ORDER BY time`),
  operand.map((o) => `SELECT x, (SELECT max(${o}) FROM m) AS v FROM m ORDER BY time`),
  fc
    .tuple(operand, predicate)
    .map(([o, p]) => `SELECT ${o} AS v FROM m UNION ALL SELECT ${o} FROM m WHERE ${p} ORDER BY v`),
  fc.constant('SELECT x, sum(x) OVER (PARTITION BY a ORDER BY time) AS v FROM m ORDER BY time'),
  fc.constant('SELECT lag(s) OVER (ORDER BY time) AS v FROM m ORDER BY time'),
  operand.map((o) => `SELECT CASE WHEN a = 'p' THEN ${o} END AS v FROM m ORDER BY time`),
);

const escapeTag = (text: string) => text.replace(/[ ,=]/g, '\\$&');
const line = (r: Row, index: number) =>
  `m${r.a === null ? '' : `,a=${escapeTag(r.a)}`}${r.b === null ? '' : `,b=${escapeTag(r.b)}`} ` +
  `x=${r.x}i${r.y === null ? '' : `,y=${r.y}`},s="${r.s}" ${1735689600_000_000_000n + BigInt(index)}`;
/** A first row that every filter lets through, so that both databases have every column. */
const schema = (conditions: readonly Condition[]): Row => ({
  a: conditions.find(({ tag }) => tag === 'a')?.values[0] ?? 'p',
  b: conditions.find(({ tag }) => tag === 'b')?.values[0] ?? 'p',
  x: 1,
  y: 1,
  s: '1',
});

let number = 0;
async function fill(rows: readonly { row: Row; index: number }[]): Promise<string> {
  const db = `d${++number}`;
  expect(
    (await send('/api/v3/configure/database', operator, JSON.stringify({ db }), 'application/json')).status,
  ).toBe(200);
  const body = rows.map(({ row: r, index }) => line(r, index)).join('\n');
  expect(await send(`/api/v3/write_lp?db=${db}`, operator, body, 'text/plain')).toMatchObject({
    status: 204,
  });
  return db;
}

test('a filtered token gets what a copy with only the permitted rows gives', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(row, { maxLength: 25 }),
      fc.uniqueArray(condition, { minLength: 1, maxLength: 2, selector: ({ tag }) => tag }),
      fc.array(query, { minLength: 15, maxLength: 15 }),
      async (rows, conditions, queries) => {
        const all = [schema(conditions), ...rows].map((r, index) => ({ row: r, index }));
        const permitted = all.filter(({ row: r }) =>
          conditions.every(({ tag, values }) => r[tag] !== null && values.includes(r[tag])),
        );
        const whole = await fill(all);
        const copy = await fill(permitted);
        const filter = conditions.map(({ tag, values }) => `${tag}=${values.join('|')}`).join(',');
        const created = await send(
          '/api/v3/enterprise/configure/token',
          operator,
          JSON.stringify({
            token_name: `t${number}`,
            permissions: [
              { resource_type: 'db', resource_names: [`${whole}/m[${filter}]`], actions: ['read'] },
            ],
          }),
          'application/json',
        );
        expect(created.status, created.text).toBe(201);
        const token = (JSON.parse(created.text) as { token: string }).token;
        for (const q of queries) {
          const ask = (db: string, who: string) =>
            send('/api/v3/query_sql', who, JSON.stringify({ db, q, format: 'json' }), 'application/json');
          const [filtered, expected] = [await ask(whole, token), await ask(copy, operator)];
          expect({ q, ...filtered }).toEqual({ q, ...expected });
        }
      },
    ),
    { numRuns: 12 },
  );
}, 120_000);
