/** The first or last row of each series, found before the rest is read: the same answers as reading everything. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openQueryHarness, type QueryHarness } from '../../test/support/query.ts';
import { seededRandom } from '../../test/support/seeded-random.ts';

interface Point {
  readonly host: string;
  readonly core: string;
  readonly time: number;
  readonly a: number | null;
  readonly b: number | null;
}

const directory = mkdtempSync(join(tmpdir(), 'extremes-'));
const points = new Map<string, Point>();
let server: QueryHarness;

beforeAll(async () => {
  server = await openQueryHarness(directory);
  const random = seededRandom(7);
  const below = (bound: number) => Math.floor(random() * bound);
  for (let batch = 0; batch < 4; batch++) {
    const lines: string[] = [];
    for (let index = 0; index < 150; index++) {
      const point: Point = {
        host: `h${below(5)}`,
        core: `c${below(3)}`,
        // Below: the rest by 3 is the core's, so that no two series of a host share a time.
        time: 0,
        a: below(4) === 0 ? null : below(100),
        b: below(4) === 0 ? null : below(100),
      };
      const time = below(200) * 3 + Number(point.core.slice(1));
      const key = `${point.host} ${point.core} ${time}`;
      const before = points.get(key);
      if (point.a === null && point.b === null) continue;
      points.set(key, { ...point, time, a: point.a ?? before?.a ?? null, b: point.b ?? before?.b ?? null });
      const fields = [point.a === null ? '' : `a=${point.a}i`, point.b === null ? '' : `b=${point.b}i`];
      lines.push(`cpu,host=${point.host},core=${point.core} ${fields.filter(Boolean).join(',')} ${time}`);
    }
    await server.write(lines.join('\n'));
    await server.ingest.flush();
  }
});

afterAll(async () => {
  await server.close();
  rmSync(directory, { recursive: true, force: true });
});

const isNarrowed = async (sql: string, as: readonly string[] = ['*:*:*']): Promise<boolean> => {
  const rows = await server.ask(`EXPLAIN ${sql}`, { as });
  return rows.some(({ plan }) => String(plan).includes('(__t.`__series`, __t.`time`) IN (SELECT'));
};

/** By host: the row with the last or first time. */
function expected(side: 'first' | 'last', visible: (point: Point) => boolean): object[] {
  const found = new Map<string, Point>();
  for (const point of points.values()) {
    if (!visible(point)) continue;
    const known = found.get(point.host);
    const isBetter =
      known === undefined || (side === 'last' ? point.time > known.time : point.time < known.time);
    if (isBetter) found.set(point.host, point);
  }
  return [...found.values()]
    .sort((x, y) => (x.host < y.host ? -1 : 1))
    .map(({ host, a, b }) => ({ host, ...(a === null ? {} : { a }), ...(b === null ? {} : { b }) }));
}

const LAST = 'last_value(a ORDER BY time) AS a, last_value(b ORDER BY time) AS b';
const FIRST = 'first_value(a ORDER BY time) AS a, last_value(b ORDER BY time DESC) AS b';

test('gives the rows of the naive evaluation, with duplicates and nulls', async () => {
  const last = `SELECT host, ${LAST} FROM cpu GROUP BY host ORDER BY host`;
  expect(await isNarrowed(last)).toBe(true);
  expect(await server.ask(last)).toEqual(expected('last', () => true));
  expect(await server.ask(`SELECT host, ${FIRST} FROM cpu GROUP BY host ORDER BY host`)).toEqual(
    expected('first', () => true),
  );
});

test('within bounds of time', async () => {
  const sql = `SELECT host, ${LAST} FROM cpu WHERE time < 300 AND time >= 100 GROUP BY host ORDER BY host`;
  const bounded = sql.replace('300', 'to_timestamp_nanos(300)').replace('100', 'to_timestamp_nanos(100)');
  expect(await isNarrowed(bounded)).toBe(true);
  expect(await server.ask(bounded)).toEqual(expected('last', ({ time }) => time < 300 && time >= 100));
});

test('under a row filter, which stays in force', async () => {
  const sql = `SELECT host, ${LAST} FROM cpu GROUP BY host ORDER BY host`;
  const as = ['db:test/cpu[core=c1]:read'];
  expect(await server.ask(sql, { as })).toEqual(expected('last', ({ core }) => core === 'c1'));
  expect(await server.ask(sql, { as: ['db:test/cpu[core=none]:read'] })).toEqual([]);
});

test('over no groups, with max(time), and with conditions on the groups', async () => {
  const sql = `SELECT max(time) AS t, ${LAST} FROM cpu`;
  expect(await isNarrowed(sql)).toBe(true);
  const times = [...points.values()].map(({ time }) => time);
  const [row] = await server.ask(sql);
  expect(row?.t).toBe(`1970-01-01T00:00:00.${String(Math.max(...times)).padStart(9, '0')}`);
  const having = `SELECT host, ${LAST} FROM cpu GROUP BY host HAVING last_value(a ORDER BY time) > 50 ORDER BY host`;
  expect(await isNarrowed(having)).toBe(true);
  expect(await server.ask(having)).toEqual(
    expected('last', () => true).filter((each) => (each as { a?: number }).a! > 50),
  );
});

test.each([
  ['an aggregate over all rows', 'SELECT host, last_value(a ORDER BY time), count(*) FROM cpu GROUP BY host'],
  [
    'both ends',
    'SELECT host, last_value(a ORDER BY time), first_value(a ORDER BY time) FROM cpu GROUP BY host',
  ],
  ['nulls left out', 'SELECT host, last_value(a IGNORE NULLS ORDER BY time) FROM cpu GROUP BY host'],
  ['another order', 'SELECT host, last_value(a ORDER BY b) FROM cpu GROUP BY host'],
  ['two keys of order', 'SELECT host, last_value(a ORDER BY time, b) FROM cpu GROUP BY host'],
  [
    'a filter of rows',
    'SELECT host, last_value(a ORDER BY time) FILTER (WHERE a > 3) FROM cpu GROUP BY host',
  ],
  ['a condition on a field', 'SELECT host, last_value(a ORDER BY time) FROM cpu WHERE b > 3 GROUP BY host'],
  ['groups that cut series', 'SELECT a, last_value(b ORDER BY time) FROM cpu GROUP BY a'],
  [
    'groups of a part of the time',
    "SELECT date_bin(INTERVAL '1 minute', time), last_value(a ORDER BY time) FROM cpu GROUP BY 1",
  ],
  ['a maximum of values', 'SELECT host, max(a) FROM cpu GROUP BY host'],
  [
    'a selector, which leaves nulls out',
    "SELECT host, selector_last(a, time)['value'] FROM cpu GROUP BY host",
  ],
  [
    'a join',
    'SELECT x.host, last_value(x.a ORDER BY x.time) FROM cpu x JOIN cpu y ON x.host = y.host GROUP BY x.host',
  ],
  [
    'a limit below',
    'SELECT host, last_value(a ORDER BY time) FROM (SELECT * FROM cpu LIMIT 5) GROUP BY host',
  ],
  ['few series', "SELECT last_value(a ORDER BY time) FROM cpu WHERE host = 'h1'"],
])('not for %s', async (_, sql) => {
  expect(await isNarrowed(sql)).toBe(false);
});

test('loses no series while new points come in', async () => {
  let stop = false;
  const hosts = Array.from({ length: 50 }, (_, index) => `s${index}`);
  const write = (time: number) =>
    server.write(hosts.map((host) => `busy,host=${host} v=${time}i ${time}`).join('\n'));
  await write(1);
  const writer = (async () => {
    for (let time = 2; !stop; time++) {
      await write(time);
      await server.ingest.flush();
    }
  })();
  try {
    for (let round = 0; round < 60; round++) {
      const rows = await server.ask(
        'SELECT host, last_value(v ORDER BY time) AS v, max(time) AS t FROM busy GROUP BY host',
      );
      expect(rows).toHaveLength(50);
      expect(new Set(rows.map(({ v }) => v)).size).toBe(1);
    }
  } finally {
    stop = true;
    await writer;
  }
});
