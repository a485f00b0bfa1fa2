/** Lists that become rows. */
import type { DataType } from '../types.ts';
import { cast } from './cast.ts';
import type { Expression } from './expression.ts';
import { optional } from './functions/optional.ts';
import { errors } from './sql-errors.ts';

/** A list whose items may be null, because beside a longer one it ends in nulls; a null list has no items. */
export function listOfRows(value: Expression, at = ''): Expression {
  if (value.type.kind !== 'list')
    throw errors.planning(`unnest() can only be applied to array, struct and null${at}`);
  return cast(value, { kind: 'list', item: optional(value.type.item) });
}

export const itemOfRows = ({ type }: Expression): DataType => (type as { readonly item: DataType }).item;
