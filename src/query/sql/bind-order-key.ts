/** Sort keys: of ORDER BY, of windows, of aggregates. */
import { type AstNode, type AstValue, identifier, node, refuseOthers, variant } from './ast.ts';
import type { Expression } from './expression.ts';
import { isOrdered, listKey } from './functions/extreme-list.ts';
import { isOptional } from './functions/optional.ts';
import { isFloat, isNested, plain } from './functions/support.ts';

export interface OrderKey {
  readonly expression: Expression;
  readonly descending: boolean;
  readonly nullsFirst: boolean;
}

/** DataFusion's order: ascending with nulls last, descending with nulls first. */
export function orderOptions(entry: AstNode): Omit<OrderKey, 'expression'> {
  refuseOthers(entry, ['expr', 'options'], 'ORDER BY');
  const options = node(entry.options ?? {});
  const descending = options.asc === false;
  const nulls = options.nulls_first;
  return { descending, nullsFirst: typeof nulls === 'boolean' ? nulls : descending };
}

/** `ORDER BY ALL`: the parser takes it for a column, and so it is where one has that name. */
export function isOrderByAll(value: AstValue | undefined): boolean {
  const [kind, content] = variant(value);
  return (
    kind === 'Identifier' && (node(content).quote_style ?? null) === null && identifier(content) === 'all'
  );
}

export function bindOrderKeys(
  entries: readonly AstValue[],
  bind: (value: AstValue) => Expression,
): OrderKey[] {
  return entries.map((entry) => ({
    expression: bind(node(entry).expr!),
    ...orderOptions(node(entry)),
  }));
}

export const orderKeyName = (key: OrderKey): string =>
  `${key.expression.name} ${key.descending ? 'DESC' : 'ASC'} NULLS ${key.nullsFirst ? 'FIRST' : 'LAST'}`;

/**
 * Engine SQL of a key. NaN sorts above all numbers; the engine puts it beside the nulls, which is the same
 * place only with the default position of nulls.
 */
export function printOrderKey(key: OrderKey, sql: string): string[] {
  const { type } = key.expression;
  // Lists have no nulls in the engine's eyes.
  if (isNested(type)) {
    const direction = key.descending ? 'DESC' : 'ASC';
    if (isOrdered(type)) return [`${listKey(sql, type, key.nullsFirst === key.descending)} ${direction}`];
    const nulls = isOptional(type) ? [`empty(${sql}) ${key.nullsFirst ? 'DESC' : 'ASC'}`] : [];
    return [...nulls, `${sql} ${direction}`];
  }
  const direction = `${key.descending ? 'DESC' : 'ASC'} NULLS ${key.nullsFirst ? 'FIRST' : 'LAST'}`;
  if (isFloat(plain(key.expression.type)) && key.nullsFirst !== key.descending)
    return [
      `isNull(${sql}) ${key.nullsFirst ? 'DESC' : 'ASC'}`,
      `ifNull(isNaN(${sql}), 0) ${key.descending ? 'DESC' : 'ASC'}`,
      `${sql} ${direction}`,
    ];
  return [`${sql} ${direction}`];
}
