/** Which list is the least or the greatest: the engine's own order of arrays puts nulls and NaN elsewhere. */
import type { DataType } from '../../types.ts';
import { engineCall } from './aggregate-call.ts';
import type { AggregateModifiers, PrintedArgument } from './definition.ts';
import { isNotNullSql, isNullSql, isOptional, opened, present } from './optional.ts';
import { isNested } from './support.ts';

/** Plain values, and lists of them. */
export const isOrdered = (type: DataType): boolean =>
  type.kind === 'list' ? isOrdered(type.item) : !isNested(type);

/** What the engine sorts as lists are sorted: item by item, a null after all others, or before. */
export function listKey(sql: string, type: DataType, nullsAreGreatest = true, depth = 0): string {
  if (type.kind === 'list' && !isOptional(type)) {
    const item = `key${depth}`;
    return `arrayMap(${item} -> ${listKey(item, type.item, nullsAreGreatest, depth + 1)}, ${sql})`;
  }
  const isFirst = nullsAreGreatest ? isNullSql(type, sql) : isNotNullSql(type, sql);
  if (isOptional(type))
    return `tuple(${isFirst}, ${listKey(opened(sql), present(type), nullsAreGreatest, depth)})`;
  const last = [isFirst, ...(type.kind === 'float' ? [`ifNull(isNaN(${sql}), 0)`] : [])];
  return `tuple(${last.join(', ')}, ${sql})`;
}

/** The list that comes first or last item by item; a null item comes after all others, a list before longer ones. */
export function extremeList(
  name: 'min' | 'max',
  list: PrintedArgument,
  modifiers: AggregateModifiers,
): string {
  const call = {
    name: name === 'min' ? 'argMin' : 'argMax',
    args: [list.sql, listKey(list.sql, list.type)],
    ignoreDistinct: true,
    condition: isNotNullSql(list.type, list.sql),
  };
  return engineCall(call, modifiers);
}
