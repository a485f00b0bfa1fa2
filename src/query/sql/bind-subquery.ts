/** Subqueries in expressions: scalar, IN, EXISTS; correlated ones reach outer columns by their unique ids. */
import { bound } from './bound.ts';
import { BOOLEAN } from '../types.ts';
import { type AstNode, node } from './ast.ts';
import { unary } from './bind-operator.ts';
import { comparable, compare } from './comparison.ts';
import type { BoundQuery, Environment, QueryColumn } from './environment.ts';
import { columnExpression, condition, constant, type Expression, printExpression } from './expression.ts';
import { isNested, optional } from './functions/optional.ts';
import { Gate } from './gate.ts';
import { stringLiteral } from './literals.ts';
import { isCorrelated } from './lowering.ts';
import { keepsAllRows, rowList } from './row-list.ts';
import { errors } from './sql-errors.ts';
import type { StatementContext } from './statement-context.ts';

interface Inner {
  readonly query: BoundQuery;
  /** Columns of the enclosing query that the subquery uses. */
  readonly outer: readonly Expression[];
}

function bindInner(query: AstNode, environment: Environment, countsOnly = false): Inner {
  // A scope of its own, so that what passes through it to the outside is known.
  const gate = new Gate(environment.scope, environment.query.context);
  const inner = { ...environment.query, results: false, outer: gate, defersTail: true, countsOnly };
  const bound = environment.binder.query(query, inner);
  if (gate.outerReferences.some((reference) => environment.scope.outerReferences.includes(reference)))
    throw errors.notImplemented('a correlated subquery that reaches over more than one level');
  return { query: bound, outer: gate.outerReferences };
}

/** Outer columns are children, so that grouping checks them; the text holds their ids already. */
function subquery(inner: Inner, expression: Partial<Expression>, sql: (query: string) => string): Expression {
  const text = sql(inner.query.sql);
  for (const column of inner.outer) column.column?.use();
  return {
    kind: 'subquery',
    type: BOOLEAN,
    nullable: true,
    name: '(<subquery>)',
    children: inner.outer,
    node: inner.query.node,
    ...expression,
    render: () => text,
  };
}

export function scalarSubquery(body: AstNode, environment: Environment): Expression {
  const inner = bindInner(body, environment);
  const [column] = inner.query.columns;
  if (inner.query.columns.length !== 1 || column === undefined)
    throw errors.planning(
      `Scalar subquery should only return one column, but found ${inner.query.columns.length}: ${inner.query.columns.map((c) => c.name).join(', ')}`,
    );
  return { ...scalarOf(inner, column, environment), name: column.name };
}

function scalarOf(inner: Inner, column: QueryColumn, environment: Environment): Expression {
  const { lifted } = inner.query;
  const bare =
    lifted === undefined || (lifted.isOnly !== true && lifted.expressions[0]?.column !== undefined);
  if (isNested(column.type) || (inner.outer.length > 0 && (inner.query.singleRow !== true || !bare)))
    return firstOf(inner, column, environment);
  const empty = inner.outer.length > 0 ? column.emptyValue : undefined;
  return subquery(inner, { type: column.type, name: '(<subquery>)' }, (sql) =>
    empty === undefined ? `(${sql})` : `ifNull((${sql}), ${empty})`,
  );
}

/** EXISTS over a subquery that always has one row. */
function always(inner: Inner, value: boolean): Expression {
  const name = `${value ? '' : 'NOT '}EXISTS (<subquery>)`;
  return { ...constant({ kind: 'boolean', value }, BOOLEAN, name), node: inner.query.node };
}

/** A correlated subquery that may find several rows: a limit cuts them to one, or the statement fails. */
function firstOf(inner: Inner, column: QueryColumn, environment: Environment): Expression {
  const { context } = environment.query;
  const rows = context.freshId();
  const first = `tupleElement(arrayElement(${rows}, 1), 1)`;
  const checked = `if(throwIf(length(${rows}) > 1, ${stringLiteral(SEVERAL_ROWS)}) = 0, ${first}, ${first})`;
  const limited = inner.query.deferred?.limit.count === 1n || inner.query.deferred?.limit.count === 0n;
  return subquery(inner, { type: optional(column.type), name: '(<subquery>)' }, () =>
    bound(rows, rowList(inner.query, context), limited ? first : checked),
  );
}

export const SEVERAL_ROWS = 'Execution error: more than one row returned by a subquery used as an expression';

export function exists(body: AstNode, environment: Environment): Expression {
  const inner = bindInner(node(body.subquery), environment, true);
  const negated = body.negated === true;
  if (inner.query.singleRow === true && inner.outer.length > 0) return always(inner, !negated);
  const limit = inner.query.deferred?.limit;
  // A limit of at least one row changes nothing.
  const whole = limit === undefined || (limit.offset === 0n && (limit.count ?? 1n) > 0n);
  return subquery(
    inner,
    { name: `${negated ? 'NOT ' : ''}EXISTS (<subquery>)`, nullable: false, raw: true },
    (sql) =>
      whole && inner.query.lifted === undefined
        ? `${negated ? 'NOT ' : ''}exists(${sql})`
        : `${negated ? 'empty' : 'notEmpty'}(${rowList(inner.query, environment.query.context)})`,
  );
}

/**
 * `x IN (query)`. As a filter "unknown" is as good as false, and the engine's own IN will do; as a value, or
 * negated, nulls on either side count (sql.md 6).
 */
export function inSubquery(body: AstNode, environment: Environment, filter: boolean): Expression {
  const value = environment.binder.expression(body.expr, environment);
  const inner = bindInner(node(body.subquery), environment);
  const [column] = inner.query.columns;
  if (inner.query.columns.length !== 1 || column === undefined)
    throw errors.planning(
      `InSubquery should only return one column, but found ${inner.query.columns.length}: ${inner.query.columns.map((c) => c.name).join(', ')}`,
    );
  const negated = body.negated === true;
  const name = `${value.name} ${negated ? 'NOT ' : ''}IN (<subquery>)`;
  const target = columnExpression({ ...column, use: () => {} }, column.name);
  const [left, right] = comparable('IN', value, target);
  if (inner.outer.length > 0 && inner.query.singleRow === true) {
    const only = compare(negated ? '!=' : '=', value, scalarOf(inner, column, environment));
    return { ...only, name };
  }
  if (inner.query.lifted !== undefined)
    return inRow(value, column, inner, { name, negated }, environment.query.context);
  if (!keepsAllRows(inner.query))
    throw errors.notImplemented('LIMIT in a correlated subquery of IN: use EXISTS or a join');
  if (inner.outer.length > 0) return correlatedIn(value, left, right, column, inner, { name, negated });
  const items = `SELECT ${right.render(right.children.map((child) => child.render([])))} FROM (${inner.query.sql})`;
  for (const outer of inner.outer) outer.column?.use();
  const plainly = filter && !negated;
  const found = condition(
    name,
    [left, ...inner.outer],
    ([x]) => {
      const test = `${x} IN (${items})`;
      if (plainly || (!value.nullable && !column.nullable)) return `(${test})`;
      const nulls = column.nullable
        ? `(SELECT count() FROM (${inner.query.sql}) WHERE isNull(${column.id})) > 0, NULL, `
        : '';
      const empty = `NOT exists(${inner.query.sql}), 0, `;
      const unknown = value.nullable ? `isNull(${x}), NULL, ` : '';
      return `multiIf(${test}, 1, ${unknown === '' ? '' : empty}${unknown}${nulls}0)`;
    },
    { nullable: !plainly },
  );
  const described = { ...found, node: inner.query.node };
  return negated ? { ...unary('Not', described), name } : described;
}

/** IN over one row of aggregates, or none where HAVING leaves it out. */
function inRow(
  value: Expression,
  column: QueryColumn,
  inner: Inner,
  { name, negated }: { readonly name: string; readonly negated: boolean },
  context: StatementContext,
): Expression {
  const [rows, row] = [context.freshId(), context.freshId()];
  const id = `tupleElement(${row}, 1)`;
  const item = columnExpression(
    { ...column, type: optional(column.type), id, nullable: true, use() {} },
    column.name,
  );
  const list = rowList(inner.query, context);
  for (const outer of inner.outer) outer.column?.use();
  const found = condition(
    name,
    [compare('=', value, item), ...inner.outer],
    ([test]) =>
      bound(rows, list, `if(empty(${rows}), 0, arrayElement(arrayMap(${row} -> ${test}, ${rows}), 1))`),
    { nullable: true },
  );
  const described: Expression = { ...found, kind: 'subquery', node: inner.query.node };
  return negated ? { ...unary('Not', described), name } : described;
}

/** The engine has no correlated IN: it is EXISTS of an equal value, with the same care for nulls. */
function correlatedIn(
  value: Expression,
  left: Expression,
  right: Expression,
  column: BoundQuery['columns'][number],
  inner: Inner,
  { name, negated }: { readonly name: string; readonly negated: boolean },
): Expression {
  for (const outer of inner.outer) outer.column?.use();
  const item = printExpression(right);
  const { sql, node: plan } = inner.query;
  const found = condition(
    name,
    [left, ...inner.outer],
    ([x]) => {
      const any = (test: string): string => `exists(SELECT 1 FROM (${sql}) WHERE ${test})`;
      const unknown = [
        ...(value.nullable ? [`isNull(${x}) AND ${any('1')}, NULL`] : []),
        ...(column.nullable ? [`${any(`isNull(${column.id})`)}, NULL`] : []),
      ];
      return `multiIf(${[`${any(`${item} = ${x}`)}, 1`, ...unknown].join(', ')}, 0)`;
    },
    { nullable: true },
  );
  // Marked as what it is, for the places where the engine has no correlated subqueries.
  const described: Expression = { ...found, kind: 'subquery', node: plan };
  return negated ? { ...unary('Not', described), name } : described;
}

/** Where the engine cannot compute them. */
export function refuseCorrelated(expression: Expression, place: string): void {
  if (isCorrelated(expression)) throw errors.notImplemented(`a correlated subquery in ${place}`);
}
