/**
 * Prints a bound SELECT as one engine SELECT, or as two when it groups: the inner one groups, the outer one sees
 * nothing but group keys and aggregates, so HAVING is its WHERE and everything behind has one meaning.
 */
import { Aggregation } from './aggregation.ts';
import { emitSelect } from './emit-select.ts';
import type { BoundQuery, QueryEnvironment } from './environment.ts';
import { type Expression, some } from './expression.ts';
import { pushExtremeRows } from './extreme-rows.ts';
import { fillGaps } from './gap-fill.ts';
import { refuseFills } from './gap-fill-calls.ts';
import { withRowKeys } from './gate.ts';
import type { Grouping } from './grouping.ts';
import { Lowering } from './lowering.ts';
import { type PlanNode, planNode } from './plan-node.ts';
import type { Tail } from './query-tail.ts';
import type { Scope } from './scope.ts';
import {
  expressionsOf,
  type Filtered,
  fromWhere,
  mapParts,
  type SelectParts,
  withExpressions,
} from './select-parts.ts';
import type { Source } from './source.ts';
import type { StatementContext } from './statement-context.ts';
import { unnestBelowGrouping } from './unnest-rows.ts';

export interface BoundSelect {
  readonly from: Source | undefined;
  /** The same with what subqueries need beside its rows. */
  readonly source: Source | undefined;
  readonly scope: Scope;
  readonly where: readonly Expression[];
  /** Those of them that the scan does not apply itself. */
  readonly remaining: readonly Expression[];
  readonly grouping: Grouping | null;
  /** Whether its rows are groups, be it one of all rows. */
  readonly grouped: boolean;
  readonly parts: SelectParts;
  /** Of the select list, HAVING, QUALIFY and ORDER BY. */
  readonly expressions: readonly Expression[];
  readonly tail: Tail;
  readonly query: QueryEnvironment;
}

export function printSelect(select: BoundSelect): BoundQuery {
  const { source, from, scope, where, remaining, expressions, parts, tail, query } = select;
  const filtered: Filtered = { source, where: remaining, node: filterNode(source, where) };
  if (select.grouped) return printGrouped(select, filtered);
  refuseFills(expressions);
  const sources = source === undefined ? [] : [source];
  const read = scope.rowKeys.length === 0 ? { ...filtered, source: from } : filtered;
  return emitSelect(read, parts, tail, query, { sources, where, singleRow: false });
}

function printGrouped(select: BoundSelect, filtered: Filtered): BoundQuery {
  const { source, from, scope, where, remaining, grouping, expressions, parts, tail, query } = select;
  const { context } = query;
  pushExtremeRows(source, remaining, grouping, expressions);
  const unnested = unnestGrouped(filtered, grouping, parts, context);
  const lowering = new Lowering(context);
  const aggregation = new Aggregation(context, scope, unnested.grouping, lowering);
  const rewritten = mapParts(unnested.parts, (expression) => aggregation.rewrite(expression));
  const inner = aggregation.print(fromWhere(lowering.apply(unnested.filtered)));
  const node = planNode(aggregation.label(), unnested.filtered.node);
  const filled = fillGaps({
    aggregation,
    sql: inner,
    selected: [...parts.projection, ...parts.keys].map((item) => item.expression),
    conditions: [parts.having, parts.qualify].filter((condition) => condition !== null),
    where,
    context,
  });
  const keyIds = new Set([...aggregation.keys.map((key) => key.column.id), ...aggregation.idsOfSets.keys()]);
  const isKey = (id: string): boolean => keyIds.has(id);
  const isFlat =
    filled === null &&
    scope.rowKeys.length === 0 &&
    unnested.filtered === filtered &&
    aggregation.isPlain &&
    remaining.every((condition) => !some(condition, (part) => part.kind === 'subquery'));
  return emitSelect(
    {
      source: undefined,
      sql: withRowKeys(`(${filled ?? inner})`, scope.rowKeys, context, isKey),
      where: [],
      node: filled === null ? node : planNode('GapFill', node),
    },
    rewritten,
    tail,
    query,
    {
      sources: [],
      where: [],
      ...(isFlat && { grouped: { aggregation, rows: { ...filtered, source: from } } }),
      singleRow: grouping === null,
      aggregates: aggregation.aggregates.map(({ column, expression }) => ({
        id: column.id,
        type: column.type,
        emptyValue: expression.emptyValue,
      })),
    },
  );
}

/** Keys that are items of lists: the lists become rows before the rows are grouped. */
function unnestGrouped(
  filtered: Filtered,
  grouping: Grouping | null,
  parts: SelectParts,
  context: StatementContext,
): { readonly filtered: Filtered; readonly grouping: Grouping | null; readonly parts: SelectParts } {
  const keys = grouping?.keys ?? [];
  const expressions = [...keys, ...expressionsOf(parts)];
  const spread = unnestBelowGrouping({ filtered, expressions }, keys.length, context);
  if (spread.filtered === filtered) return { filtered, grouping, parts };
  return {
    filtered: spread.filtered,
    grouping: grouping === null ? null : { ...grouping, keys: spread.expressions.slice(0, keys.length) },
    parts: withExpressions(parts, spread.expressions.slice(keys.length)),
  };
}

function filterNode(source: Source | undefined, where: readonly Expression[]): PlanNode {
  const base = source?.node ?? planNode('EmptyRelation');
  const subqueries: PlanNode[] = [];
  for (const part of where)
    some(part, (e) => {
      if (e.node !== undefined) subqueries.push(e.node);
      return false;
    });
  return where.length === 0
    ? base
    : planNode(`Filter: ${where.map((part) => part.name).join(' AND ')}`, base, ...subqueries);
}
