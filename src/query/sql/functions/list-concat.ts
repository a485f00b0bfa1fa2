/** array_concat: lists of as many levels as the deepest one. */
import { type DataType, INT64 } from '../../types.ts';
import type { BoundArgument, ScalarFunction } from './definition.ts';
import { LIST_FAMILY, listAliases, listOf } from './list-support.ts';
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

/** Those of fewer levels are one item of the others each. */
function levels(args: readonly BoundArgument[]) {
  const lists = args.map(({ type }) => (type.kind === 'list' ? leafOf(type) : undefined));
  const known = lists.filter((list) => list !== undefined);
  const leaf = commonType(known.map((list) => list.leaf));
  const depth = Math.max(1, ...known.map((list) => list.depth));
  return {
    leaf: leaf?.kind === 'null' ? INT64 : leaf,
    depth,
    depths: lists.map((list) => list?.depth ?? depth),
  };
}

export const arrayConcat: ScalarFunction = {
  kind: 'scalar',
  name: 'array_concat',
  aliases: listAliases('array_concat', ['array_cat', 'list_cat']),
  family: LIST_FAMILY,
  signature: 'array_concat(list[, …])',
  doc: 'The lists one after the other; beside lists of lists a list is one item.',
  type(args, context) {
    const fits = args.length > 0 && args.every(({ type }) => type.kind === 'list' || type.kind === 'null');
    const { leaf, depth } = levels(args);
    return fits && leaf !== undefined ? nested(leaf, depth) : noMatch('array_concat', args, context);
  },
  coerce(args) {
    const { leaf, depths } = levels(args);
    return args.map((_, index) => nested(leaf!, depths[index]!));
  },
  print(args) {
    const { depth, depths } = levels(args);
    const wrapped = args.map(({ sql }, index) => {
      const missing = depth - depths[index]!;
      return `${'['.repeat(missing)}${sql}${']'.repeat(missing)}`;
    });
    return `arrayConcat(${wrapped.join(', ')})`;
  },
};
