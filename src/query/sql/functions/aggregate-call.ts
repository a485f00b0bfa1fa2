/** One engine aggregate call with the SQL modifiers as ClickHouse combinators: `sumDistinctOrNullIf(x, condition)`. */
import type { AggregateModifiers } from './definition.ts';

export interface EngineCall {
  readonly name: string;
  /** Engine parameters before the arguments: `quantile(0.5)(x)`. */
  readonly parameters?: string;
  readonly args: readonly string[];
  /** Null over no rows, also when the arguments cannot be null. */
  readonly orNull?: boolean;
  /** Further condition that rows must meet. */
  readonly condition?: string;
  /** DISTINCT means nothing to the function (`min`), so it is left out. */
  readonly ignoreDistinct?: boolean;
}

/** Prints the call, and its window when it stands before OVER. */
export function engineCall(call: EngineCall, modifiers: AggregateModifiers): string {
  const conditions = [
    call.condition,
    modifiers.filterSql === null ? undefined : `ifNull(${modifiers.filterSql}, false)`,
  ];
  const condition = conditions.filter((part) => part !== undefined).join(' AND ');
  const name = [
    call.name,
    modifiers.distinct && !call.ignoreDistinct ? 'Distinct' : '',
    call.orNull ? 'OrNull' : '',
    condition === '' ? '' : 'If',
  ].join('');
  const parameters = call.parameters === undefined ? '' : `(${call.parameters})`;
  const args = condition === '' ? call.args : [...call.args, condition];
  return `${name}${parameters}(${args.join(', ')})${over(modifiers)}`;
}

export const over = (modifiers: AggregateModifiers): string =>
  modifiers.over ? ` OVER ${modifiers.over.sql}` : '';
