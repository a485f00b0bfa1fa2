/**
 * What list functions share. The engine's arrays hold nullable items and are never null themselves, so a null list
 * counts as an empty one.
 */
import { bound } from '../bound.ts';
import { nullableEngineType } from '../../representation.ts';
import { type DataType, INT64 } from '../../types.ts';
import { arrowTypeText } from './arrow-type.ts';
import type {
  BoundArgument,
  PrintContext,
  PrintedArgument,
  ScalarFunction,
  TypeContext,
} from './definition.ts';
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
  if (isNested(type)) return `${name}(${list})`;
  const values = `arrayFilter(${item} -> isNotNull(${item}), ${list})`;
  const nulls = `arrayFilter(${item} -> isNull(${item}), ${list})`;
  // The engine's sort puts NaN last whichever way it goes.
  const sorted =
    type.kind === 'float' && order.descending
      ? `arrayReverseSort(${item} -> tuple(isNaN(assumeNotNull(${item})), assumeNotNull(${item})), ${values})`
      : `${name}(${values})`;
  return order.nullsFirst ? `arrayConcat(${nulls}, ${sorted})` : `arrayConcat(${sorted}, ${nulls})`;
}

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
  /** Of a null it is null; nothing but an empty list gives an empty one. */
  readonly keepsNull?: boolean;
  /** A null among the plain arguments at these places makes the result null (or an empty list). */
  readonly strictAt?: readonly number[];
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
  return common?.kind === 'null' ? INT64 : common;
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

/** Whether an empty list stands for null here. */
export const emptyIsNull = (argument: BoundArgument): boolean =>
  argument.type.kind === 'list' && argument.type.emptyIsNull === true;

const isNullConstant = ({ constant }: BoundArgument): boolean => constant?.kind === 'null';

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
    type(args, context) {
      const type = row.result(itemOf(row, args, context), args, context);
      const isNull = row.keepsNull === true && (emptyIsNull(args[0]!) || args.some(isNullConstant));
      return isNull && type.kind === 'list' ? { ...type, emptyIsNull: true } : type;
    },
    coerce(args, context) {
      const item = itemOf(row, args, context);
      return args.map((argument, index) => {
        const kind = kindAt(row, index);
        const target: DataType =
          kind === 'list'
            ? listOf(item)
            : kind === 'item'
              ? item
              : kind === 'integer'
                ? INT64
                : { kind: 'utf8' };
        if (argument.type.kind === 'list' && isNested(argument.type) && kind === 'list')
          return arrowTypeText(argument.type) === arrowTypeText(target) ? undefined : target;
        return sameType(argument.type, target) ? undefined : target;
      });
    },
    print(args, context) {
      const item = commonItem(row, args)!;
      const lists = args.map((argument, index) =>
        kindAt(row, index) === 'list' && argument.constant?.kind === 'null'
          ? { ...argument, sql: asArray('[]', listOf(item)), nullable: false }
          : argument,
      );
      const value = row.print(lists, item, context);
      const strict = (row.strictAt ?? [])
        .map((index) => lists[index])
        .filter((argument) => argument?.nullable);
      const nulls = strict.map((argument) => `isNull(${argument!.sql})`);
      if (!isNested(context.resultType))
        nulls.push(...lists.filter(emptyIsNull).map(({ sql }) => `empty(${sql})`));
      if (nulls.length === 0) return value;
      const empty = isNested(context.resultType) ? asArray('[]', context.resultType) : 'NULL';
      return `if(${nulls.join(' OR ')}, ${empty}, ${value})`;
    },
  };
}
