import { afterAll, describe, expect, test } from 'vitest';
import {
  type Argument,
  date,
  FunctionEngine,
  float,
  int,
  interval,
  list,
  nothing,
  printCall,
  raw,
  text,
  time,
} from '../../../../test/support/sql-function-cases.ts';
import { type DataType, FLOAT64, INT64, UTF8 } from '../../types.ts';
import { arrowTypeText } from './arrow-type.ts';

const engine = new FunctionEngine();
afterAll(() => engine.close());

const NULL = '\\N';
const ints = (sql: string): Argument => list(INT64, sql);
const texts = (sql: string): Argument => list(UTF8, sql);
const floats = (sql: string): Argument => list(FLOAT64, sql);
const deep = (sql: string): Argument => list({ kind: 'list', item: INT64 }, sql);
const none = nothing(INT64);
const MAP: DataType = { kind: 'map', key: UTF8, value: INT64 };
const map = raw(MAP, "CAST(map('a', 1, 'b', NULL) AS Map(String, Nullable(Int64)))");

const cases: readonly [name: string, args: Argument[], expected: string][] = [
  ['make_array', [int(1), none, int(3)], '[1,NULL,3]'],
  ['make_array', [int(1), float(2.5)], '[1,2.5]'],
  ['make_array', [], '[]'],
  ['array_append', [ints('[1,2]'), int(3)], '[1,2,3]'],
  ['array_append', [ints('[1]'), none], '[1,NULL]'],
  ['array_append', [deep('[[1]]'), ints('[2]')], '[[1],[2]]'],
  ['array_prepend', [int(0), ints('[1]')], '[0,1]'],
  ['array_concat', [ints('[1]'), ints('[]'), ints('[2,3]')], '[1,2,3]'],
  ['array_length', [ints('[1,2]')], '2'],
  ['array_length', [deep('[[1,2,3],[4]]'), int(2)], '3'],
  ['array_length', [ints('[1]'), int(2)], NULL],
  ['cardinality', [deep('[[1,2],[3]]')], '3'],
  ['cardinality', [map], '2'],
  ['array_has', [ints('[1,NULL]'), int(1)], 'true'],
  ['array_has', [ints('[1]'), none], NULL],
  ['array_has_all', [ints('[1,2,3]'), ints('[3,1]')], 'true'],
  ['array_has_any', [ints('[1,2]'), ints('[3]')], 'false'],
  ['array_distance', [ints('[1,2]'), ints('[4,6]')], '5'],
  ['array_slice', [ints('[1,2,3,4,5]'), int(2), int(4)], '[2,3,4]'],
  ['array_slice', [ints('[1,2,3,4,5]'), int(-3), int(-1)], '[3,4,5]'],
  ['array_slice', [ints('[1,2,3,4,5]'), int(-9), int(2)], '[1,2]'],
  ['array_slice', [ints('[1,2,3,4,5]'), int(4), int(2)], '[]'],
  ['array_slice', [ints('[1,2,3,4,5]'), int(1), int(5), int(2)], '[1,3,5]'],
  ['array_slice', [ints('[1,2,3,4,5]'), int(5), int(1), int(-2)], '[5,3,1]'],
  ['array_element', [ints('[1,2]'), int(-1)], '2'],
  ['array_element', [ints('[1,2]'), int(3)], NULL],
  ['array_pop_back', [ints('[1,2]')], '[1]'],
  ['array_pop_front', [ints('[]')], '[]'],
  ['array_any_value', [ints('[NULL,2]')], '2'],
  ['array_max', [ints('[1,NULL,3]')], '3'],
  ['array_max', [floats('[1,nan,3]')], 'nan'],
  ['array_min', [floats('[nan,2]')], '2'],
  ['array_min', [texts("['b','a']")], 'a'],
  ['array_min', [ints('[]')], NULL],
  ['array_ndims', [deep('[[1]]')], '2'],
  ['array_dims', [deep('[[1,2,3],[4,5,6]]')], '[2,3]'],
  ['empty', [ints('[]')], 'true'],
  ['array_resize', [ints('[1]'), int(3)], '[1,NULL,NULL]'],
  ['array_resize', [ints('[1,2]'), int(1)], '[1]'],
  ['array_resize', [ints('[1]'), int(2), int(9)], '[1,9]'],
  ['array_reverse', [ints('[1,NULL,2]')], '[2,NULL,1]'],
  ['array_sort', [ints('[3,NULL,1]')], '[NULL,1,3]'],
  ['array_sort', [ints('[3,NULL,1]'), text('desc'), text('nulls last')], '[3,1,NULL]'],
  ['array_sort', [floats('[nan,1,inf]'), text('DESC')], '[nan,inf,1]'],
  ['flatten', [deep('[[1,2],[3]]')], '[1,2,3]'],
  ['array_to_string', [ints('[1,NULL,3]'), text('-')], '1-3'],
  ['array_to_string', [ints('[1,NULL,3]'), text('-'), text('x')], '1-x-3'],
  ['string_to_array', [text('a,b,,c'), text(',')], "['a','b','','c']"],
  ['string_to_array', [text('abc'), nothing(UTF8)], "['a','b','c']"],
  ['string_to_array', [text('abc'), text('')], "['abc']"],
  ['string_to_array', [text('a-b'), text('-'), text('b')], "['a',NULL]"],
  ['array_distinct', [ints('[3,1,3,NULL,1,NULL]')], '[NULL,1,3]'],
  ['array_union', [ints('[1,2,2]'), ints('[3,1]')], '[1,2,3]'],
  ['array_intersect', [ints('[1,2,2,3]'), ints('[3,2]')], '[2,3]'],
  ['array_except', [ints('[1,2,2,3]'), ints('[3]')], '[1,2]'],
  ['array_position', [ints('[1,2,2]'), int(2)], '2'],
  ['array_position', [ints('[1,2,2]'), int(2), int(3)], '3'],
  ['array_position', [ints('[1]'), int(2)], NULL],
  ['array_position', [ints('[1,NULL]'), none], '2'],
  ['array_positions', [ints('[1,2,1]'), int(1)], '[1,3]'],
  ['array_remove', [ints('[1,2,1]'), int(1)], '[2,1]'],
  ['array_remove_n', [ints('[1,1,1]'), int(1), int(2)], '[1]'],
  ['array_remove_all', [ints('[1,2,NULL,1]'), int(1)], '[2,NULL]'],
  ['array_remove_all', [deep('[[1],[2]]'), ints('[1]')], '[[2]]'],
  ['array_replace', [ints('[1,1]'), int(1), int(9)], '[9,1]'],
  ['array_replace_n', [ints('[1,1,1]'), int(1), int(9), int(2)], '[9,9,1]'],
  ['array_replace_all', [ints('[1,NULL]'), none, int(0)], '[1,0]'],
  ['array_repeat', [int(7), int(3)], '[7,7,7]'],
  ['array_repeat', [ints('[1]'), int(2)], '[[1],[1]]'],
  ['array_repeat', [int(7), int(-1)], '[]'],
  ['range', [int(3)], '[0,1,2]'],
  ['range', [int(1), int(10), int(4)], '[1,5,9]'],
  ['range', [int(5), int(1), int(-2)], '[5,3]'],
  ['generate_series', [int(1), int(3)], '[1,2,3]'],
  ['generate_series', [int(5), int(1), int(-2)], '[5,3,1]'],
  ['generate_series', [int(3), int(1)], '[]'],
  [
    'generate_series',
    [date('2024-01-31'), date('2024-03-31'), interval({ months: 1 })],
    "['2024-01-31','2024-02-29','2024-03-29']",
  ],
  [
    'range',
    [time('2024-01-01T00:00:00'), time('2024-01-01T01:00:00'), interval({ ns: 1_800_000_000_000n })],
    "['2024-01-01 00:00:00.000000000','2024-01-01 00:30:00.000000000']",
  ],
  ['map', [texts("['a','b']"), ints('[1,NULL]')], "{'a':1,'b':NULL}"],
  ['make_map', [text('a'), int(1), text('b'), int(2)], "{'a':1,'b':2}"],
  ['map_extract', [map, text('a')], '[1]'],
  ['map_extract', [map, text('x')], '[]'],
  ['map_keys', [map], "['a','b']"],
  ['map_values', [map], '[1,NULL]'],
  ['map_entries', [map], "[('a',1),('b',NULL)]"],
  ['get_field', [map, text('a')], '1'],
  ['get_field', [map, text('x')], NULL],
  ['struct', [int(1), text('x')], "(1,'x')"],
  ['named_struct', [text('n'), int(1), text('s'), none], '(1,NULL)'],
];

describe('functions of lists, maps and structs', () => {
  for (const [name, args, expected] of cases) {
    test(`${name}(${args.map((argument) => argument.sql).join(', ')})`, async () => {
      expect(await engine.scalar(name, args)).toBe(expected);
    });
  }

  test('types', () => {
    const typeOf = (name: string, args: Argument[]): string => arrowTypeText(printCall(name, args).type);
    expect(typeOf('make_array', [int(1), float(1)])).toBe('List(Float64)');
    expect(typeOf('array_length', [ints('[]')])).toBe('UInt64');
    expect(typeOf('named_struct', [text('n'), int(1)])).toBe('Struct("n": Int64)');
    expect(typeOf('arrow_typeof', [ints('[]')])).toBe('Utf8');
  });

  const refusals: readonly [name: string, args: Argument[], message: RegExp][] = [
    ['array_length', [int(1)], /No function matches/],
    ['array_slice', [ints('[1]'), int(1), int(1), int(0)], /stride/],
    ['array_sort', [ints('[1]'), text('up')], /direction/],
    ['map', [deep('[[1]]'), ints('[1]')], /No function matches/],
    ['named_struct', [text('a')], /pair of arguments/],
    ['arrow_cast', [int(1), text('Nope')], /Unsupported type/],
  ];
  for (const [name, args, message] of refusals) {
    test(`${name} refuses`, () => expect(() => printCall(name, args)).toThrow(message));
  }

  const failures: readonly [name: string, args: Argument[], message: RegExp][] = [
    ['array_distance', [floats('[1]'), floats('[1,2]')], /same length/],
    ['map', [texts("['a','a']"), ints('[1,2]')], /duplicate key/],
    ['map', [texts("['a']"), ints('[1,2]')], /same length/],
    ['range', [int(1), int(3), int(0)], /step can't be 0/],
    ['range', [int(1), int(100_000_000_000)], /more than/],
  ];
  for (const [name, args, message] of failures) {
    test(`${name} fails`, async () => {
      await expect(engine.rows(`SELECT ${printCall(name, args).sql}`)).rejects.toThrow(message);
    });
  }
});
