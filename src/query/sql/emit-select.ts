/** Prints a bound SELECT. */

import { type OrderKey, orderKeyName, printOrderKey } from './bind-order-key.ts';
import type { BoundQuery, DeferredTail, LiftedRow, QueryColumn, QueryEnvironment } from './environment.ts';
import { type Expression, keyOf, printExpression, printValue, some } from './expression.ts';
import { arePlain, beneathGroups, flattened, type Grouped } from './flat-select.ts';
import { isCorrelated, Lowering } from './lowering.ts';
import { type PlanNode, planNode } from './plan-node.ts';
import { timeBounds } from './push-down.ts';
import { printLimit, type Tail } from './query-tail.ts';
import {
  expressionsOf,
  type Filtered,
  filteredBelow,
  fromWhere,
  mapParts,
  present,
  type SelectParts,
  withExpressions,
} from './select-parts.ts';
import type { Source } from './source.ts';
import { errors } from './sql-errors.ts';
import type { StatementContext, Template } from './statement-context.ts';
import { unnestSelected } from './unnest-rows.ts';

/** What the rows are known to be. */
export interface Origin {
  readonly sources: readonly Source[];
  readonly where: readonly Expression[];
  /** The rows are one: that of aggregates without groups. */
  readonly singleRow: boolean;
  /** What the one row is computed from. */
  readonly aggregates?: LiftedRow['aggregates'];
  /** Set where the rows are groups that can be made in the same SELECT. */
  readonly grouped?: Grouped;
}

export function emitSelect(
  rows: Filtered,
  given: SelectParts,
  tail: Tail,
  query: QueryEnvironment,
  origin: Origin,
): BoundQuery {
  const { filtered, parts } = lowered(rows, given, query.context);
  const { projection, distinct } = parts;
  const byKey = new Map<string, string>();
  const columns = projection.map((item, i): QueryColumn => {
    const id = query.results ? `c${i}` : query.context.freshId();
    if (!byKey.has(keyOf(item.expression))) byKey.set(keyOf(item.expression), id);
    const bounds = origin.sources.length === 1 ? timeBounds(item.expression, origin.where) : undefined;
    return {
      name: item.name,
      qualifier: item.qualifier,
      type: item.expression.type,
      nullable: item.expression.nullable,
      id,
      ...(bounds === undefined ? {} : { bounds }),
      ...(item.expression.emptyValue === undefined ? {} : { emptyValue: item.expression.emptyValue }),
    };
  });
  const correlated = (query.outer?.outerReferences.length ?? 0) > 0;
  // Asked of what was given: below, the lists are columns already.
  const unnests = given.projection.some((item) => some(item.expression, (part) => part.unnest === true));
  if (correlated && origin.singleRow && unnests)
    throw errors.notImplemented('unnest over aggregates without GROUP BY in a correlated subquery');
  // One row needs no limit but one that leaves it out.
  const singleRow =
    origin.singleRow &&
    given.having === null &&
    given.qualify === null &&
    tail.limit.offset === 0n &&
    (tail.limit.count ?? 1n) > 0n &&
    !unnests;
  const asksForOne = query.defersTail === true || query.liftsRow === true;
  const oneOrNone = origin.singleRow && asksForOne && mayBeNone(given, parts, tail);
  const defers = correlated && query.defersTail === true && !singleRow && !oneOrNone;
  if (correlated && origin.singleRow && !oneOrNone && (given.having !== null || given.qualify !== null))
    throw errors.notImplemented('HAVING or QUALIFY without GROUP BY deep in a correlated subquery');
  if (correlated) refuseUncorrelatable(parts, tail, defers || singleRow || oneOrNone);
  // Order without a limit means nothing in a subquery, and the engine has none in correlated ones.
  const cut = !(correlated && singleRow) && (tail.limit.count !== null || tail.limit.offset > 0n);
  const keys = correlated && !cut ? [] : parts.keys;
  // The engine does not sort by what holds a correlated subquery: such a select list is computed one level below.
  const computesCorrelated = [...projection, ...keys].some((item) => isCorrelated(item.expression));
  const nested = keys.length > 0 && (defers || computesCorrelated);
  const hidden: string[] = [];
  const sortIds: string[] = [];
  const sorting = keys.flatMap((key) => {
    const known = byKey.get(keyOf(key.expression));
    if (known === undefined && distinct.kind === 'all')
      throw errors.planning(
        `For SELECT DISTINCT, ORDER BY expressions ${key.expression.name} must appear in select list`,
      );
    const id = known ?? (nested ? query.context.freshId() : printValue(key.expression));
    if (known === undefined && nested) hidden.push(`${printValue(key.expression)} AS ${id}`);
    sortIds.push(id);
    return printOrderKey(key, id);
  });
  const list = projection.map((item, i) => `${printValue(item.expression)} AS ${columns[i]!.id}`);
  const conditions = { ...filtered, where: [...filtered.where, ...present(parts.having)] };
  // Past WHERE the engine has only columns that are shown, not those that a correlated subquery looks for.
  const kept = computesCorrelated ? filteredBelow(conditions) : conditions;
  // The engine has no DISTINCT in correlated subqueries, but groups.
  const groups = correlated && distinct.kind === 'all';
  const core = [
    `SELECT ${distinct.kind === 'all' && !groups ? 'DISTINCT ' : ''}${[...list, ...hidden].join(', ')}`,
    fromWhere(kept),
    parts.qualify === null ? '' : ` QUALIFY ${printExpression(parts.qualify)}`,
    groups ? ` GROUP BY ${columns.map((column) => column.id).join(', ')} HAVING count() > 0` : '',
  ].join('');
  const node = describe(filtered.node, parts, tail);
  if (defers) return { columns, sql: core, node, deferred: deferredTail(keys, sortIds, tail) };
  const limit = cut ? printLimit(tail.limit) : '';
  const first =
    distinct.kind === 'on'
      ? ` LIMIT 1 BY ${distinct.on.map((on) => byKey.get(keyOf(on)) ?? printValue(on)).join(', ')}`
      : '';
  const order = sorting.length === 0 ? '' : ` ORDER BY ${sorting.join(', ')}`;
  const levels = nested
    ? `SELECT ${columns.map((column) => column.id).join(', ')} FROM (${core})${order}${first}${limit}`
    : `${core}${order}${first}${limit}`;
  const isFlat =
    !correlated && !nested && filtered === rows && parts.qualify === null && distinct.kind !== 'on';
  const sql =
    isFlat && arePlain([...expressionsOf(parts), ...filtered.where])
      ? flat(columns, parts, filtered, limit, origin, levels, query.context)
      : levels;
  if (!(singleRow || oneOrNone) || !correlated || origin.aggregates === undefined)
    return { columns, sql, node, singleRow };
  const expressions = projection.map((item) => item.expression);
  const lifted = { from: filtered.sql!, aggregates: origin.aggregates, expressions, having: parts.having };
  return { columns, sql, node, singleRow, lifted };
}

/** Aggregates of all rows with a HAVING that can be asked of them alone. */
function mayBeNone(given: SelectParts, parts: SelectParts, { limit }: Tail): boolean {
  if (parts.having === null || given.qualify !== null) return false;
  if (given.projection.some((item) => some(item.expression, (part) => part.unnest === true))) return false;
  return limit.offset === 0n && (limit.count ?? 1n) > 0n && given.distinct.kind !== 'on';
}

/** The same as `levels`, which stay where one SELECT would not be the same. */
function flat(
  columns: readonly QueryColumn[],
  { projection, keys, distinct, having }: SelectParts,
  rows: Filtered,
  limit: string,
  { grouped }: Origin,
  levels: Template,
  context: StatementContext,
): Template {
  if (grouped !== undefined && (having !== null || distinct.kind !== 'none')) return levels;
  const print = (expression: Expression) =>
    grouped === undefined ? printValue(expression) : beneathGroups(expression, grouped);
  const names = new Map<string, string>();
  const items = projection.map(({ expression }, i) => {
    const sql = print(expression);
    if (!names.has(sql)) names.set(sql, columns[i]!.id);
    return `${sql} AS ${columns[i]!.id}`;
  });
  const named = (sql: string) => names.get(sql) ?? sql;
  // `arrow_typeof(sum(x))` alone is a constant: nothing would say that the rows become one.
  const { keys: groupKeys, aggregates } = grouped?.aggregation ?? { keys: [], aggregates: [] };
  if (grouped !== undefined && groupKeys.length === 0 && !aggregates.some(({ bare }) => names.has(bare)))
    return levels;
  const groups = groupKeys.map(({ bare }) => named(bare));
  const order = keys.flatMap((key) => printOrderKey(key, named(print(key.expression))));
  const below = grouped?.rows ?? rows;
  return flattened(
    {
      rows: below,
      items: distinct.kind === 'all' ? [`DISTINCT ${items[0]}`, ...items.slice(1)] : items,
      conditions: [...below.where, ...present(grouped === undefined ? having : null)].map(printExpression),
      rest: [
        groups.length === 0 ? '' : ` GROUP BY ${groups.join(', ')}`,
        order.length === 0 ? '' : ` ORDER BY ${order.join(', ')}`,
        limit,
      ].join(''),
    },
    levels,
    context,
  );
}

/** What has to be computed below is; unnested lists have become rows. */
function lowered(
  given: Filtered,
  parts: SelectParts,
  context: StatementContext,
): { readonly filtered: Filtered; readonly parts: SelectParts } {
  const lowering = new Lowering(context);
  let plain = mapParts(parts, (expression) => lowering.windows(expression));
  let filtered = given;
  if (!lowering.isEmpty) {
    filtered = lowering.apply({ ...given, where: [...given.where, ...present(plain.having)] });
    plain = { ...plain, having: null };
  }
  const remaining: SelectParts = { ...plain, having: null, qualify: null };
  const expressions = expressionsOf(remaining);
  if (!expressions.some((expression) => some(expression, (part) => part.unnest === true)))
    return { filtered, parts: plain };
  const tail = plain.qualify === null ? '' : ` QUALIFY ${printExpression(plain.qualify)}`;
  const where = [...filtered.where, ...present(plain.having)];
  const spread = unnestSelected({ filtered: { ...filtered, where }, expressions }, context, tail);
  return { filtered: spread.filtered, parts: withExpressions(remaining, spread.expressions) };
}

/** The engine has no windows and no limits in correlated subqueries. */
function refuseUncorrelatable(parts: SelectParts, { limit }: Tail, defers: boolean): void {
  if (!defers && (limit.count !== null || limit.offset > 0n))
    throw errors.notImplemented(
      'LIMIT deep in a correlated subquery: use min, max, or first_value with ORDER BY',
    );
  if (parts.distinct.kind === 'on') throw errors.notImplemented('DISTINCT ON in a correlated subquery');
  if (expressionsOf(parts).some((expression) => some(expression, (part) => part.kind === 'window')))
    throw errors.notImplemented('a window function in a correlated subquery');
}

const deferredTail = (keys: readonly OrderKey[], ids: readonly string[], { limit }: Tail): DeferredTail => ({
  keys: keys.map(({ descending, nullsFirst }, i) => ({ id: ids[i]!, descending, nullsFirst })),
  limit,
});

function describe(input: PlanNode, parts: SelectParts, tail: Tail): PlanNode {
  let result = input;
  if (parts.having !== null) result = planNode(`Filter: ${parts.having.name}`, result);
  const windows: string[] = [];
  for (const { expression } of parts.projection)
    some(expression, (e) => {
      if (e.kind === 'window') windows.push(e.name);
      return false;
    });
  if (windows.length > 0) result = planNode(`WindowAggr: ${windows.join(', ')}`, result);
  if (parts.qualify !== null) result = planNode(`Filter: ${parts.qualify.name}`, result);
  const list = parts.projection.map((item) =>
    item.alias === null ? item.expression.name : `${item.expression.name} AS ${item.alias}`,
  );
  result = planNode(`Projection: ${list.join(', ')}`, result);
  if (parts.distinct.kind !== 'none') result = planNode('Distinct', result);
  if (parts.keys.length > 0) result = planNode(`Sort: ${parts.keys.map(orderKeyName).join(', ')}`, result);
  const { count, offset } = tail.limit;
  if (count !== null || offset > 0n)
    result = planNode(`Limit: skip=${offset}, fetch=${count ?? 'None'}`, result);
  return result;
}
