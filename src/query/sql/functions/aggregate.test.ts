import { afterAll, describe, expect, it } from 'vitest';
import {
  type Argument,
  column,
  FunctionEngine,
  float,
  int,
  printCall,
  text,
} from '../../../../test/support/sql-function-cases.ts';
import { BOOLEAN, FLOAT64, INT64, TAG, TIMESTAMP_NS, UINT64, UTF8 } from '../../types.ts';
import type { AggregateModifiers } from './definition.ts';

const engine = new FunctionEngine();
afterAll(() => engine.close());

const NULL = '\\N';
/** Five rows; the last of each nullable column is null. `t` is in another order than the rows. */
const SOURCE = `VALUES('i Nullable(Int64), u Nullable(UInt64), f Nullable(Float64), g Nullable(Float64), s Nullable(String), b Nullable(Bool), tag LowCardinality(Nullable(String)), t DateTime64(9, \\'UTC\\')',
  (3, 3, 1.5, 2, 'c', true, 'x', '2024-01-01 00:00:03.000000001'),
  (1, 1, 2.5, 4, 'a', false, 'y', '2024-01-01 00:00:01'),
  (3, 3, 4, 7, 'b', true, 'x', '2024-01-01 00:00:02'),
  (8, 8, 5.5, 9, 'd', true, 'z', '2024-01-01 00:00:04'),
  (NULL, NULL, NULL, 1, NULL, NULL, NULL, '2024-01-01 00:00:05'))`;
const EMPTY = `(SELECT * FROM ${SOURCE} WHERE i = 99)`;

const I = column(INT64, 'i');
const U = column(UINT64, 'u');
const F = column(FLOAT64, 'f');
const G = column(FLOAT64, 'g');
const S = column(UTF8, 's');
const B = column(BOOLEAN, 'b');
const T = column(TIMESTAMP_NS, 't', false);
const X = column(TAG, 'tag');

type Modifiers = Partial<AggregateModifiers>;
const by = (sql: string, descending = false, nullsFirst = descending): Modifiers => ({
  orderBy: [{ sql, descending, nullsFirst, type: INT64 }],
});
const DISTINCT: Modifiers = { distinct: true };
const filter = (filterSql: string): Modifiers => ({ filterSql });

const xs = [1.5, 2.5, 4, 5.5];
const ys = [2, 4, 7, 9];
const mean = (values: number[]): number => values.reduce((a, b) => a + b, 0) / values.length;
const product = (a: number[], b: number[]): number =>
  a.reduce((sum, value, i) => sum + (value - mean(a)) * (b[i]! - mean(b)), 0);

const cases: readonly [
  name: string,
  args: Argument[],
  expected: string | number,
  empty: string,
  modifiers?: Modifiers,
][] = [
  ['count', [], '5', '0'],
  ['count', [I], '4', '0'],
  ['count', [T], '5', '0'],
  ['count', [I], '3', '0', DISTINCT],
  ['count', [X], '3', '0', DISTINCT],
  ['count', [I], '2', '0', filter("s > 'b'")],
  ['count', [], '2', '0', filter("s > 'b'")],
  ['count', [I], '2', '0', { ...DISTINCT, ...filter("s > 'b'") }],
  ['count', [I, S], '4', '0', DISTINCT],
  ['sum', [I], '15', NULL],
  ['sum', [U], '15', NULL],
  ['sum', [F], '13.5', NULL],
  ['sum', [I], '12', NULL, DISTINCT],
  ['sum', [I], '11', NULL, filter("s > 'b'")],
  ['sum', [I], NULL, NULL, filter('i > 100')],
  ['avg', [I], '3.75', NULL],
  ['mean', [F], '3.375', NULL],
  ['min', [I], '1', NULL],
  ['min', [S], 'a', NULL],
  ['min', [B], 'false', NULL],
  ['min', [T], '2024-01-01 00:00:01.000000000', NULL],
  ['max', [F], '5.5', NULL],
  ['max', [X], 'z', NULL],
  ['max', [T], '2024-01-01 00:00:04.000000000', NULL, filter('i = 8')],
  ['max', [T], NULL, NULL, filter('i = 99')],
  ['median', [I], '3', NULL],
  ['median', [I], '5', NULL, filter('i = 3 AND f = 4 OR i = 8')],
  ['median', [F], '3.25', NULL],
  ['bit_and', [I], '0', NULL],
  ['bit_or', [I], '11', NULL],
  ['bit_xor', [I], '9', NULL],
  ['bit_xor', [U], '10', NULL, DISTINCT],
  ['bool_and', [B], 'false', NULL],
  ['bool_or', [B], 'true', NULL],
  ['array_agg', [I], '[3,1,3,8,NULL]', NULL],
  ['array_agg', [I], '[3,1,3,8]', NULL, { ignoreNulls: true }],
  ['array_agg', [S], "['a','b','c','d',NULL]", NULL, by('t')],
  ['array_agg', [S], "[NULL,'d','c','b','a']", NULL, by('s', true)],
  ['array_agg', [S], "['d','c','b','a',NULL]", NULL, by('s', true, false)],
  ['array_agg', [I], '[1,3,8,NULL]', NULL, DISTINCT],
  ['array_agg', [S], "['c','b']", NULL, filter('i = 3')],
  [
    'array_agg',
    [S],
    "['d','b','c','a',NULL]",
    NULL,
    { orderBy: [by('i', true, false).orderBy![0]!, by('t').orderBy![0]!] },
  ],
  ['string_agg', [S, text('-')], 'a-b-c-d', NULL, by('s')],
  ['string_agg', [S, text('')], 'dcba', NULL, by('s', true)],
  ['first_value', [S], 'a', NULL, by('t')],
  ['first_value', [S], NULL, NULL, by('t', true)],
  ['first_value', [S], 'd', NULL, { ...by('t', true), ignoreNulls: true }],
  ['last_value', [S], NULL, NULL, by('t')],
  ['last_value', [S], 'd', NULL, { ...by('t'), ignoreNulls: true }],
  ['nth_value', [S, int(2)], 'b', NULL, by('t')],
  ['nth_value', [S, int(-2)], 'd', NULL, by('t')],
  ['nth_value', [S, int(9)], NULL, NULL, by('t')],
  ['stddev', [F], Math.sqrt(product(xs, xs) / 3), NULL],
  ['stddev', [F], NULL, NULL, filter('i = 8')],
  ['stddev_pop', [F], Math.sqrt(product(xs, xs) / 4), NULL],
  ['stddev_pop', [F], '0', NULL, filter('i = 8')],
  ['var', [F], product(xs, xs) / 3, NULL],
  ['var_pop', [F], product(xs, xs) / 4, NULL],
  ['corr', [G, F], product(xs, ys) / Math.sqrt(product(xs, xs) * product(ys, ys)), NULL],
  ['corr', [G, F], NULL, NULL, filter('i = 8')],
  ['covar_samp', [G, F], product(xs, ys) / 3, NULL],
  ['covar_samp', [G, F], NULL, NULL, filter('i = 8')],
  ['covar_pop', [G, F], product(xs, ys) / 4, NULL],
  ['regr_avgx', [G, F], mean(xs), NULL],
  ['regr_avgy', [G, F], mean(ys), NULL],
  ['regr_count', [G, F], '4', '0'],
  ['regr_slope', [G, F], product(xs, ys) / product(xs, xs), NULL],
  ['regr_slope', [G, F], NULL, NULL, filter('i = 8')],
  ['regr_intercept', [G, F], mean(ys) - (product(xs, ys) / product(xs, xs)) * mean(xs), NULL],
  ['regr_r2', [G, F], product(xs, ys) ** 2 / (product(xs, xs) * product(ys, ys)), NULL],
  ['regr_sxx', [G, F], product(xs, xs), NULL],
  ['regr_syy', [G, F], product(ys, ys), NULL],
  ['regr_sxy', [G, F], product(xs, ys), NULL],
  ['approx_distinct', [I], '3', '0'],
  ['approx_median', [I], '3', NULL],
  ['approx_percentile_cont', [F, float(1)], '5.5', NULL],
  ['approx_percentile_cont', [I, float(0)], '1', NULL],
  ['approx_percentile_cont', [I, float(0), int(100)], '8', NULL, by('i', true)],
  ['approx_percentile_cont_with_weight', [F, I, float(1)], '5.5', NULL],
  ['percentile_cont', [F, float(0.5)], '3.25', NULL],
  ['percentile_cont', [F, float(0.25)], '4.375', NULL, by('f', true)],
  ['selector_first', [I, T], "(1,'2024-01-01 00:00:01.000000000')", '(NULL,NULL)'],
  ['selector_last', [I, T], "(8,'2024-01-01 00:00:04.000000000')", '(NULL,NULL)'],
  ['selector_last', [G, T], "(1,'2024-01-01 00:00:05.000000000')", '(NULL,NULL)'],
  ['selector_min', [S, T, I], "('a','2024-01-01 00:00:01.000000000',1)", '(NULL,NULL,NULL)'],
  ['selector_max', [B, T, S, X], "(true,'2024-01-01 00:00:02.000000000','b','x')", '(NULL,NULL,NULL,NULL)'],
  ['selector_min', [X, T], "('x','2024-01-01 00:00:02.000000000')", '(NULL,NULL)'],
  ['selector_max', [I, T], "(3,'2024-01-01 00:00:02.000000000')", '(NULL,NULL)', filter('i < 5')],
];

describe('aggregates on the engine', () => {
  it.each(cases)('case %#: %s', async (name, args, expected, empty, modifiers) => {
    const printed = printCall(name, args, { modifiers: modifiers ?? {} });
    const [value] = await engine.over(printed, SOURCE);
    if (typeof expected === 'string') expect(value!.replaceAll("\\'", "'")).toBe(expected);
    else expect(Number(value)).toBeCloseTo(expected, 10);
    expect(await engine.over(printed, EMPTY)).toEqual([empty]);
  });

  it('sums integers without losing bits, and wraps', async () => {
    const source = '(SELECT toInt64(arrayJoin([9223372036854775807, 1])) AS i)';
    expect(await engine.over(printCall('sum', [column(INT64, 'i', false)]), source)).toEqual([
      '-9223372036854775808',
    ]);
  });

  it('keeps the mean of large integers', async () => {
    const source = '(SELECT toInt64(arrayJoin([9223372036854775807, 9223372036854775807])) AS i)';
    expect(Number((await engine.over(printCall('avg', [column(INT64, 'i')]), source))[0])).toBeCloseTo(
      2 ** 63,
      -5,
    );
  });

  it('keeps the variance of large values with small spread', async () => {
    const source = '(SELECT toInt64(arrayJoin([1000000001, 1000000002, 1000000003])) AS i)';
    expect(await engine.over(printCall('var', [column(INT64, 'i')]), source)).toEqual(['1']);
  });

  it('truncates the median of negative integers toward zero', async () => {
    const source = '(SELECT toInt64(arrayJoin([-4, -1])) AS i)';
    expect(await engine.over(printCall('median', [column(INT64, 'i')]), source)).toEqual(['-2']);
  });

  it('refuses calls that do not fit', () => {
    expect(() => printCall('selector_last', [I])).toThrow(
      'selector_last requires at least 2 arguments, got 1',
    );
    expect(() => printCall('selector_last', [I, F])).toThrow(
      'selector_last second argument must be a timestamp, but got Float64',
    );
    expect(() => printCall('sum', [S])).toThrow("'sum(Utf8)'");
    expect(() => printCall('min', [column({ kind: 'map', key: UTF8, value: INT64 }, 'x')])).toThrow(
      'No function matches',
    );
    expect(() => printCall('approx_percentile_cont', [F, float(1.5)])).toThrow('between 0.0 and 1.0');
    expect(() => printCall('nth_value', [F, int(0)])).toThrow('non-zero');
  });
});
