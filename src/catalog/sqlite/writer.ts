/** The catalog's writer: binds who changes to the changes. */
import type { TokenRecord } from '../../auth/token.ts';
import type { ChangeContext } from '../audit.ts';
import type { CatalogWriter, HardDelete } from '../catalog.ts';
import type { DistinctCacheRecord, LastCacheRecord, NewColumn } from '../records.ts';
import type { CacheChanges } from './cache-changes.ts';
import type { DatabaseChanges } from './database-changes.ts';
import type { RowDeleteChanges } from './row-delete-changes.ts';
import type { TableChanges } from './table-changes.ts';
import type { TokenChanges } from './token-changes.ts';

export interface Changes {
  readonly databases: DatabaseChanges;
  readonly tables: TableChanges;
  readonly caches: CacheChanges;
  readonly tokens: TokenChanges;
  readonly rowDeletes: RowDeleteChanges;
  /** Removes what is due already: `hard_delete_at=now`, and the removals just noted. */
  removeDue(): Promise<void>;
}

export function createWriter(changes: Changes, context: ChangeContext): CatalogWriter {
  const { databases, tables, caches, tokens, rowDeletes } = changes;
  return {
    createDatabase: (name, options) => databases.create(context, name, options?.retentionNs ?? null),
    setDatabaseRetention: (id, retentionNs) => databases.setRetention(context, id, retentionNs),
    async deleteDatabase(id: number, hardDelete: HardDelete) {
      const record = await databases.delete(context, id, hardDelete);
      await changes.removeDue();
      return record;
    },
    undeleteDatabase: (id) => databases.undelete(context, id),
    async clearDatabase(id: number, options: { removeTables: boolean }) {
      await databases.clear(context, id, options.removeTables);
      await changes.removeDue();
    },
    createTable: (databaseId, name, columns: readonly NewColumn[], options) =>
      tables.create(context, databaseId, name, columns, options ?? {}),
    setTableRetention: (id, retentionNs) => tables.setRetention(context, id, retentionNs),
    async deleteTable(id: number, hardDelete: HardDelete) {
      const record = await tables.delete(context, id, hardDelete);
      await changes.removeDue();
      return record;
    },
    async clearTable(id: number) {
      await tables.clear(context, id);
      await changes.removeDue();
    },
    addColumns: (id, columns) => tables.addColumns(context, id, columns),
    createLastCache: (record: LastCacheRecord) => caches.createLast(context, record),
    deleteLastCache: (tableId, name) => caches.delete(context, 'last', tableId, name),
    createDistinctCache: (record: DistinctCacheRecord) => caches.createDistinct(context, record),
    deleteDistinctCache: (tableId, name) => caches.delete(context, 'distinct', tableId, name),
    createRowDelete: (request) => rowDeletes.create(context, request),
    endRowDelete: (sequence, disposition, reason) => rowDeletes.end(context, sequence, disposition, reason),
    createToken: (token: Omit<TokenRecord, 'id'>) => tokens.create(context, token),
    updateToken: (id, change) => tokens.update(context, id, change),
    deleteToken: (id) => tokens.delete(context, id),
  };
}
