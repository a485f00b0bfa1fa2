/**
 * One SELECT. It prints as one engine SELECT, or as two when it groups: the inner one groups, the outer one sees
 * nothing but group keys and aggregates, so HAVING is its WHERE and everything behind has one meaning.
 */
import { type BoundSelect, narrowStatement } from '../narrow/recognise.ts';
import { Aggregation } from './aggregation.ts';
import { type AstNode, type AstValue, identifier, list, node, refuseOthers, variant } from './ast.ts';
import { bindCondition } from './bind-condition.ts';
import { bindFrom } from './bind-from.ts';
import { isOrderByAll, type OrderKey, orderOptions } from './bind-order-key.ts';
import { inSubquery } from './bind-subquery.ts';
import { scopeOf } from './derived-source.ts';
import { emitSelect } from './emit-select.ts';
import type { Binder, BoundQuery, Environment, QueryEnvironment } from './environment.ts';
import { conjuncts, type Expression, some } from './expression.ts';
import { pushExtremeRows } from './extreme-rows.ts';
import { fillGaps } from './gap-fill.ts';
import { refuseFills } from './gap-fill-calls.ts';
import { Gate, withRowKeys } from './gate.ts';
import { bindGrouping, type Grouping } from './grouping.ts';
import { Lowering } from './lowering.ts';
import { type PlanNode, planNode } from './plan-node.ts';
import { bindProjection, type Projection } from './projection.ts';
import { pushRestrictions } from './push-down.ts';
import type { Tail } from './query-tail.ts';
import {
  type Distinct,
  expressionsOf,
  type Filtered,
  fromWhere,
  mapParts,
  type SelectParts,
  withExpressions,
} from './select-parts.ts';
import type { Source } from './source.ts';
import { errors } from './sql-errors.ts';
import type { StatementContext } from './statement-context.ts';
import { unnestBelowGrouping } from './unnest-rows.ts';

const CLAUSES = [
  'distinct',
  'projection',
  'from',
  'selection',
  'group_by',
  'having',
  'named_window',
  'qualify',
  'window_before_qualify',
  'flavor',
  'select_modifiers',
];

export function bindSelect(body: AstNode, tail: Tail, given: QueryEnvironment, binder: Binder): BoundQuery {
  refuseOthers(body, CLAUSES, 'SELECT');
  // `FROM t` alone asks for all columns.
  const shown = body.flavor === 'FromFirstNoSelect' ? [{ Wildcard: {} }] : list(body.projection);
  if (shown.length === 0) throw errors.parser('Expected: an expression, found: nothing after SELECT');
  const query: QueryEnvironment = { ...given, results: false, defersTail: false };
  const from = bindFrom(list(body.from), query, binder);
  const scope = scopeOf(from, query);
  const source =
    from === undefined ? undefined : { ...from, sql: withRowKeys(from.sql, scope.rowKeys, query.context) };
  const namedWindows = windowsOf(body);
  const at = (clause: string, more: Partial<Environment> = {}): Environment => ({
    query,
    scope,
    clause,
    aggregates: false,
    windows: false,
    namedWindows,
    aliases: null,
    aliasesFirst: false,
    binder,
    ...more,
  });
  const where = bindWhere(body.selection, at('WHERE'));
  refuseFills(where);
  if (given.defersTail === true && given.outer instanceof Gate) given.outer.noteEqualities(where);
  const projection = bindProjection(shown, source, at('SELECT', { aggregates: true, windows: true }));
  const aliases = new Map(
    projection.flatMap((item): [string, Expression][] =>
      item.alias === null ? [] : [[item.alias, item.expression]],
    ),
  );
  const later = { aggregates: true, windows: true, aliases };
  const grouping = bindGrouping(body.group_by, projection, at('GROUP BY', { aliases }));
  const having = isGiven(body.having)
    ? bindCondition(body.having, at('HAVING', { aggregates: true, aliases }))
    : null;
  const qualify = isGiven(body.qualify) ? bindCondition(body.qualify, at('QUALIFY', later)) : null;
  const keys = bindOrder(tail.orderBy, projection, at('ORDER BY', { ...later, aliasesFirst: true }));
  const distinct = bindDistinct(body.distinct, projection, at('DISTINCT ON', later));

  const scanned = source === undefined ? where : pushRestrictions(source, where);
  const all = [
    ...projection.map((item) => item.expression),
    ...(having === null ? [] : [having]),
    ...(qualify === null ? [] : [qualify]),
    ...keys.map((key) => key.expression),
  ];
  const grouped =
    grouping !== null ||
    having !== null ||
    all.some((expression) => some(expression, (e) => e.kind === 'aggregate'));
  const filtered: Filtered = { source, where: scanned, node: filterNode(source, where) };
  const parts = { projection, having, qualify, keys, distinct };
  const select = { source: from, remaining: scanned, grouping, grouped, parts, limit: tail.limit };
  if (!grouped) {
    refuseFills(all);
    const sources = source === undefined ? [] : [source];
    const read = scope.rowKeys.length === 0 ? { ...filtered, source: from } : filtered;
    const bound = emitSelect(read, parts, tail, given, { sources, where, singleRow: false });
    return withNarrow(bound, given, select);
  }
  pushExtremeRows(source, scanned, grouping, all);
  const unnested = unnestGrouped(filtered, grouping, parts, query.context);
  const lowering = new Lowering(query.context);
  const aggregation = new Aggregation(query.context, scope, unnested.grouping, lowering);
  const rewritten = mapParts(unnested.parts, (expression) => aggregation.rewrite(expression));
  const inner = aggregation.print(fromWhere(lowering.apply(unnested.filtered)));
  const node = planNode(aggregation.label(), unnested.filtered.node);
  const filled = fillGaps({
    aggregation,
    sql: inner,
    selected: [...projection, ...keys].map((item) => item.expression),
    conditions: [having, qualify].filter((condition) => condition !== null),
    where,
    context: query.context,
  });
  const keyIds = new Set(aggregation.keys.map((key) => key.column.id));
  const isKey = (id: string): boolean => keyIds.has(id);
  const isFlat =
    filled === null &&
    scope.rowKeys.length === 0 &&
    unnested.filtered === filtered &&
    aggregation.isPlain &&
    scanned.every((condition) => !some(condition, (part) => part.kind === 'subquery'));
  const bound = emitSelect(
    {
      source: undefined,
      sql: withRowKeys(`(${filled ?? inner})`, scope.rowKeys, query.context, isKey),
      where: [],
      node: filled === null ? node : planNode('GapFill', node),
    },
    rewritten,
    tail,
    given,
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
  return isFlat ? withNarrow(bound, given, select) : bound;
}

/** Of the statement's own SELECT it is told whether it reads few rows. */
function withNarrow(bound: BoundQuery, { results }: QueryEnvironment, select: BoundSelect): BoundQuery {
  const narrow = results === true ? narrowStatement(select) : undefined;
  return narrow === undefined ? bound : { ...bound, narrow };
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

const isGiven = (value: AstValue | undefined): boolean => value !== null && value !== undefined;

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

/** The conditions that must all hold. Only for them is "unknown" the same as false. */
function bindWhere(value: AstValue | undefined, environment: Environment): Expression[] {
  if (!isGiven(value)) return [];
  const found: Expression[] = [];
  const pending: AstValue[] = [value!];
  while (pending.length > 0) {
    const next = pending.pop()!;
    const [kind, content] = variant(next);
    if (kind === 'BinaryOp' && node(content).op === 'And')
      pending.push(node(content).right!, node(content).left!);
    else if (kind === 'Nested') pending.push(content);
    else if (kind === 'InSubquery' && node(content).negated !== true)
      found.push(inSubquery(node(content), environment, true));
    else found.push(...conjuncts(bindCondition(next, environment)));
  }
  return found;
}

function windowsOf(body: AstNode): ReadonlyMap<string, AstNode> {
  const windows = new Map<string, AstNode>();
  for (const entry of list(body.named_window)) {
    const [name, definition] = list(entry);
    windows.set(identifier(name), node(definition));
  }
  return windows;
}

/** A position, an alias, or any expression over the input. */
function bindOrder(
  entries: readonly AstValue[],
  projection: readonly Projection[],
  environment: Environment,
): OrderKey[] {
  return entries.flatMap((entry): OrderKey[] | OrderKey => {
    const body = node(entry);
    if (
      entries.length === 1 &&
      isOrderByAll(body.expr) &&
      environment.scope.find(null, 'all', undefined) === undefined
    )
      return projection.map(({ expression }) => ({ expression, ...orderOptions(body) }));
    const expression = environment.binder.expression(body.expr, environment);
    const isPosition = variant(body.expr)[0] === 'Value' && expression.constant?.kind === 'integer';
    if (!isPosition) return { expression, ...orderOptions(body) };
    const position = Number((expression.constant as { value: bigint }).value);
    const item = projection[position - 1];
    if (item === undefined)
      throw errors.planning(
        `Order by column out of bounds, specified: ${position}, max: ${projection.length}`,
      );
    return { expression: item.expression, ...orderOptions(body) };
  });
}

function bindDistinct(
  value: AstValue | undefined,
  projection: readonly Projection[],
  environment: Environment,
): Distinct {
  if (!isGiven(value)) return { kind: 'none' };
  const [kind, content] = variant(value);
  if (kind === 'Distinct') return { kind: 'all' };
  if (kind === 'All') return { kind: 'none' };
  if (kind !== 'On') throw errors.notImplemented(`SELECT ${kind}`);
  const on = list(content).map((part) => {
    const expression = environment.binder.expression(part, environment);
    const position =
      variant(part)[0] === 'Value' && expression.constant?.kind === 'integer'
        ? Number(expression.constant.value)
        : 0;
    return projection[position - 1]?.expression ?? expression;
  });
  return { kind: 'on', on };
}
