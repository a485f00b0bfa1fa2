/** What a SELECT is made of between binding and printing. */
import type { OrderKey } from './bind-order-key.ts';
import { type Expression, printExpression } from './expression.ts';
import type { PlanNode } from './plan-node.ts';
import type { Projection } from './projection.ts';
import type { Source } from './source.ts';

/** The rows that the select list is computed over. */
export interface Filtered {
  readonly source: Source | undefined;
  readonly sql?: string;
  readonly where: readonly Expression[];
  readonly node: PlanNode;
}

export type Distinct =
  | { readonly kind: 'none' }
  | { readonly kind: 'all' }
  | { readonly kind: 'on'; readonly on: readonly Expression[] };

export interface SelectParts {
  readonly projection: readonly Projection[];
  readonly having: Expression | null;
  readonly qualify: Expression | null;
  readonly keys: readonly OrderKey[];
  readonly distinct: Distinct;
}

const fromSql = (filtered: Filtered): string => filtered.sql ?? filtered.source?.sql ?? '';

/** ` FROM … WHERE …`, or nothing. */
export function fromWhere(filtered: Filtered): string {
  const from = fromSql(filtered);
  const where = filtered.where.map(printExpression).join(' AND ');
  return `${from === '' ? '' : ` FROM ${from}`}${where === '' ? '' : ` WHERE ${where}`}`;
}

/** The rows that are left, as rows of their own: with all their columns, where `fromWhere` has those that are shown. */
export function filteredBelow(filtered: Filtered): Filtered {
  return filtered.where.length === 0
    ? filtered
    : { ...filtered, source: undefined, sql: `(SELECT *${fromWhere(filtered)})`, where: [] };
}

export const present = <T>(value: T | null): readonly T[] => (value === null ? [] : [value]);

/** Every expression, in the order in which `mapParts` visits them. */
export function expressionsOf(parts: SelectParts): Expression[] {
  const found: Expression[] = [];
  mapParts(parts, (expression) => {
    found.push(expression);
    return expression;
  });
  return found;
}

export function mapParts(parts: SelectParts, change: (expression: Expression) => Expression): SelectParts {
  const { distinct, having, qualify } = parts;
  return {
    projection: parts.projection.map((item) => ({ ...item, expression: change(item.expression) })),
    keys: parts.keys.map((key) => ({ ...key, expression: change(key.expression) })),
    distinct: distinct.kind === 'on' ? { kind: 'on', on: distinct.on.map(change) } : distinct,
    having: having === null ? null : change(having),
    qualify: qualify === null ? null : change(qualify),
  };
}

/** The parts with others in the place of their expressions. */
export function withExpressions(parts: SelectParts, expressions: readonly Expression[]): SelectParts {
  let next = 0;
  return mapParts(parts, () => expressions[next++]!);
}
