import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PlannerFixture } from '../../../test/support/planner-fixture.ts';
import type { ParameterValue } from '../query.ts';
import type { NarrowStatement } from './statement.ts';

const COLUMNS = {
  host: 'tag',
  region: 'tag',
  time: 'time',
  f: 'float',
  g: 'float',
  n: 'integer',
  u: 'uinteger',
  s: 'string',
  b: 'boolean',
  'Odd "name"': 'integer',
} as const;
const PARAMETERS = { host: 'a', from: '2024-01-01T00:00:00Z', n: 5n, half: 0.5, nothing: null };

let fixture: PlannerFixture;

beforeAll(async () => {
  fixture = await PlannerFixture.open();
  for (const name of ['m', 'hidden', 'filtered', 'kept']) await fixture.table(name, COLUMNS);
  // Here a field has the name of the tag elsewhere.
  await fixture.table('swapped', { region: 'tag', time: 'time', host: 'string', f: 'float' });
  fixture.access.set('filtered', { kind: 'rows', anyOf: [[{ tag: 'host', values: ['a'] }]] });
  fixture.access.set('hidden', { kind: 'rows', anyOf: [] });
  fixture.retention.set('kept', 1000n);
});
afterAll(() => fixture.close());

function narrow(
  text: string,
  parameters: Readonly<Record<string, ParameterValue>> = {},
): NarrowStatement | undefined {
  const plan = fixture.plan(text, parameters);
  return plan.kind === 'select' ? plan.narrow : plan.inner.narrow;
}

const LOWER = "time >= '2024-01-01T00:00:00Z'";
const SPAN = `${LOWER} AND time < '2024-01-02T00:00:00Z'`;
const ROWS = `host = 'a' AND ${SPAN}`;

describe('with what the principal may see', () => {
  it.each([
    ['m', null],
    ['filtered', [new Map([['host', new Set(['a'])]])]],
    ['hidden', []],
  ])('%s', (table, visible) => {
    expect(narrow(`SELECT max(f) FROM ${table} WHERE ${ROWS}`)?.visible).toEqual(visible);
  });
});

describe('recognised', () => {
  it.each([
    `SELECT date_bin(INTERVAL '1 minute', time) AS bin, max(f) AS max_f, max(g) FROM m WHERE ${ROWS} GROUP BY bin ORDER BY bin`,
    `SELECT date_bin(INTERVAL '1 hour', time) AS bin, host, avg(n) FROM m WHERE host IN ('a', 'b') AND ${SPAN} GROUP BY bin, host ORDER BY host, bin DESC`,
    `SELECT * FROM m WHERE f > 90 AND ${ROWS}`,
    `SELECT * FROM m WHERE ${ROWS} AND 90.5 < f ORDER BY time DESC LIMIT 5 OFFSET 2`,
    `SELECT * EXCEPT (g) FROM m WHERE ${ROWS}`,
    `SELECT time, host, f AS host2 FROM m WHERE ${ROWS} ORDER BY n NULLS FIRST`,
    `SELECT "Odd ""name""" AS f FROM m WHERE ${ROWS} ORDER BY f`,
    `SELECT x.f FROM m AS x WHERE x.host = 'a' AND x.${LOWER}`,
    `SELECT count(*), count(1), count(f), count(host), count(time), min(u), sum(n), mean(g) FROM m WHERE ${ROWS}`,
    `SELECT max(f) FROM m WHERE host = 'a' AND ${LOWER}`,
    `SELECT max(f) FROM m WHERE host = 'a' AND region = 'x' AND time = '2024-01-01T00:00:00Z'`,
    `SELECT max(f) FROM m WHERE host = 'a' AND time BETWEEN '2024-01-01' AND '2024-01-02'`,
    `SELECT max(f) FROM m WHERE host = 'a' AND time > now() - INTERVAL '1 hour'`,
    `SELECT region FROM m WHERE ${ROWS} GROUP BY region`,
    `SELECT max(f) FROM m WHERE ${ROWS} GROUP BY region ORDER BY sum(n), region`,
    `SELECT date_trunc('hour', time), sum(f) FROM m WHERE ${ROWS} GROUP BY 1 ORDER BY 1 LIMIT 3`,
    `SELECT date_trunc('week', time), sum(f) FROM m WHERE ${ROWS} GROUP BY ALL`,
    `SELECT date_bin('5 minutes', time, '2020-01-01T00:01:00Z') AS t, sum(f) FROM m WHERE ${ROWS} GROUP BY t`,
    `SELECT max(f) FROM m WHERE ${ROWS} AND n BETWEEN 1 AND 5 AND u != 0 AND f <= 1 AND g = 0.5 AND n >= -3`,
    `SELECT max(f) FROM m WHERE ${ROWS} AND n IS NULL AND s IS NOT NULL AND s = 'x' AND s != 'y' AND b = true`,
    `SELECT max(f) FROM m WHERE ${ROWS} AND (n > 1 AND (f < 2))`,
    `SELECT max(f) FROM m WHERE ${ROWS} AND n > 5 AND s = 5 AND f > 1 + 1`,
    `SELECT max(f) FROM m WHERE ${ROWS} GROUP BY date_bin(INTERVAL '1 hour', time, now() - INTERVAL '1 hour')`,
    `(SELECT max(f) FROM m WHERE ${ROWS})`,
    `SELECT max(f) FROM kept WHERE ${ROWS}`,
  ])('%s', (text) => {
    expect(narrow(text)).toBeDefined();
  });

  it('with parameters', () => {
    const where = 'host = $host AND time >= $from AND n > $n AND f < $half';
    expect(narrow(`SELECT f FROM m WHERE ${where}`, PARAMETERS)).toMatchObject({
      tagFilter: new Map([['host', new Set(['a'])]]),
      fromNs: 1_704_067_200_000_000_000n,
      conditions: [{ constant: 5 }, { constant: 0.5 }],
    });
  });

  it('as data', () => {
    const text = `SELECT date_bin(INTERVAL '1 minute', time) AS bin, region AS host, count(*) AS n, max(f) FROM kept
      WHERE host IN ('a', 'b', 'a') AND host IN ('b', 'c') AND ${SPAN} AND n != 3 AND 2 >= f AND s = 'x' AND u IS NULL
      GROUP BY bin, region ORDER BY max(f) DESC, sum(n) NULLS FIRST LIMIT 5 OFFSET 1`;
    expect(narrow(text)).toEqual({
      tableId: 4,
      table: { database: 'd', table: 't4' },
      fromNs: 1_704_067_200_000_000_000n,
      toNs: 1_704_153_599_999_999_999n,
      retentionNs: 1000n,
      tagFilter: new Map([['host', new Set(['b'])]]),
      visible: null,
      tags: ['region'],
      fields: [
        { name: 'n', type: 'integer' },
        { name: 'f', type: 'float' },
        { name: 's', type: 'string' },
        { name: 'u', type: 'uinteger' },
      ],
      conditions: [
        { kind: 'number', field: 0, keeps: { less: true, equal: false, greater: true }, constant: 3 },
        { kind: 'number', field: 1, keeps: { less: true, equal: true, greater: false }, constant: 2 },
        { kind: 'string', field: 2, equal: true, constant: 'x' },
        { kind: 'null', field: 3, isNull: true },
      ],
      rows: {
        kind: 'grouped',
        keys: [
          { kind: 'bin', strideNs: 60_000_000_000n, originNs: 0n },
          { kind: 'tag', tag: 0 },
        ],
        aggregates: [{ kind: 'rows' }, { kind: 'max', field: 1 }, { kind: 'sum', field: 0 }],
      },
      outputs: [0, 1, 2, 3],
      order: [
        { column: 3, descending: true, nullsFirst: true },
        { column: 4, descending: false, nullsFirst: true },
      ],
      limit: { count: 5, offset: 1 },
    });
  });

  it('columns by what they are, not by what they are called', () => {
    const text = `SELECT f AS host, host AS f, host AS again FROM m WHERE ${ROWS} ORDER BY host, f`;
    expect(narrow(text)).toMatchObject({
      rows: { columns: [{ kind: 'field' }, { kind: 'tag', tag: 0 }] },
      outputs: [0, 1, 1],
      order: [{ column: 0 }, { column: 1 }],
    });
    expect(narrow(`SELECT max(f) AS host FROM m WHERE ${ROWS} GROUP BY host`)).toMatchObject({
      rows: { keys: [{ kind: 'tag', tag: 0 }] },
      outputs: [1],
    });
    // By byte value of the names: "Odd name", b, f, g, host, …
    const renamed = 'm AS t(host, b, f, g, x, n, region, s, time, u)';
    expect(narrow(`SELECT f FROM ${renamed} WHERE host = 1 AND ${LOWER}`)).toBeUndefined();
    expect(narrow(`SELECT host FROM ${renamed} WHERE x = 'a' AND ${LOWER}`)).toMatchObject({
      tagFilter: new Map([['host', new Set(['a'])]]),
      fields: [{ name: 'Odd %22name%22', type: 'integer' }],
    });
  });
});

describe('left to the engine', () => {
  it.each([
    // What is read: all hosts, all times, several tables.
    `SELECT max(f) FROM m WHERE ${SPAN}`,
    `SELECT max(f) FROM m WHERE host = 'a'`,
    `SELECT max(f) FROM m WHERE host = 'a' AND time < '2024-01-02'`,
    `SELECT max(f) FROM swapped WHERE ${ROWS}`,
    `SELECT max(x.f) FROM m x JOIN m y ON x.host = y.host WHERE x.host = 'a' AND x.${LOWER}`,
    `SELECT max(f) FROM (SELECT * FROM m WHERE ${ROWS})`,
    `SELECT max(f) FROM (SELECT * FROM m) WHERE ${ROWS}`,
    `WITH c AS (SELECT * FROM m) SELECT max(f) FROM c WHERE ${ROWS}`,
    `WITH c AS (SELECT * FROM swapped) SELECT max(f) FROM m WHERE ${ROWS}`,
    `WITH m AS (SELECT * FROM filtered) SELECT max(f) FROM m WHERE ${ROWS}`,
    `SELECT max(f) FROM m WHERE ${ROWS} UNION ALL SELECT max(f) FROM m WHERE ${ROWS}`,
    `(SELECT f FROM m WHERE ${ROWS} ORDER BY f LIMIT 5) ORDER BY 1 DESC`,
    `SELECT * FROM m, unnest([1, 2]) WHERE ${ROWS}`,
    // Conditions.
    `SELECT max(f) FROM m WHERE (host = 'a' OR host = 'b') AND ${SPAN}`,
    `SELECT max(f) FROM m WHERE host != 'a' AND ${SPAN}`,
    `SELECT max(f) FROM m WHERE NOT host = 'a' AND ${SPAN}`,
    `SELECT max(f) FROM m WHERE NOT (host != 'a') AND ${SPAN}`,
    `SELECT max(f) FROM m WHERE host IN ('a', NULL) AND ${SPAN}`,
    `SELECT max(f) FROM m WHERE host NOT IN ('a') AND ${SPAN}`,
    `SELECT max(f) FROM m WHERE host LIKE 'a' AND ${SPAN}`,
    `SELECT max(f) FROM m WHERE upper(host) = 'A' AND ${SPAN}`,
    `SELECT max(f) FROM m WHERE host = region AND ${SPAN}`,
    `SELECT max(f) FROM m WHERE host = s AND ${SPAN}`,
    `SELECT max(f) FROM m WHERE host IS NULL AND ${SPAN}`,
    `SELECT max(f) FROM m WHERE host > 'a' AND ${SPAN}`,
    `SELECT max(f) FROM m WHERE ${ROWS} AND region IS NOT NULL`,
    `SELECT max(f) FROM m WHERE ${ROWS} AND region != 'x'`,
    `SELECT max(f) FROM m WHERE ${ROWS} OR f > 1`,
    `SELECT max(f) FROM m WHERE ${ROWS} AND (f > 1 OR f < 0)`,
    `SELECT max(f) FROM m WHERE ${ROWS} AND NOT f > 1`,
    `SELECT max(f) FROM m WHERE ${ROWS} AND f NOT BETWEEN 1 AND 2`,
    `SELECT max(f) FROM m WHERE ${ROWS} AND f > g`,
    `SELECT max(f) FROM m WHERE ${ROWS} AND f + 1 > 2`,
    `SELECT max(f) FROM m WHERE ${ROWS} AND f IN (1, 2)`,
    `SELECT max(f) FROM m WHERE ${ROWS} AND f = NULL`,
    `SELECT max(f) FROM m WHERE ${ROWS} AND f IS DISTINCT FROM 1`,
    `SELECT max(f) FROM m WHERE ${ROWS} AND f < CAST('nan' AS DOUBLE)`,
    `SELECT max(f) FROM m WHERE ${ROWS} AND f < CAST('inf' AS DOUBLE)`,
    `SELECT max(f) FROM m WHERE ${ROWS} AND f < CAST(0.1 AS FLOAT)`,
    `SELECT max(f) FROM m WHERE ${ROWS} AND f < CAST(1 AS DECIMAL(10, 2))`,
    `SELECT max(f) FROM m WHERE ${ROWS} AND n > 1.5`,
    `SELECT max(f) FROM m WHERE ${ROWS} AND n > 9007199254740993`,
    `SELECT max(f) FROM m WHERE ${ROWS} AND f > 9007199254740993`,
    `SELECT max(f) FROM m WHERE ${ROWS} AND n::DOUBLE > 1`,
    `SELECT max(f) FROM m WHERE ${ROWS} AND s > 'x'`,
    `SELECT max(f) FROM m WHERE ${ROWS} AND n > '5'`,
    `SELECT max(f) FROM m WHERE ${ROWS} AND s LIKE 'x%'`,
    `SELECT max(f) FROM m WHERE ${ROWS} AND s ~ 'x'`,
    `SELECT max(f) FROM m WHERE ${ROWS} AND b`,
    `SELECT max(f) FROM m WHERE ${ROWS} AND NOT b`,
    `SELECT max(f) FROM m WHERE ${ROWS} AND b IS TRUE`,
    `SELECT max(f) FROM m WHERE ${ROWS} AND b > false`,
    `SELECT max(f) FROM m WHERE ${ROWS} AND true`,
    `SELECT max(f) FROM m WHERE ${ROWS} AND time != '2024-01-01T01:00:00Z'`,
    `SELECT max(f) FROM m WHERE ${ROWS} AND date_part('hour', time) = 5`,
    `SELECT max(f) FROM m WHERE ${ROWS} AND f > (SELECT 1)`,
    `SELECT max(f) FROM m WHERE ${ROWS} AND n IN (SELECT n FROM m)`,
    // Keys.
    `SELECT max(f) FROM m WHERE ${ROWS} GROUP BY n`,
    `SELECT max(f) FROM m WHERE ${ROWS} GROUP BY time`,
    `SELECT max(f) FROM m WHERE ${ROWS} GROUP BY upper(host)`,
    `SELECT max(f) FROM m WHERE ${ROWS} GROUP BY date_bin(INTERVAL '1 month', time)`,
    `SELECT max(f) FROM m WHERE ${ROWS} GROUP BY date_bin(INTERVAL '8 days', time)`,
    `SELECT max(f) FROM m WHERE ${ROWS} GROUP BY date_bin(INTERVAL '1 hour', time + INTERVAL '1 minute')`,
    `SELECT max(f) FROM m WHERE ${ROWS} GROUP BY date_bin(INTERVAL '1 hour', time, to_timestamp(n))`,
    `SELECT max(f) FROM m WHERE ${ROWS} GROUP BY date_bin(INTERVAL '1 hour', tz(time, 'Europe/Berlin'))`,
    `SELECT max(f) FROM m WHERE ${ROWS} GROUP BY tz(date_bin(INTERVAL '1 hour', time), 'UTC')`,
    `SELECT max(f) FROM m WHERE ${ROWS} GROUP BY date_bin_wallclock(INTERVAL '1 hour', time)`,
    `SELECT max(f) FROM m WHERE ${ROWS} GROUP BY date_bin_gapfill(INTERVAL '1 hour', time)`,
    `SELECT max(f) FROM m WHERE ${ROWS} GROUP BY date_trunc('month', time)`,
    `SELECT max(f) FROM m WHERE ${ROWS} GROUP BY date_trunc('hour', time AT TIME ZONE 'Europe/Berlin')`,
    `SELECT max(f) FROM m WHERE ${ROWS} GROUP BY date_trunc('hour', time), date_trunc('day', time)`,
    `SELECT max(f) FROM m WHERE ${ROWS} GROUP BY ROLLUP (host)`,
    `SELECT max(f) FROM m WHERE ${ROWS} GROUP BY GROUPING SETS ((host), ())`,
    `SELECT max(f) FROM m WHERE ${ROWS} GROUP BY host HAVING max(f) > 1`,
    `SELECT max(f) FROM m WHERE ${ROWS} HAVING true`,
    // What is shown.
    `SELECT DISTINCT host FROM m WHERE ${ROWS}`,
    `SELECT DISTINCT ON (host) f FROM m WHERE ${ROWS}`,
    `SELECT max(f) + 1 FROM m WHERE ${ROWS}`,
    `SELECT max(f + 1) FROM m WHERE ${ROWS}`,
    `SELECT max(s) FROM m WHERE ${ROWS}`,
    `SELECT max(b) FROM m WHERE ${ROWS}`,
    `SELECT max(host) FROM m WHERE ${ROWS}`,
    `SELECT max(time) FROM m WHERE ${ROWS}`,
    `SELECT count(DISTINCT n) FROM m WHERE ${ROWS}`,
    `SELECT sum(DISTINCT n) FROM m WHERE ${ROWS}`,
    `SELECT count(n, f) FROM m WHERE ${ROWS}`,
    `SELECT count(NULL) FROM m WHERE ${ROWS}`,
    `SELECT count(n + 1) FROM m WHERE ${ROWS}`,
    `SELECT max(f) FILTER (WHERE f < 5) FROM m WHERE ${ROWS}`,
    `SELECT sum(f ORDER BY time) FROM m WHERE ${ROWS}`,
    `SELECT median(f) FROM m WHERE ${ROWS}`,
    `SELECT last_value(f ORDER BY time) FROM m WHERE ${ROWS}`,
    `SELECT selector_last(f, time) FROM m WHERE ${ROWS}`,
    `SELECT 'x', max(f) FROM m WHERE ${ROWS}`,
    `SELECT f + 1 FROM m WHERE ${ROWS}`,
    `SELECT 1 FROM m WHERE ${ROWS}`,
    `SELECT CAST(n AS DOUBLE) FROM m WHERE ${ROWS}`,
    `SELECT * REPLACE (f + 1 AS f) FROM m WHERE ${ROWS}`,
    `SELECT row_number() OVER (ORDER BY time) FROM m WHERE ${ROWS}`,
    `SELECT max(f) OVER () FROM m WHERE ${ROWS}`,
    `SELECT f FROM m WHERE ${ROWS} QUALIFY row_number() OVER (ORDER BY time) = 1`,
    `SELECT f FROM m WHERE ${ROWS} ORDER BY f + 1`,
    `SELECT f FROM m WHERE ${ROWS} ORDER BY upper(host)`,
    `SELECT host, max(f) FROM m WHERE ${ROWS} GROUP BY host ORDER BY max(f) - min(f)`,
    `SELECT unnest([f, g]) FROM m WHERE ${ROWS}`,
    `SELECT (SELECT max(f) FROM m WHERE ${ROWS})`,
  ])('%s', (text) => {
    expect(fixture.plan(text).kind).toBe('select');
    expect(narrow(text)).toBeUndefined();
  });

  it.each([
    'host = $nothing AND time >= $from',
    'host = $host AND time >= $from AND f > $nothing',
    'host = $host AND time >= $from AND b = $n',
    'host = $host AND time >= $from AND n > $half',
  ])('%s', (where) => {
    let found: NarrowStatement | undefined;
    try {
      found = narrow(`SELECT f FROM m WHERE ${where}`, PARAMETERS);
    } catch (error) {
      // A statement that has no meaning is no narrow one either.
      expect(error).toMatchObject({ status: 400 });
    }
    expect(found).toBeUndefined();
  });
});
