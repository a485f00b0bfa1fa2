/**
 * `distinct_cache('table'[, 'name'])` as a query over its table: the combinations of values of the last
 * `max_age` seconds, sorted, at most `max_cardinality`. Rows that lack one of the columns are not in it.
 */
import type { VirtualContext } from '../system/virtual-context.ts';
import { columnsById, findCache, quoteName, quoteTable, youngerThan } from './find-cache.ts';

/** Our SQL, to be planned with the principal's own view of the table. */
export function distinctCacheQuery(context: VirtualContext, args: readonly string[]): string {
  const { table, cache } = findCache(
    context,
    args,
    context.catalog.distinctCaches(context.database.id),
    'could not find distinct value cache for the given arguments',
  );
  const columns = columnsById(table, cache.columnIds).map(({ name }) => quoteName(name));
  const conditions = [...youngerThan(cache.maxAgeSecs), ...columns.map((column) => `${column} IS NOT NULL`)];
  const list = columns.join(', ');
  return (
    `SELECT DISTINCT ${list} FROM ${quoteTable(table)} WHERE ${conditions.join(' AND ')} ` +
    `ORDER BY ${list} LIMIT ${cache.maxCardinality}`
  );
}
