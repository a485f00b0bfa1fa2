/**
 * The engine follows the catalog. A table is made there when somebody first needs it (`makeTable`): a write that
 * brings hundreds of them need not wait for the engine. What is added to a table that the engine has exists there
 * before the catalog shows it; what is removed is first noted as a removal, durably, and dropped after: a crash in
 * between leaves the engine with too much, never with too little, and `reconcile` puts that right.
 */
import { collect, type Engine, EngineError } from '../engine/engine.ts';
import { engineUnavailable } from '../errors/catalog/engine.ts';
import type { Logger } from '../telemetry/logger.ts';
import { ENGINE_TYPE, SERIES_COLUMN } from './engine-names.ts';
import type { ColumnRecord, DatabaseRecord, TableRecord } from './records.ts';
import * as layout from './table-layout.ts';

export class EngineFollower {
  private readonly engine: Engine | null;
  private readonly logger: Logger;
  private readonly removals = new Map<string, layout.PhysicalTable>();
  /** By table: columns that the engine may have although the catalog has not, since their change failed. */
  private readonly doubtful = new Map<string, Set<string>>();
  /** Tables that the engine has not, as far as is known. */
  private readonly missing = new Set<string>();
  /** Of these, those that it may have all the same, with other columns, since making them failed. */
  private readonly halfMade = new Set<string>();

  /** Without an engine (tests, tools) every step does nothing. */
  constructor(engine: Engine | null, logger: Logger) {
    this.engine = engine;
    this.logger = logger;
  }

  createDatabase(engineDatabase: string): Promise<void> {
    return this.run(layout.createDatabaseSql(engineDatabase));
  }

  has(table: layout.PhysicalTable): boolean {
    return !this.missing.has(tableKey(table));
  }

  /** The table is new: the engine has it only once it was made. */
  addMissing(table: layout.PhysicalTable): void {
    if (this.engine !== null) this.missing.add(tableKey(table));
  }

  forgetMissing(table: layout.PhysicalTable): void {
    this.missing.delete(tableKey(table));
  }

  /** With all columns that it has now. The caller sees to it that they do not change meanwhile. */
  async makeTable(table: TableRecord, retentionNs: bigint | null): Promise<void> {
    const key = tableKey(table);
    if (this.halfMade.has(key)) await this.run(layout.dropTableSql(table));
    this.halfMade.add(key);
    await this.run(layout.createTableSql(table, retentionNs));
    this.halfMade.delete(key);
    this.missing.delete(key);
  }

  /** An engine that failed may have added them all the same, of a type that is not asked for the next time. */
  async addColumns(table: TableRecord, columns: readonly ColumnRecord[]): Promise<void> {
    if (!this.has(table)) return;
    await this.dropDoubtful(table);
    try {
      await this.run(layout.addColumnsSql(table, columns));
    } catch (error) {
      this.doubt(table, columns);
      throw error;
    }
  }

  async setRetention(table: TableRecord, retentionNs: bigint | null): Promise<void> {
    if (!this.has(table)) return;
    // The engine refuses to remove a TTL that is not there.
    if (layout.ttlSecs(retentionNs) === null) {
      const present = await this.presentTables();
      if (layout.ttlSecsOf(present.get(tableKey(table))?.engineFull ?? '') === null) return;
    }
    await this.run(layout.retentionSql(table, retentionNs));
  }

  dropTable(table: layout.PhysicalTable): Promise<void> {
    return this.run(layout.dropTableSql(table));
  }

  addRemoval(table: layout.PhysicalTable): void {
    this.removals.set(tableKey(table), table);
  }

  forgetRemoval(table: layout.PhysicalTable): void {
    this.removals.delete(tableKey(table));
  }

  /** Drops what is noted; returns what is gone now. What the engine refuses stays noted for the next time. */
  async dropRemovals(): Promise<layout.PhysicalTable[]> {
    const gone: layout.PhysicalTable[] = [];
    for (const table of [...this.removals.values()]) {
      try {
        await this.run(
          table.engineTable === ''
            ? layout.dropDatabaseSql(table.engineDatabase)
            : layout.dropTableSql(table),
        );
        this.forgetRemoval(table);
        this.missing.delete(tableKey(table));
        this.halfMade.delete(tableKey(table));
        gone.push(table);
      } catch (error) {
        this.logger.warn({ err: error, ...table }, 'the engine could not drop, will be tried again');
      }
    }
    return gone;
  }

  /** Takes back columns whose catalog change failed, so that a later one may have another type. */
  async undoColumns(table: TableRecord, columns: readonly ColumnRecord[]): Promise<void> {
    if (!this.has(table)) return;
    this.doubt(table, columns);
    await this.dropDoubtful(table);
  }

  private doubt(table: TableRecord, columns: readonly ColumnRecord[]): void {
    const names = this.doubtful.get(tableKey(table)) ?? new Set();
    for (const { engineName } of columns) names.add(engineName);
    this.doubtful.set(tableKey(table), names);
  }

  private async dropDoubtful(table: TableRecord): Promise<void> {
    const names = this.doubtful.get(tableKey(table));
    for (const name of names ?? []) {
      await this.run(layout.dropColumnSql(table, name));
      names!.delete(name);
    }
    this.doubtful.delete(tableKey(table));
  }

  /** Makes databases, columns and periods match, and learns which tables the engine has. */
  async reconcile(
    databases: Iterable<DatabaseRecord>,
    tables: Iterable<TableRecord>,
    retentionOf: (table: TableRecord) => bigint | null,
  ): Promise<void> {
    if (this.engine === null) return;
    const present = await this.presentTables();
    const columns = await this.presentColumns();
    const ours = new Set<string>();
    for (const { engineDatabase } of databases) {
      ours.add(engineDatabase);
      await this.createDatabase(engineDatabase);
    }
    const known = new Set<string>();
    for (const table of tables) {
      const key = tableKey(table);
      known.add(key);
      const retentionNs = retentionOf(table);
      const engineFull = present.get(key)?.engineFull;
      if (engineFull === undefined) {
        this.addMissing(table);
        continue;
      }
      await this.reconcileColumns(table, columns.get(key) ?? new Map());
      if (layout.ttlSecsOf(engineFull) !== layout.ttlSecs(retentionNs)) {
        await this.setRetention(table, retentionNs);
      }
    }
    for (const [key, table] of present) {
      if (ours.has(table.engineDatabase) && !known.has(key)) await this.dropStray(table);
    }
  }

  /** A table made just before a crash is empty. One with rows is someone's data: it is only reported. */
  private async dropStray(table: layout.PhysicalTable & { readonly rows: number }): Promise<void> {
    const { engineDatabase, engineTable, rows } = table;
    if (rows === 0) await this.run(layout.dropTableSql(table));
    else this.logger.warn({ engineDatabase, engineTable, rows }, 'the catalog does not know a table');
  }

  private async reconcileColumns(table: TableRecord, present: ReadonlyMap<string, string>): Promise<void> {
    const wanted = new Map(table.columns.map((column) => [column.engineName, column]));
    const missing: ColumnRecord[] = [];
    for (const [name, column] of wanted) {
      const type = present.get(name);
      if (type === undefined) missing.push(column);
      else if (type !== ENGINE_TYPE[column.type]) {
        this.logger.error({ table: table.engineTable, column: name, type }, 'unexpected engine type');
      }
    }
    // A column that the catalog does not know was added just before a crash: nothing was ever written to it.
    for (const name of present.keys()) {
      if (name !== SERIES_COLUMN && !wanted.has(name)) {
        await this.run(layout.dropColumnSql(table, name));
      }
    }
    if (missing.length > 0) await this.addColumns(table, missing);
  }

  private async presentTables() {
    const rows = await this.rows(
      'SELECT database, name, engine_full, toString(coalesce(total_rows, 1)) AS rows FROM system.tables',
    );
    return new Map(
      rows.map((row) => {
        const table = {
          engineDatabase: row.database ?? '',
          engineTable: row.name ?? '',
          engineFull: row.engine_full ?? '',
          rows: Number(row.rows),
        };
        return [tableKey(table), table];
      }),
    );
  }

  private async presentColumns(): Promise<Map<string, Map<string, string>>> {
    const rows = await this.rows(
      "SELECT database, table, name, type FROM system.columns WHERE database NOT IN ('system', 'information_schema', 'INFORMATION_SCHEMA')",
    );
    const result = new Map<string, Map<string, string>>();
    for (const row of rows) {
      const key = tableKey({
        engineDatabase: row.database ?? '',
        engineTable: row.table ?? '',
      });
      const columns = result.get(key) ?? new Map<string, string>();
      columns.set(row.name ?? '', row.type ?? '');
      result.set(key, columns);
    }
    return result;
  }

  private async rows(sql: string): Promise<Record<string, string>[]> {
    if (this.engine === null) return [];
    const { engine } = this;
    const bytes = await this.translated(() =>
      collect(engine.query({ sql, format: 'JSONEachRow', weight: 'light' })),
    );
    return bytes
      .toString('utf8')
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as Record<string, string>);
  }

  private run(sql: string): Promise<void> {
    return this.translated(async () => this.engine?.command(sql, { lane: 'ddl' }));
  }

  private async translated<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof EngineError)) throw error;
      // Whoever needed it tells that the engine is not available.
      if (error.kind !== 'down') {
        this.logger.error({ err: error }, 'the engine refused what the catalog asked of it');
      }
      throw engineUnavailable().withCause(error);
    }
  }
}

function tableKey(table: layout.PhysicalTable): string {
  return `${table.engineDatabase}\u0000${table.engineTable}`;
}
