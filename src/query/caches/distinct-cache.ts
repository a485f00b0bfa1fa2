/**
 * `distinct_cache('table'[, 'name'])` as a query over its table: the combinations of values of the last
 * `max_age` seconds, sorted, at most `max_cardinality`. Rows that lack one of the columns are not in it.
 */
import type { VirtualContext } from '../system/virtual-context.ts';
import type { CacheView } from './cache-source.ts';
import { columnsById, findCache, quoteName, quoteTable, youngerThan } from './find-cache.ts';

export function distinctCacheView(context: VirtualContext, args: readonly (string | undefined)[]): CacheView {
  const { table, cache } = findCache(
    context,
    args,
    context.catalog.distinctCaches(context.database.id),
    'could not find distinct value cache for the given arguments',
  );
  const columns = columnsById(table, cache.columnIds);
  const names = columns.map(({ name }) => quoteName(name));
  const conditions = [...youngerThan(cache.maxAgeSecs), ...names.map((name) => `${name} IS NOT NULL`)];
  const list = names.join(', ');
  const sql =
    `SELECT DISTINCT ${list} FROM ${quoteTable(table)} WHERE ${conditions.join(' AND ')} ` +
    `ORDER BY ${list} LIMIT ${cache.maxCardinality}`;
  return { table, cache, columns, sql };
}
