/**
 * A SELECT over nothing but the one row of another, in a correlated subquery: what it computes is computed outside,
 * too, or the row would be missing where the engine finds nothing for it.
 */
import type { BoundQuery, LiftedRow, QueryColumn } from './environment.ts';
import { condition, type Expression, rewrite, some } from './expression.ts';
import { planNode } from './plan-node.ts';
import type { BoundSelect } from './print-select.ts';
import { expressionsOf } from './select-parts.ts';
import { errors } from './sql-errors.ts';

/** Undefined where its rows are no such row, or need not be asked for that way. */
export function liftedSelect(select: BoundSelect): BoundQuery | undefined {
  const { from, where, parts, query } = select;
  const lifted = from?.lifted;
  if (from === undefined || lifted === undefined) return undefined;
  if (!computesOnly(select)) {
    if (lifted.having === null && isNullOverNothing(select, lifted)) return undefined;
    throw errors.notImplemented('this form of a query over aggregates of all rows in a correlated subquery');
  }
  const below = new Map(
    from.relations.flatMap(({ columns }) => columns).map(({ id }, i) => [id, lifted.expressions[i]!]),
  );
  const over = (expression: Expression): Expression =>
    rewrite(expression, ({ column }) => (column === undefined ? undefined : below.get(column.id)));
  const columns = parts.projection.map(
    ({ name, qualifier, expression: { type } }): QueryColumn => ({
      name,
      qualifier,
      type,
      nullable: true,
      id: query.context.freshId(),
    }),
  );
  const conditions = [...(lifted.having === null ? [] : [lifted.having]), ...where.map(over)];
  const items = parts.projection.map((item) => item.expression.name);
  return {
    columns,
    sql: '',
    node: planNode(`Projection: ${items.join(', ')}`, from.node),
    ...(conditions.length === 0 && { singleRow: true }),
    lifted: {
      ...lifted,
      expressions: parts.projection.map((item) => over(item.expression)),
      having: all(conditions),
      isOnly: true,
    },
  };
}

function computesOnly({ grouped, parts, where, tail, source }: BoundSelect): boolean {
  const { count, offset } = tail.limit;
  const isComputed = (expression: Expression): boolean =>
    !some(expression, (e) => e.kind === 'window' || e.kind === 'subquery' || e.unnest === true);
  return (
    !grouped &&
    source?.joined === false &&
    parts.qualify === null &&
    parts.distinct.kind !== 'on' &&
    offset === 0n &&
    (count ?? 1n) > 0n &&
    [...expressionsOf(parts), ...where].every(isComputed)
  );
}

const NULL_OVER_NULLS = new Set(['min', 'max', 'sum', 'avg', 'median']);

/** Aggregates that are null over the one row of nulls as over no row at all. */
function isNullOverNothing({ expressions, parts, grouping, where }: BoundSelect, lifted: LiftedRow): boolean {
  const isNull = (expression: Expression): boolean => {
    const found = lifted.aggregates.find(({ id }) => id === expression.column?.id);
    return found !== undefined && found.emptyValue === undefined;
  };
  const isSafe = (expression: Expression): boolean =>
    !some(
      expression,
      ({ kind, aggregate }) =>
        kind === 'aggregate' && (aggregate === undefined || !NULL_OVER_NULLS.has(aggregate.name)),
    );
  return (
    grouping === null &&
    parts.having === null &&
    where.length === 0 &&
    lifted.expressions.every(isNull) &&
    expressions.every(isSafe)
  );
}

function all(conditions: readonly Expression[]): Expression | null {
  const [first, ...others] = conditions;
  if (first === undefined || others.length === 0) return first ?? null;
  return condition('AND', conditions, (printed) => `(${printed.map((part) => `(${part})`).join(' AND ')})`);
}
