/** A planner over a few tables in the real engine: plans, prints and runs statements without a server. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Session } from 'chdb';
import type { TableAccess } from '../../src/auth/operation.ts';
import { engineColumnName } from '../../src/catalog/engine-names.ts';
import { quoteIdentifier } from '../../src/engine/quote-identifier.ts';
import type { ColumnRecord, ColumnType, TableRecord } from '../../src/catalog/records.ts';
import { createDatabaseSql, createTableSql } from '../../src/catalog/table-layout.ts';
import { checkSingleStatement } from '../../src/engine/chdb/statement.ts';
import type { DirtySpan } from '../../src/ingest/ingest.ts';
import type { ParameterValue } from '../../src/query/query.ts';
import { engineType, nullableEngineType } from '../../src/query/representation.ts';
import type { Plan, PlanStatement, Relation, RelationProvider } from '../../src/query/sql/plan.ts';
import { ENGINE_SETTINGS } from '../../src/query/sql/plan.ts';
import { createPlanner } from '../../src/query/sql/planner.ts';
import type { ResultColumn } from '../../src/query/types.ts';

/** 2024-02-29T12:34:56.123456789Z */
export const NOW_NS = 1_709_210_096_123_456_789n;

type Columns = Readonly<Record<string, ColumnType>>;
export type Cell = string | number | boolean | null | Cell[] | { [name: string]: Cell };

export interface VirtualTable {
  readonly columns: readonly ResultColumn[];
  /** Engine SQL of the rows. */
  readonly sql: string;
}

export class PlannerFixture {
  readonly #directory = mkdtempSync(join(tmpdir(), 'sluice-planner-'));
  readonly #session = new Session(this.#directory);
  readonly #tables = new Map<string, TableRecord>();
  readonly access = new Map<string, TableAccess>();
  readonly retention = new Map<string, bigint>();
  readonly dirty = new Map<string, readonly DirtySpan[]>();
  readonly virtual = new Map<string, VirtualTable>();
  readonly #plan: PlanStatement;

  private constructor(plan: PlanStatement) {
    this.#plan = plan;
  }

  static async open(): Promise<PlannerFixture> {
    const fixture = new PlannerFixture(await createPlanner());
    await fixture.#session.queryAsync(createDatabaseSql('d'), { format: 'TSV' });
    return fixture;
  }

  /** `rows` are objects of engine literals by column name; `time` is an ISO text. */
  async table(
    name: string,
    columns: Columns,
    rows: readonly Readonly<Record<string, string>>[] = [],
  ): Promise<void> {
    const id = this.#tables.size + 1;
    const records = Object.entries(columns).map(
      ([column, type], i): ColumnRecord => ({
        id: i,
        name: column,
        type,
        engineName: engineColumnName(column),
      }),
    );
    const table: TableRecord = {
      id,
      dataId: id,
      databaseId: 1,
      name,
      columns: records,
      columnByName: new Map(records.map((column) => [column.name, column])),
      tags: records.filter((column) => column.type === 'tag'),
      retentionNs: null,
      deletedAtMs: null,
      hardDeleteAtMs: null,
      engineDatabase: 'd',
      engineTable: `t${id}`,
      version: 1,
    };
    this.#tables.set(name, table);
    await this.command(createTableSql(table, null));
    await this.insert(name, rows);
  }

  async insert(name: string, rows: readonly Readonly<Record<string, string>>[]): Promise<void> {
    const table = this.#tables.get(name)!;
    for (const row of rows) {
      const given = Object.entries(row);
      const names = given.map(([column]) => quoteIdentifier(table.columnByName.get(column)!.engineName));
      const tags = table.tags.map((tag) => row[tag.name] ?? 'null').join('|');
      const values = given.map(([column, value]) =>
        column === 'time' ? `parseDateTime64BestEffort('${value}', 9, 'UTC')` : value,
      );
      await this.command(
        `INSERT INTO d.${table.engineTable} (__series, ${names.join(', ')}) SELECT reinterpretAsUInt128(sipHash128('${tags.replaceAll("'", '')}')), ${values.join(', ')}`,
      );
    }
  }

  async command(sql: string): Promise<void> {
    await this.#session.queryAsync(sql, { format: 'TSV' });
  }

  #relations(): RelationProvider {
    return {
      relation: (schema, name): Relation | undefined => {
        if (schema !== 'iox') return this.#virtualRelation(`${schema}.${name}`);
        const table = this.#tables.get(name);
        if (table === undefined) return undefined;
        const access = this.access.get(name) ?? { kind: 'all' };
        return { kind: 'table', table, access, retentionNs: this.retention.get(name) ?? null };
      },
      tableFunction: (name, args) => this.#virtualRelation(`${name}(${args.join(',')})`),
    };
  }

  #virtualRelation(id: string): Relation | undefined {
    const table = this.virtual.get(id);
    return table === undefined ? undefined : { kind: 'virtual', id, columns: table.columns };
  }

  plan(text: string, parameters: Readonly<Record<string, ParameterValue>> = {}): Plan {
    return this.#plan({
      text,
      parameters: new Map(Object.entries(parameters)),
      relations: this.#relations(),
      nowNs: NOW_NS,
    });
  }

  print(plan: Plan): string {
    const select = plan.kind === 'explain' ? plan.inner : plan;
    const byId = new Map([...this.#tables.values()].map((table) => [table.id, table.name]));
    const sql = select.print({
      nowNs: NOW_NS,
      readState: (tableId) => ({ dirty: this.dirty.get(byId.get(tableId)!) ?? [] }),
      virtualSource: (id) => `(${this.virtual.get(id)!.sql})`,
    });
    checkSingleStatement(sql);
    return sql;
  }

  sql(text: string, parameters: Readonly<Record<string, ParameterValue>> = {}): string {
    return this.print(this.plan(text, parameters));
  }

  /** Runs a statement: rows as arrays in the order of the columns. */
  async rows(text: string, parameters: Readonly<Record<string, ParameterValue>> = {}): Promise<Cell[][]> {
    const plan = this.plan(text, parameters);
    if (plan.kind !== 'select') throw new Error('not a select');
    const sql = this.print(plan);
    await this.#checkTypes(sql, plan.columns);
    return this.run(sql);
  }

  /** The encoders trust that the engine carries each type as `representation.ts` says. */
  async #checkTypes(sql: string, columns: readonly ResultColumn[]): Promise<void> {
    const described = await this.run(`DESCRIBE TABLE (${sql})`);
    const bare = (type: string): string => type.replaceAll(/[`\s]/g, '');
    columns.forEach((column, i) => {
      const [name, type] = described[i] as [string, string];
      const plain = engineType(column.type);
      const allowed = [
        plain,
        nullableEngineType(column.type),
        `LowCardinality(${plain})`,
        `LowCardinality(${nullableEngineType(column.type)})`,
      ];
      if (column.type.kind === 'null') allowed.push('Nullable(Nothing)');
      if (name !== `c${i}` || !allowed.map(bare).includes(bare(type)))
        throw new Error(`column ${i} is ${name} ${type}, expected c${i} ${allowed[0]}: ${sql}`);
    });
  }

  async run(sql: string): Promise<Cell[][]> {
    const settings = Object.entries({
      ...ENGINE_SETTINGS,
      output_format_json_quote_64bit_integers: 0,
      output_format_json_quote_denormals: 1,
    });
    const result = await this.#session.queryAsync(
      `${sql} SETTINGS readonly = 1, ${settings.map(([name, value]) => `${name} = ${value}`).join(', ')}`,
      { format: 'JSONCompactEachRow' },
    );
    const text = new TextDecoder().decode(result.bytes());
    return text === ''
      ? []
      : text
          .trimEnd()
          .split('\n')
          .map((line) => JSON.parse(line) as Cell[]);
  }

  /** Names and Arrow-like kinds of the result. */
  columns(text: string): string[] {
    const plan = this.plan(text);
    return (plan.kind === 'explain' ? plan.inner : plan).columns.map((column) => column.name);
  }

  close(): void {
    this.#session.cleanup();
    rmSync(this.#directory, { recursive: true, force: true });
  }
}
