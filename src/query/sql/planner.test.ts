import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Cell, PlannerFixture } from '../../../test/support/planner-fixture.ts';
import { createPlannerTables } from '../../../test/support/planner-tables.ts';

let fixture: PlannerFixture;
beforeAll(async () => {
  fixture = await PlannerFixture.open();
  await createPlannerTables(fixture);
  const text = (name: string) => ({ name, type: { kind: 'utf8' } as const, nullable: false });
  fixture.virtual.set('information_schema.tables', {
    columns: ['table_catalog', 'table_schema', 'table_name', 'table_type'].map(text),
    sql: "SELECT 'public' AS table_catalog, 'iox' AS table_schema, arrayJoin(['cpu', 'mem']) AS table_name, 'BASE TABLE' AS table_type",
  });
  fixture.virtual.set('information_schema.columns', {
    columns: ['table_catalog', 'table_schema', 'table_name', 'column_name', 'data_type', 'is_nullable'].map(
      text,
    ),
    sql: "SELECT 'public' AS table_catalog, 'iox' AS table_schema, 'mem' AS table_name, arrayJoin(['free', 'host']) AS column_name, 'Int64' AS data_type, 'YES' AS is_nullable",
  });
  fixture.virtual.set('information_schema.df_settings', {
    columns: ['name', 'value', 'description'].map(text),
    sql: "SELECT arrayJoin(['datafusion.execution.batch_size', 'datafusion.execution.time_zone']) AS name, 'v' AS value, '' AS description",
  });
  fixture.virtual.set('last_cache(cpu)', { columns: [text('host')], sql: "SELECT 'z' AS host" });
});
afterAll(() => fixture.close());

type Case = readonly [string, readonly (readonly Cell[])[]];
const check = (cases: readonly Case[]) =>
  it.each(cases)('%s', async (text, expected) => {
    expect(await fixture.rows(text)).toEqual(expected);
  });

describe('select', () => {
  check([
    ["select 1, 'x', null, true, 1.5", [[1, 'x', null, true, 1.5]]],
    ['select host from cpu where n > 0 order by host', [['a'], ['b']]],
    ['select n from cpu order by n', [[0], [1], [3], [null]]],
    ['select n from cpu order by n desc', [[null], [3], [1], [0]]],
    ['select n from cpu order by n nulls first limit 2', [[null], [0]]],
    ['select n from cpu order by n desc nulls last limit 2 offset 1', [[1], [0]]],
    ['select n from cpu order by n offset 3', [[null]]],
    ['select n from cpu order by n fetch first 1 rows only', [[0]]],
    ['select n as x from cpu order by x + 1 limit 1', [[0]]],
    ['select distinct region from cpu order by region', [['eu'], ['us'], [null]]],
    [
      'select distinct on (host) host, n from cpu order by host, time desc',
      [
        ['a', null],
        ['b', 3],
        ['c', 0],
      ],
    ],
    ["select cpu.n, t.n from cpu join cpu as t on cpu.time = t.time where iox.cpu.host = 'b'", [[3, 3]]],
    ['select x from (select n + 1 as x from cpu) as q where x > 1 order by 1', [[2], [4]]],
    ["select * from (values (1, null), (2, 'b')) as v(a, b) where a > 1", [[2, 'b']]],
    ['with a as (select n from cpu), b(m) as (select max(n) from a) select m from b', [[3]]],
    ['select * except (b, s, time, u) from cpu where n = 3', [['b', 3, 'us', null]]],
    ['select * exclude (b, s, time, u) replace (n * 2 as n) from cpu where n = 3', [['b', 6, 'us', null]]],
    ['select "Temp", temp, "Tag A" from "Odd ""name"""', [[1, 2, 't']]],
    ['select * from "Odd ""name"""', [['t', 1, 2, '2024-01-01 00:00:00.000000000']]],
    ['select sum(value) from generate_series(1, 10)', [[55]]],
    ["select count(*) from range(timestamp '2024-01-01', timestamp '2024-01-02', interval '1 hour')", [[24]]],
    [
      "select * from unnest([1, 2], ['a']) as u(x, y)",
      [
        [1, 'a'],
        [2, null],
      ],
    ],
    ['select unnest([3, 4]) as x', [[3], [4]]],
    ["select host from last_cache('cpu')", [['z']]],
  ] as readonly Case[]);

  it('takes parameters of every type', async () => {
    const parameters = { a: 1n, b: -1n, c: 'x', d: null, e: true, f: 1.5, t: '2024-01-01T00:02:00Z' };
    expect(
      await fixture.rows('select $a as a, $b as b, $c as c, $d as d, $e as e, $f as f', parameters),
    ).toEqual([[1, -1, 'x', null, true, 1.5]]);
    expect(await fixture.rows('select n from cpu where time = $t and n > $a limit $a', parameters)).toEqual([
      [3],
    ]);
  });
});

describe('grouping', () => {
  check([
    [
      'select host, count(*), sum(n), avg(usage) from cpu group by host order by host',
      [
        ['a', 2, 1, 2],
        ['b', 1, 3, null],
        ['c', 1, 0, 10],
      ],
    ],
    ['select count(*), sum(n), min(s) from cpu where false', [[0, null, null]]],
    ['select host from cpu where false group by host', []],
    ["select 'k', count(*) from cpu where false group by 'k'", []],
    ['select host h, count(*) c from cpu group by h having c > 1', [['a', 2]]],
    ['select host from cpu group by 1 having max(n) = 3', [['b']]],
    ['select 1 from cpu having count(*) > 3', [[1]]],
    ['select sum(n) filter (where usage > 2) as x, count(distinct host) as y from cpu', [[0, 3]]],
    [
      "select date_bin(interval '1 hour', time) as time, count(*) from cpu group by time order by time",
      [
        ['2024-01-01 00:00:00.000000000', 1],
        ['2024-01-01 00:00:00.000000000', 1],
        ['2024-01-01 00:00:00.000000000', 1],
        ['2024-01-02 00:00:00.000000000', 1],
      ],
    ],
    [
      "select date_bin(interval '1 day', time) as d, count(*) from cpu group by 1 order by d",
      [
        ['2024-01-01 00:00:00.000000000', 3],
        ['2024-01-02 00:00:00.000000000', 1],
      ],
    ],
    [
      'select host || region as k, count(*) + 1 from cpu group by host || region order by k',
      [
        ['aeu', 3],
        ['bus', 2],
        [null, 2],
      ],
    ],
    [
      'select region, host, count(*), grouping(region) as g from cpu group by rollup(region, host) order by g, 1, 2',
      [
        ['eu', 'a', 2, 0],
        ['eu', null, 2, 0],
        ['us', 'b', 1, 0],
        ['us', null, 1, 0],
        [null, 'c', 1, 0],
        [null, null, 1, 0],
        [null, null, 4, 1],
      ],
    ],
    [
      'select host, region, sum(n) as x from cpu group by grouping sets ((host), ()) , region having sum(n) = 3 order by 1',
      [
        ['b', 'us', 3],
        [null, 'us', 3],
      ],
    ],
    ['select count(*) from (select host from cpu group by cube(host, region, n))', [[26]]],
    [
      'select host, max(n) from cpu group by all order by 1',
      [
        ['a', 1],
        ['b', 3],
        ['c', 0],
      ],
    ],
    [
      "select array_agg(host order by time desc) as l, string_agg(host, ',' order by host) as s from cpu",
      // As the engine carries what may be null.
      [[[['c', 'b', 'a', 'a']], 'a,a,b,c']],
    ],
    [
      "select selector_last(usage, time)['value'] as v, selector_max(n, time)['time'] as t from cpu",
      [[10, '2024-01-01 00:02:00.000000000']],
    ],
    [
      "select host, selector_last(usage, time)['value'] as v, selector_first(n, time)['time'] as t, selector_last(region, time)['value'] as r from cpu group by host order by host",
      [
        ['a', 2.5, '2024-01-01 00:00:00.000000000', 'eu'],
        ['b', null, '2024-01-01 00:02:00.000000000', 'us'],
        ['c', 10, '2024-01-02 00:00:00.000000000', null],
      ],
    ],
    [
      "select selector_last(n, time)['value'] as v, selector_first(n, time)['time'] as t, selector_max(n, time)['time'] as m from cpu where false",
      [[null, null, null]],
    ],
    ['select host from cpu group by host order by count(*) desc, host limit 1', [['a']]],
  ] as readonly Case[]);
});

describe('operators', () => {
  check([
    ['select 7 / 2, -7 / 2, 7 % 3, -7 % 3, 7.0 / 2, 1 / 0.0', [[3, -3, 1, -1, 3.5, 'inf']]],
    [
      'select 9223372036854775807 + 1 as wrapped, 5 ^ 3, 5 & 3, 5 | 3, 1 << 4',
      [[Number(-9223372036854775808n), 6, 1, 7, 16]],
    ],
    ["select 'a' || 'b', 'a' || null, 1 || 'x'", [['ab', null, '1x']]],
    ['select null and false, null or true, not null', [[false, true, null]]],
    [
      'select 1 in (1, null), 2 in (1, null), 2 not in (1, null), 2 not in (1, 3)',
      [[true, null, null, true]],
    ],
    ['select n in (0, 3) as x from cpu order by time', [[false], [null], [true], [true]]],
    ['select 2 between 1 and 3, 2 not between 1 and 3', [[true, false]]],
    [
      "select 'abc' like 'a%', 'a%c' like 'a\\%_', 'a%c' like 'a!%c' escape '!', 'ABC' ilike 'a_c', 'abc' not like 'b%'",
      [[true, true, true, true, true]],
    ],
    ["select 'abc' ~ 'B', 'abc' ~* 'B', 'abc' !~ 'b', 'abc' !~* 'x'", [[false, true, false, true]]],
    [
      'select null is distinct from 1, null is not distinct from null, 1 is distinct from 1',
      [[true, true, false]],
    ],
    [
      'select (n > 1) is true as a, (n > 1) is not false as b, (n > 1) is unknown as c from cpu order by time',
      [
        [false, false, false],
        [false, true, true],
        [true, true, false],
        [false, false, false],
      ],
    ],
    [
      "select case when n > 1 then 'hi' when n is null then 'none' else 'lo' end as x from cpu order by time",
      [['lo'], ['none'], ['hi'], ['lo']],
    ],
    ['select case n when 3 then 1 else 2.5 end as x from cpu order by time', [[2.5], [2.5], [1], [2.5]]],
    ['select case when n = 99 then 1 / 0 else 1 end as x from cpu limit 1', [[1]]],
    [
      "select cast('12' as bigint), '1.5'::double, 'yes'::boolean, 1.9::bigint, -1.9::bigint, 1::boolean, true::int",
      [[12, 1.5, true, 1, -1, true, 1]],
    ],
    [
      "select try_cast('x' as bigint), try_cast('1.9' as bigint), 1.0::varchar, (1e20)::varchar",
      [[null, null, '1.0', '1e20']],
    ],
    [
      "select 1::timestamp, timestamp '2024-01-01T01:00:00+01:00', '2024-01-31'::timestamp + interval '1 month'",
      [['1970-01-01 00:00:01.000000000', '2024-01-01 00:00:00.000000000', '2024-02-29 00:00:00.000000000']],
    ],
    [
      "select (time + interval '1 nanosecond')::bigint % 1000 as x, time - timestamp '2023-12-31' as d from cpu order by time limit 1",
      [[1, 86_400_000_000_000]],
    ],
    [
      "select timestamp '2024-01-01' at time zone 'America/Los_Angeles', now()::timestamp",
      [['2024-01-01 08:00:00.000000000', '2024-02-29 12:34:56.123456789']],
    ],
    [
      "select extract(year from time) as y, substring('abc' from 2 for 1) as s, position('c' in 'abc') as p, trim(both 'x' from 'xax') as t from cpu limit 1",
      [[2024, 'b', 3, 'a']],
    ],
    [
      "select {a: 1, b: 'x'}['b'] as x, map {'k': 1}['k'] as y, [1, 2][2] as z, [1, 2][9] as none",
      [['x', 1, 2, null]],
    ],
    ["select n from cpu where time > '2024-01-01T00:01:00Z' and time <= '2024-01-02' order by n", [[0], [3]]],
    ["select '10' > 9, 2 = 2.0, true > false", [[false, true, true]]],
  ] as readonly Case[]);
});

describe('subqueries and set operations', () => {
  check([
    ['select host from cpu where host in (select host from mem)', [['a'], ['a']]],
    ['select host from cpu where host not in (select host from mem) order by 1', [['b'], ['c']]],
    ['select host from cpu where host not in (select region from cpu)', []],
    ['select host, host in (select region from cpu) as x from cpu order by time limit 1', [['a', null]]],
    ['select 1 in (select 2 where false) as x, null in (select 2 where false) as y', [[false, false]]],
    [
      'select host from cpu where exists (select 1 from mem where mem.host = cpu.host) and not exists (select 1 from mem where free > 1000)',
      [['a'], ['a']],
    ],
    ['select (select max(free) from mem) as x, (select free from mem where false) as y', [[200, null]]],
    [
      'select distinct host, (select count(*) from mem where mem.host = cpu.host) as x from cpu order by host',
      [
        ['a', 1],
        ['b', 0],
        ['c', 0],
      ],
    ],
    [
      'select host, (select max(free) from mem where mem.host = cpu.host) as x from cpu order by n',
      [
        ['c', null],
        ['a', 100],
        ['b', null],
        ['a', 100],
      ],
    ],
    [
      'select host from cpu as o where usage > (select avg(usage) from cpu as i where i.host = o.host)',
      [['a']],
    ],
    ['select host from cpu where n in (select free / 100 from mem where mem.host = cpu.host)', [['a']]],
    [
      'select host, n not in (select free from mem where mem.host = cpu.host) as x from cpu order by time',
      [
        ['a', true],
        ['a', null],
        ['b', true],
        ['c', true],
      ],
    ],
    ['select 1 union all select 2.5 order by 1 desc', [[2.5], [1]]],
    ['select host from cpu union select host from mem order by host', [['a'], ['b'], ['c'], ['d']]],
    ['select host from cpu intersect select host from mem', [['a']]],
    ['select host from cpu except select host from mem order by 1', [['b'], ['c']]],
    ['(select 1 as a union all select 2) union all (select 3 limit 1) order by a desc limit 2', [[3], [2]]],
    [
      "with recursive r(i, s) as (select 1, 'a' union all select i + 1, s || 'b' from r where i < 3) select * from r",
      [
        [1, 'a'],
        [2, 'ab'],
        [3, 'abb'],
      ],
    ],
  ] as readonly Case[]);
});

describe('windows', () => {
  check([
    [
      'select row_number() over (partition by host order by time) as r from cpu order by time',
      [[1], [2], [1], [1]],
    ],
    [
      'select sum(usage) over (order by time rows between 1 preceding and current row) as x from cpu order by time',
      [[1.5], [4], [2.5], [10]],
    ],
    ['select sum(n) over (order by time) as x from cpu order by time', [[1], [1], [4], [4]]],
    [
      'select lag(n) over w as a, lead(n, 1, 9) over w as b from cpu window w as (order by time) order by time',
      [
        [null, null],
        [1, 3],
        [null, 0],
        [3, 9],
      ],
    ],
    [
      'select count(*) over (w rows unbounded preceding) as x from cpu window w as (order by time) order by time',
      [[1], [2], [3], [4]],
    ],
    [
      "select count(*) over (order by time range between interval '1 minute' preceding and current row) as x from cpu order by time",
      [[1], [2], [2], [1]],
    ],
    [
      "select sum(n) over (order by time range between '2 minutes' preceding and interval '1 day' following) as x from cpu order by time",
      [[4], [4], [4], [0]],
    ],
    [
      'select n, count(*) over (order by n range between 1 preceding and 1 following) as x from cpu order by n',
      [
        [0, 2],
        [1, 2],
        [3, 1],
        [null, 1],
      ],
    ],
    [
      'select host from cpu qualify row_number() over (partition by host order by time desc) = 1 order by host',
      [['a'], ['b'], ['c']],
    ],
    [
      'select host, rank() over (order by count(*) desc) as r from cpu group by host order by r, host',
      [
        ['a', 1],
        ['b', 2],
        ['c', 2],
      ],
    ],
    [
      'select n, sum(n) over (order by n desc range between 2 preceding and 0 following) as x from cpu where n is not null order by n',
      [
        [0, 1],
        [1, 4],
        [3, 3],
      ],
    ],
  ] as readonly Case[]);
});

describe('metadata', () => {
  check([
    [
      'show tables',
      [
        ['public', 'iox', 'cpu', 'BASE TABLE'],
        ['public', 'iox', 'mem', 'BASE TABLE'],
      ],
    ],
    ["show tables like 'm%'", [['public', 'iox', 'mem', 'BASE TABLE']]],
    [
      'show columns from mem',
      [
        ['public', 'iox', 'mem', 'free', 'Int64', 'YES'],
        ['public', 'iox', 'mem', 'host', 'Int64', 'YES'],
      ],
    ],
    [
      'describe mem',
      [
        ['free', 'Int64', 'YES'],
        ['host', 'Int64', 'YES'],
      ],
    ],
    [
      'show all',
      [
        ['datafusion.execution.batch_size', 'v'],
        ['datafusion.execution.time_zone', 'v'],
      ],
    ],
    ['show datafusion.execution.batch_size', [['datafusion.execution.batch_size', 'v']]],
    [
      "select t.table_name from information_schema.tables as t join mem on true where t.table_name = 'cpu' limit 1",
      [['cpu']],
    ],
  ] as readonly Case[]);

  it('explains without engine SQL', () => {
    const plan = fixture.plan(
      'explain analyze verbose select host, count(*) from cpu where n > 1 group by host order by 2 limit 3',
    );
    expect(plan).toMatchObject({ kind: 'explain', analyze: true, verbose: true });
    expect(plan.kind === 'explain' && plan.logical.split('\n').map((line) => line.trim())).toEqual([
      'Limit: skip=0, fetch=3',
      'Sort: count(*) ASC NULLS LAST',
      'Projection: cpu.host, count(*)',
      'Aggregate: groupBy=[[cpu.host]], aggr=[[count(*)]]',
      'Filter: cpu.n > Int64(1)',
      'TableScan: cpu',
    ]);
  });
});

it('tells heavy statements from light ones', () => {
  const weight = (text: string) => {
    const plan = fixture.plan(text);
    return plan.kind === 'select' ? plan.weight : undefined;
  };
  expect(weight('select 1')).toBe('light');
  expect(weight("select n from cpu where host = 'a'")).toBe('light');
  expect(weight("select n from cpu where time > '2024-01-01'")).toBe('light');
  expect(weight('select n from cpu')).toBe('heavy');
  expect(weight("select n from cpu where time > '2024-01-01' and n in (select free from mem)")).toBe('heavy');
});

describe('names of results', () => {
  it.each([
    ['select usage, cpu.n, n as "X", n AS Y from cpu', ['usage', 'n', 'X', 'y']],
    [
      'select count(*), count(cpu.usage), AVG(usage), mean(n), count(distinct n), count(1) from cpu',
      [
        'count(*)',
        'count(cpu.usage)',
        'avg(cpu.usage)',
        'mean(cpu.n)',
        'count(DISTINCT cpu.n)',
        'count(Int64(1))',
      ],
    ],
    [
      'select n + 1, 5 ^ 3, -n, not n = 1, n is null, n between 1 and 2 from cpu',
      [
        'cpu.n + Int64(1)',
        'Int64(5) BIT_XOR Int64(3)',
        '(- cpu.n)',
        'NOT cpu.n = Int64(1)',
        'cpu.n IS NULL',
        'cpu.n BETWEEN Int64(1) AND Int64(2)',
      ],
    ],
    [
      "select n::varchar, timestamp '2024-01-01', 'x', 1.5, true, null from cpu",
      ['cpu.n', 'Utf8("2024-01-01")', 'Utf8("x")', 'Float64(1.5)', 'Boolean(true)', 'NULL'],
    ],
    ['values (1, 2)', ['column1', 'column2']],
    [
      "select case when n = 1 then 'x' else 'y' end from cpu",
      ['CASE WHEN cpu.n = Int64(1) THEN Utf8("x") ELSE Utf8("y") END'],
    ],
    [
      'select sum(n) over (partition by host order by time) from cpu',
      [
        'sum(cpu.n) PARTITION BY [cpu.host] ORDER BY [cpu.time ASC NULLS LAST] RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW',
      ],
    ],
    ["select selector_first(n, time)['value'] from cpu as m", ['selector_first(m.n,m.time)[value]']],
    ['select * from cpu', ['b', 'host', 'n', 'region', 's', 'time', 'u', 'usage']],
  ])('%s', (text, names) => {
    expect(fixture.columns(text)).toEqual(names);
  });
});

describe('plans', () => {
  it('are used again unless they ask for the instant', () => {
    const isReusable = (text: string) => {
      const plan = fixture.plan(text);
      return plan.kind === 'select' && plan.reusable;
    };
    expect(isReusable('select row_number() over (order by n), random() from cpu')).toBe(true);
    expect(isReusable('select now()')).toBe(false);
    expect(isReusable('select n from cpu where time > now()')).toBe(false);
    expect(isReusable('select max(n) over (order by current_time()) from cpu')).toBe(false);
  });
});

describe('refusals', () => {
  const rows = "where host = 'a' and time >= '2024-01-01T00:00:00Z'";
  it.each([
    [`select date_bin(interval '0 minutes', time) as t, max(n) from cpu ${rows} group by t`, /non-zero/],
    [`select date_bin(interval '-1 minute', time) as t, max(n) from cpu ${rows} group by t`, /positive/],
    [
      `select date_bin(interval '1 month 1 day', time) as t, max(n) from cpu ${rows} group by t`,
      /combination/,
    ],
    [`select date_trunc('minute', time) as t, max(n) from cpu ${rows} group by host`, /must be in GROUP BY/],
    [
      `select date_trunc('minute', time), max(n) from cpu ${rows} group by date_bin(interval '1 minute', time)`,
      /must/,
    ],
    [`select host, max(n) from cpu ${rows}`, /must be in GROUP BY/],
    [`select host, max(n) from cpu ${rows} group by host order by region`, /must be in GROUP BY/],
    [`select distinct n from cpu ${rows} order by u`, /must appear in select list/],
  ])('%s: by the planner, though such a statement is printed when it must be', (text, message) => {
    expect(() => fixture.plan(text)).toThrow(message);
  });
  it('say where they are, whatever the literals before them', () => {
    for (const host of ['a', 'bb', 'of this name', 'd', 'and "this"']) {
      const text = `select n from cpu where host = '${host}' and nofn(n) = 1`;
      const column = text.indexOf('nofn') + 1;
      expect(() => fixture.plan(text)).toThrow(`Line: 1, Column: ${column}`);
    }
  });
  it.each([
    ['selec 1', /^SQL error: ParserError\(".*Line: 1, Column: 1/],
    ['', /^SQL error: ParserError/],
    ['select 1; select 2', /single SQL statement/],
    ['select x from cpu', /No field named x\..*Valid fields are cpu\.b.*Line: 1, Column: 8/],
    ['select Host2 from cpu', /No field named host2\. Did you mean 'host'\?/],
    ['select temp2.n from cpu', /No field named temp2\.n/],
    ['select * from nope', /table 'public\.iox\.nope' not found.*Column: 15/],
    ['select nofn(1)', /Invalid function 'nofn'\.\nDid you mean 'now'\?.*Column: 8/],
    ['select n, count(*) from cpu', /must be in GROUP BY or an aggregate function/],
    ['select n from cpu group by host', /must be in GROUP BY or an aggregate function/],
    ['select count(*) from cpu where count(*) > 1', /not allowed in WHERE/],
    ['select sum(count(*)) from cpu', /not allowed in the call of sum/],
    ['select n from cpu where row_number() over () = 1', /not allowed in WHERE/],
    [
      'select n, n from cpu',
      /Projections require unique expression names but the expression "cpu\.n" at position 0 and "cpu\.n" at position 1 have the same name\. Consider aliasing \("AS"\) one of them\./,
    ],
    ['select host from cpu join mem on true', /Ambiguous reference/],
    ['select * from cpu join cpu on true', /stands twice in FROM/],
    ['select $x', /No value found for placeholder with name \$x/],
    ["select '1.9'::int", /Cannot cast string '1\.9' to value of Int32 type/],
    ["select n from cpu where time > 'x'", /Error parsing timestamp from 'x'/],
    ['select true = 1', /Cannot infer common argument type for comparison operation Boolean = Int64/],
    ["select n + 'x' from cpu", /Cannot coerce arithmetic expression/],
    ['select n from cpu where n', /non-boolean predicate 'cpu\.n' returning Int64/],
    ["select 'a' ~ '(?=x)'", /look-around, including look-ahead and look-behind, is not supported/],
    ["select 'a' similar to 'b' escape 'x'", /not implemented/],
    ['select n from cpu union select n, s from cpu', /different number of columns/],
    ['select (select n, s from cpu)', /only return one column/],
    [
      'select 1 from cpu a left join mem b on a.n = (select max(n) from cpu where host = a.host)',
      /correlated subquery in ON/,
    ],
    [
      'select 1 from cpu where exists (select 1 from mem where exists (select 1 from cpu as c where c.n = cpu.n))',
      /more than one level/,
    ],
    ['select distinct n from cpu order by s', /must appear in select list/],
    ['select n from cpu order by 2', /out of bounds/],
    ['select n from cpu limit -1', /LIMIT must be >= 0/],
    ['select n from cpu limit n', /No field named n|constant/],
    ['select * from (values (1), (1, 2))', /Inconsistent data length/],
    ['drop table cpu', /DDL not supported: DropTable/],
    ['insert into cpu values (1)', /DML not supported: Insert Into/],
    ['delete from cpu', /DML not supported: Delete/],
    ['set a = 1', /Statement not supported: SetVariable/],
    ['select selector_last(n, usage) from cpu', /second argument must be a timestamp, but got Float64/],
    ["select tz(time, 'Mars/Base') from cpu", /valid timezone string|timezone/i],
    ['describe nope', /table 'public\.iox\.nope' not found/],
    ['show columns from nope', /table 'public\.iox\.nope' not found/],
    ["select last_cache('x')", /Invalid function/],
    ["select * from last_cache('nope')", /not found/],
  ])('%s', (text, message) => {
    expect(() => fixture.sql(text)).toThrow(message);
  });
});
