/** Aggregates where the order of rows matters: array_agg, string_agg, first_value, last_value, nth_value. */

import { nullableEngineType } from '../../representation.ts';
import { type DataType, UTF8 } from '../../types.ts';
import { engineCall } from './aggregate-call.ts';
import type {
  AggregateFunction,
  AggregateModifiers,
  BoundArgument,
  PrintContext,
  PrintedArgument,
  TypeContext,
} from './definition.ts';
import { ABSENT, isNotNullSql, optional } from './optional.ts';
import { constantInteger, firstType, isNested, noMatch, plain } from './support.ts';

const FAMILY = 'Aggregate';

const nullable = (argument: PrintedArgument): string =>
  isNested(argument.type) ? argument.sql : `CAST(${argument.sql} AS ${nullableEngineType(argument.type)})`;

/**
 * All values in the order that was asked for, as an engine array of 1-tuples (groupArray drops bare nulls).
 * Sorting happens per group: keys are collected with the values, then one pass a key sorts, the last key first.
 */
function orderedValues(value: string, modifiers: AggregateModifiers, context: PrintContext): string {
  const keys = modifiers.orderBy;
  const items = [value, ...keys.map((key) => `toNullable(${key.sql})`)];
  const collected = engineCall(
    {
      name: modifiers.distinct ? 'groupUniqArray' : 'groupArray',
      args: [`tuple(${items.join(', ')})`],
      ignoreDistinct: true,
    },
    modifiers,
  );
  let sorted = collected;
  for (let index = keys.length - 1; index >= 0; index -= 1) {
    const key = keys[index]!;
    const [item, at] = [context.freshName(), context.freshName()];
    const part = `${item}.${index + 2}`;
    // The position ends each key, because the engine's sort promises no stability.
    sorted = key.descending
      ? `arrayReverseSort((${item}, ${at}) -> tuple(${key.nullsFirst ? 'isNull' : 'isNotNull'}(${part}), ${part}, -${at}), ${sorted}, arrayEnumerate(${sorted}))`
      : `arraySort((${item}, ${at}) -> tuple(${key.nullsFirst ? 'isNotNull' : 'isNull'}(${part}), ${part}, ${at}), ${sorted}, arrayEnumerate(${sorted}))`;
  }
  if (keys.length === 0 && modifiers.distinct) {
    const item = context.freshName();
    sorted = `arraySort(${item} -> ${item}.1, ${sorted})`;
  }
  return sorted;
}

const oneArgument =
  (name: string, count: number) =>
  (args: readonly BoundArgument[], context: TypeContext): DataType =>
    args.length === count ? plain(firstType(args)) : noMatch(name, args, context);

/** Of no rows a list is null, so that it must be able to be. */
const coerceToOptional = ([argument]: readonly BoundArgument[]): readonly (DataType | undefined)[] => [
  argument !== undefined && isNested(argument.type) ? optional(argument.type) : undefined,
];

/** Picks one row's value in an order; with OVER the window's own order and frame decide. */
function picked(name: 'first_value' | 'last_value', doc: string): AggregateFunction {
  return {
    kind: 'aggregate',
    name,
    family: FAMILY,
    signature: `${name}(value [ORDER BY …])`,
    doc,
    type: (args, context) => optional(oneArgument(name, 1)(args, context)),
    coerce: coerceToOptional,
    print([x], modifiers, context) {
      const value = nullable(x!);
      const condition = modifiers.ignoreNulls ? { condition: isNotNullSql(x!.type, x!.sql) } : {};
      if (modifiers.over || modifiers.orderBy.length === 0) {
        // A 1-tuple is never null, so the engine's own null skipping cannot interfere.
        const call = { name, args: [`tuple(${value})`], ignoreDistinct: true, ...condition };
        return `(${engineCall(call, modifiers)}).1`;
      }
      const extreme = extremeKey(modifiers, name);
      if (extreme !== null) {
        const call = {
          ...extreme,
          args: [`tuple(${value})`, extreme.key],
          ignoreDistinct: true,
          ...condition,
        };
        return `(${engineCall(call, modifiers)}).1`;
      }
      const item = context.freshName();
      const rows = orderedValues(value, { ...modifiers, distinct: false }, context);
      const kept = condition.condition
        ? `arrayFilter(${item} -> ${isNotNullSql(x!.type, `${item}.1`)}, ${rows})`
        : rows;
      return `(${kept})[${name === 'first_value' ? 1 : -1}].1`;
    },
  };
}

const EXACT_KINDS: ReadonlySet<DataType['kind']> = new Set(['int', 'uint', 'timestamp', 'date']);

/**
 * One key without nulls, in an order that the engine shares: the first or last row is the one with the smallest
 * or largest key, and nothing needs to be collected and sorted.
 */
function extremeKey(
  { orderBy: [key, ...others] }: AggregateModifiers,
  name: 'first_value' | 'last_value',
): { readonly name: 'argMin' | 'argMax'; readonly key: string } | null {
  if (key === undefined || others.length > 0) return null;
  if (key.nullable !== false || !EXACT_KINDS.has(key.type.kind)) return null;
  const isLargest = (name === 'last_value') !== key.descending;
  return {
    name: isLargest ? 'argMax' : 'argMin',
    key: key.type.kind === 'timestamp' ? `toUnixTimestamp64Nano(assumeNotNull(${key.sql}))` : key.sql,
  };
}

const nthValue: AggregateFunction = {
  kind: 'aggregate',
  name: 'nth_value',
  family: FAMILY,
  signature: 'nth_value(value, n [ORDER BY …])',
  doc: 'The n-th value in the order, from the end for a negative n; null when there is none.',
  type(args, context) {
    if (args.length !== 2) noMatch('nth_value', args, context);
    if (args[1]!.constant?.kind !== 'null') constantInteger(args[1], 'The position of nth_value', context);
    return optional(plain(firstType(args)));
  },
  coerce: coerceToOptional,
  print([x, n], modifiers, context) {
    const position =
      n!.constant?.kind === 'null' ? 0n : constantInteger(n, 'The position of nth_value', context);
    if (position === 0n) {
      if (modifiers.over === null || modifiers.over === undefined)
        return context.fail('nth_value expects n to be non-zero');
      // Over a window there is no such value.
      const nothing = isNested(x!.type) ? ABSENT : 'NULL';
      return `CAST(${nothing} AS ${nullableEngineType(context.resultType)})`;
    }
    const item = context.freshName();
    const rows = orderedValues(
      nullable(x!),
      { ...modifiers, orderBy: modifiers.over ? [] : modifiers.orderBy },
      context,
    );
    const kept = modifiers.ignoreNulls
      ? `arrayFilter(${item} -> ${isNotNullSql(x!.type, `${item}.1`)}, ${rows})`
      : rows;
    return `(${kept})[${position}].1`;
  },
};

export const orderedAggregates: readonly AggregateFunction[] = [
  {
    kind: 'aggregate',
    name: 'array_agg',
    family: FAMILY,
    signature: 'array_agg([DISTINCT] value [ORDER BY …])',
    doc: 'All values, nulls included, as a list; null over nothing.',
    type: (args, context) => optional({ kind: 'list', item: oneArgument('array_agg', 1)(args, context) }),
    print([x], modifiers, context) {
      const item = context.freshName();
      const rows = orderedValues(nullable(x!), modifiers, context);
      const kept = modifiers.ignoreNulls
        ? `arrayFilter(${item} -> ${isNotNullSql(x!.type, `${item}.1`)}, ${rows})`
        : rows;
      return `arrayFilter(${item} -> notEmpty(${item}), [arrayMap(${item} -> ${item}.1, ${kept})])`;
    },
  },
  {
    kind: 'aggregate',
    name: 'string_agg',
    family: FAMILY,
    signature: 'string_agg([DISTINCT] text, separator [ORDER BY …])',
    doc: 'The texts with the separator between them; nulls are skipped, null over nothing.',
    type: (args, context) => (args.length === 2 ? UTF8 : noMatch('string_agg', args, context)),
    coerce: () => [UTF8, UTF8],
    print([x, separator], modifiers, context) {
      const constant = separator!.constant;
      if (constant?.kind !== 'string' && constant?.kind !== 'null')
        return context.fail('The separator of string_agg must be a constant string');
      const between = constant.kind === 'null' ? '' : constant.value;
      const item = context.freshName();
      const rows = orderedValues(nullable(x!), modifiers, context);
      const texts = `arrayMap(${item} -> assumeNotNull(${item}.1), arrayFilter(${item} -> isNotNull(${item}.1), ${rows}))`;
      return `if(empty(${texts}), NULL, arrayStringConcat(${texts}, ${context.stringLiteral(between)}))`;
    },
  },
  picked('first_value', 'The first value in the order; without an order any.'),
  picked('last_value', 'The last value in the order; without an order any.'),
  nthValue,
];
