/**
 * `distinct_cache('table'[, 'name'])` as a query over its table: the combinations of values of the last
 * `max_age` seconds, sorted, at most `max_cardinality`. Null is a value, and the first.
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
  const conditions = youngerThan(cache.maxAgeSecs);
  const where = conditions.length === 0 ? '' : ` WHERE ${conditions.join(' AND ')}`;
  const order = names.map((name) => `${name} NULLS FIRST`).join(', ');
  const sql =
    `SELECT DISTINCT ${names.join(', ')} FROM ${quoteTable(table)}${where} ` +
    `ORDER BY ${order} LIMIT ${cache.maxCardinality}`;
  return { table, cache, columns, sql };
}
