/** One SELECT: its clauses in the order in which they may see each other. `print-select.ts` makes engine SQL of them. */
import { narrowStatement } from '../narrow/recognise.ts';
import { INT64 } from '../types.ts';
import {
  type AstNode,
  type AstValue,
  andOperands,
  identifier,
  list,
  node,
  refuseOthers,
  variant,
} from './ast.ts';
import { bindCondition } from './bind-condition.ts';
import { bindFrom } from './bind-from.ts';
import { isOrderByAll, type OrderKey, orderOptions } from './bind-order-key.ts';
import { inSubquery } from './bind-subquery.ts';
import { scopeOf } from './derived-source.ts';
import type { Binder, BoundQuery, Environment, QueryEnvironment } from './environment.ts';
import { conjuncts, constant, type Expression, keyOf, some } from './expression.ts';
import { refuseFills } from './gap-fill-calls.ts';
import { Gate, withRowKeys } from './gate.ts';
import { bindGrouping } from './grouping.ts';
import { LaterPrinted } from './later-printed.ts';
import { liftedSelect } from './lifted-select.ts';
import { type BoundSelect, printSelect } from './print-select.ts';
import { bindProjection, type Projection } from './projection.ts';
import { pushRestrictions } from './push-down.ts';
import type { Tail } from './query-tail.ts';
import type { Distinct, SelectParts } from './select-parts.ts';
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
  // `FROM t` alone asks for all columns.
  const shown = body.flavor === 'FromFirstNoSelect' ? [{ Wildcard: {} }] : list(body.projection);
  if (shown.length === 0) throw errors.parser('Expected: an expression, found: nothing after SELECT');
  const { countsOnly: _, liftsRow: __, ...others } = given;
  const query: QueryEnvironment = { ...others, results: false, defersTail: false };
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
  const where = [body.selection, ...(from?.conditions ?? [])].flatMap((part) => bindWhere(part, at('WHERE')));
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
  checkOrder(distinct, keys);
  const shownWindows = [...projection.map((item) => item.expression), ...(qualify === null ? [] : [qualify])];
  if (qualify !== null && !shownWindows.some((part) => some(part, ({ kind }) => kind === 'window')))
    throw errors.planning('QUALIFY clause requires window functions in the SELECT list or QUALIFY clause');

  const remaining = source === undefined ? where : pushRestrictions(source, where);
  const expressions = [
    ...projection.map((item) => item.expression),
    ...(having === null ? [] : [having]),
    ...(qualify === null ? [] : [qualify]),
    ...keys.map((key) => key.expression),
  ];
  const grouped =
    grouping !== null ||
    having !== null ||
    expressions.some((expression) => some(expression, (e) => e.kind === 'aggregate'));
  const whole = { projection, having, qualify, keys, distinct };
  const parts = given.countsOnly === true && !grouped ? countedOnly(whole, tail) : whole;
  const select = { source, from, scope, where, remaining, grouping, grouped, parts, expressions, tail };
  const bound: BoundSelect = { ...select, query: given };
  const narrow =
    given.results === true ? narrowStatement({ ...select, source: from, limit: tail.limit }) : undefined;
  return narrow === undefined ? (liftedSelect(bound) ?? printSelect(bound)) : new LaterPrinted(bound, narrow);
}

/** What a SELECT shows does not matter where only the number of its rows does: not even windows. */
function countedOnly(parts: SelectParts, { limit }: Tail): SelectParts {
  const isSpread = parts.projection.some((item) => some(item.expression, (e) => e.unnest === true));
  if (isSpread || parts.qualify !== null || limit.offset > 0n) return parts;
  const expression = constant({ kind: 'integer', value: 1n }, INT64, 'Int64(1)');
  const item = { expression, alias: null, name: expression.name, qualifier: null };
  return { ...parts, projection: [item], keys: [], distinct: { kind: 'none' } };
}

const isGiven = (value: AstValue | undefined): boolean => value !== null && value !== undefined;

/** The conditions that must all hold. Only for them is "unknown" the same as false. */
function bindWhere(value: AstValue | undefined, environment: Environment): Expression[] {
  if (!isGiven(value)) return [];
  return andOperands(value!).flatMap((operand) => {
    const [kind, content] = variant(operand);
    return kind === 'InSubquery' && node(content).negated !== true
      ? [inSubquery(node(content), environment, true)]
      : conjuncts(bindCondition(operand, environment));
  });
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

/** Which row of equal ones is first must be said behind what makes them equal. */
function checkOrder(distinct: Distinct, keys: readonly OrderKey[]): void {
  if (distinct.kind !== 'on' || keys.length === 0) return;
  const isMatch = (on: Expression, i: number): boolean =>
    keys[i] !== undefined && keyOf(keys[i].expression) === keyOf(on);
  if (!distinct.on.every(isMatch))
    throw errors.planning('SELECT DISTINCT ON expressions must match initial ORDER BY expressions');
}
