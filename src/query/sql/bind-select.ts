/**
 * One SELECT. It prints as one engine SELECT, or as two when it groups: the inner one groups, the outer one sees
 * nothing but group keys and aggregates, so HAVING is its WHERE and everything behind has one meaning.
 */
import { Aggregation } from './aggregation.ts';
import { type AstNode, type AstValue, identifier, list, node, refuseOthers, text, variant } from './ast.ts';
import { bindCondition } from './bind-condition.ts';
import { bindFrom, scopeOf } from './bind-from.ts';
import { type OrderKey, orderKeyName, orderOptions, printOrderKey } from './bind-order-key.ts';
import { inSubquery, isCorrelated } from './bind-subquery.ts';
import type { Binder, BoundQuery, Environment, QueryColumn, QueryEnvironment } from './environment.ts';
import { conjuncts, type Expression, keyOf, printExpression, printValue, some } from './expression.ts';
import { fillGaps } from './gap-fill.ts';
import { refuseFills } from './gap-fill-calls.ts';
import { bindGrouping } from './grouping.ts';
import { type PlanNode, planNode } from './plan-node.ts';
import { bindProjection, type Projection } from './projection.ts';
import { pushRestrictions, timeBounds } from './push-down.ts';
import { printLimit, type Tail } from './query-tail.ts';
import type { Source } from './source.ts';
import { errors } from './sql-errors.ts';

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
  if (text(body.flavor ?? 'Standard') !== 'Standard') throw errors.notImplemented('FROM before SELECT');
  if (list(body.projection).length === 0)
    throw errors.parser('Expected: an expression, found: nothing after SELECT');
  const query: QueryEnvironment = { ...given, results: false };
  const source = bindFrom(list(body.from), query, binder);
  const scope = scopeOf(source, query);
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
  const projection = bindProjection(
    list(body.projection),
    source,
    at('SELECT', { aggregates: true, windows: true }),
  );
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

  if (scope.outerReferences.length > 0 && (tail.limit.count !== null || tail.limit.offset > 0n))
    throw errors.notImplemented('LIMIT in a correlated subquery: use min, max, or first_value with ORDER BY');
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
  if (!grouped) {
    refuseFills(all);
    return emit(filtered, parts, tail, given, source === undefined ? [] : [source], where);
  }
  const aggregation = new Aggregation(query.context, scope, grouping);
  const rewrite = (expression: Expression): Expression => aggregation.rewrite(expression);
  const rewritten = {
    projection: projection.map((item) => ({ ...item, expression: rewrite(item.expression) })),
    having: having === null ? null : rewrite(having),
    qualify: qualify === null ? null : rewrite(qualify),
    keys: keys.map((key) => ({ ...key, expression: rewrite(key.expression) })),
    distinct: distinct.kind === 'on' ? { ...distinct, on: distinct.on.map(rewrite) } : distinct,
  };
  const inner = aggregation.print(fromWhere(filtered));
  const node = planNode(aggregation.label(), filtered.node);
  const filled = fillGaps({
    aggregation,
    sql: inner,
    selected: [...projection, ...keys].map((item) => item.expression),
    conditions: [having, qualify].filter((condition) => condition !== null),
    where,
    context: query.context,
  });
  return emit(
    {
      source: undefined,
      sql: `(${filled ?? inner})`,
      where: [],
      node: filled === null ? node : planNode('GapFill', node),
    },
    rewritten,
    tail,
    given,
    [],
    [],
  );
}

interface Filtered {
  readonly source: Source | undefined;
  readonly sql?: string;
  readonly where: readonly Expression[];
  readonly node: PlanNode;
}

type Distinct =
  | { readonly kind: 'none' }
  | { readonly kind: 'all' }
  | { readonly kind: 'on'; readonly on: readonly Expression[] };

interface SelectParts {
  readonly projection: readonly Projection[];
  readonly having: Expression | null;
  readonly qualify: Expression | null;
  readonly keys: readonly OrderKey[];
  readonly distinct: Distinct;
}

const isGiven = (value: AstValue | undefined): boolean => value !== null && value !== undefined;

const fromSql = (filtered: Filtered): string => filtered.sql ?? filtered.source?.sql ?? '';

function fromWhere(filtered: Filtered): string {
  const from = fromSql(filtered);
  const where = filtered.where.map(printExpression).join(' AND ');
  return `${from === '' ? '' : ` FROM ${from}`}${where === '' ? '' : ` WHERE ${where}`}`;
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
  return entries.map((entry) => {
    const body = node(entry);
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

function emit(
  filtered: Filtered,
  parts: SelectParts,
  tail: Tail,
  query: QueryEnvironment,
  sources: readonly Source[],
  where: readonly Expression[],
): BoundQuery {
  const { projection, distinct } = parts;
  const byKey = new Map<string, string>();
  const columns = projection.map((item, i): QueryColumn => {
    const id = query.results ? `c${i}` : query.context.freshId();
    if (!byKey.has(keyOf(item.expression))) byKey.set(keyOf(item.expression), id);
    const bounds = sources.length === 1 ? timeBounds(item.expression, where) : undefined;
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
  // The engine does not sort by what holds a correlated subquery: such a select list is computed one level below.
  const nested = parts.keys.length > 0 && projection.some((item) => isCorrelated(item.expression));
  const hidden: string[] = [];
  const sorting = parts.keys.flatMap((key) => {
    const known = byKey.get(keyOf(key.expression));
    if (known === undefined && distinct.kind === 'all')
      throw errors.planning(
        `For SELECT DISTINCT, ORDER BY expressions ${key.expression.name} must appear in select list`,
      );
    if (known !== undefined || !nested) return printOrderKey(key, known ?? printValue(key.expression));
    const id = query.context.freshId();
    hidden.push(`${printValue(key.expression)} AS ${id}`);
    return printOrderKey(key, id);
  });
  const list = projection.map((item, i) => `${printValue(item.expression)} AS ${columns[i]!.id}`);
  const conditions = [...filtered.where, ...(parts.having === null ? [] : [parts.having])];
  const core = [
    `SELECT ${distinct.kind === 'all' ? 'DISTINCT ' : ''}${[...list, ...hidden].join(', ')}`,
    fromWhere({ ...filtered, where: conditions }),
    parts.qualify === null ? '' : ` QUALIFY ${printExpression(parts.qualify)}`,
  ].join('');
  const first =
    distinct.kind === 'on'
      ? ` LIMIT 1 BY ${distinct.on.map((on) => byKey.get(keyOf(on)) ?? printValue(on)).join(', ')}`
      : '';
  const order = sorting.length === 0 ? '' : ` ORDER BY ${sorting.join(', ')}`;
  const sql = nested
    ? `SELECT ${columns.map((column) => column.id).join(', ')} FROM (${core})${order}${first}${printLimit(tail.limit)}`
    : `${core}${order}${first}${printLimit(tail.limit)}`;
  return { columns, sql, node: describe(filtered.node, parts, tail) };
}

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
