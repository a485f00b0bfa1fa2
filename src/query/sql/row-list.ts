/**
 * The rows of a correlated subquery as one list: sorted and cut there, because the engine has neither ORDER BY nor
 * LIMIT in correlated subqueries.
 */
import type { BoundQuery, QueryColumn } from './environment.ts';
import { isNested } from './functions/support.ts';
import type { StatementContext } from './statement-context.ts';

/** A whole SELECT of one value: a list of tuples, one item a column. `where` is a condition on the rows. */
export function rowList(query: BoundQuery, context: StatementContext, where = ''): string {
  const { keys, limit } = query.deferred ?? { keys: [], limit: { count: null, offset: 0n } };
  const items = [...query.columns.map(nullable), ...keys.map((key) => key.id)];
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
    list = `arrayElement(arrayMap(${rows} -> ${sorted}, [${list}]), 1)`;
  });
  if (limit.count !== null || limit.offset > 0n) {
    const count = limit.count === null ? '' : `, ${cap(limit.count)}`;
    list = `arraySlice(${list}, ${cap(limit.offset) + 1n}${count})`;
  }
  return `SELECT ${list} FROM (${query.sql})${where === '' ? '' : ` WHERE ${where}`}`;
}

/** As the list holds it. */
const nullable = ({ id, type }: QueryColumn): string => (isNested(type) ? id : `toNullable(${id})`);

const MAXIMUM = 2n ** 62n;
const cap = (rows: bigint): bigint => (rows > MAXIMUM ? MAXIMUM : rows);

/** Whether order and limit leave the rows as they are, whatever they are. */
export function keepsAllRows({ deferred }: BoundQuery): boolean {
  return deferred === undefined || (deferred.limit.count === null && deferred.limit.offset === 0n);
}
