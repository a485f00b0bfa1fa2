import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PlannerFixture } from '../../../test/support/planner-fixture.ts';

const COLUMNS = { host: 'tag', time: 'time', n: 'integer', c0: 'integer', x3: 'string' } as const;
let fixture: PlannerFixture;

beforeAll(async () => {
  fixture = await PlannerFixture.open();
  const rows = [
    { time: '2024-02-01T00:00:00Z', host: "'a'", n: '1', c0: '10', x3: "'x1'" },
    { time: '2024-02-01T00:00:01Z', host: "'a'", n: '2', c0: '20', x3: "'x2'" },
    { time: '2024-02-01T00:01:00Z', host: "'b'", n: '3', c0: '30', x3: 'NULL' },
  ];
  await fixture.table('plain', COLUMNS, rows);
  await fixture.table('filtered', COLUMNS, rows);
  fixture.access.set('filtered', { kind: 'rows', anyOf: [[{ tag: 'host', values: ['a'] }]] });
  await fixture.table('twice', COLUMNS, [...rows, ...rows]);
  fixture.dirty.set('twice', [{ fromNs: 0n, toNs: 2n ** 62n }]);
});
afterAll(() => fixture.close());

const levels = (text: string): number => fixture.sql(text).match(/\bSELECT\b/g)!.length;

describe('one SELECT', () => {
  it.each([
    [
      'select n + 1 as a, host from plain where n > 1 order by a desc',
      [
        [4, 'b'],
        [3, 'a'],
      ],
    ],
    ['select distinct host from plain order by host', [['a'], ['b']]],
    ['select x3 as n, n as x3 from plain where n = 2', [['x2', 2]]],
    ["select count(*) from plain where x3 = 'x1' or x3 = 'x2'", [[2]]],
    [
      'select host, sum(c0) as s from plain group by host order by s, host',
      [
        ['a', 30],
        ['b', 30],
      ],
    ],
    ['select sum(c0) as n, max(n) as c0 from plain', [[60, 3]]],
    ['select sum(n) * 2 + max(c0) as v from plain group by host order by max(time) desc', [[36], [26]]],
    [
      "select date_bin(interval '1 minute', time) as t, count(*) from plain group by t order by t limit 1",
      [['2024-02-01 00:00:00.000000000', 2]],
    ],
    [
      'select n % 2 as odd, n % 2 as again, count(*) from plain group by n % 2 order by odd',
      [
        [0, 0, 1],
        [1, 1, 2],
      ],
    ],
    ['select count(*) from plain where n > 100', [[0]]],
    ['select host, count(*) from plain where n > 100 group by host', []],
    ["select 'x3' as a, n from plain where x3 = 'x1'", [['x3', 1]]],
  ])('%s', async (text, rows) => {
    expect(levels(text)).toBe(1);
    expect(await fixture.rows(text)).toEqual(rows);
  });
});

describe('several', () => {
  it.each([
    // The filter is a barrier.
    ['select sum(n) from filtered', [[3]]],
    ['select n from filtered where 10 / (3 - n) > 0 order by n', [[1], [2]]],
    // Duplicates are read in a SELECT of their own.
    ['select sum(n) from twice', [[6]]],
    ['select sum(n) as s from plain group by host having sum(c0) > 30 order by s', []],
    ['select sum(n) over (order by n) as s from plain order by s', [[1], [3], [6]]],
    ['select arrow_typeof(sum(n)) as t from plain', [['Int64']]],
    ['select n from plain where n = (select max(n) from plain)', [[3]]],
    [
      'select n, (select max(p.n) from plain p where p.host = plain.host) as m from plain order by n',
      [
        [1, 2],
        [2, 2],
        [3, 3],
      ],
    ],
    ['select host, sum(n) from plain group by rollup(host) order by 1 limit 1', [['a', 3]]],
    [
      'select s from (select host, sum(n) as s from plain group by host) where s > 2 order by host',
      [[3], [3]],
    ],
  ])('%s', async (text, rows) => {
    expect(levels(text)).toBeGreaterThan(1);
    expect(await fixture.rows(text)).toEqual(rows);
  });
});
