/**
 * What list functions share. The engine's arrays hold nullable items and are never null themselves: which lists may be
 * null, their type says (`optional.ts`).
 */
import { bound } from '../bound.ts';
import { nullableEngineType } from '../../representation.ts';
import { type DataType, INT64 } from '../../types.ts';
import type {
  BoundArgument,
  PrintContext,
  PrintedArgument,
  ScalarFunction,
  TypeContext,
} from './definition.ts';
import { ABSENT, isNotNullSql, isNullSql, isOptional, optional, present } from './optional.ts';
import { commonType, isNested, noMatch, sameType } from './support.ts';

export const LIST_FAMILY = 'List';

/** `array_x` is also called `list_x`. */
export const listAliases = (name: string, more: readonly string[] = []): string[] => [
  name.replace(/^array_/, 'list_'),
  ...more,
];

export const listOf = (item: DataType): DataType => ({ kind: 'list', item });

/** The list as the engine's array of nullable items. */
export const asArray = (sql: string, type: DataType): string => `CAST(${sql} AS ${nullableEngineType(type)})`;

/** An item that may be null, as the engine's arrays want it. */
export const asItem = (argument: PrintedArgument): string =>
  isNested(argument.type) ? argument.sql : `toNullable(${argument.sql})`;

/** Whether two engine values are the same, nulls included. */
export function same(left: string, right: string, type: DataType): string {
  if (isNested(type)) return `(${left} = ${right})`;
  return `ifNull(${left} = ${right}, isNull(${left}) AND isNull(${right}))`;
}

/** A value that is used more than once is computed and written once: the body is a lambda over a list of one. */
export function bind(value: string, body: (name: string) => string, context: PrintContext): string {
  const name = context.freshName();
  return bound(name, value, body(name));
}

/** Without repetitions, in order of first appearance. */
export function distinctItems(list: string, context: PrintContext): string {
  const [item, at] = [context.freshName(), context.freshName()];
  const filtered = (name: string): string =>
    `arrayFilter((${item}, ${at}) -> indexOf(${name}, ${item}) = ${at}, ${name}, arrayEnumerate(${name}))`;
  return bind(list, filtered, context);
}

/** Sorted, nulls where they are asked for; NaN is the greatest number. */
export function sortedItems(
  list: string,
  type: DataType,
  order: { readonly descending: boolean; readonly nullsFirst: boolean },
  context: PrintContext,
): string {
  const item = context.freshName();
  const name = order.descending ? 'arrayReverseSort' : 'arraySort';
  if (isNested(type) && !isOptional(type)) return `${name}(${list})`;
  const values = `arrayFilter(${item} -> ${isNotNullSql(type, item)}, ${list})`;
  const nulls = `arrayFilter(${item} -> ${isNullSql(type, item)}, ${list})`;
  // The engine's sort puts NaN last whichever way it goes.
  const sorted =
    type.kind === 'float' && order.descending
      ? `arrayReverseSort(${item} -> tuple(isNaN(assumeNotNull(${item})), assumeNotNull(${item})), ${values})`
      : `${name}(${values})`;
  return order.nullsFirst ? `arrayConcat(${nulls}, ${sorted})` : `arrayConcat(${sorted}, ${nulls})`;
}

/** The item at a position, from the end for a negative one; null beyond the list. */
export function itemAt(list: string, at: string, item: DataType): string {
  // Position 0 is no item; the engine would refuse it.
  if (!isNested(item) || isOptional(item)) return `arrayElementOrNull(${list}, ${at})`;
  return `if(${at} = 0 OR abs(${at}) > length(${list}), [], arraySlice(${list}, ${at}, 1))`;
}

/** Without room for nulls, at no level of lists. */
export const withoutNulls = (type: DataType): DataType =>
  type.kind === 'list' ? ({ ...present(type), item: withoutNulls(type.item) } as DataType) : present(type);

/** Levels of nesting of a list type. */
export function depthOf(type: { readonly kind: string; readonly item?: unknown }): number {
  return type.kind === 'list' ? 1 + depthOf(type.item as { kind: string }) : 0;
}

export type ListParameter =
  /** A list; all lists and items of a call meet in one item type. */
  'list' | 'item' | 'integer' | 'text';

interface ListRow {
  readonly name: string;
  readonly aliases?: readonly string[];
  readonly signature: string;
  readonly doc: string;
  readonly parameters: readonly ListParameter[];
  readonly required?: number;
  readonly variadic?: boolean;
  /** Result from the common item type and the arguments. */
  result(item: DataType, args: readonly BoundArgument[], context: TypeContext): DataType;
  print(args: readonly PrintedArgument[], item: DataType, context: PrintContext): string;
  /** A null among the plain arguments at these places makes the result null. */
  readonly strictAt?: readonly number[];
  /** What a null list does; without it the result is null. */
  readonly nulls?: ScalarFunction['nulls'];
  /** What is missing at the end are nulls. */
  readonly padsWithNulls?: (args: readonly BoundArgument[]) => boolean;
  /** Lists at all levels are never null here: a null one counts as empty. */
  readonly onlyLengths?: boolean;
  readonly nameOf?: ScalarFunction['nameOf'];
}

const kindAt = (row: ListRow, index: number): ListParameter =>
  row.parameters[Math.min(index, row.parameters.length - 1)]!;

/** The item type in which lists and items of a call meet; undefined when they do not. */
function commonItem(row: ListRow, args: readonly BoundArgument[]): DataType | undefined {
  const types: DataType[] = [];
  for (const [index, argument] of args.entries()) {
    const kind = kindAt(row, index);
    if (kind === 'item') types.push(argument.type);
    if (kind === 'list') {
      if (argument.type.kind === 'null') continue;
      if (argument.type.kind !== 'list') return undefined;
      types.push(argument.type.item);
    }
  }
  const common = commonType(types);
  if (common === undefined) return undefined;
  if (common.kind === 'null') return INT64;
  if (row.onlyLengths === true) return withoutNulls(common);
  return row.padsWithNulls?.(args) === true ? optional(common) : common;
}

function fits(kind: ListParameter, type: DataType): boolean {
  if (type.kind === 'null') return true;
  if (kind === 'integer') return type.kind === 'int' || type.kind === 'uint';
  return kind !== 'text' || type.kind === 'utf8' || type.kind === 'dictionary';
}

function itemOf(row: ListRow, args: readonly BoundArgument[], context: TypeContext): DataType {
  const required = row.required ?? row.parameters.length;
  if (args.length < required || (!row.variadic && args.length > row.parameters.length))
    return noMatch(row.name, args, context);
  args.forEach((argument, index) => {
    if (!fits(kindAt(row, index), argument.type)) noMatch(row.name, args, context);
  });
  return commonItem(row, args) ?? noMatch(row.name, args, context);
}

export const mayBeNull = ({ type }: BoundArgument): boolean => type.kind === 'null' || isOptional(type);

/** A function over lists whose item types are brought together first. */
export function listFunction(row: ListRow): ScalarFunction {
  return {
    kind: 'scalar',
    name: row.name,
    ...(row.aliases === undefined ? {} : { aliases: row.aliases }),
    family: LIST_FAMILY,
    signature: row.signature,
    doc: row.doc,
    ...(row.nameOf === undefined ? {} : { nameOf: row.nameOf }),
    nulls: (index) => (kindAt(row, index) === 'list' ? (row.nulls?.(index) ?? 'null') : 'kept'),
    type(args, context) {
      const type = row.result(itemOf(row, args, context), args, context);
      return row.strictAt?.some((index) => args[index]?.nullable) ? optional(type) : type;
    },
    coerce(args, context) {
      const item = itemOf(row, args, context);
      return args.map((argument, index) => {
        const kind = kindAt(row, index);
        const target: DataType =
          kind === 'list'
            ? row.nulls?.(index) === 'kept' && mayBeNull(argument)
              ? optional(listOf(item))
              : listOf(item)
            : kind === 'item'
              ? item
              : kind === 'integer'
                ? INT64
                : { kind: 'utf8' };
        return sameType(argument.type, target) ? undefined : target;
      });
    },
    print(args, context) {
      const item = commonItem(row, args)!;
      const value = row.print(args, item, context);
      const nulls = (row.strictAt ?? [])
        .map((index) => args[index])
        .filter((argument) => argument?.nullable)
        .map((argument) => isNullSql(argument!.type, argument!.sql));
      const { resultType } = context;
      const isNew = isOptional(resultType) && !isOptional(row.result(item, args, context));
      const whole = isNew ? `[${value}]` : value;
      if (nulls.length === 0 || (isNested(resultType) && !isOptional(resultType))) return whole;
      const none = isNested(resultType) ? asArray(ABSENT, resultType) : 'NULL';
      return `if(${nulls.join(' OR ')}, ${none}, ${whole})`;
    },
  };
}
