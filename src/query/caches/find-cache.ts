/** Finds the cache that `last_cache('table'[, 'name'])` or `distinct_cache(…)` means. */
import { MAXIMUM_AGE_SECS } from '../../caches/age.ts';
import type { ColumnRecord, TableRecord } from '../../catalog/records.ts';
import { queryErrors } from '../../errors/index.ts';
import type { VirtualContext } from '../system/virtual-context.ts';

export interface FoundCache<Cache> {
  readonly table: TableRecord;
  readonly cache: Cache;
}

/**
 * Throws when there is none, or several and no name: `notFound` is the text for that. An argument that is no text
 * literal is undefined.
 */
export function findCache<Cache extends { readonly tableId: number; readonly name: string }>(
  context: VirtualContext,
  args: readonly (string | undefined)[],
  caches: readonly Cache[],
  notFound: string,
): FoundCache<Cache> {
  const [tableName, cacheName] = args;
  if (tableName === undefined) {
    throw queryErrors.planning('first argument must be the table name as a string');
  }
  if (args.length > 2) throw queryErrors.planning(`expected 1 or 2 arguments, got ${args.length}`);
  if (args.length > 1 && cacheName === undefined) {
    throw queryErrors.planning('second argument, if passed, must be the cache name as a string');
  }
  const table = context.catalog.table(context.database.id, tableName);
  if (table === undefined || context.scope.table(tableName).kind === 'hidden') {
    throw queryErrors.planning('provided table name is invalid');
  }
  const found = caches.filter(
    ({ tableId, name }) => tableId === table.id && (cacheName === undefined || name === cacheName),
  );
  const [cache] = found;
  if (cache === undefined || found.length > 1) throw queryErrors.planning(notFound);
  return { table, cache };
}

/** The columns of these ids, in this order; a column that is gone is left out. */
export function columnsById(table: TableRecord, ids: readonly number[]): ColumnRecord[] {
  const byId = new Map(table.columns.map((column) => [column.id, column]));
  return ids.map((id) => byId.get(id)).filter((column) => column !== undefined);
}

/** A name in quotes, in our own SQL. */
export function quoteName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

export function quoteTable(table: TableRecord): string {
  return `iox.${quoteName(table.name)}`;
}

/** The condition that a row is younger, if there is one to make. */
export function youngerThan(ageSecs: number): string[] {
  return ageSecs > MAXIMUM_AGE_SECS ? [] : [`time > now() - INTERVAL '${ageSecs} seconds'`];
}
