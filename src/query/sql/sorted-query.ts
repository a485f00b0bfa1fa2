/** ORDER BY and LIMIT over a bound query whose output columns are all that can be named. */
import { node } from './ast.ts';
import { isOrderByAll, type OrderKey, orderKeyName, orderOptions, printOrderKey } from './bind-order-key.ts';
import { refuseCorrelated } from './bind-subquery.ts';
import type { Binder, BoundQuery, Environment, QueryEnvironment } from './environment.ts';
import { columnExpression, printValue } from './expression.ts';
import { planNode } from './plan-node.ts';
import { printLimit, type Tail } from './query-tail.ts';
import { Scope } from './scope.ts';
import { errors } from './sql-errors.ts';

export function sortedQuery(
  body: BoundQuery,
  tail: Tail,
  query: QueryEnvironment,
  binder: Binder,
): BoundQuery {
  const { orderBy, limit } = tail;
  if (orderBy.length === 0 && limit.count === null && limit.offset === 0n) return body;
  const columns = body.columns.map((column) => ({ ...column, use() {} }));
  const environment: Environment = {
    query,
    scope: new Scope([{ qualifier: null, columns }], query.outer),
    clause: 'ORDER BY',
    aggregates: false,
    windows: false,
    namedWindows: new Map(),
    aliases: null,
    aliasesFirst: false,
    binder,
  };
  const keys = orderBy.flatMap((entry): OrderKey[] | OrderKey => {
    const isAll = orderBy.length === 1 && isOrderByAll(node(entry).expr);
    if (isAll && !columns.some((column) => column.name === 'all'))
      return columns.map((column) => ({
        expression: columnExpression(column, column.name),
        ...orderOptions(node(entry)),
      }));
    const expression = binder.expression(node(entry).expr, environment);
    const position = expression.constant?.kind === 'integer' ? Number(expression.constant.value) : undefined;
    const column = position === undefined ? undefined : columns[position - 1];
    if (position !== undefined && column === undefined)
      throw errors.planning(`Order by column out of bounds, specified: ${position}, max: ${columns.length}`);
    return {
      expression: column === undefined ? expression : columnExpression(column, column.name),
      ...orderOptions(node(entry)),
    };
  });
  for (const key of keys) refuseCorrelated(key.expression, 'the ORDER BY of a set operation');
  const sorting = keys.flatMap((key) => printOrderKey(key, printValue(key.expression)));
  const sql = [
    `SELECT ${body.columns.map((column) => column.id).join(', ')} FROM (${body.sql})`,
    sorting.length === 0 ? '' : ` ORDER BY ${sorting.join(', ')}`,
    printLimit(limit),
  ].join('');
  return {
    columns: body.columns,
    sql,
    node: planNode(
      [
        ...(keys.length === 0 ? [] : [`Sort: ${keys.map(orderKeyName).join(', ')}`]),
        ...(limit.count === null && limit.offset === 0n
          ? []
          : [`Limit: skip=${limit.offset}, fetch=${limit.count ?? 'None'}`]),
      ]
        .reverse()
        .join(' <- '),
      body.node,
    ),
  };
}
