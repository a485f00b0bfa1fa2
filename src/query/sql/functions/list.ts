/** Making, reading and taking apart lists. Positions start at 1; negative ones count from the end. */
import { BOOLEAN, FLOAT64, INT64, UINT64, UTF8 } from '../../types.ts';
import type { ScalarFunction } from './definition.ts';
import {
  asArray,
  asItem,
  bind,
  LIST_FAMILY,
  listAliases,
  listFunction,
  listOf,
  sortedItems,
} from './list-support.ts';
import {
  checkParameters,
  commonType,
  constantText,
  isNested,
  isNumber,
  noMatch,
  raiseIf,
  sqlOf,
} from './support.ts';

/** Levels of nesting of a list type. */
function depthOf(type: { readonly kind: string; readonly item?: unknown }): number {
  return type.kind === 'list' ? 1 + depthOf(type.item as { kind: string }) : 0;
}

/** The first item of the first item …: lists of a regular array have the same length at each level. */
const nestedFirst = (list: string, levels: number): string =>
  levels === 0 ? list : `arrayElement(${nestedFirst(list, levels - 1)}, 1)`;

/** A slice by positions that may be negative, as Postgres and DuckDB cut. */
function slice(list: string, from: string, to: string, stride: bigint): string {
  const length = `toInt64(length(${list}))`;
  const first = `if(${from} < 0, greatest(${length} + ${from} + 1, 1), greatest(${from}, 1))`;
  const last = `if(${to} < 0, ${length} + ${to} + 1, least(${to}, ${length}))`;
  if (stride > 0n) {
    const cut = `arraySlice(${list}, ${first}, greatest(${last} - ${first} + 1, 0))`;
    return stride === 1n ? cut : everyNth(cut, stride);
  }
  const cut = `arrayReverse(arraySlice(${list}, ${last}, greatest(least(${first}, ${length}) - ${last} + 1, 0)))`;
  return stride === -1n ? cut : everyNth(cut, -stride);
}

const everyNth = (list: string, n: bigint): string =>
  `arrayFilter((i, p) -> (p - 1) % ${n} = 0, ${list}, arrayEnumerate(${list}))`;

const makeArray: ScalarFunction = {
  kind: 'scalar',
  name: 'make_array',
  aliases: ['make_list'],
  family: LIST_FAMILY,
  signature: 'make_array(value[, …])',
  doc: 'A list of the values; `[a, b]` is the same.',
  type(args, context) {
    const item = commonType(args.map((argument) => argument.type)) ?? noMatch('make_array', args, context);
    return listOf(item.kind === 'null' ? INT64 : item);
  },
  coerce(args) {
    const item = commonType(args.map((argument) => argument.type));
    return args.map(() => (item?.kind === 'null' ? INT64 : item));
  },
  print: (args, context) => asArray(`[${args.map(asItem).join(', ')}]`, context.resultType),
};

const arrayToString: ScalarFunction = {
  kind: 'scalar',
  name: 'array_to_string',
  aliases: ['list_to_string', 'array_join', 'list_join'],
  family: LIST_FAMILY,
  signature: 'array_to_string(list, separator[, null_text])',
  doc: 'The items as text with the separator between them; nulls are left out, or shown as the null text. Nested lists are flattened.',
  type(args, context) {
    const shape = { parameters: ['list', 'text', 'text'], required: 2 } as const;
    checkParameters('array_to_string', shape, args, context);
    return UTF8;
  },
  coerce: ([list, ...texts]) => [
    list?.type.kind === 'null' ? UTF8 : undefined,
    ...texts.map((argument) => (argument.type.kind === 'null' ? UTF8 : undefined)),
  ],
  print(args, context) {
    const [list, separator, nullText] = args;
    if (list!.constant?.kind === 'null') return 'CAST(NULL AS Nullable(String))';
    const item = context.freshName();
    const flat = depthOf(list!.type) > 1 ? `arrayFlatten(${list!.sql})` : list!.sql;
    const texts =
      nullText === undefined || nullText.constant?.kind === 'null'
        ? `arrayMap(${item} -> toString(assumeNotNull(${item})), arrayFilter(${item} -> isNotNull(${item}), ${flat}))`
        : `arrayMap(${item} -> ifNull(toString(${item}), assumeNotNull(${nullText.sql})), ${flat})`;
    const between = `assumeNotNull(${separator!.sql})`;
    const joined = `substring(arrayStringConcat(arrayMap(${item} -> concat(${between}, ${item}), ${texts})), length(${between}) + 1)`;
    return separator!.nullable ? `if(isNull(${separator!.sql}), NULL, ${joined})` : joined;
  },
};

const stringToArray: ScalarFunction = {
  kind: 'scalar',
  name: 'string_to_array',
  aliases: ['string_to_list'],
  family: LIST_FAMILY,
  signature: 'string_to_array(text, separator[, null_text])',
  doc: 'The parts between separators as a list; parts that equal the null text are null. A null separator parts characters, an empty one nothing.',
  type(args, context) {
    checkParameters('string_to_array', { parameters: ['text', 'text', 'text'], required: 2 }, args, context);
    return { kind: 'list', item: UTF8, emptyIsNull: true };
  },
  coerce: (args) => args.map((argument) => (argument.type.kind === 'utf8' ? undefined : UTF8)),
  print(args, context) {
    const [text, separator, nullText] = args;
    const [item] = [context.freshName()];
    const value = `assumeNotNull(${text!.sql})`;
    // The engine wants a constant separator: a byte that text never contains stands for any other.
    const split = `splitByChar('\\xFF', replaceAll(${value}, assumeNotNull(${separator!.sql}), '\\xFF'))`;
    const parts = `multiIf(isNull(${separator!.sql}), splitByString('', ${value}), empty(assumeNotNull(${separator!.sql})), [${value}], ${split})`;
    const items =
      nullText === undefined
        ? parts
        : `arrayMap(${item} -> if(ifNull(${item} = ${nullText.sql}, false), NULL, toNullable(${item})), ${parts})`;
    return asArray(`if(isNull(${text!.sql}), [], ${items})`, context.resultType);
  },
};

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
    const squares = `arrayMap((${a}, ${b}) -> pow(ifNull(${a} - ${b}, nan), 2), arrayResize(${left}, length(${right})), ${right})`;
    return raiseIf(
      `length(${left}) != length(${right})`,
      'Execution error: Both arrays must have the same length',
      `sqrt(arraySum(${squares}))`,
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
  doc: 'The number of items of a list, those of nested lists counted singly, or of entries of a map.',
  type(args, context) {
    const kind = args[0]?.type.kind;
    return args.length === 1 && (kind === 'list' || kind === 'map')
      ? UINT64
      : noMatch('cardinality', args, context);
  },
  print: ([list]) => {
    const flat = depthOf(list!.type) > 1 ? `arrayFlatten(${list!.sql})` : list!.sql;
    return `toUInt64(length(${flat}))`;
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

export const listFunctions: readonly ScalarFunction[] = [
  makeArray,
  listFunction({
    name: 'array_append',
    aliases: listAliases('array_append', ['array_push_back', 'list_push_back']),
    signature: 'array_append(list, value)',
    doc: 'The list with the value at its end.',
    parameters: ['list', 'item'],
    result: listOf,
    print: ([list, item]) => `arrayPushBack(${list!.sql}, ${asItem(item!)})`,
  }),
  listFunction({
    name: 'array_prepend',
    aliases: listAliases('array_prepend', ['array_push_front', 'list_push_front']),
    signature: 'array_prepend(value, list)',
    doc: 'The list with the value at its start.',
    parameters: ['item', 'list'],
    result: listOf,
    print: ([item, list]) => `arrayPushFront(${list!.sql}, ${asItem(item!)})`,
  }),
  listFunction({
    name: 'array_concat',
    aliases: listAliases('array_concat', ['array_cat', 'list_cat']),
    signature: 'array_concat(list[, …])',
    doc: 'The lists one after the other.',
    parameters: ['list'],
    variadic: true,
    required: 1,
    result: listOf,
    print: (args) => `arrayConcat(${args.map((argument) => argument.sql).join(', ')})`,
  }),
  listFunction({
    name: 'array_length',
    aliases: listAliases('array_length'),
    signature: 'array_length(list[, dimension])',
    doc: 'The number of items, or of items of the first item at a deeper level; null beyond the levels.',
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
    print: ([list, part]) => `toBool(hasAll(${list!.sql}, ${part!.sql}))`,
  }),
  listFunction({
    name: 'array_has_any',
    aliases: listAliases('array_has_any', ['arrays_overlap']),
    signature: 'array_has_any(list, other)',
    doc: 'Whether the lists have an item in common.',
    parameters: ['list', 'list'],
    result: () => BOOLEAN,
    print: ([list, other]) => `toBool(hasAny(${list!.sql}, ${other!.sql}))`,
  }),
  distance,
  listFunction({
    name: 'array_slice',
    aliases: listAliases('array_slice'),
    signature: 'array_slice(list, from, to[, stride])',
    doc: 'The items from one position to another, both included; `list[from:to]` is the same.',
    parameters: ['list', 'integer', 'integer', 'integer'],
    required: 3,
    result: listOf,
    strictAt: [1, 2],
    print(args, _item, context) {
      const [list, from, to, stride] = args;
      const constant = stride?.constant;
      if (stride !== undefined && constant?.kind !== 'integer')
        return context.fail('The stride of array_slice must be a constant integer');
      const step = constant?.kind === 'integer' ? constant.value : 1n;
      if (step === 0n) context.fail('array_slice got invalid stride: 0, it cannot be 0');
      const [first, last] = [`assumeNotNull(${from!.sql})`, `assumeNotNull(${to!.sql})`];
      return bind(list!.sql, (name) => slice(name, first, last, step), context);
    },
  }),
  listFunction({
    name: 'array_element',
    aliases: listAliases('array_element', ['array_extract', 'list_extract']),
    signature: 'array_element(list, position)',
    doc: 'The item at the position, null beyond the list; `list[position]` is the same.',
    parameters: ['list', 'integer'],
    result: (item) => item,
    strictAt: [1],
    print: ([list, at]) => `arrayElementOrNull(${list!.sql}, assumeNotNull(${at!.sql}))`,
  }),
  listFunction({
    name: 'array_pop_back',
    aliases: listAliases('array_pop_back'),
    signature: 'array_pop_back(list)',
    doc: 'The list without its last item.',
    parameters: ['list'],
    result: listOf,
    print: ([list]) => `arrayPopBack(${list!.sql})`,
  }),
  listFunction({
    name: 'array_pop_front',
    aliases: listAliases('array_pop_front'),
    signature: 'array_pop_front(list)',
    doc: 'The list without its first item.',
    parameters: ['list'],
    result: listOf,
    print: ([list]) => `arrayPopFront(${list!.sql})`,
  }),
  listFunction({
    name: 'array_any_value',
    aliases: listAliases('array_any_value'),
    signature: 'array_any_value(list)',
    doc: 'The first item that is not null.',
    parameters: ['list'],
    result: (item) => item,
    print([list], item, context) {
      const name = context.freshName();
      return isNested(item)
        ? `arrayElement(${list!.sql}, 1)`
        : `arrayElementOrNull(arrayFilter(${name} -> isNotNull(${name}), ${list!.sql}), 1)`;
    },
  }),
  extreme('array_max', 'The greatest item; nulls are ignored.'),
  extreme('array_min', 'The smallest item; nulls are ignored.'),
  listFunction({
    name: 'array_ndims',
    aliases: listAliases('array_ndims'),
    signature: 'array_ndims(list)',
    doc: 'The number of levels of lists.',
    parameters: ['list'],
    result: () => UINT64,
    print: (_args, item) => `toUInt64(${1 + depthOf(item)})`,
  }),
  listFunction({
    name: 'array_dims',
    aliases: listAliases('array_dims'),
    signature: 'array_dims(list)',
    doc: 'The lengths at each level of lists.',
    parameters: ['list'],
    result: () => listOf(UINT64),
    print([list], item, context) {
      const lengths = Array.from(
        { length: 1 + depthOf(item) },
        (_, level) => `length(${nestedFirst(list!.sql, level)})`,
      );
      return asArray(`[${lengths.join(', ')}]`, context.resultType);
    },
  }),
  emptiness,
  listFunction({
    name: 'array_resize',
    aliases: listAliases('array_resize'),
    signature: 'array_resize(list, size[, value])',
    doc: 'Cut or filled (with nulls or the value) to the size.',
    parameters: ['list', 'integer', 'item'],
    required: 2,
    result: listOf,
    strictAt: [1],
    print([list, size, value], item) {
      const length = `toInt64(least(greatest(assumeNotNull(${size!.sql}), 0), 16777216))`;
      const filler = value === undefined ? (isNested(item) ? '' : ', NULL') : `, ${asItem(value)}`;
      return `arrayResize(${list!.sql}, ${length}${filler})`;
    },
  }),
  listFunction({
    name: 'array_reverse',
    aliases: listAliases('array_reverse'),
    signature: 'array_reverse(list)',
    doc: 'The items in reverse order.',
    parameters: ['list'],
    result: listOf,
    print: ([list]) => `arrayReverse(${list!.sql})`,
  }),
  listFunction({
    name: 'array_sort',
    aliases: listAliases('array_sort'),
    signature: "array_sort(list[, 'ASC' | 'DESC'[, 'NULLS FIRST' | 'NULLS LAST']])",
    doc: 'Sorted, ascending with nulls first unless said otherwise.',
    parameters: ['list', 'text', 'text'],
    required: 1,
    result: listOf,
    print([list, direction, nulls], item, context) {
      const word = (argument: typeof direction, what: string, allowed: readonly string[]): string => {
        if (argument === undefined) return allowed[0]!;
        const text = constantText(argument, `The ${what} of array_sort`, context).toUpperCase();
        return allowed.includes(text)
          ? text
          : context.fail(
              `the ${what} of array_sort must be one of ${allowed.join(', ')}, got ${text.slice(0, 50)}`,
            );
      };
      const descending = word(direction, 'direction', ['ASC', 'DESC']) === 'DESC';
      const nullsFirst = word(nulls, 'place of nulls', ['NULLS FIRST', 'NULLS LAST']) === 'NULLS FIRST';
      return bind(list!.sql, (name) => sortedItems(name, item, { descending, nullsFirst }, context), context);
    },
  }),
  {
    kind: 'scalar',
    name: 'flatten',
    family: LIST_FAMILY,
    signature: 'flatten(list)',
    doc: 'The items of nested lists as one list.',
    type(args, context) {
      let type = args[0]?.type;
      if (args.length !== 1 || type?.kind !== 'list') return noMatch('flatten', args, context);
      while (type.kind === 'list' && type.item.kind === 'list') type = type.item;
      return type;
    },
    print: ([list]) => (depthOf(list!.type) > 1 ? `arrayFlatten(${list!.sql})` : list!.sql),
  },
  arrayToString,
  stringToArray,
];
