/** array_concat: lists of as many levels as the deepest one. */
import { type DataType, INT64 } from '../../types.ts';
import type { BoundArgument, ScalarFunction } from './definition.ts';
import { LIST_FAMILY, listAliases, listOf, mayBeNull } from './list-support.ts';
import { isOptional, opened, optional, present, roomFor } from './optional.ts';
import { commonType, noMatch } from './support.ts';

/** The items under all levels of a list, and how many levels there are. */
function leafOf(type: DataType): { readonly leaf: DataType; readonly depth: number } {
  if (type.kind !== 'list') return { leaf: type, depth: 0 };
  const { leaf, depth } = leafOf(type.item);
  return { leaf, depth: depth + 1 };
}

/** The list type of so many levels. */
const nested = (leaf: DataType, depth: number): DataType =>
  depth === 0 ? leaf : listOf(nested(leaf, depth - 1));

/** The type of the items so many levels below. */
const below = (type: DataType, levels: number): DataType =>
  levels === 0 || type.kind !== 'list' ? type : below(type.item, levels - 1);

/** With room for nulls so many levels below. */
const withNullsBelow = (type: DataType, levels: number): DataType =>
  levels === 0 || type.kind !== 'list'
    ? optional(type)
    : { ...type, item: withNullsBelow(type.item, levels - 1) };

/** Those of fewer levels are one item of the others each; undefined where they have no type in common. */
function levels(args: readonly BoundArgument[]) {
  const lists = args.map(({ type }) => (type.kind === 'list' ? leafOf(type) : undefined));
  const known = lists.filter((list) => list !== undefined);
  const leaf = commonType(known.map((list) => list.leaf));
  if (leaf === undefined) return undefined;
  const depth = Math.max(1, ...known.map((list) => list.depth));
  const missing = lists.map((list) => depth - (list?.depth ?? depth));
  const type = args.reduce(
    (common, arg, i) => {
      if (missing[i] === 0) return roomFor(common, present(arg.type));
      return mayBeNull(arg) ? withNullsBelow(common, missing[i]!) : common;
    },
    nested(leaf.kind === 'null' ? INT64 : leaf, depth),
  );
  const isOptional = args.every((arg, i) => missing[i] === 0 && mayBeNull(arg));
  return { type, isOptional, missing, places: missing.map((count) => below(type, count)) };
}

/** An item so many levels below a list as the list; what may be null between them is carried in a list of its own. */
function wrapped(item: string, list: DataType, levels: number): string {
  if (levels === 0) return item;
  const inner = below(list, levels - 1);
  const level = levels > 1 && isOptional(inner) ? `[[${item}]]` : `[${item}]`;
  return wrapped(level, list, levels - 1);
}

export const arrayConcat: ScalarFunction = {
  kind: 'scalar',
  name: 'array_concat',
  aliases: listAliases('array_concat', ['array_cat', 'list_cat']),
  family: LIST_FAMILY,
  signature: 'array_concat(list[, …])',
  doc: 'The lists one after the other; beside lists of lists a list is one item. Null lists are left out unless they are items, of nothing but nulls it is null.',
  nulls: () => 'kept',
  type(args, context) {
    const fits = args.length > 0 && args.every(({ type }) => type.kind === 'list' || type.kind === 'null');
    const { type, isOptional } = levels(args) ?? noMatch('array_concat', args, context);
    if (!fits) noMatch('array_concat', args, context);
    return isOptional ? optional(type) : type;
  },
  coerce: (args) =>
    levels(args)!.places.map((type, index) => (mayBeNull(args[index]!) ? optional(type) : present(type))),
  print(args) {
    const { type: lists, missing, places, isOptional: mayAllBeNull } = levels(args)!;
    const all = args.map(({ type, sql }, index) => {
      const brackets = missing[index]!;
      if (brackets === 0) return isOptional(type) ? opened(sql) : sql;
      const item = isOptional(places[index]!) && !isOptional(type) ? `[${sql}]` : sql;
      return wrapped(item, lists, brackets);
    });
    const joined = `arrayConcat(${all.join(', ')})`;
    if (!mayAllBeNull) return joined;
    return `if(${args.map(({ sql }) => `empty(${sql})`).join(' AND ')}, [], [${joined}])`;
  },
};
