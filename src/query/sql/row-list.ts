/**
 * The rows of a correlated subquery as one list: sorted and cut there, because the engine has neither ORDER BY nor
 * LIMIT in correlated subqueries.
 */
import { bound } from './bound.ts';
import type { DataType } from '../types.ts';
import type { BoundQuery, LiftedRow } from './environment.ts';
import { columnExpression, type Expression, printExpression, printValue, rewrite } from './expression.ts';
import { isNested, optional, recarried } from './functions/optional.ts';
import { constantLiteral } from './literals.ts';
import { errors } from './sql-errors.ts';
import type { StatementContext } from './statement-context.ts';

/** An expression: a list of tuples, one item a column, each able to be null. `where` is a condition on the rows. */
export function rowList(query: BoundQuery, context: StatementContext, where = ''): string {
  if (query.lifted !== undefined) return where === '' ? liftedList(query.lifted, context) : filteredLift();
  const { keys, limit } = query.deferred ?? { keys: [], limit: { count: null, offset: 0n } };
  const items = [...query.columns.map(({ id, type }) => nullable(id, type)), ...keys.map((key) => key.id)];
  let list = `groupArray(tuple(${items.join(', ')}))`;
  // Sorted by the last key first; the position keeps what was sorted before, the engine's sort is not stable.
  keys.forEach((_, behind) => {
    const index = keys.length - 1 - behind;
    const { descending, nullsFirst } = keys[index]!;
    const [rows, row, at] = [0, 1, 2].map(() => context.freshId());
    const key = `tupleElement(${row}, ${query.columns.length + index + 1})`;
    const sorted = descending
      ? `arrayReverseSort((${row}, ${at}) -> tuple(${nullsFirst ? 'isNull' : 'isNotNull'}(${key}), ${key}, -${at}), ${rows}, arrayEnumerate(${rows}))`
      : `arraySort((${row}, ${at}) -> tuple(${nullsFirst ? 'isNotNull' : 'isNull'}(${key}), ${key}, ${at}), ${rows}, arrayEnumerate(${rows}))`;
    list = bound(rows!, list, sorted);
  });
  if (limit.count !== null || limit.offset > 0n) {
    const count = limit.count === null ? '' : `, ${cap(limit.count)}`;
    list = `arraySlice(${list}, ${cap(limit.offset) + 1n}${count})`;
  }
  return `(SELECT ${list} FROM (${query.sql})${where === '' ? '' : ` WHERE ${where}`})`;
}

/** One row whatever was found: over nothing counts are 0, all other aggregates null. HAVING may leave it out. */
function liftedList(lifted: LiftedRow, context: StatementContext): string {
  const { from, aggregates, expressions, having } = lifted;
  const row = context.freshId();
  const ids = aggregates.map(({ id, type }) => (isNested(type) ? id : `toNullable(${id})`));
  const found = `(SELECT groupArray(tuple(${ids.join(', ')})) FROM ${from})`;
  const empty = aggregates.map(({ type, emptyValue }) =>
    emptyValue === undefined ? constantLiteral({ kind: 'null' }, type) : `toNullable(toInt64(${emptyValue}))`,
  );
  const places = new Map(aggregates.map(({ id }, i) => [id, `tupleElement(${row}, ${i + 1})`]));
  const moved = (expression: Expression): Expression =>
    rewrite(expression, (part) => {
      const id = part.column === undefined ? undefined : places.get(part.column.id);
      return id === undefined ? undefined : columnExpression({ ...part.column!, id, use() {} }, part.name);
    });
  const values = expressions.map((expression) => printValue(moved(expression)));
  const items = values.map((value, i) => nullable(value, expressions[i]!.type));
  const all = `arrayResize(${found}, 1, tuple(${empty.join(', ')}))`;
  const rows =
    having === null ? all : `arrayFilter(${row} -> ifNull(${printExpression(moved(having))}, 0), ${all})`;
  return `arrayMap(${row} -> tuple(${items.join(', ')}), ${rows})`;
}

function filteredLift(): never {
  throw errors.notImplemented('a condition on the join with LATERAL aggregates: put it into WHERE');
}

/** As the list holds it: able to be null, because of no row there is nothing else. */
const nullable = (sql: string, type: DataType): string =>
  isNested(type) ? recarried(sql, type, optional(type)) : `toNullable(${sql})`;

const MAXIMUM = 2n ** 62n;
const cap = (rows: bigint): bigint => (rows > MAXIMUM ? MAXIMUM : rows);

/** Whether order and limit leave the rows as they are, whatever they are. */
export function keepsAllRows({ deferred }: BoundQuery): boolean {
  return deferred === undefined || (deferred.limit.count === null && deferred.limit.offset === 0n);
}
