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

/** Those of fewer levels are one item of the others each; undefined where they have no type in common. */
function levels(args: readonly BoundArgument[]) {
  const lists = args.map(({ type }) => (type.kind === 'list' ? leafOf(type) : undefined));
  const known = lists.filter((list) => list !== undefined);
  const leaf = commonType(known.map((list) => list.leaf));
  if (leaf === undefined) return undefined;
  const depth = Math.max(1, ...known.map((list) => list.depth));
  const missing = lists.map((list) => depth - (list?.depth ?? depth));
  const type = args.reduce(
    (common, arg, i) => (missing[i] === 0 ? roomFor(common, present(arg.type)) : common),
    nested(leaf.kind === 'null' ? INT64 : leaf, depth),
  );
  return { type, missing, places: missing.map((count) => below(type, count)) };
}

export const arrayConcat: ScalarFunction = {
  kind: 'scalar',
  name: 'array_concat',
  aliases: listAliases('array_concat', ['array_cat', 'list_cat']),
  family: LIST_FAMILY,
  signature: 'array_concat(list[, …])',
  doc: 'The lists one after the other; beside lists of lists a list is one item. Nulls are left out, of nothing but nulls it is null.',
  nulls: () => 'kept',
  type(args, context) {
    const fits = args.length > 0 && args.every(({ type }) => type.kind === 'list' || type.kind === 'null');
    const { type } = levels(args) ?? noMatch('array_concat', args, context);
    if (!fits) noMatch('array_concat', args, context);
    return args.every(mayBeNull) ? optional(type) : type;
  },
  coerce: (args) =>
    levels(args)!.places.map((type, index) => (mayBeNull(args[index]!) ? optional(type) : present(type))),
  print(args) {
    const { missing, places } = levels(args)!;
    const lists = args.map(({ type, sql }, index) => {
      const brackets = missing[index]!;
      if (brackets === 0) return isOptional(type) ? opened(sql) : sql;
      // A list of none or one is what it is wrapped into.
      const outer = brackets + Number(isOptional(places[index]!)) - Number(isOptional(type));
      return `${'['.repeat(outer)}${sql}${']'.repeat(outer)}`;
    });
    const joined = `arrayConcat(${lists.join(', ')})`;
    if (!args.every(mayBeNull)) return joined;
    return `if(${args.map(({ sql }) => `empty(${sql})`).join(' AND ')}, [], [${joined}])`;
  },
};
