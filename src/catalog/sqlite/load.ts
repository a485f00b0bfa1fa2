/** Reads the whole store into memory at open. */

import type { ColumnRecord, ColumnType, DistinctCacheRecord, LastCacheRecord } from '../records.ts';
import { CatalogState, tableRecord } from '../state.ts';
import type { CatalogCore } from './core.ts';
import { databaseFromRow, period, rowDeleteFromRow, tokenReader, usageFromRow } from './rows.ts';
import type { Store } from './store.ts';

export function readMeta(store: Store): Map<string, string> {
  const meta = new Map<string, string>();
  for (const row of store.rows('meta', 'name')) {
    meta.set(row.name as string, row.value as string);
  }
  return meta;
}

export function loadState(store: Store, meta: ReadonlyMap<string, string>): CatalogState {
  const state = new CatalogState();
  state.version = Number(meta.get('version') ?? 0);
  state.nextDatabaseId = Number(meta.get('next_database_id') ?? 0);
  state.nextTableId = Number(meta.get('next_table_id') ?? 0);
  state.nextTokenId = Number(meta.get('next_token_id') ?? 0);
  for (const row of store.rows('databases', 'id')) state.putDatabase(Object.freeze(databaseFromRow(row)));
  loadTables(store, state);
  for (const row of store.rows('caches', 'table_id, kind, name')) {
    const cache = JSON.parse(row.definition as string) as LastCacheRecord & DistinctCacheRecord;
    const caches: Map<number, readonly unknown[]> =
      row.kind === 'last' ? state.lastCaches : state.distinctCaches;
    caches.set(cache.tableId, [...(caches.get(cache.tableId) ?? []), cache]);
  }
  for (const row of store.rows('row_deletes', 'sequence')) {
    const request = Object.freeze(rowDeleteFromRow(row));
    state.rowDeletes.set(request.sequence, request);
  }
  loadTokens(store, state);
  for (const row of store.rows('token_usage', 'token_id')) {
    const usage = usageFromRow(row);
    state.usage.set(usage.tokenId, usage);
  }
  return state;
}

const TOKENS_AT_ONCE = 1024;
const ID_BYTES = 8;

function loadTokens(store: Store, state: CatalogState): void {
  const toToken = tokenReader();
  for (let after = -1; ; ) {
    const { rows, hashes } = store.tokenChunk(after, TOKENS_AT_ONCE);
    const width = hashes.length / rows.length;
    for (let index = 0; index < rows.length; index++) {
      const row = rows[index]!;
      const start = index * width;
      // A hash at another token's place would be that token's key.
      if (hashes.readUIntBE(start + 2, 6) !== row[0])
        throw new Error(`the hash of token ${row[0]} is misplaced`);
      state.addToken(toToken(row, hashes.subarray(start + ID_BYTES, start + width)));
    }
    const last = rows.at(-1);
    if (last === undefined) return;
    after = last[0] as number;
  }
}

function loadTables(store: Store, state: CatalogState): void {
  const columnsOf = new Map<number, ColumnRecord[]>();
  for (const row of store.rows('columns', 'table_id, id')) {
    const tableId = row.table_id as number;
    const columns = columnsOf.get(tableId) ?? [];
    columnsOf.set(tableId, columns);
    columns.push({
      id: row.id as number,
      name: row.name as string,
      type: row.type as ColumnType,
      engineName: row.engine_name as string,
    });
  }
  for (const row of store.rows('tables', 'id')) {
    const databaseId = row.database_id as number;
    state.putTable(
      tableRecord({
        id: row.id as number,
        databaseId,
        name: row.name as string,
        columns: columnsOf.get(row.id as number) ?? [],
        retentionNs: period(row.retention_ns),
        deletedAtMs: row.deleted_at_ms as number | null,
        hardDeleteAtMs: row.hard_delete_at_ms as number | null,
        engineDatabase: state.databases.get(databaseId)?.engineDatabase ?? '',
        engineTable: row.engine_table as string,
        dataId: row.data_id as number,
        version: row.version as number,
      }),
    );
  }
}

/** Writes the counters; in every transaction, so that no id is ever given twice. */
export function saveCounters({ store, state, audit }: Pick<CatalogCore, 'store' | 'state' | 'audit'>): void {
  store.putMeta('version', String(state.version));
  store.putMeta('next_database_id', String(state.nextDatabaseId));
  store.putMeta('next_table_id', String(state.nextTableId));
  store.putMeta('next_token_id', String(state.nextTokenId));
  const { head, start } = audit.endTexts();
  store.putMeta('audit_head', head);
  store.putMeta('audit_start', start);
}
