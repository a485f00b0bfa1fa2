/**
 * The catalog contract: the truth about what exists. Reads are synchronous, from memory; a change is durable
 * before its promise resolves and visible to every read that starts after. The engine follows the catalog,
 * idempotently (`reconcile` at start; the catalog runs the engine DDL of its own changes, and makes a table there
 * when it is first needed: `makeInEngine`).
 */
import type { TokenRecord } from '../auth/token.ts';
import type { AuditLog, ChangeContext } from './audit.ts';
import type {
  ColumnRecord,
  DatabaseRecord,
  DistinctCacheRecord,
  LastCacheRecord,
  NewColumn,
  RowDeleteRecord,
  TableRecord,
} from './records.ts';

/** When a deleted thing is really removed. */
export type HardDelete = { readonly kind: 'never' } | { readonly kind: 'at'; readonly ms: number };

export interface CatalogLimits {
  readonly databases: number; // default 100; without `_internal` and deleted ones
  readonly tables: number; // default 10000, over all databases
  readonly columnsPerTable: number; // default 500, `time` not counted
  readonly tagColumnsPerTable: number; // default 4096
}

export interface CatalogReader {
  /** UUID of this catalog, sent as `cluster-uuid`. */
  readonly uuid: string;
  /** Grows with every change of databases, tables, columns or caches (not of tokens). */
  readonly version: number;
  readonly limits: CatalogLimits;
  /** By current name (a soft-deleted database is found under its renamed name). */
  database(name: string): DatabaseRecord | undefined;
  databaseById(id: number): DatabaseRecord | undefined;
  /** All, `_internal` first, by id; soft-deleted ones included. */
  databases(): readonly DatabaseRecord[];
  /** Live tables only. */
  table(databaseId: number, name: string): TableRecord | undefined;
  /** Deleted ones included while they exist. */
  tableById(id: number): TableRecord | undefined;
  /** By name; soft-deleted ones last, under their renamed names. */
  tables(databaseId: number): readonly TableRecord[];
  /** False: the engine has no such table yet, so no row of it either. */
  isInEngine(table: TableRecord): boolean;
  /**
   * Resolves when the engine has the table with all columns that the catalog shows now; to be called before a
   * statement names it there. At once for one that is there, or that the catalog does not know any more.
   */
  makeInEngine(tableId: number): Promise<void>;
  /** The period in force for a table, in ns; null = infinite. */
  retentionNs(table: TableRecord): bigint | null;
  lastCaches(databaseId: number): readonly LastCacheRecord[];
  distinctCaches(databaseId: number): readonly DistinctCacheRecord[];
  /** Ascending sequence; those that are over too. */
  rowDeletes(): readonly RowDeleteRecord[];
  tokenById(id: number): TokenRecord | undefined;
  tokenByName(name: string): TokenRecord | undefined;
  /** Ascending id. */
  tokens(): Iterable<TokenRecord>;
}

export interface CatalogWriter {
  createDatabase(name: string, options?: { retentionNs?: bigint | null }): Promise<DatabaseRecord>;
  setDatabaseRetention(databaseId: number, retentionNs: bigint | null): Promise<DatabaseRecord>;
  /** Soft delete (renames at once); on an already deleted one changes the time of the hard delete. */
  deleteDatabase(databaseId: number, hardDelete: HardDelete): Promise<DatabaseRecord>;
  /** Undoes a soft delete, same id, same name where it is free. */
  undeleteDatabase(databaseId: number): Promise<DatabaseRecord>;
  /** Drops the data; with `removeTables` the tables too; the database stays. */
  clearDatabase(databaseId: number, options: { removeTables: boolean }): Promise<void>;

  createTable(
    databaseId: number,
    name: string,
    columns: readonly NewColumn[],
    options?: { retentionNs?: bigint | null },
  ): Promise<TableRecord>;
  setTableRetention(tableId: number, retentionNs: bigint | null): Promise<TableRecord>;
  deleteTable(tableId: number, hardDelete: HardDelete): Promise<TableRecord>;
  /** Drops the data: the table goes on with a new engine table. */
  clearTable(tableId: number): Promise<void>;
  /** Idempotent per name and type; a conflict of types is an error and adds nothing. */
  addColumns(tableId: number, columns: readonly NewColumn[]): Promise<TableRecord>;

  createLastCache(record: LastCacheRecord): Promise<LastCacheRecord>;
  deleteLastCache(tableId: number, name: string): Promise<void>;
  createDistinctCache(record: DistinctCacheRecord): Promise<DistinctCacheRecord>;
  deleteDistinctCache(tableId: number, name: string): Promise<void>;

  /** `sequence` is assigned here; pending. Too many pending ones are an error. */
  createRowDelete(
    request: Pick<
      RowDeleteRecord,
      'databaseId' | 'tableId' | 'databaseName' | 'tableName' | 'minTimeNs' | 'maxTimeNs' | 'tags'
    >,
  ): Promise<RowDeleteRecord>;
  /** Only a pending one can end; an unknown one is `not_found`. */
  endRowDelete(
    sequence: number,
    disposition: 'completed' | 'aborted',
    reason: string | null,
  ): Promise<RowDeleteRecord>;

  /** `id` is assigned here. A name or a hash that exists, or a parent that does not, is an error and leaves nothing behind. */
  createToken(token: Omit<TokenRecord, 'id'>): Promise<TokenRecord>;
  /** Replaces a token's record in one transaction; `change` sees the newest state. */
  updateToken(id: number, change: (token: TokenRecord) => TokenRecord): Promise<TokenRecord>;
  /** With all that was derived from it, in one transaction; each has its audit row. */
  deleteToken(id: number): Promise<void>;
}

/** How often and by whom a token was used (`beyond.md` B4); written behind, at most 10 s late. */
export interface TokenUsage {
  readonly tokenId: number;
  readonly lastUsedAtMs: number;
  readonly lastUsedFrom: string | null;
  readonly lastUsedBy: string | null;
  readonly useCount: number;
}

/** Told synchronously after a change is durable and visible, before its promise resolves. */
export interface CatalogListener {
  tokenCreated?(token: TokenRecord): void;
  tokenUpdated?(token: TokenRecord, before: TokenRecord): void;
  tokenDeleted?(token: TokenRecord): void;
  tableChanged?(table: TableRecord): void;
  /**
   * All rows of a table were dropped: it has a new, empty engine table and a new `dataId`. Told before
   * `tableChanged`, and before the engine drops the old one: what is on its way there goes with it.
   */
  tableCleared?(table: TableRecord, before: TableRecord): void;
  tableRemoved?(table: TableRecord): void;
  databaseChanged?(database: DatabaseRecord): void;
}

export interface Catalog extends CatalogReader {
  /** The writer: every change names who makes it, and its audit row is in the same transaction. */
  as(context: ChangeContext): CatalogWriter;
  readonly audit: AuditLog;
  /** Replaces stored usage; not audited. */
  saveTokenUsage(usage: readonly TokenUsage[]): Promise<void>;
  tokenUsage(): ReadonlyMap<number, TokenUsage>;
  /** Removes what is due: hard deletes whose time has come. Run by a timer and at start. */
  removeDue(nowMs: number): Promise<void>;
  /** Makes the engine's databases and columns match, idempotently. Run at start, before ingest replays. */
  reconcile(): Promise<void>;
  /** False while changes are refused because the disk is full or failing. */
  isWritable(): Promise<boolean>;
  close(): Promise<void>;
  /** Returns the call that ends the subscription. */
  subscribe(listener: CatalogListener): () => void;
}

/** Names and types of the columns that a new table needs besides `time`. */
export type { ColumnRecord, DatabaseRecord, NewColumn, TableRecord };
