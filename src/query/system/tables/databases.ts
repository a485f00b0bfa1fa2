/** `system.databases` and `system.tables`: everything that the catalog holds, deleted things included. */
import type { TableRecord } from '../../../catalog/records.ts';
import {
  BOOLEAN,
  columnsOf,
  msToNs,
  orNull,
  TEXT,
  UINT64,
  UTC_SECONDS,
  type VirtualRow,
  type VirtualTable,
} from '../virtual-table.ts';

const databaseColumns = columnsOf({
  database_name: TEXT,
  retention_period_ns: orNull(UINT64),
  deleted: BOOLEAN,
  hard_deletion_time: orNull(UTC_SECONDS),
});

const tableColumns = columnsOf({
  database_name: TEXT,
  table_name: TEXT,
  column_count: UINT64,
  series_key_columns: TEXT,
  last_cache_count: UINT64,
  distinct_cache_count: UINT64,
  deleted: BOOLEAN,
  hard_deletion_time: orNull(UTC_SECONDS),
});

export const databases: VirtualTable = {
  name: 'databases',
  columns: () => databaseColumns,
  *rows({ catalog }) {
    for (const { name, retentionNs, deletedAtMs, hardDeleteAtMs } of catalog.databases()) {
      yield [name, retentionNs, deletedAtMs !== null, wholeSeconds(hardDeleteAtMs)];
    }
  },
};

export const tables: VirtualTable = {
  name: 'tables',
  columns: () => tableColumns,
  *rows({ catalog }) {
    for (const database of catalog.databases()) {
      const lastCaches = countByTable(catalog.lastCaches(database.id));
      const distinctCaches = countByTable(catalog.distinctCaches(database.id));
      for (const table of catalog.tables(database.id)) {
        yield tableRow(database.name, table, lastCaches.get(table.id), distinctCaches.get(table.id));
      }
    }
  },
};

function tableRow(
  database: string,
  table: TableRecord,
  lastCaches: number | undefined,
  distinctCaches: number | undefined,
): VirtualRow {
  return [
    database,
    table.name,
    table.columns.length,
    table.tags.map(({ name }) => name).join(', '),
    lastCaches ?? 0,
    distinctCaches ?? 0,
    table.deletedAtMs !== null,
    wholeSeconds(table.hardDeleteAtMs),
  ];
}

function countByTable(caches: readonly { readonly tableId: number }[]): Map<number, number> {
  const counts = new Map<number, number>();
  for (const { tableId } of caches) counts.set(tableId, (counts.get(tableId) ?? 0) + 1);
  return counts;
}

/** Shown in whole seconds. */
function wholeSeconds(ms: number | null): bigint | null {
  return ms === null ? null : msToNs(Math.floor(ms / 1000) * 1000);
}
