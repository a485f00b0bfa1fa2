/**
 * Reading one user table: used columns only, without duplicates, behind retention and the principal's row
 * filter. The filter stands in PREWHERE, in front of a LIMIT that no condition passes: what the statement does
 * to rows (a division that fails, say) can then not be observed for rows that the principal may not see.
 */
import type { TableAccess } from '../../auth/operation.ts';
import { SERIES_COLUMN, TIME_COLUMN } from '../../catalog/engine-names.ts';
import type { EngineTable } from '../../engine/engine.ts';
import { quoteIdentifier } from '../../engine/quote-identifier.ts';
import type { ColumnRecord, TableRecord } from '../../catalog/records.ts';
import type { TimeSpan } from '../../ingest/ingest.ts';
import { BOOLEAN, type DataType, FLOAT64, INT64, TAG, TIMESTAMP_NS, UINT64, UTF8 } from '../types.ts';
import { stringLiteral, timestampLiteral } from './literals.ts';
import type { PrintEnvironment, Relation } from './plan.ts';
import type { ScopeRelation } from './scope.ts';
import type { ScanTarget, ScopeColumn } from './scope-column.ts';
import type { StatementContext, Template } from './statement-context.ts';
import { clampTime, MAXIMUM_TIME, overlaps } from './time-range.ts';
import { visibleRows } from './visible-rows.ts';

/**
 * What the table is called where it is read. A column without it could be called like one of our own names beside
 * it (`x4`), and the engine would take the one for the other, in the row filter too. No column can be called so.
 */
const TABLE_NAME = '__t';

const stored = (engineName: string): string => `${TABLE_NAME}.${quoteIdentifier(engineName)}`;
const TIME = stored(TIME_COLUMN);
const SERIES = stored(SERIES_COLUMN);

const TYPES: Record<ColumnRecord['type'], DataType> = {
  tag: TAG,
  time: TIMESTAMP_NS,
  float: FLOAT64,
  integer: INT64,
  uinteger: UINT64,
  string: UTF8,
  boolean: BOOLEAN,
};

/** What stands in the SELECT over a reading instead of the reading. */
interface InlineReading {
  readonly columns: ReadonlyMap<string, string>;
  readonly from: string;
  readonly where: readonly string[];
}

/** What a scan reads, as data. */
export interface PlainReading {
  readonly tableId: number;
  readonly table: EngineTable;
  readonly span: TimeSpan;
  readonly retentionNs: bigint | null;
  /** All must hold. */
  readonly tagValues: readonly TagValues[];
  readonly visible: ReturnType<typeof visibleRows>;
}

interface TagValues {
  readonly engineName: string;
  /** Not empty; one of them. */
  readonly values: readonly string[];
}

interface SortedColumns {
  readonly columns: readonly ColumnRecord[];
  readonly placeOf: ReadonlyMap<string, number>;
}

const sorted = new WeakMap<TableRecord, SortedColumns>();

/** Columns by byte value of their name, `time` among the others (sql.md 1.1). Once for each version of a table. */
function sortedColumns(table: TableRecord): SortedColumns {
  let known = sorted.get(table);
  if (known === undefined) {
    const columns = table.columns
      .map((column) => ({ column, bytes: Buffer.from(column.name) }))
      .sort((a, b) => Buffer.compare(a.bytes, b.bytes))
      .map(({ column }) => column);
    known = { columns, placeOf: new Map(columns.map(({ name }, place) => [name, place])) };
    sorted.set(table, known);
  }
  return known;
}

export class Scan implements ScanTarget, ScopeRelation {
  readonly qualifier: string;
  readonly sql: Template;
  private readonly table: TableRecord;
  private readonly access: TableAccess;
  private readonly retentionNs: bigint | null;
  private readonly sorted: SortedColumns;
  private readonly firstId: number;
  /** Those that were asked for, by place: a statement names few of a wide table's columns. */
  private readonly known: ScopeColumn[] = [];
  private all: readonly ScopeColumn[] | undefined;
  private readonly used = new Map<string, string>();
  private readonly tagValues: TagValues[] = [];
  private extremes: 'first' | 'last' | null = null;
  private lower: bigint | null = null;
  private upper: bigint | null = null;

  constructor(relation: Extract<Relation, { kind: 'table' }>, qualifier: string, context: StatementContext) {
    this.qualifier = qualifier;
    this.table = relation.table;
    this.access = relation.access;
    this.retentionNs = relation.retentionNs;
    this.sorted = sortedColumns(relation.table);
    this.firstId = context.freshIds(this.sorted.columns.length);
    this.sql = context.hole((environment) => this.print(environment));
    context.tableIds.add(relation.table.id);
    context.scans.push(this);
  }

  get columns(): readonly ScopeColumn[] {
    this.all ??= this.sorted.columns.map((_, place) => this.columnAt(place));
    return this.all;
  }

  column(name: string): ScopeColumn | undefined {
    const place = this.sorted.placeOf.get(name);
    return place === undefined ? undefined : this.columnAt(place);
  }

  private columnAt(place: number): ScopeColumn {
    this.known[place] ??= this.scopeColumn(this.sorted.columns[place]!, `x${this.firstId + place}`);
    return this.known[place];
  }

  private scopeColumn(column: ColumnRecord, id: string): ScopeColumn {
    return {
      name: column.name,
      type: TYPES[column.type],
      nullable: column.type !== 'time',
      id,
      use: () => {
        this.used.set(id, column.engineName);
      },
      source: {
        scan: this,
        engineName: column.engineName,
        role: column.type === 'tag' || column.type === 'time' ? column.type : 'field',
      },
    };
  }

  restrict(engineName: string, values: readonly string[]): void {
    this.tagValues.push({ engineName, values });
  }

  bound(side: 'lower' | 'upper', ns: bigint): void {
    if (side === 'lower') this.lower = this.lower === null || ns > this.lower ? ns : this.lower;
    else this.upper = this.upper === null || ns < this.upper ? ns : this.upper;
  }

  /** Only the first or last row of each series is needed. */
  keepExtremes(side: 'first' | 'last'): void {
    // Of few series all rows are read as quickly as they are found.
    if (this.tagValues.length === 0) this.extremes = side;
  }

  get tableId(): number {
    return this.table.id;
  }

  /** The times beyond which it reads nothing. */
  get span(): TimeSpan {
    return { fromNs: this.lower, toNs: this.upper };
  }

  /** True when predicates keep the scan small. */
  get selective(): boolean {
    return this.lower !== null || this.tagValues.length > 0;
  }

  get plain(): PlainReading {
    const { table, span, retentionNs, tagValues } = this;
    const engineTable = { database: table.engineDatabase, table: table.engineTable };
    const visible = visibleRows(table, this.access);
    return { tableId: table.id, table: engineTable, span, retentionNs, tagValues, visible };
  }

  private print(environment: PrintEnvironment): string {
    const dirty = environment.readState(this.table.id).dirty.filter((span) => overlaps(this.span, span));
    if (dirty.length === 0) return `(${this.select(environment, false, [])})`;
    if (dirty.length > 64) return `(${this.select(environment, true, [])})`;
    const inside = dirty.map(
      (span) =>
        `(${TIME} >= ${timestampLiteral(clampTime(span.fromNs))} AND ${TIME} < ${timestampLiteral(clampTime(span.toNs))})`,
    );
    // A span that reaches the end of time has no instant after it: its end is inclusive.
    dirty.forEach((span, i) => {
      if (span.toNs > MAXIMUM_TIME) inside[i] = `(${TIME} >= ${timestampLiteral(clampTime(span.fromNs))})`;
    });
    const spans = `(${inside.join(' OR ')})`;
    return `(${this.select(environment, false, [`NOT ${spans}`])} UNION ALL ${this.select(environment, true, [spans])})`;
  }

  /** The reading as clauses of the SELECT over it; null where it has to be a SELECT of its own. */
  inline(environment: PrintEnvironment): InlineReading | null {
    if (this.access.kind !== 'all') return null;
    if (environment.readState(this.table.id).dirty.some((span) => overlaps(this.span, span))) return null;
    const columns = new Map([...this.used].map(([id, engineName]) => [id, stored(engineName)]));
    return { columns, from: this.from(), where: this.conditions(environment) };
  }

  private select(environment: PrintEnvironment, final: boolean, extra: readonly string[]): string {
    const restricted = this.access.kind !== 'all';
    const tagNames = new Set(this.table.tags.map((tag) => tag.engineName));
    const columns = [...this.used].map(([id, engineName]) => {
      const name = stored(engineName);
      // A dictionary may still hold values of hidden rows, and the engine may run functions on dictionaries.
      return `${restricted && tagNames.has(engineName) ? `CAST(${name} AS Nullable(String))` : name} AS ${id}`;
    });
    const from = this.from();
    const prewhere = restricted ? [rowFilter(this.table, this.access), ...this.retention(environment)] : [];
    const where = this.conditions(environment, prewhere);
    where.push(...extra);
    return [
      `SELECT ${columns.length === 0 ? '1' : columns.join(', ')}`,
      `${from}${final ? ' FINAL' : ''}`,
      prewhere.length === 0 ? '' : `PREWHERE ${prewhere.join(' AND ')}`,
      where.length === 0 ? '' : `WHERE ${where.join(' AND ')}`,
      // The engine moves no condition of the statement through a LIMIT down to hidden rows.
      restricted ? `LIMIT ${MAXIMUM_TIME}` : '',
    ]
      .filter((part) => part !== '')
      .join(' ');
  }

  private from(): string {
    return `FROM ${quoteIdentifier(this.table.engineDatabase)}.${quoteIdentifier(this.table.engineTable)} AS ${TABLE_NAME}`;
  }

  private retention(environment: PrintEnvironment): string[] {
    return this.retentionNs === null
      ? []
      : [`${TIME} >= ${timestampLiteral(clampTime(environment.nowNs - this.retentionNs))}`];
  }

  /** Behind the `prewhere` of a restricted reading; without one retention is among them. */
  private conditions(environment: PrintEnvironment, prewhere: readonly string[] = []): string[] {
    const where = prewhere.length === 0 ? this.retention(environment) : [];
    if (this.lower !== null) where.push(`${TIME} >= ${timestampLiteral(clampTime(this.lower))}`);
    if (this.upper !== null) where.push(`${TIME} <= ${timestampLiteral(clampTime(this.upper))}`);
    where.push(...this.tagValues.map(printTagValues));
    if (this.extremes !== null) where.push(this.extremeRows(this.from(), [...prewhere, ...where]));
    return where;
  }

  /** Duplicates have one time, so they need no care here; rows that are not visible must not count. */
  private extremeRows(from: string, conditions: readonly string[]): string {
    return [
      `(${SERIES}, ${TIME}) IN (SELECT ${SERIES}, ${this.extremes === 'last' ? 'max' : 'min'}(${TIME}) ${from}`,
      ...(conditions.length === 0 ? [] : [`WHERE ${conditions.join(' AND ')}`]),
      `GROUP BY ${SERIES})`,
    ].join(' ');
  }
}

function printTagValues({ engineName, values }: TagValues): string {
  const literals = values.map(stringLiteral);
  return `${stored(engineName)} ${literals.length === 1 ? `= ${literals[0]}` : `IN (${literals.join(', ')})`}`;
}

function rowFilter(table: TableRecord, access: TableAccess): string {
  const alternatives = visibleRows(table, access)?.map((alternative) => {
    const parts = [...alternative].map(
      ([tag, values]) => `ifNull(${stored(tag)} IN (${[...values].map(stringLiteral).join(', ')}), 0)`,
    );
    // An alternative without conditions restricts nothing.
    return parts.length === 0 ? '1' : `(${parts.join(' AND ')})`;
  });
  if (alternatives === undefined) return '1';
  return alternatives.length === 0 ? '0' : `(${alternatives.join(' OR ')})`;
}
