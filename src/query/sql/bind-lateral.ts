/**
 * LATERAL: what stands after it is computed anew for each row before it. A query becomes a list of rows beside the
 * row, and the list becomes rows; `unnest` is its own list. Neither needs more of the engine than scalar subqueries.
 */
import { type AstNode, type AstValue, list, node, objectName, refuseOthers, variant } from './ast.ts';
import { bindCondition } from './bind-condition.ts';
import { type Alias, aliasOf, checkNames, scopeOf } from './derived-source.ts';
import type { Binder, BoundQuery, Environment, QueryEnvironment } from './environment.ts';
import { conjuncts, type Expression, printExpression } from './expression.ts';
import { isNested } from './functions/support.ts';
import { Gate, withRowKeys } from './gate.ts';
import type { JoinSyntax } from './join.ts';
import { isCorrelated, Lowering } from './lowering.ts';
import { planNode } from './plan-node.ts';
import { keepsAllRows, rowList } from './row-list.ts';
import { Scope } from './scope.ts';
import type { ScopeColumn } from './scope-column.ts';
import type { Source } from './source.ts';
import { optional } from './functions/optional.ts';
import { itemOfRows, listOfRows } from './unnest-list.ts';
import { errors } from './sql-errors.ts';
import { spreadLists } from './unnest-rows.ts';

/** Undefined: it names nothing of what stands before it, and joins like any other table. */
export function bindLateral(
  factor: AstValue | undefined,
  join: JoinSyntax,
  left: Source,
  environment: QueryEnvironment,
  binder: Binder,
): Source | undefined {
  const [kind, content] = variant(factor);
  const body = node(content);
  if (kind === 'Derived' && body.lateral === true) return lateralQuery(body, join, left, environment, binder);
  const lists = unnestedLists(kind, body);
  return lists === undefined
    ? undefined
    : lateralLists(lists, aliasOf(body.alias), join, left, environment, binder);
}

/** The arguments of `unnest(…)`, however the parser takes it. */
function unnestedLists(kind: string, body: AstNode): readonly AstValue[] | undefined {
  if (kind === 'UNNEST') return list(body.array_exprs);
  const args = kind === 'Function' ? body.args : kind === 'Table' ? node(body.args ?? {}).args : undefined;
  if ((args ?? null) === null || objectName(body.name).join('.') !== 'unnest') return undefined;
  return list(args).map((arg) => {
    const [form, value] = variant(arg);
    const [what, expression] = form === 'Unnamed' ? variant(value) : ['', null];
    if (what !== 'Expr') throw errors.notImplemented('this form of an argument of unnest');
    return expression;
  });
}

function lateralQuery(
  body: AstNode,
  join: JoinSyntax,
  left: Source,
  environment: QueryEnvironment,
  binder: Binder,
): Source | undefined {
  refuseOthers(body, ['subquery', 'alias', 'lateral'], 'LATERAL');
  environment.context.enterRelation();
  const before = scopeOf(left, environment);
  const gate = new Gate(before, environment.context);
  const inside = { ...environment, results: false, outer: gate, defersTail: true };
  const query = binder.query(node(body.subquery), inside);
  if (gate.outerReferences.length === 0) return undefined;
  if (before.outerReferences.length > 0)
    throw errors.notImplemented('a correlated subquery that reaches over more than one level');
  const outer = isOuter(join);
  const alias = aliasOf(body.alias);
  const columns = outputColumns(
    query.columns.map((column) => ({ ...column, type: optional(column.type), nullable: true })),
    alias,
    environment,
  );
  const where = condition(join, query, alias, { before, environment, binder });
  const [rows, row] = [environment.context.freshId(), environment.context.freshId()];
  const found = rowList(query, environment.context, where);
  // Of an outer join the row itself stays: with one item of nulls.
  const padded = outer
    ? `arrayElement(arrayMap(${rows} -> arrayResize(${rows}, greatest(length(${rows}), 1)), [${found}]), 1)`
    : found;
  const items = columns.map((column, i) => `tupleElement(${row}, ${i + 1}) AS ${column.id}`);
  const rowsBefore = withRowKeys(left.sql, [gate], environment.context);
  const from = `(SELECT *, arrayJoin(${padded}) AS ${row} FROM ${rowsBefore})`;
  return beside(left, alias?.name ?? null, columns, `SELECT *, ${items.join(', ')} FROM ${from}`, query.node);
}

/** `ON` of a lateral join, as engine SQL over the rows of the query; empty when it is always true. */
function condition(
  { constraint }: JoinSyntax,
  query: BoundQuery,
  alias: Alias | null,
  at: { readonly before: Scope; readonly environment: QueryEnvironment; readonly binder: Binder },
): string {
  const [form, content] = variant(constraint);
  if (form === 'None') return '';
  if (form !== 'On') throw errors.notImplemented(`${form.toUpperCase()} with LATERAL: use ON`);
  const columns = query.columns.map(
    (column, i): ScopeColumn => ({ ...column, name: alias?.columns[i] ?? column.name, use() {} }),
  );
  const relations = [...at.before.relations, { qualifier: alias?.name ?? null, columns }];
  const scope = new Scope(relations, at.environment.outer, at.before.merged, at.before.shadowed);
  const parts = conjuncts(bindCondition(content, plainEnvironment(scope, 'ON', at.environment, at.binder)));
  const needed = parts.filter(({ constant }) => constant?.kind !== 'boolean' || !constant.value);
  if (needed.length === 0) return '';
  if (!keepsAllRows(query))
    throw errors.notImplemented('ON beside LATERAL with a LIMIT: put a condition on the rows into WHERE');
  if (needed.some(isCorrelated)) throw errors.notImplemented('a subquery in the ON of LATERAL');
  return needed.map(printExpression).join(' AND ');
}

function lateralLists(
  values: readonly AstValue[],
  alias: Alias | null,
  join: JoinSyntax,
  left: Source,
  environment: QueryEnvironment,
  binder: Binder,
): Source | undefined {
  const { context } = environment;
  const scope = scopeOf(left, environment);
  const own = new Set(left.relations.flatMap((relation) => relation.columns.map((column) => column.id)));
  const at = plainEnvironment(scope, 'FROM', environment, binder);
  const lists = values.map((value) => listOfRows(binder.expression(value, at)));
  const names = (part: Expression): boolean =>
    (part.column !== undefined && own.has(part.column.id)) || part.children.some(names);
  if (!lists.some(names)) return undefined;
  if (lists.some(isCorrelated)) throw errors.notImplemented('a correlated subquery in unnest');
  const [form, content] = variant(join.constraint);
  const always = form === 'None' || (form === 'On' && isTrue(content));
  if (!always) throw errors.notImplemented('a condition on the join with unnest: put it into WHERE');
  const columns = outputColumns(
    lists.map((value) => ({ name: `UNNEST(${value.name})`, type: itemOfRows(value), nullable: true })),
    alias,
    environment,
  );
  const lowering = new Lowering(context);
  const [first, ...others] = lists.map((value) => lowering.column(value).column!.id);
  const below = lowering.select({ source: left, where: [], node: left.node }, { keep: true });
  const padded = context.freshId();
  const from = isOuter(join)
    ? `(SELECT *, arrayResize(${first}, greatest(length(${first}), 1)) AS ${padded} FROM (${below}))`
    : `(${below})`;
  const ids = [isOuter(join) ? padded : first!, ...others];
  const pairs = ids.map((id, i) => ({ list: id, item: columns[i]!.id }));
  const node = planNode(`Unnest: ${lists.map((value) => value.name).join(', ')}`);
  return beside(left, alias?.name ?? null, columns, spreadLists(from, pairs, context), node);
}

const isTrue = (value: AstValue): boolean => {
  const [kind, content] = variant(value);
  return kind === 'Value' && variant(node(content).value)[1] === true;
};

function isOuter({ operator }: JoinSyntax): boolean {
  if (operator === 'Left' || operator === 'LeftOuter') return true;
  if (operator === 'CrossJoin' || operator === 'Join' || operator === 'Inner') return false;
  throw errors.notImplemented(`LATERAL after ${operator}: it goes with CROSS JOIN, JOIN and LEFT JOIN`);
}

function outputColumns(
  given: readonly Pick<ScopeColumn, 'name' | 'type' | 'nullable'>[],
  alias: Alias | null,
  { context }: QueryEnvironment,
): ScopeColumn[] {
  checkNames(given.length, alias?.columns ?? []);
  return given.map(({ name, type, nullable }, i) => ({
    name: alias?.columns[i] ?? name,
    type,
    nullable: nullable || !isNested(type),
    id: context.freshId(),
    use() {},
  }));
}

/** What stood before, and the new columns; the ids of the old ones stay. */
const beside = (
  left: Source,
  qualifier: string | null,
  columns: readonly ScopeColumn[],
  sql: string,
  right: Source['node'],
): Source => {
  const { lifted: _, ...rest } = left;
  return {
    ...rest,
    relations: [...left.relations, { qualifier, columns }],
    sql: `(${sql})`,
    node: planNode('Lateral Join', left.node, right),
    joined: false,
  };
};

const plainEnvironment = (
  scope: Scope,
  clause: string,
  query: QueryEnvironment,
  binder: Binder,
): Environment => ({
  query,
  scope,
  clause,
  aggregates: false,
  windows: false,
  namedWindows: new Map(),
  aliases: null,
  aliasesFirst: false,
  binder,
});
