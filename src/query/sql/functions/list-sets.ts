/** Finding, replacing and removing items of lists, and lists as sets. */
import { type DataType, INT64, UINT64 } from '../../types.ts';
import type { BoundArgument, PrintContext, PrintedArgument, ScalarFunction } from './definition.ts';
import {
  asArray,
  asItem,
  bind,
  distinctItems,
  type ListParameter,
  listAliases,
  listFunction,
  listOf,
  same,
  sortedItems,
} from './list-support.ts';
import { ABSENT, optional } from './optional.ts';

const ALL = '9223372036854775807';

/** Maps or filters a list by which items equal a value and how many did so before: `(item, equal, count)`. */
function counted(
  engine: 'arrayMap' | 'arrayFilter',
  list: string,
  value: string,
  item: DataType,
  body: (item: string, equal: string, count: string) => string,
  context: PrintContext,
): string {
  const [x, equal, count] = [context.freshName(), context.freshName(), context.freshName()];
  const over = (name: string, marks: string): string =>
    `${engine}((${x}, ${equal}, ${count}) -> ${body(x, equal, count)}, ${name}, ${marks}, arrayCumSum(${marks}))`;
  const counting = (name: string): string => {
    const marks = `arrayMap(${x} -> toUInt8(${same(x, value, item)}), ${name})`;
    return `if(empty(${name}), ${name}, ${bind(marks, (marked) => over(name, marked), context)})`;
  };
  return bind(list, counting, context);
}

type Count = (args: readonly PrintedArgument[]) => string;

const removal = (name: string, doc: string, more: readonly ListParameter[], limit: Count): ScalarFunction =>
  listFunction({
    name,
    aliases: listAliases(name),
    signature: `${name}(list, value${more.length > 0 ? ', n' : ''})`,
    doc,
    parameters: ['list', 'item', ...more],
    result: listOf,
    print: (args, item, context) =>
      counted(
        'arrayFilter',
        args[0]!.sql,
        asItem(args[1]!),
        item,
        (_x, equal, count) => `NOT (${equal} AND ${count} <= ${limit(args)})`,
        context,
      ),
  });

const replacement = (
  name: string,
  doc: string,
  more: readonly ListParameter[],
  limit: Count,
): ScalarFunction =>
  listFunction({
    name,
    aliases: listAliases(name),
    signature: `${name}(list, from, to${more.length > 0 ? ', n' : ''})`,
    doc,
    parameters: ['list', 'item', 'item', ...more],
    result: listOf,
    print: (args, item, context) =>
      counted(
        'arrayMap',
        args[0]!.sql,
        asItem(args[1]!),
        item,
        (x, equal, count) => `if(${equal} AND ${count} <= ${limit(args)}, ${asItem(args[2]!)}, ${x})`,
        context,
      ),
  });

/** Numbers below `least` are no limit. */
const nth =
  (index: number, least: 0 | 1): Count =>
  (args) => {
    const n = `ifNull(${args[index]!.sql}, 0)`;
    return `if(${n} < ${least}, ${ALL}, ${n})`;
  };

/** A null list has no items here; of two bare nulls there is nothing to have. */
const set = (
  name: string,
  doc: string,
  print: (left: string, right: string, item: DataType, context: PrintContext) => string,
  nulls: NonNullable<ScalarFunction['nulls']>,
): ScalarFunction =>
  listFunction({
    name,
    aliases: listAliases(name),
    signature: `${name}(list, other)`,
    doc,
    parameters: ['list', 'list'],
    nulls,
    result: (item, args) => (areNull(args) ? optional(listOf(item)) : listOf(item)),
    print: (args, item, context) =>
      areNull(args)
        ? asArray(ABSENT, optional(listOf(item)))
        : print(args[0]!.sql, args[1]!.sql, item, context),
  });

const areNull = (args: readonly BoundArgument[]): boolean =>
  args.every(({ constant }) => constant?.kind === 'null');

const ascending = (list: string, item: DataType, context: PrintContext): string =>
  bind(list, (name) => sortedItems(name, item, { descending: false, nullsFirst: true }, context), context);

export const listSetFunctions: readonly ScalarFunction[] = [
  listFunction({
    name: 'array_distinct',
    aliases: listAliases('array_distinct'),
    signature: 'array_distinct(list)',
    doc: 'The items without repetitions, sorted, a null first.',
    parameters: ['list'],
    result: listOf,
    print: ([list], item, context) => ascending(distinctItems(list!.sql, context), item, context),
  }),
  set(
    'array_union',
    'The items of the first list, sorted, and those that only the second has, sorted; none twice.',
    (left, right, item, context) =>
      distinctItems(
        `arrayConcat(${ascending(left, item, context)}, ${ascending(right, item, context)})`,
        context,
      ),
    () => 'empty',
  ),
  set(
    'array_intersect',
    'The items that both lists have, sorted, without repetitions.',
    (left, right, item, context) => {
      const name = context.freshName();
      const both = `arrayFilter(${name} -> has(${right}, ${name}), ${distinctItems(left, context)})`;
      return ascending(both, item, context);
    },
    () => 'empty',
  ),
  set(
    'array_except',
    'The items of the first list that the second has not, without repetitions.',
    (left, right, _item, context) => {
      const name = context.freshName();
      return `arrayFilter(${name} -> NOT has(${right}, ${name}), ${distinctItems(left, context)})`;
    },
    (index) => (index === 1 ? 'empty' : 'null'),
  ),
  listFunction({
    name: 'array_position',
    aliases: listAliases('array_position', ['array_indexof', 'list_indexof']),
    signature: 'array_position(list, value[, from])',
    doc: 'The first position of the value, from a position on; null when absent.',
    parameters: ['list', 'item', 'integer'],
    required: 2,
    result: () => UINT64,
    print([list, value, from]) {
      const item = asItem(value!);
      if (from === undefined) return `nullIf(toUInt64(indexOf(${list!.sql}, ${item})), 0)`;
      const start = `greatest(assumeNotNull(${from.sql}), 1)`;
      const found = `indexOf(arraySlice(${list!.sql}, ${start}), ${item})`;
      return `if(isNull(${from.sql}) OR ${found} = 0, NULL, toUInt64(${found} + ${start} - 1))`;
    },
  }),
  listFunction({
    name: 'array_positions',
    aliases: listAliases('array_positions'),
    signature: 'array_positions(list, value)',
    doc: 'All positions of the value.',
    parameters: ['list', 'item'],
    result: () => listOf(UINT64),
    print([list, value], item, context) {
      const [at, x] = [context.freshName(), context.freshName()];
      const equal = same(x, asItem(value!), item);
      return `arrayMap(${at} -> toNullable(toUInt64(${at})), arrayFilter((${at}, ${x}) -> ${equal}, arrayEnumerate(${list!.sql}), ${list!.sql}))`;
    },
  }),
  removal('array_remove', 'Without the first item that equals the value.', [], () => '1'),
  removal(
    'array_remove_n',
    'Without the first n items that equal the value; without any of them where n is below 0.',
    ['integer'],
    nth(2, 0),
  ),
  removal('array_remove_all', 'Without any item that equals the value.', [], () => ALL),
  replacement('array_replace', 'With the first item that equals `from` replaced.', [], () => '1'),
  replacement(
    'array_replace_n',
    'With the first n items that equal `from` replaced; with all of them where n is not above 0.',
    ['integer'],
    nth(3, 1),
  ),
  replacement('array_replace_all', 'With all items that equal `from` replaced.', [], () => ALL),
  listFunction({
    name: 'array_repeat',
    aliases: listAliases('array_repeat'),
    signature: 'array_repeat(value, n)',
    doc: 'A list of the value n times.',
    parameters: ['item', 'integer'],
    result: (_item, args) => listOf(args[0]!.type.kind === 'null' ? INT64 : args[0]!.type),
    print([value, n], _item, context) {
      const at = context.freshName();
      return `arrayMap(${at} -> ${asItem(value!)}, range(toInt64(least(greatest(ifNull(${n!.sql}, 0), 0), 16777216))))`;
    },
  }),
];
