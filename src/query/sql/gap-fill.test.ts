import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PlannerFixture } from '../../../test/support/planner-fixture.ts';
import { createPlannerTables } from '../../../test/support/planner-tables.ts';
import { wallclockBins } from './wallclock-bins.ts';

let fixture: PlannerFixture;
beforeAll(async () => {
  fixture = await PlannerFixture.open();
  await createPlannerTables(fixture);
  const point = (minute: string, host: string, v: string, i = 'NULL') => ({
    time: `2024-01-01T00:${minute}:00Z`,
    host,
    v,
    i,
  });
  await fixture.table('gap', { host: 'tag', time: 'time', v: 'float', i: 'integer' }, [
    point('01', "'a'", '1', '10'),
    point('02', "'a'", 'NULL'),
    point('04', "'a'", '4', '15'),
    point('02', "'b'", '7'),
  ]);
});
afterAll(() => fixture.close());

const RANGE = "time >= '2024-01-01T00:00:00Z' and time < '2024-01-01T00:06:00Z'";
const BIN = "date_bin_gapfill(interval '1 minute', time)";
const minute = (text: unknown): number => Number(String(text).slice(14, 16));

async function filled(
  list: string,
  rest = `where ${RANGE} group by host, t order by host, t`,
): Promise<unknown[][]> {
  const rows = await fixture.rows(`select host, ${BIN} as t, ${list} from gap ${rest}`);
  return rows.map(([host, time, ...values]) => [host, minute(time), ...values]);
}

describe('date_bin_gapfill', () => {
  it('gives every series every bin, counts as 0 and other aggregates as null', async () => {
    expect(await filled('avg(v), count(v), count(*)')).toEqual([
      ['a', 0, null, 0, 0],
      ['a', 1, 1, 1, 1],
      ['a', 2, null, 0, 1],
      ['a', 3, null, 0, 0],
      ['a', 4, 4, 1, 1],
      ['a', 5, null, 0, 0],
      ['b', 0, null, 0, 0],
      ['b', 1, null, 0, 0],
      ['b', 2, 7, 1, 1],
      ['b', 3, null, 0, 0],
      ['b', 4, null, 0, 0],
      ['b', 5, null, 0, 0],
    ]);
  });

  it('carries the last value and draws lines, never beyond the ends', async () => {
    expect(
      await filled(
        'locf(avg(v)), interpolate(avg(v)) as x',
        `where ${RANGE} and host = 'a' group by host, t order by t`,
      ).catch((error: Error) => error.message),
    ).toContain('multiple fill strategies');
    expect(
      await filled(
        'locf(avg(v)), interpolate(max(i))',
        `where ${RANGE} and host = 'a' group by host, t order by t`,
      ),
    ).toEqual([
      ['a', 0, null, null],
      ['a', 1, 1, 10],
      ['a', 2, 1, 11],
      ['a', 3, 1, 13],
      ['a', 4, 4, 15],
      ['a', 5, 4, null],
    ]);
  });

  it('fills structs of selectors', async () => {
    const rows = await filled(
      "interpolate(selector_last(v, time))['value'] as v, interpolate(selector_last(v, time))['time'] as at",
      `where ${RANGE} and host = 'a' group by host, t order by t`,
    );
    expect(rows.map((row) => row[2])).toEqual([null, 1, 2, 3, 4, null]);
    expect(rows.map((row) => row[3] === null)).toEqual([true, false, true, true, false, true]);
  });

  it('fills nothing where there is nothing', async () => {
    expect(await filled('count(*)', `where ${RANGE} and host = 'zz' group by host, t`)).toEqual([]);
    expect(
      await fixture.rows(`select ${BIN}, count(*) from gap where ${RANGE} and host = 'zz' group by 1`),
    ).toEqual([]);
  });

  it('finds bounds below, takes the last of a side, sorts, limits, and goes on as a subquery', async () => {
    expect(
      await fixture.rows(
        `select ${BIN} as t, count(*) from (select * from gap where ${RANGE}) as q group by 1 order by 1 limit 1`,
      ),
    ).toEqual([['2024-01-01 00:00:00.000000000', 0]]);
    expect(
      await fixture.rows(
        `select count(*) from (select ${BIN} as t from gap where ${RANGE} and time >= '2024-01-01T00:03:00Z' group by 1)`,
      ),
    ).toEqual([[3]]);
    expect(
      await fixture.rows(
        `select count(*) from (select ${BIN} as t from gap where time between now() - interval '1 year' and '2024-01-01' and time > '2024-01-01T00:00:00Z' - interval '2 minutes' group by t)`,
      ),
    ).toEqual([[0]]);
    expect(
      await fixture.rows(
        `select sum(x) from (select host, ${BIN} as t, coalesce(interpolate(avg(v)), 0) as x from gap where ${RANGE} group by host, t having host = 'a')`,
      ),
    ).toEqual([[10]]);
  });

  it('takes an origin', async () => {
    const rows = await fixture.rows(
      `select date_bin_gapfill(interval '4 minutes', time, timestamp '2024-01-01T00:01:00') as t, count(*) from gap where ${RANGE} group by 1 order by 1`,
    );
    expect(rows.map(([time, count]) => [String(time).slice(11, 16), count])).toEqual([
      ['23:57', 0],
      ['00:01', 4],
      ['00:05', 0],
    ]);
  });
});

describe('refusals', () => {
  it.each([
    [
      `select ${BIN}, count(*) from gap group by 1`,
      'gap-filling query is missing both upper and lower time bounds',
    ],
    [
      `select ${BIN}, count(*) from gap where time > '2024-01-01' group by 1`,
      'gap-filling query is missing upper time bound',
    ],
    [
      `select ${BIN}, count(*) from gap where time < '2024-01-01' group by 1`,
      'gap-filling query is missing lower time bound',
    ],
    [
      `select ${BIN}, count(*) from gap where ${RANGE} and time > (select max(time) from gap) group by 1`,
      'lower time bound for gap fill query must evaluate to a scalar',
    ],
    [
      `select date_bin_gapfill(interval '1 month', time), count(*) from gap where ${RANGE} group by 1`,
      'gap filling does not support month intervals',
    ],
    [
      `select ${BIN}, date_bin_gapfill(interval '2 minutes', time), count(*) from gap where ${RANGE} group by 1, 2`,
      'DATE_BIN_GAPFILL specified more than once',
    ],
    [
      `select ${BIN} + interval '1 hour', count(*) from gap where ${RANGE} group by 1`,
      'DATE_BIN_GAPFILL must be a top-level expression in the GROUP BY clause when gap filling. It cannot be part of another expression or cast',
    ],
    [`select ${BIN} from gap where ${RANGE}`, 'date_bin_gapfill may only be used as a GROUP BY expression'],
    [
      `select count(*) from gap where ${BIN} > '2024-01-01'`,
      'date_bin_gapfill may only be used as a GROUP BY expression',
    ],
    ['select locf(avg(v)) from gap', 'locf may only be used in the SELECT list of a gap-filling query'],
    [
      `select ${BIN} as t, count(*) from gap where ${RANGE} group by t having interpolate(avg(v)) > 1`,
      'interpolate may only be used in the SELECT list of a gap-filling query',
    ],
    [
      `select ${BIN} as t, locf(host) from gap where ${RANGE} group by t, host`,
      'locf must be called on an aggregate column in a gap-filling query',
    ],
    [
      `select date_bin_gapfill(interval '1 nanosecond', time), count(*) from gap where ${RANGE} group by 1`,
      'too complex',
    ],
  ])('%s', (text, message) => {
    expect(() => fixture.sql(text)).toThrow(message);
  });
});

describe('wall clock', () => {
  const instants = (from: string, to: string, hours: number, hasDays: boolean): string[] =>
    wallclockBins({
      lower: BigInt(Date.parse(from)) * 1_000_000n,
      upper: BigInt(Date.parse(to)) * 1_000_000n,
      zone: 'Europe/Paris',
      strideNs: BigInt(hours) * 3_600_000_000_000n,
      origin: 0n,
      hasDays,
      limit: 1000,
    })!.map((ns) => new Date(Number(ns / 1_000_000n)).toISOString().slice(5, 16));

  it('starts days at local midnight on both sides of a change of the clock', () => {
    expect(instants('2024-03-30T12:00Z', '2024-04-01T12:00Z', 24, true)).toEqual([
      '03-29T23:00',
      '03-30T23:00',
      '03-31T22:00',
    ]);
    expect(instants('2024-10-26T12:00Z', '2024-10-28T12:00Z', 24, true)).toEqual([
      '10-25T22:00',
      '10-26T22:00',
      '10-27T23:00',
    ]);
  });

  it('knows the hour that comes twice and the one that does not come', () => {
    expect(instants('2024-10-27T00:00Z', '2024-10-27T02:30Z', 1, false)).toEqual([
      '10-27T00:00',
      '10-27T01:00',
      '10-27T02:00',
    ]);
    expect(instants('2024-03-31T00:00Z', '2024-03-31T02:30Z', 1, false)).toEqual([
      '03-31T00:00',
      '03-31T01:00',
      '03-31T02:00',
    ]);
  });

  it('fills days of a zone', async () => {
    const rows = await fixture.rows(
      "select date_bin_wallclock_gapfill(interval '1 day', tz(time, 'Europe/Paris')) as t, count(*) from cpu where time >= '2023-12-31' and time < '2024-01-03' group by 1 order by 1",
    );
    expect(rows.map(([time, count]) => [String(time).slice(0, 16), count])).toEqual([
      ['2023-12-30 23:00', 0],
      ['2023-12-31 23:00', 3],
      ['2024-01-01 23:00', 1],
      ['2024-01-02 23:00', 0],
    ]);
  });
});
