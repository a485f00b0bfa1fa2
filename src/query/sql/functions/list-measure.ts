/** What lists hold, how long and how deep they are. */
import { BOOLEAN, FLOAT64, UINT64 } from '../../types.ts';
import type { PrintContext, ScalarFunction } from './definition.ts';
import {
  asArray,
  bind,
  depthOf,
  LIST_FAMILY,
  listAliases,
  listFunction,
  listOf,
  sortedItems,
} from './list-support.ts';
import { optional } from './optional.ts';
import { isNested, isNumber, noMatch, raiseIf, sqlOf } from './support.ts';

/** The first item of the first item …: lists of a regular array have the same length at each level. */
const nestedFirst = (list: string, levels: number): string =>
  levels === 0 ? list : `arrayElement(${nestedFirst(list, levels - 1)}, 1)`;

const distance: ScalarFunction = {
  kind: 'scalar',
  name: 'array_distance',
  aliases: ['list_distance'],
  family: LIST_FAMILY,
  signature: 'array_distance(list, list)',
  doc: 'The Euclidean distance of two lists of numbers of the same length.',
  type(args, context) {
    const numbers = args.every((argument) => argument.type.kind === 'list' && isNumber(argument.type.item));
    return args.length === 2 && numbers ? FLOAT64 : noMatch('array_distance', args, context);
  },
  coerce: () => [listOf(FLOAT64), listOf(FLOAT64)],
  print(args, context) {
    const [left, right] = args.map((argument) => argument.sql) as [string, string];
    const [a, b] = [context.freshName(), context.freshName()];
    const squares = `arrayMap((${a}, ${b}) -> ifNull(pow(${a} - ${b}, 2), 0), arrayResize(${left}, length(${right})), ${right})`;
    const hasNull = `has(${left}, NULL) OR has(${right}, NULL)`;
    return raiseIf(
      `length(${left}) != length(${right})`,
      'Execution error: Both arrays must have the same length',
      `if(${hasNull}, NULL, sqrt(arraySum(${squares})))`,
      context,
    );
  },
};

const emptiness: ScalarFunction = {
  kind: 'scalar',
  name: 'empty',
  aliases: ['array_empty', 'list_empty'],
  family: LIST_FAMILY,
  signature: 'empty(list)',
  doc: 'Whether a list or map has no items.',
  type(args, context) {
    const kind = args[0]?.type.kind;
    return args.length === 1 && (kind === 'list' || kind === 'map')
      ? BOOLEAN
      : noMatch('empty', args, context);
  },
  print: (args) => `toBool(length(${sqlOf(args, 0)}) = 0)`,
};

const cardinality: ScalarFunction = {
  kind: 'scalar',
  name: 'cardinality',
  family: LIST_FAMILY,
  signature: 'cardinality(list)',
  doc: 'The number of items of a list, those of nested lists counted singly, or of entries of a map; null of an empty list.',
  type(args, context) {
    const kind = args[0]?.type.kind;
    return args.length === 1 && (kind === 'list' || kind === 'map')
      ? UINT64
      : noMatch('cardinality', args, context);
  },
  print: ([list]) => {
    const flat = depthOf(list!.type) > 1 ? `arrayFlatten(${list!.sql})` : list!.sql;
    const count = `toUInt64(length(${flat}))`;
    return list!.type.kind === 'list' ? `if(empty(${list!.sql}), NULL, ${count})` : count;
  },
};

/** `arrayReduce` leaves nulls out and gives null over nothing; NaN is the greatest number. */
const extreme = (name: 'array_max' | 'array_min', doc: string): ScalarFunction =>
  listFunction({
    name,
    aliases: listAliases(name),
    signature: `${name}(list)`,
    doc,
    parameters: ['list'],
    result: (item, args, context) => (isNested(item) ? noMatch(name, args, context) : item),
    print([list], item, context) {
      const sorted = sortedItems(
        list!.sql,
        item,
        { descending: name === 'array_max', nullsFirst: false },
        context,
      );
      return item.kind === 'float'
        ? `arrayElementOrNull(${sorted}, 1)`
        : `arrayReduce('${name.slice(6)}', ${list!.sql})`;
    },
  });

/** The engine's `hasAll` and `hasAny` pass over nulls, and those are items here. */
function hasItems(
  engine: 'arrayAll' | 'arrayExists',
  list: string,
  wanted: string,
  context: PrintContext,
): string {
  const item = context.freshName();
  return bind(list, (all) => `toBool(${engine}(${item} -> has(${all}, ${item}), ${wanted}))`, context);
}

export const listMeasureFunctions: readonly ScalarFunction[] = [
  listFunction({
    name: 'array_length',
    aliases: listAliases('array_length'),
    signature: 'array_length(list[, dimension])',
    doc: 'The number of items, or of items of the first item at a deeper level; null beyond the levels.',
    onlyLengths: true,
    parameters: ['list', 'integer'],
    required: 1,
    result: () => UINT64,
    print(args, item) {
      const [list, dimension] = args;
      if (dimension === undefined) return `toUInt64(length(${list!.sql}))`;
      const levels = 1 + depthOf(item);
      const choices = Array.from(
        { length: levels },
        (_, level) => `${dimension.sql} = ${level + 1}, toUInt64(length(${nestedFirst(list!.sql, level)}))`,
      );
      return `multiIf(${choices.join(', ')}, NULL)`;
    },
  }),
  cardinality,
  listFunction({
    name: 'array_has',
    aliases: listAliases('array_has', ['array_contains', 'list_contains']),
    signature: 'array_has(list, value)',
    doc: 'Whether the list contains the value; null of a null value.',
    parameters: ['list', 'item'],
    result: () => BOOLEAN,
    strictAt: [1],
    print: ([list, item]) => `toBool(has(${list!.sql}, ${item!.sql}))`,
  }),
  listFunction({
    name: 'array_has_all',
    aliases: listAliases('array_has_all'),
    signature: 'array_has_all(list, part)',
    doc: 'Whether the list contains all items of the other.',
    parameters: ['list', 'list'],
    result: () => BOOLEAN,
    print: ([list, part], _item, context) => hasItems('arrayAll', list!.sql, part!.sql, context),
  }),
  listFunction({
    name: 'array_has_any',
    aliases: listAliases('array_has_any', ['arrays_overlap']),
    signature: 'array_has_any(list, other)',
    doc: 'Whether the lists have an item in common.',
    parameters: ['list', 'list'],
    result: () => BOOLEAN,
    print: ([list, other], _item, context) => hasItems('arrayExists', list!.sql, other!.sql, context),
  }),
  distance,
  extreme('array_max', 'The greatest item; nulls are ignored.'),
  extreme('array_min', 'The smallest item; nulls are ignored.'),
  listFunction({
    name: 'array_ndims',
    aliases: listAliases('array_ndims'),
    signature: 'array_ndims(list)',
    doc: 'The number of levels of lists.',
    onlyLengths: true,
    parameters: ['list'],
    result: () => UINT64,
    print: (_args, item) => `toUInt64(${1 + depthOf(item)})`,
  }),
  listFunction({
    name: 'array_dims',
    aliases: listAliases('array_dims'),
    signature: 'array_dims(list)',
    doc: 'The lengths at each level of lists; null of an empty list.',
    onlyLengths: true,
    parameters: ['list'],
    result: () => optional(listOf(UINT64)),
    print([list], item) {
      const lengths = Array.from(
        { length: 1 + depthOf(item) },
        (_, level) => `length(${nestedFirst(list!.sql, level)})`,
      );
      return `if(empty(${list!.sql}), [], [${asArray(`[${lengths.join(', ')}]`, listOf(UINT64))}])`;
    },
  }),
  emptiness,
];
