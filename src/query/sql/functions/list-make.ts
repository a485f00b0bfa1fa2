/** Making lists, from texts too, and texts of lists. */
import { INT64, UTF8 } from '../../types.ts';
import type { ScalarFunction } from './definition.ts';
import { arrayConcat } from './list-concat.ts';
import {
  asArray,
  asItem,
  bind,
  depthOf,
  LIST_FAMILY,
  listAliases,
  listFunction,
  listOf,
  sortedItems,
} from './list-support.ts';
import { isOptional, optional, present } from './optional.ts';
import { characters } from './string-support.ts';
import { checkParameters, commonType, constantText, isNested, noMatch } from './support.ts';

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
  nulls: () => 'kept',
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
    return args[0]!.nullable ? optional(listOf(UTF8)) : listOf(UTF8);
  },
  coerce: (args) => args.map((argument) => (argument.type.kind === 'utf8' ? undefined : UTF8)),
  print(args, context) {
    const [text, separator, nullText] = args;
    const [item] = [context.freshName()];
    const value = `assumeNotNull(${text!.sql})`;
    // The engine wants a constant separator: a byte that text never contains stands for any other.
    const split = `splitByChar('\\xFF', replaceAll(${value}, assumeNotNull(${separator!.sql}), '\\xFF'))`;
    const parts = `multiIf(isNull(${separator!.sql}), ${characters(text!.sql)}, empty(assumeNotNull(${separator!.sql})), [${value}], ${split})`;
    const items =
      nullText === undefined
        ? parts
        : `arrayMap(${item} -> if(ifNull(${item} = ${nullText.sql}, false), NULL, toNullable(${item})), ${parts})`;
    const list = asArray(items, listOf(UTF8));
    return isOptional(context.resultType) ? `if(isNull(${text!.sql}), [], [${list}])` : list;
  },
};

export const listMakeFunctions: readonly ScalarFunction[] = [
  makeArray,
  listFunction({
    name: 'array_append',
    aliases: listAliases('array_append', ['array_push_back', 'list_push_back']),
    signature: 'array_append(list, value)',
    doc: 'The list with the value at its end.',
    parameters: ['list', 'item'],
    nulls: () => 'empty',
    result: listOf,
    print: ([list, item]) => `arrayPushBack(${list!.sql}, ${asItem(item!)})`,
  }),
  listFunction({
    name: 'array_prepend',
    aliases: listAliases('array_prepend', ['array_push_front', 'list_push_front']),
    signature: 'array_prepend(value, list)',
    doc: 'The list with the value at its start.',
    parameters: ['item', 'list'],
    nulls: () => 'empty',
    result: listOf,
    print: ([item, list]) => `arrayPushFront(${list!.sql}, ${asItem(item!)})`,
  }),
  arrayConcat,
  listFunction({
    name: 'array_resize',
    aliases: listAliases('array_resize'),
    signature: 'array_resize(list, size[, value])',
    doc: 'Cut or filled (with nulls or the value) to the size.',
    parameters: ['list', 'integer', 'item'],
    required: 2,
    padsWithNulls: (args) => args.length < 3,
    result: listOf,
    print([list, size, value], item) {
      const length = `toInt64(least(greatest(ifNull(${size!.sql}, 0), 0), 16777216))`;
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
    strictAt: [1, 2],
    print([list, direction, nulls], item, context) {
      if ([direction, nulls].some((argument) => argument?.constant?.kind === 'null'))
        return asArray('[]', listOf(item));
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
      if (args.length === 1 && type?.kind === 'null') return listOf(INT64);
      if (args.length !== 1 || type?.kind !== 'list') return noMatch('flatten', args, context);
      while (type.kind === 'list' && type.item.kind === 'list') type = type.item;
      return present(type);
    },
    coerce: ([list]) => [list?.type.kind === 'null' ? listOf(INT64) : undefined],
    print: ([list]) => (depthOf(list!.type) > 1 ? `arrayFlatten(${list!.sql})` : list!.sql),
  },
  arrayToString,
  stringToArray,
];
