/** `system.last_caches` and `system.distinct_caches`: the definitions, of tables that the principal may know of. */
import type { ColumnRecord, TableRecord } from '../../../catalog/records.ts';
import type { VirtualContext } from '../virtual-context.ts';
import {
  columnsOf,
  listOf,
  listOrNull,
  TEXT,
  UINT16,
  UINT64,
  type VirtualRow,
  type VirtualTable,
} from '../virtual-table.ts';

const lastColumns = columnsOf({
  table: TEXT,
  name: TEXT,
  key_column_ids: listOf(UINT16),
  key_column_names: listOf(TEXT),
  // Null where all columns that are no keys are cached, also those to come.
  value_column_ids: listOrNull(UINT16),
  value_column_names: listOrNull(TEXT),
  count: UINT64,
  ttl: UINT64,
});

const distinctColumns = columnsOf({
  table: TEXT,
  name: TEXT,
  column_ids: listOf(UINT16),
  column_names: listOf(TEXT),
  max_cardinality: UINT64,
  max_age_seconds: UINT64,
});

export const lastCaches: VirtualTable = {
  name: 'last_caches',
  columns: () => lastColumns,
  *rows(context) {
    for (const cache of context.catalog.lastCaches(context.database.id)) {
      const table = visible(context, cache.tableId);
      if (table === undefined) continue;
      const values = cache.valueColumnIds;
      yield [
        table.name,
        cache.name,
        cache.keyColumnIds,
        namesOf(table, cache.keyColumnIds),
        values,
        values === null ? null : namesOf(table, values),
        cache.count,
        cache.ttlSecs,
      ] satisfies VirtualRow;
    }
  },
};

export const distinctCaches: VirtualTable = {
  name: 'distinct_caches',
  columns: () => distinctColumns,
  *rows(context) {
    for (const cache of context.catalog.distinctCaches(context.database.id)) {
      const table = visible(context, cache.tableId);
      if (table === undefined) continue;
      yield [
        table.name,
        cache.name,
        cache.columnIds,
        namesOf(table, cache.columnIds),
        cache.maxCardinality,
        cache.maxAgeSecs,
      ] satisfies VirtualRow;
    }
  },
};

function visible(context: VirtualContext, tableId: number): TableRecord | undefined {
  const table = context.catalog.tableById(tableId);
  if (table === undefined || table.deletedAtMs !== null) return undefined;
  return context.scope.table(table.name).kind === 'hidden' ? undefined : table;
}

function namesOf(table: TableRecord, ids: readonly number[]): string[] {
  const byId = new Map<number, ColumnRecord>(table.columns.map((column) => [column.id, column]));
  return ids.map((id) => byId.get(id)?.name ?? `#${id}`);
}
