/** Changes of tables and their columns. */
import * as errors from '../../errors/catalog/catalog.ts';
import type { ChangeContext } from '../audit.ts';
import type { HardDelete } from '../catalog.ts';
import { engineColumnName } from '../engine-names.ts';
import { KeyedLock } from '../keyed-lock.ts';
import { checkColumnName, checkTableName, deletedName, influxTypeName, physicalName } from '../names.ts';
import type { ColumnRecord, DatabaseRecord, NewColumn, TableRecord } from '../records.ts';
import { tableRecord, timeColumn } from '../state.ts';
import { clearTables } from './clear-tables.ts';
import {
  auditedChange,
  type CatalogCore,
  effectiveRetention,
  noteMissing,
  putTable,
  reserveId,
} from './core.ts';

export class TableChanges {
  private readonly core: CatalogCore;
  private readonly locks = new KeyedLock();

  constructor(core: CatalogCore) {
    this.core = core;
  }

  async create(
    context: ChangeContext,
    databaseId: number,
    name: string,
    columns: readonly NewColumn[],
    { retentionNs = null }: { retentionNs?: bigint | null },
  ): Promise<TableRecord> {
    const { core } = this;
    return this.locks.use(`${databaseId}/${name}`, async () => {
      const database = this.checkNew(databaseId, name);
      const added = this.checkColumns(columns, []);
      if (added.length !== columns.length) throw errors.duplicateColumn(repeatedName(columns));
      const id = reserveId(core, 'nextTableId');
      const record = tableRecord({
        id,
        databaseId,
        name,
        columns: [...added, timeColumn(added.length)],
        retentionNs,
        deletedAtMs: null,
        hardDeleteAtMs: null,
        engineDatabase: database.engineDatabase,
        engineTable: physicalName(name, id),
        dataId: id,
        version: 1,
      });
      return auditedChange(core, context, (transaction) => {
        this.checkNew(databaseId, name);
        putTable(core, transaction, record);
        noteMissing(core, transaction, record);
        return record;
      });
    });
  }

  /** Resolves when the engine has the table, with every column that the catalog shows now. */
  makeInEngine(id: number): Promise<void> {
    const { state, follower } = this.core;
    const table = () => {
      const current = state.tables.get(id);
      return current === undefined || follower.has(current) ? undefined : current;
    };
    if (table() === undefined) return Promise.resolve();
    return this.locks.use(`${id}`, async () => {
      const missing = table();
      if (missing === undefined) return;
      await follower.makeTable(missing, effectiveRetention(state, missing));
      // Removed meanwhile, perhaps before it was there: nobody else would drop it.
      if (state.tables.get(id)?.engineTable !== missing.engineTable) await follower.dropTable(missing);
    });
  }

  private checkNew(databaseId: number, name: string): DatabaseRecord {
    const { state, limits } = this.core;
    const database = state.databases.get(databaseId);
    if (database === undefined) throw errors.notFound(`database ${databaseId}`);
    if (database.deletedAtMs !== null) throw errors.alreadyDeleted(database.name);
    checkTableName(name);
    if (state.tablesByName.get(databaseId)?.has(name)) throw errors.alreadyExists();
    const current = state.liveTables();
    if (current >= limits.tables) throw errors.tooManyTables(current, limits.tables);
    return database;
  }

  /** The columns that are really new, with ids; throws before anything is added. */
  private checkColumns(columns: readonly NewColumn[], existing: readonly ColumnRecord[]): ColumnRecord[] {
    const { limits } = this.core;
    const known = new Map(existing.map((column) => [column.name, column]));
    const added: ColumnRecord[] = [];
    for (const { name, type } of columns) {
      const before = known.get(name);
      if (before !== undefined && before.type === type) continue;
      checkColumnName(name);
      if (before !== undefined) {
        throw errors.columnTypeConflict(name, influxTypeName(before.type), influxTypeName(type));
      }
      const column = {
        id: existing.length + added.length,
        name,
        type,
        engineName: engineColumnName(name),
      };
      known.set(name, column);
      added.push(column);
    }
    if (added.length === 0) return added;
    const all = [...known.values()].filter((column) => column.type !== 'time');
    if (all.length > limits.columnsPerTable) throw errors.tooManyColumns(limits.columnsPerTable);
    if (all.filter((column) => column.type === 'tag').length > limits.tagColumnsPerTable) {
      throw errors.tooManyTagColumns(limits.tagColumnsPerTable);
    }
    return added;
  }

  async addColumns(context: ChangeContext, id: number, columns: readonly NewColumn[]): Promise<TableRecord> {
    const { core } = this;
    const now = this.live(id);
    if (columns.every(({ name, type }) => now.columnByName.get(name)?.type === type)) return now;
    return this.locks.use(`${id}`, async () => {
      const table = this.live(id);
      const added = this.checkColumns(columns, table.columns);
      if (added.length === 0) return table;
      await core.follower.addColumns(table, added);
      try {
        return await auditedChange(core, context, (transaction) => {
          const current = this.live(id);
          const next = tableRecord({
            ...current,
            columns: [...current.columns, ...added],
            version: current.version + 1,
          });
          putTable(core, transaction, next);
          return next;
        });
      } catch (error) {
        await core.follower.undoColumns(table, added).catch(() => undefined);
        throw error;
      }
    });
  }

  async setRetention(context: ChangeContext, id: number, retentionNs: bigint | null): Promise<TableRecord> {
    const { core } = this;
    const record = await auditedChange(core, context, (transaction) => {
      const next = tableRecord({ ...this.live(id), retentionNs });
      putTable(core, transaction, next);
      return next;
    });
    await this.followRetention(id);
    return record;
  }

  /** Gives the engine the period in force. */
  followRetention(id: number): Promise<void> {
    return this.locks.use(`${id}`, async () => {
      const table = this.core.state.tables.get(id);
      if (table === undefined) return;
      await this.core.follower.setRetention(table, effectiveRetention(this.core.state, table));
    });
  }

  delete(context: ChangeContext, id: number, hardDelete: HardDelete): Promise<TableRecord> {
    const { core } = this;
    return auditedChange(core, context, (transaction) => {
      const table = this.existing(id);
      const hardDeleteAtMs = hardDelete.kind === 'never' ? null : hardDelete.ms;
      const isDeletedAlready = table.deletedAtMs !== null;
      if (isDeletedAlready && table.hardDeleteAtMs === hardDeleteAtMs) {
        throw errors.alreadyDeleted(table.name);
      }
      this.checkDatabaseIsLive(table);
      const nowMs = core.clock.nowMs();
      const names = core.state.tablesByName.get(table.databaseId);
      const next = tableRecord({
        ...table,
        name: isDeletedAlready
          ? table.name
          : deletedName(table.name, nowMs, id, (name) => names?.has(name) ?? false),
        deletedAtMs: table.deletedAtMs ?? nowMs,
        hardDeleteAtMs,
      });
      putTable(core, transaction, next);
      return next;
    });
  }

  clear(context: ChangeContext, id: number): Promise<void> {
    return this.clearAll(context, [this.live(id)], () => void this.live(id));
  }

  /** Drops the rows of several tables in one change; `check` refuses it at the commit. */
  clearAll(context: ChangeContext, tables: readonly TableRecord[], check: () => void): Promise<void> {
    return tables.reduce<() => Promise<void>>(
      (work, table) => () => this.locks.use(`${table.id}`, work),
      () => clearTables(this.core, context, tables, check),
    )();
  }

  existing(id: number): TableRecord {
    const table = this.core.state.tables.get(id);
    if (table === undefined) throw errors.notFound(`table ${id}`);
    return table;
  }

  live(id: number): TableRecord {
    const table = this.existing(id);
    if (table.deletedAtMs !== null) throw errors.alreadyDeleted(table.name);
    this.checkDatabaseIsLive(table);
    return table;
  }

  private checkDatabaseIsLive(table: TableRecord): void {
    const database = this.core.state.databases.get(table.databaseId);
    if (database?.deletedAtMs !== null) throw errors.alreadyDeleted(database?.name ?? table.name);
  }
}

function repeatedName(columns: readonly NewColumn[]): string {
  const seen = new Set<string>();
  for (const { name } of columns) {
    if (seen.has(name)) return name;
    seen.add(name);
  }
  return '';
}
