/** The catalog on SQLite: reads from memory, changes through the group committer. */
import type { TokenRecord } from '../../auth/token.ts';
import type { AuditLog, ChangeContext } from '../audit.ts';
import type { Catalog, CatalogLimits, CatalogListener, CatalogWriter, TokenUsage } from '../catalog.ts';
import type {
  DatabaseRecord,
  DistinctCacheRecord,
  LastCacheRecord,
  RowDeleteRecord,
  TableRecord,
} from '../records.ts';
import { CacheChanges } from './cache-changes.ts';
import { auditedChange, type CatalogCore, effectiveRetention, removeTable } from './core.ts';
import { DatabaseChanges } from './database-changes.ts';
import { RowDeleteChanges } from './row-delete-changes.ts';
import { TableChanges } from './table-changes.ts';
import { TokenChanges } from './token-changes.ts';
import { type Changes, createWriter } from './writer.ts';

export class SqliteCatalog implements Catalog {
  readonly uuid: string;
  readonly audit: AuditLog;
  private readonly core: CatalogCore;
  private readonly changes: Changes;
  private isClosed = false;

  constructor(core: CatalogCore, uuid: string) {
    this.core = core;
    this.uuid = uuid;
    this.audit = core.audit;
    const tables = new TableChanges(core);
    this.changes = {
      databases: new DatabaseChanges(core, tables),
      tables,
      caches: new CacheChanges(core, tables),
      tokens: new TokenChanges(core),
      rowDeletes: new RowDeleteChanges(core),
      removeDue: () => this.removeDue(core.clock.nowMs()),
    };
  }

  get version(): number {
    return this.core.state.version;
  }

  get limits(): CatalogLimits {
    return this.core.limits;
  }

  database(name: string): DatabaseRecord | undefined {
    return this.core.state.databaseByName.get(name);
  }

  databaseById(id: number): DatabaseRecord | undefined {
    return this.core.state.databases.get(id);
  }

  databases(): readonly DatabaseRecord[] {
    return [...this.core.state.databases.values()].sort((a, b) => a.id - b.id);
  }

  table(databaseId: number, name: string): TableRecord | undefined {
    const table = this.core.state.tablesByName.get(databaseId)?.get(name);
    return table?.deletedAtMs === null ? table : undefined;
  }

  tableById(id: number): TableRecord | undefined {
    return this.core.state.tables.get(id);
  }

  tables(databaseId: number): readonly TableRecord[] {
    const tables = [...(this.core.state.tablesByName.get(databaseId)?.values() ?? [])];
    const rank = (table: TableRecord) => (table.deletedAtMs === null ? 0 : 1);
    return tables.sort((a, b) => rank(a) - rank(b) || (a.name < b.name ? -1 : 1));
  }

  isInEngine(table: TableRecord): boolean {
    return this.core.follower.has(table);
  }

  makeInEngine(tableId: number): Promise<void> {
    return this.changes.tables.makeInEngine(tableId);
  }

  retentionNs(table: TableRecord): bigint | null {
    return effectiveRetention(this.core.state, table);
  }

  lastCaches(databaseId: number): readonly LastCacheRecord[] {
    return this.tables(databaseId).flatMap((table) => this.core.state.lastCaches.get(table.id) ?? []);
  }

  distinctCaches(databaseId: number): readonly DistinctCacheRecord[] {
    return this.tables(databaseId).flatMap((table) => this.core.state.distinctCaches.get(table.id) ?? []);
  }

  rowDeletes(): readonly RowDeleteRecord[] {
    return [...this.core.state.rowDeletes.values()];
  }

  tokenById(id: number): TokenRecord | undefined {
    return this.core.state.tokens.get(id);
  }

  tokenByName(name: string): TokenRecord | undefined {
    const id = this.core.store.tokenIdByName(name);
    return id === undefined ? undefined : this.core.state.tokens.get(id);
  }

  tokens(): Iterable<TokenRecord> {
    return this.core.state.tokens.values();
  }

  as(context: ChangeContext): CatalogWriter {
    return createWriter(this.changes, context);
  }

  async saveTokenUsage(usage: readonly TokenUsage[]): Promise<void> {
    const { core } = this;
    await core.committer.change((transaction) => {
      for (const one of usage) {
        // The token may have been deleted since it was used.
        if (!core.state.tokens.has(one.tokenId)) continue;
        const before = core.state.usage.get(one.tokenId);
        core.store.putUsage(one);
        transaction.apply(
          () => void core.state.usage.set(one.tokenId, one),
          () =>
            void (before === undefined
              ? core.state.usage.delete(one.tokenId)
              : core.state.usage.set(one.tokenId, before)),
        );
      }
    });
  }

  tokenUsage(): ReadonlyMap<number, TokenUsage> {
    return this.core.state.usage;
  }

  async removeDue(nowMs: number): Promise<void> {
    const { core } = this;
    const isDue = (record: DatabaseRecord | TableRecord) =>
      record.deletedAtMs !== null && record.hardDeleteAtMs !== null && record.hardDeleteAtMs <= nowMs;
    for (const { id, name } of this.databases().filter(isDue)) {
      await auditedChange(core, serverContext('database.hard_delete', `db:${name}`), (transaction) => {
        const database = core.state.databases.get(id);
        if (database !== undefined && isDue(database)) {
          this.changes.databases.remove(transaction, database);
        }
      });
    }
    for (const { id, name, databaseId } of [...core.state.tables.values()].filter(isDue)) {
      const resource = `db:${core.state.databases.get(databaseId)?.name ?? databaseId}/${name}`;
      await auditedChange(core, serverContext('table.hard_delete', resource), (transaction) => {
        const table = core.state.tables.get(id);
        if (table !== undefined && isDue(table)) removeTable(core, transaction, table);
      });
    }
    await this.dropRemovals();
  }

  private async dropRemovals(): Promise<void> {
    const { core } = this;
    const gone = await core.follower.dropRemovals();
    if (gone.length === 0) return;
    await core.committer.change(() => {
      for (const table of gone) core.store.deleteRemoval(table);
    });
  }

  async reconcile(): Promise<void> {
    const { state, follower } = this.core;
    await this.dropRemovals();
    await follower.reconcile(state.databases.values(), state.tables.values(), (table) =>
      this.retentionNs(table),
    );
  }

  /** After a refused change it is tried here, so that no change is needed to find out. */
  async isWritable(): Promise<boolean> {
    const { committer, store, clock } = this.core;
    if (!committer.isFailing) return true;
    try {
      await committer.change(() => store.putMeta('probed_at_ms', String(clock.nowMs())));
      return true;
    } catch {
      return false;
    }
  }

  async close(): Promise<void> {
    if (this.isClosed) return;
    this.isClosed = true;
    this.core.audit.flushPending();
    this.core.committer.flush();
    this.core.store.close();
  }

  subscribe(listener: CatalogListener): () => void {
    this.core.listeners.add(listener);
    return () => void this.core.listeners.delete(listener);
  }
}

/** The server itself, at housekeeping. */
export function serverContext(action: string, resource: string): ChangeContext {
  return {
    requestId: '',
    tokenId: null,
    tokenName: null,
    client: null,
    action,
    resource,
    detail: null,
  };
}
