import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Cell, PlannerFixture } from '../../../test/support/planner-fixture.ts';
import { createPlannerTables } from '../../../test/support/planner-tables.ts';

let fixture: PlannerFixture;
beforeAll(async () => {
  fixture = await PlannerFixture.open();
  await createPlannerTables(fixture);
});
afterAll(() => fixture.close());

const ALL: readonly (readonly [string, readonly (readonly Cell[])[]])[] = [
  // A column of USING is one, others of its name stay their own.
  [
    'select * from (select 1 as x, 2 as a) l join (select 1 as x, 3 as b) r using (x) join (select 9 as x) c on c.x > r.b',
    [[1, 2, 3, 9]],
  ],
  [
    'select * from (select 1 as x) l right join (select 2 as x) r using (x) left join (select 2 as x, 5 as y) c using (x)',
    [[2, 5]],
  ],
  [
    'select x from (select 1 as x) l full join (select 2 as x) r using (x) full join (select 3 as x) c using (x) order by x',
    [[1], [2], [3]],
  ],
  [
    'select c.host, c.usage, m.free from cpu c join mem m on c.host = m.host order by 2',
    [
      ['a', 1.5, 100],
      ['a', 2.5, 100],
    ],
  ],
  [
    'select c.n, m.free, m.time is null as t from cpu c left join mem m on c.host = m.host order by c.time',
    [
      [1, 100, false],
      [null, 100, false],
      [3, null, true],
      [0, null, true],
    ],
  ],
  [
    'select c.host as x, m.host as y, c.time is null as t from cpu c right join mem m on c.host = m.host order by 2, 1',
    [
      ['a', 'a', false],
      ['a', 'a', false],
      [null, 'd', true],
    ],
  ],
  [
    'select host, n, free from cpu full join mem using (host) order by host, n',
    [
      ['a', 1, 100],
      ['a', null, 100],
      ['b', 3, null],
      ['c', 0, null],
      ['d', null, 200],
    ],
  ],
  [
    'select host, n, free from cpu right join mem using (host) order by host, n',
    [
      ['a', 1, 100],
      ['a', null, 100],
      ['d', null, 200],
    ],
  ],
  ['select count(*) from cpu natural join mem', [[1]]],
  ['select count(*) from cpu cross join mem', [[8]]],
  ['select count(*) from cpu, mem where cpu.host = mem.host', [[2]]],
  ['select host from cpu left semi join mem on cpu.host = mem.host', [['a'], ['a']]],
  ['select host from cpu left anti join mem on cpu.host = mem.host order by 1', [['b'], ['c']]],
  ['select host from cpu right semi join mem on cpu.host = mem.host', [['a']]],
  ['select host from cpu right anti join mem on cpu.host = mem.host', [['d']]],
  // Conditions that are no equality, alone and beside one, on either side.
  [
    'select c.n, m.free from cpu c join mem m on c.n * 100 > m.free order by 2',
    [
      [3, 100],
      [3, 200],
    ],
  ],
  [
    'select c.n, m.free from cpu c left join mem m on c.n * 100 > m.free order by 1, 2',
    [
      [0, null],
      [1, null],
      [3, 100],
      [3, 200],
      [null, null],
    ],
  ],
  [
    'select c.n, m.free from cpu c full join mem m on c.n > m.free order by 1, 2',
    [
      [0, null],
      [1, null],
      [3, null],
      [null, 100],
      [null, 200],
      [null, null],
    ],
  ],
  [
    'select c.n, m.free from cpu c left join mem m on c.host = m.host and c.n > 5 order by 1',
    [
      [0, null],
      [1, null],
      [3, null],
      [null, null],
    ],
  ],
  [
    'select c.n, m.free from cpu c left join mem m on c.host = m.host and m.free > 100 order by 1',
    [
      [0, null],
      [1, null],
      [3, null],
      [null, null],
    ],
  ],
  // A condition on the side that may be missing drops rows; one on null finds them.
  ["select c.n from cpu c left join mem m on c.host = m.host where m.host = 'a' order by 1", [[1], [null]]],
  ['select c.n from cpu c left join mem m on c.host = m.host where m.time is null order by 1', [[0], [3]]],
  [
    "select c.n from cpu c left join mem m on c.host = m.host where m.time >= '2024-01-01' order by 1",
    [[1], [null]],
  ],
  // Chains, brackets, different types.
  [
    'select c.n, m.free, d.n as x from cpu c left join mem m on c.host = m.host join cpu d on d.time = c.time order by c.time',
    [
      [1, 100, 1],
      [null, 100, null],
      [3, null, 3],
      [0, null, 0],
    ],
  ],
  [
    'select c.n, m.free from cpu c left join (mem m join cpu d on m.host = d.host) on c.host = m.host where d.n = 1 order by c.time',
    [
      [1, 100],
      [null, 100],
    ],
  ],
  ['select c.n from cpu c join (values (1.0), (3.0)) as v(x) on c.n = v.x order by 1', [[1], [3]]],
  [
    'select a.x, b.x from (select 1 as x) a full join (select 2 as x) b on a.x = b.x order by 1',
    [
      [1, null],
      [null, 2],
    ],
  ],
  [
    'select host, count(free) as x from cpu left join mem using (host) group by host order by host',
    [
      ['a', 2],
      ['b', 0],
      ['c', 0],
    ],
  ],
];

it.each(ALL)('%s', async (text, expected) => {
  expect(await fixture.rows(text)).toEqual(expected);
});

it('does not choose between columns of one name', () => {
  expect(() =>
    fixture.sql(
      'select host from cpu join mem using (host) join (select host, time as t from mem) as z on true',
    ),
  ).toThrow('Ambiguous reference');
});
