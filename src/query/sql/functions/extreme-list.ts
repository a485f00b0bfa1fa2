/** Which list is the least or the greatest: the engine's own order of arrays puts nulls and NaN elsewhere. */
import type { DataType } from '../../types.ts';
import { engineCall } from './aggregate-call.ts';
import type { AggregateModifiers, PrintContext, PrintedArgument } from './definition.ts';
import { emptyIsNull } from './list-support.ts';
import { isNested } from './support.ts';

/** Plain values, and lists of them. */
export const isOrdered = (type: DataType): boolean =>
  type.kind === 'list' ? isOrdered(type.item) : !isNested(type);

/** The list that comes first or last item by item; a null item comes after all others, a list before longer ones. */
export function extremeList(
  name: 'min' | 'max',
  list: PrintedArgument,
  modifiers: AggregateModifiers,
  context: PrintContext,
): string {
  const key = (sql: string, type: DataType): string => {
    if (type.kind === 'list') {
      const item = context.freshName();
      return `arrayMap(${item} -> ${key(item, type.item)}, ${sql})`;
    }
    const last = [`isNull(${sql})`, ...(type.kind === 'float' ? [`ifNull(isNaN(${sql}), 0)`] : [])];
    return `tuple(${last.join(', ')}, ${sql})`;
  };
  const call = {
    name: name === 'min' ? 'argMin' : 'argMax',
    args: [list.sql, key(list.sql, list.type)],
    ignoreDistinct: true,
    ...(emptyIsNull(list) ? { condition: `notEmpty(${list.sql})` } : {}),
  };
  return engineCall(call, modifiers);
}
