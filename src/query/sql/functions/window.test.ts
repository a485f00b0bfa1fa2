import { afterAll, describe, expect, it } from 'vitest';
import {
  type Argument,
  column,
  FunctionEngine,
  int,
  interval,
  printCall,
  text,
} from '../../../../test/support/sql-function-cases.ts';
import { FLOAT64, INT64, TIMESTAMP_NS, UINT64, UTF8 } from '../../types.ts';
import type { WindowSpecification } from './definition.ts';

const engine = new FunctionEngine();
afterAll(() => engine.close());

const N = '\\N';
/** One partition, five rows by time; a tie in `i`, a null in the middle of `v`. */
const SOURCE = `VALUES('i Int64, v Nullable(Int64), u Nullable(UInt64), f Float64, s String, t DateTime64(9, \\'UTC\\')',
  (1, 10, 10, 1.5, 'a', '2024-01-01 00:00:00'),
  (2, 7, 7, 2.5, 'b', '2024-01-01 00:00:01'),
  (2, NULL, NULL, 4, 'c', '2024-01-01 00:00:02'),
  (5, 13, 13, 3, 'd', '2024-01-01 00:00:04'),
  (6, 20, 20, 9, 'e', '2024-01-01 00:00:06'))`;

const window = (order: string[], frame: string | null = null): WindowSpecification => ({
  partitionSql: [],
  orderSql: order,
  frameSql: frame,
  sql: `(${order.length > 0 ? `ORDER BY ${order.join(', ')}` : ''}${frame ? ` ${frame}` : ''})`,
});
const BY_TIME = window(['t ASC NULLS LAST']);
const BY_I = window(['i ASC NULLS LAST']);
const I = column(INT64, 'i', false);
const V = column(INT64, 'v');
const U = column(UINT64, 'u');
const F = column(FLOAT64, 'f', false);
const S = column(UTF8, 's', false);
const T = column(TIMESTAMP_NS, 't', false);

const cases: readonly [
  name: string,
  args: Argument[],
  expected: string[],
  over?: WindowSpecification,
  ignoreNulls?: boolean,
][] = [
  ['row_number', [], ['1', '2', '3', '4', '5']],
  ['rank', [], ['1', '2', '2', '4', '5'], BY_I],
  ['dense_rank', [], ['1', '2', '2', '3', '4'], BY_I],
  ['percent_rank', [], ['0', '0.25', '0.25', '0.75', '1'], BY_I],
  ['cume_dist', [], ['0.2', '0.6', '0.6', '0.8', '1'], BY_I],
  ['ntile', [int(2)], ['1', '1', '1', '2', '2']],
  ['lag', [I], [N, '1', '2', '2', '5']],
  ['lag', [S, int(2), text('none')], ['none', 'none', 'a', 'b', 'c']],
  ['lag', [I, int(-1)], ['2', '2', '5', '6', N]],
  ['lag', [V], [N, '10', '7', '7', '13'], BY_TIME, true],
  ['lag', [V, int(2), int(0)], ['0', '0', '10', '10', '7'], BY_TIME, true],
  ['lead', [I], ['2', '2', '5', '6', N]],
  ['lead', [V, int(1)], ['7', N, '13', '20', N]],
  ['lead', [V, int(1)], ['7', '13', '13', '20', N], BY_TIME, true],
  ['lead', [I, int(2), int(9)], ['2', '5', '6', '9', '9']],
  ['difference', [V], [N, '-3', N, '6', '7']],
  ['difference', [U], [N, '18446744073709551613', N, '6', '7']],
  ['difference', [F], [N, '1', '1.5', '-1', '6']],
  ['non_negative_difference', [V], [N, N, N, '6', '7']],
  ['non_negative_difference', [U], [N, N, N, '6', '7']],
  ['derivative', [V, T], [N, '-3', N, '2', '3.5']],
  ['derivative', [V, T, interval({ ns: 2_000_000_000n })], [N, '-6', N, '4', '7']],
  ['non_negative_derivative', [V, T], [N, N, N, '2', '3.5']],
  ['first_value', [V], ['10', '10', '10', '10', '10']],
  ['last_value', [V], ['10', '7', N, '13', '20']],
  ['last_value', [V], ['10', '7', '7', '13', '20'], BY_TIME, true],
  ['nth_value', [I, int(2)], [N, '2', '2', '2', '2']],
  ['sum', [V], ['10', '17', '17', '30', '50']],
  ['count', [V], ['1', '2', '2', '3', '4']],
  ['avg', [I], ['1', '1.5', '2', '3.5', '5.5'], window(['t'], 'ROWS BETWEEN 1 PRECEDING AND CURRENT ROW')],
  ['var', [I], [N, '0.5', '0', '4.5', '0.5'], window(['t'], 'ROWS BETWEEN 1 PRECEDING AND CURRENT ROW')],
  ['median', [I], ['1', '1', '2', '2', '2']],
  ['array_agg', [I], ['[1]', '[1,2]', '[1,2,2]', '[1,2,2,5]', '[1,2,2,5,6]']],
  ['regr_slope', [I, I], [N, '1', '1', '1', '1']],
];

describe('window functions on the engine', () => {
  it.each(cases)('case %#: %s', async (name, args, expected, over, ignoreNulls) => {
    const spec = over ?? BY_TIME;
    const printed = printCall(name, args, { over: spec, modifiers: { ignoreNulls: ignoreNulls ?? false } });
    const values = await engine.over(printed, `(SELECT * FROM ${SOURCE} ORDER BY t)`);
    expect(values).toEqual(expected);
  });

  it('refuses calls that do not fit', () => {
    expect(() => printCall('ntile', [int(0)], { over: BY_I })).toThrow('NTILE requires a positive integer');
    expect(() => printCall('lag', [I, V], { over: BY_I })).toThrow('must be a constant integer');
    expect(() => printCall('derivative', [I, I], { over: BY_I })).toThrow('No function matches');
    expect(() => printCall('derivative', [I, T, interval({ months: 1 })], { over: BY_I })).toThrow('months');
  });
});
