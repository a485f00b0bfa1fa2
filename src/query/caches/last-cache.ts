/**
 * `last_cache('table'[, 'name'])` as a query over its table: the newest `count` rows of each combination of key
 * values that are younger than the cache's time to live. Rows that lack a key are not in it.
 */
import type { TableRecord } from '../../catalog/records.ts';
import type { VirtualContext } from '../system/virtual-context.ts';
import type { CacheView } from './cache-source.ts';
import { columnsById, findCache, quoteName, quoteTable, youngerThan } from './find-cache.ts';

export function lastCacheView(context: VirtualContext, args: readonly (string | undefined)[]): CacheView {
  const { table, cache } = findCache(
    context,
    args,
    context.catalog.lastCaches(context.database.id),
    'could not find cache for the given arguments',
  );
  const keys = columnsById(table, cache.keyColumnIds).map(({ name }) => name);
  const columns = [...keys, ...valueNames(table, keys, cache.valueColumnIds)];
  const names = columns.map(quoteName).join(', ');
  const quotedKeys = keys.map(quoteName);
  const rank = quoteName(unusedName(table));
  const partition = keys.length === 0 ? '' : `PARTITION BY ${quotedKeys.join(', ')} `;
  const conditions = [...youngerThan(cache.ttlSecs), ...quotedKeys.map((key) => `${key} IS NOT NULL`)];
  const sql =
    `SELECT ${names} FROM (SELECT ${names}, row_number() OVER (${partition}ORDER BY time DESC) AS ${rank} ` +
    `FROM ${quoteTable(table)} WHERE ${conditions.join(' AND ')}) WHERE ${rank} <= ${cache.count}`;
  return { table, cache, columns: columns.map((name) => table.columnByName.get(name)!), sql };
}

/** After the keys: those that were named in their order, and `time`; else all by name, `time` among them. */
function valueNames(
  table: TableRecord,
  keys: readonly string[],
  valueColumnIds: readonly number[] | null,
): string[] {
  const columns = valueColumnIds === null ? table.columns : columnsById(table, valueColumnIds);
  const names = columns.map(({ name }) => name).filter((name) => name !== 'time' && !keys.includes(name));
  if (valueColumnIds !== null) return [...names, 'time'];
  return [...names, 'time'].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
}

function unusedName(table: TableRecord): string {
  let name = 'rank';
  while (table.columnByName.has(name)) name += '_';
  return name;
}
