/** Changes of databases. */
import * as errors from '../../errors/catalog/catalog.ts';
import type { ChangeContext } from '../audit.ts';
import type { HardDelete } from '../catalog.ts';
import { KeyedLock } from '../keyed-lock.ts';
import { checkDatabaseName, deletedName, physicalName } from '../names.ts';
import type { DatabaseRecord } from '../records.ts';
import type { Transaction } from './committer.ts';
import {
  auditedChange,
  bumpVersion,
  type CatalogCore,
  noteRemoval,
  notify,
  putDatabase,
  removeTable,
  reserveId,
} from './core.ts';
import type { TableChanges } from './table-changes.ts';

export class DatabaseChanges {
  private readonly core: CatalogCore;
  private readonly tables: TableChanges;
  private readonly locks = new KeyedLock();

  constructor(core: CatalogCore, tables: TableChanges) {
    this.core = core;
    this.tables = tables;
  }

  async create(context: ChangeContext, name: string, retentionNs: bigint | null): Promise<DatabaseRecord> {
    const { core } = this;
    this.checkNew(name);
    return this.locks.use(name, async () => {
      this.checkNew(name);
      const id = reserveId(core, 'nextDatabaseId');
      const record: DatabaseRecord = Object.freeze({
        id,
        name,
        retentionNs,
        createdAtMs: core.clock.nowMs(),
        deletedAtMs: null,
        hardDeleteAtMs: null,
        originalName: name,
        engineDatabase: physicalName(name, id),
      });
      await core.follower.createDatabase(record.engineDatabase);
      return auditedChange(core, context, (transaction) => {
        this.checkNew(name);
        putDatabase(core, transaction, record);
        return record;
      });
    });
  }

  private checkNew(name: string): void {
    const { state, limits } = this.core;
    if (state.databaseByName.has(name)) throw errors.alreadyExists();
    checkDatabaseName(name);
    if (state.liveDatabases() >= limits.databases) throw errors.tooManyDatabases(limits.databases);
  }

  async setRetention(
    context: ChangeContext,
    id: number,
    retentionNs: bigint | null,
  ): Promise<DatabaseRecord> {
    const { core } = this;
    const record = await auditedChange(core, context, (transaction) => {
      const database = this.live(id);
      const next = Object.freeze({ ...database, retentionNs });
      putDatabase(core, transaction, next);
      return next;
    });
    for (const table of this.tablesOf(id)) {
      if (table.retentionNs === null) await this.tables.followRetention(table.id);
    }
    return record;
  }

  async delete(context: ChangeContext, id: number, hardDelete: HardDelete): Promise<DatabaseRecord> {
    const { core } = this;
    const record = await auditedChange(core, context, (transaction) => {
      const database = this.existing(id);
      if (id === 0) throw errors.cannotDeleteInternalDatabase();
      const hardDeleteAtMs = hardDelete.kind === 'never' ? null : hardDelete.ms;
      if (database.deletedAtMs !== null && database.hardDeleteAtMs === hardDeleteAtMs) {
        throw errors.alreadyDeleted(database.name);
      }
      const nowMs = core.clock.nowMs();
      const next = Object.freeze({
        ...database,
        hardDeleteAtMs,
        deletedAtMs: database.deletedAtMs ?? nowMs,
        name:
          database.deletedAtMs !== null
            ? database.name
            : deletedName(database.name, nowMs, id, (name) => core.state.databaseByName.has(name)),
      });
      putDatabase(core, transaction, next);
      return next;
    });
    return record;
  }

  undelete(context: ChangeContext, id: number): Promise<DatabaseRecord> {
    const { core } = this;
    return auditedChange(core, context, (transaction) => {
      const database = this.existing(id);
      if (database.deletedAtMs === null) throw errors.alreadyExists();
      if (core.state.liveDatabases() >= core.limits.databases) {
        throw errors.tooManyDatabases(core.limits.databases);
      }
      const isFree = !core.state.databaseByName.has(database.originalName);
      const name = isFree ? database.originalName : database.name;
      const next = Object.freeze({
        ...database,
        name,
        originalName: name,
        deletedAtMs: null,
        hardDeleteAtMs: null,
      });
      putDatabase(core, transaction, next);
      return next;
    });
  }

  async clear(context: ChangeContext, id: number, removeTables: boolean): Promise<void> {
    this.live(id);
    if (!removeTables) return this.tables.clearAll(context, this.tablesOf(id), () => void this.live(id));
    await auditedChange(this.core, context, (transaction) => {
      this.live(id);
      for (const table of this.tablesOf(id)) removeTable(this.core, transaction, table);
    });
  }

  /** Removes a database for good, with its tables. */
  remove(transaction: Transaction, database: DatabaseRecord): void {
    const { core } = this;
    for (const table of this.tablesOf(database.id)) removeTable(core, transaction, table);
    const removal = { engineDatabase: database.engineDatabase, engineTable: '' };
    core.store.deleteDatabase(database.id);
    noteRemoval(core, transaction, removal);
    transaction.apply(
      () => core.state.removeDatabase(database.id),
      () => core.state.putDatabase(database),
    );
    bumpVersion(core, transaction);
    notify(core, transaction, (listener) => listener.databaseChanged?.(database));
  }

  private tablesOf(id: number) {
    return [...(this.core.state.tablesByName.get(id)?.values() ?? [])];
  }

  private existing(id: number): DatabaseRecord {
    const database = this.core.state.databases.get(id);
    if (database === undefined) throw errors.notFound(`database ${id}`);
    return database;
  }

  private live(id: number): DatabaseRecord {
    const database = this.existing(id);
    if (database.deletedAtMs !== null) throw errors.alreadyDeleted(database.name);
    return database;
  }
}
