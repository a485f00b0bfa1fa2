/**
 * The catalog in memory: what the hot path reads. Only a committing transaction changes it, in the same
 * synchronous stretch as its commit, so that no reader ever sees what is not durable.
 */
import type { TokenRecord } from '../auth/token.ts';
import type { TokenUsage } from './catalog.ts';
import { TIME_COLUMN } from './engine-names.ts';
import type {
  ColumnRecord,
  DatabaseRecord,
  DistinctCacheRecord,
  LastCacheRecord,
  RowDeleteRecord,
  TableRecord,
} from './records.ts';

export class CatalogState {
  version = 0;
  nextDatabaseId = 0;
  nextTableId = 0;
  nextTokenId = 0;
  readonly databases = new Map<number, DatabaseRecord>();
  readonly databaseByName = new Map<string, DatabaseRecord>();
  readonly tables = new Map<number, TableRecord>();
  /** Live and soft-deleted tables of a database, by current name. */
  readonly tablesByName = new Map<number, Map<string, TableRecord>>();
  readonly lastCaches = new Map<number, readonly LastCacheRecord[]>();
  readonly distinctCaches = new Map<number, readonly DistinctCacheRecord[]>();
  /** By sequence, ascending. */
  readonly rowDeletes = new Map<number, RowDeleteRecord>();
  readonly tokens = new Map<number, TokenRecord>();
  /** Ids of the tokens derived directly from one. */
  readonly tokenChildIds = new Map<number, Set<number>>();
  readonly usage = new Map<number, TokenUsage>();

  putDatabase(record: DatabaseRecord): void {
    this.removeDatabaseName(record.id);
    this.databases.set(record.id, record);
    this.databaseByName.set(record.name, record);
    if (!this.tablesByName.has(record.id)) this.tablesByName.set(record.id, new Map());
  }

  removeDatabase(id: number): void {
    this.removeDatabaseName(id);
    this.databases.delete(id);
    this.tablesByName.delete(id);
  }

  private removeDatabaseName(id: number): void {
    const before = this.databases.get(id);
    if (before !== undefined) this.databaseByName.delete(before.name);
  }

  putTable(record: TableRecord): void {
    const names = this.tablesByName.get(record.databaseId) ?? new Map<string, TableRecord>();
    this.tablesByName.set(record.databaseId, names);
    const before = this.tables.get(record.id);
    if (before !== undefined) names.delete(before.name);
    names.set(record.name, record);
    this.tables.set(record.id, record);
  }

  removeTable(id: number): void {
    const record = this.tables.get(id);
    if (record === undefined) return;
    this.tables.delete(id);
    this.tablesByName.get(record.databaseId)?.delete(record.name);
    this.lastCaches.delete(id);
    this.distinctCaches.delete(id);
  }

  putToken(record: TokenRecord): void {
    const before = this.tokens.get(record.id);
    if (before !== undefined) this.forgetToken(before);
    this.addToken(record);
  }

  /** A token whose id is new here. */
  addToken(record: TokenRecord): void {
    this.tokens.set(record.id, record);
    if (record.parentId === null) return;
    const siblings = this.tokenChildIds.get(record.parentId);
    if (siblings === undefined) this.tokenChildIds.set(record.parentId, new Set([record.id]));
    else siblings.add(record.id);
  }

  /** The token and all that was derived from it, children before their parents. */
  tokenTree(record: TokenRecord): TokenRecord[] {
    const children = [...(this.tokenChildIds.get(record.id) ?? [])].flatMap((id) => {
      const child = this.tokens.get(id);
      return child === undefined ? [] : this.tokenTree(child);
    });
    return [...children, record];
  }

  removeToken(record: TokenRecord): void {
    this.forgetToken(record);
    this.tokens.delete(record.id);
    this.usage.delete(record.id);
  }

  private forgetToken(record: TokenRecord): void {
    if (record.parentId === null) return;
    const siblings = this.tokenChildIds.get(record.parentId);
    siblings?.delete(record.id);
    if (siblings?.size === 0) this.tokenChildIds.delete(record.parentId);
  }

  /** Databases that count against the limit. */
  liveDatabases(): number {
    let count = 0;
    for (const database of this.databases.values()) {
      if (database.id !== 0 && database.deletedAtMs === null) count++;
    }
    return count;
  }

  liveTables(): number {
    let count = 0;
    for (const table of this.tables.values()) {
      if (table.deletedAtMs !== null) continue;
      if (this.databases.get(table.databaseId)?.deletedAtMs === null) count++;
    }
    return count;
  }
}

/** A table record with the parts that follow from its columns. */
export function tableRecord(
  fields: Omit<TableRecord, 'columnByName' | 'tags'> & { readonly columns: readonly ColumnRecord[] },
): TableRecord {
  return Object.freeze({
    ...fields,
    columnByName: new Map(fields.columns.map((column) => [column.name, column])),
    tags: fields.columns.filter((column) => column.type === 'tag'),
  });
}

export function timeColumn(id: number): ColumnRecord {
  return { id, name: TIME_COLUMN, type: 'time', engineName: TIME_COLUMN };
}
