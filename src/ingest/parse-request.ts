/** A request's lines into rows of tables: syntax, then schema, then the row; bad lines by number. */
import type { CatalogLimits } from '../catalog/catalog.ts';
import type { TableRecord } from '../catalog/records.ts';
import { tooManyColumns, tooManyTables } from '../errors/catalog/catalog.ts';
import { tableWriteRefused } from '../errors/catalog/ingest.ts';
import type { Turns } from '../platform/turns.ts';
import type { FieldLayout, FieldLayouts } from './field-layout.ts';
import type { LineError, Precision, TableWriteCheck } from './ingest.ts';
import { LineErrors } from './line-errors.ts';
import type { LineNumbers } from './line-numbers.ts';
import { canonicalLine } from './lineprotocol/canonical-line.ts';
import { result, splitBigInt } from './lineprotocol/int64.ts';
import { LineScanner } from './lineprotocol/scanner.ts';
import type { KeyHead } from './lineprotocol/key-heads.ts';
import type { SeriesKeyCache } from './lineprotocol/series-key-cache.ts';
import { timestampNs } from './lineprotocol/time.ts';
import type { RequestRows } from './request-rows.ts';
import type { RowsPool } from './rows-pool.ts';
import { LineSchema, tableNameProblem } from './schema-check.ts';
import { TableBatch } from './table-batch.ts';

/** A smaller body is parsed at once. */
const SLICED_BYTES = 65_536;
/** After so many bytes it is looked whether others should run. */
const LOOK_BYTES = 8192;

export interface ParseInput {
  /** Valid UTF-8. The rows' strings are parts of it. */
  readonly body: Uint8Array;
  readonly keys: SeriesKeyCache;
  readonly layouts: FieldLayouts;
  /** Where the memory for the rows comes from. */
  readonly pool: RowsPool;
  readonly precision: Precision;
  readonly defaultTimeNs: bigint;
  readonly limits: CatalogLimits;
  /** `'gone'` drops the table's lines silently: replay of a table that was removed. */
  readonly table: (name: string) => TableRecord | undefined | 'gone';
  /** Live tables of the whole catalog, for the limit. */
  readonly tableCount: () => number;
  readonly allowTable: TableWriteCheck | null;
  readonly stopAtFirstError: boolean;
  /** Lines that were refused when the request came (replay only). */
  readonly skipLines: LineNumbers | null;
}

export interface ParsedRequest {
  readonly tables: readonly TableBatch[];
  /** The first bad lines; with the first beyond them that a limit refused, as it decides the status. */
  readonly errors: readonly LineError[];
  /** All bad lines. */
  readonly errorLines: LineNumbers;
  /** Lines that are neither blank nor comments. */
  readonly lines: number;
  readonly rows: number;
  /** Of all tables; to be given back to the pool when nobody needs them any more. */
  readonly stores: readonly RequestRows[];
}

export function parseRequest(input: ParseInput): ParsedRequest {
  const parser = new RequestParser(input);
  parser.advance(() => false);
  return parser.finish();
}

/** As `parseRequest`; a large body is parsed in slices between which others run. */
export async function parseInSlices(input: ParseInput, turns: Turns): Promise<ParsedRequest> {
  if (input.body.byteLength < SLICED_BYTES) return parseRequest(input);
  await turns.begin();
  const parser = new RequestParser(input);
  while (!parser.advance(() => turns.isOver)) await turns.goOn();
  return parser.finish();
}

/** What a request keeps about a head of keys. */
interface Slot {
  readonly table: TableBatch;
  /** Tags are columns of the table already: nothing to check again. */
  checked: boolean;
}

/** That were parsed so far: each has a number. */
let requests = 0;

class RequestParser {
  private readonly input: ParseInput;
  private readonly scanner: LineScanner;
  private readonly schema: LineSchema;
  private readonly tables = new Map<string, TableBatch>();
  private readonly errors = new LineErrors();
  private readonly stores: RequestRows[] = [];
  private store: RequestRows;
  private rows = 0;
  private readonly defaultLow: number;
  private readonly defaultHigh: number;
  /** What is kept about heads of keys. A head, which outlives the request, has a number: it must not hold the body. */
  private readonly slots: Slot[] = [];
  private readonly number = ++requests;
  /** Of the line before, if that was good. */
  private lastLayout: FieldLayout | null = null;
  private newTables = 0;
  private lookAt = LOOK_BYTES;

  constructor(input: ParseInput) {
    this.input = input;
    const { columnsPerTable } = input.limits;
    this.scanner = new LineScanner(input.body, input.keys, {
      columns: columnsPerTable,
      // The limit may have been higher when the table was made.
      columnsOf: (name) => {
        const table = input.table(name);
        return Math.max(columnsPerTable, typeof table === 'object' ? table.columns.length - 1 : 0);
      },
    });
    this.store = this.openStore();
    this.schema = new LineSchema(input.limits);
    splitBigInt(input.defaultTimeNs);
    this.defaultLow = result.low;
    this.defaultHigh = result.high;
  }

  /** Parses on. False: `isEnough` said so before the end. */
  advance(isEnough: () => boolean): boolean {
    const { scanner, input } = this;
    while (scanner.next()) {
      if (scanner.isBlank) {
        if (isEnough()) return false;
        continue;
      }
      if (input.skipLines?.has(scanner.lineNumber)) {
        this.lastLayout = null;
        continue;
      }
      if (scanner.error !== null) {
        this.lastLayout = null;
        this.errors.add(scanner.lineNumber, scanner.error, () => scanner.restOfLine(scanner.lineStart));
      } else {
        const error = this.line();
        if (error !== null) {
          this.errors.add(scanner.lineNumber, error, () => canonicalLine(scanner));
          this.dropEmptyTable();
        }
      }
      if (this.errors.lines.length > 0 && input.stopAtFirstError) return true;
      if (scanner.offset < this.lookAt) continue;
      this.lookAt = scanner.offset + LOOK_BYTES;
      if (isEnough()) return false;
    }
    return true;
  }

  finish(): ParsedRequest {
    const { scanner } = this;
    const lines = scanner.lineNumber;
    scanner.release();
    return {
      tables: [...this.tables.values()].filter((table) => table.rows > 0),
      errors: this.errors.told,
      errorLines: this.errors.lines,
      lines,
      rows: this.rows,
      stores: this.stores,
    };
  }

  private openStore(): RequestRows {
    const store = this.input.pool.take(this.input.body);
    this.stores.push(store);
    return store;
  }

  private line(): string | null {
    const { scanner, schema, input } = this;
    const { key, seriesKeys } = scanner;
    const head = seriesKeys.headOf(key);
    const { lastLayout } = this;
    this.lastLayout = null;
    let slot = head.owner === this.number ? this.slots[head.slot]! : null;
    if (slot === null) {
      const opened = this.openSlot(head);
      if (typeof opened === 'string') return opened;
      slot = opened;
    }
    const { table } = slot;
    if (table.isGone) return null;
    if (table.rows === 0 && table.record === undefined) {
      const problem = this.tableProblem(table.name);
      if (problem !== null) return problem;
    }
    schema.reset();
    if (!slot.checked) {
      for (const name of head.tagNames) {
        const problem = schema.column(table, name, 'tag');
        if (problem !== null) return problem;
      }
      if (schema.pending.length === 0 && table.newColumns.length === 0) head.table = table.record ?? null;
    }
    const layout = this.layoutOf(table, lastLayout);
    if (layout !== table.layout) {
      const problem = this.checkFields(table, layout);
      if (problem !== null) return problem;
    }
    // So many columns that one of them at least was refused above.
    if (scanner.isCut) return tooManyColumns.text(input.limits.columnsPerTable);
    let low = this.defaultLow;
    let high = this.defaultHigh;
    if (scanner.hasTimestamp) {
      const range = timestampNs(scanner.timestamp, input.precision);
      if (range !== null) return range;
      low = result.low;
      high = result.high;
    }
    if (table.rows === 0 && table.record === undefined) this.newTables++;
    for (const column of schema.pending) table.addColumn(column);
    slot.checked = true;
    // Here, where others run in between, and not when the rows are appended.
    seriesKeys.prepareId(key);
    if (!this.store.takes(seriesKeys)) this.store = this.openStore();
    table.addRow(this.store, this.store.add(scanner, low, high, layout));
    this.rows++;
    table.layout = layout;
    this.lastLayout = layout;
    return null;
  }

  /** What this request keeps about a head that it meets for the first time, or why no line may have that head. */
  private openSlot(head: KeyHead): Slot | string {
    const table = this.tableBatch(head.measurement);
    if (typeof table === 'string') return table;
    const slot = { table, checked: table.record !== undefined && head.table === table.record };
    head.owner = this.number;
    head.slot = this.slots.push(slot) - 1;
    return slot;
  }

  /** Every line may name another table: what a refused line would have made is not kept. */
  private dropEmptyTable(): void {
    const head = this.scanner.seriesKeys.headOf(this.scanner.key);
    if (head.owner !== this.number) return;
    const { table } = this.slots[head.slot]!;
    if (table.rows > 0 || table.record !== undefined) return;
    // It is the last: no earlier line left a table without rows behind.
    head.owner = 0;
    this.slots.pop();
    this.tables.delete(table.name);
  }

  /** The batch of a table, or why no line may go there. */
  private tableBatch(name: string): TableBatch | string {
    const known = this.tables.get(name);
    if (known !== undefined) return known;
    const { input } = this;
    if (input.allowTable !== null && !input.allowTable(name)) return tableWriteRefused.text(name);
    const record = input.table(name);
    const problem = record === undefined ? this.tableProblem(name) : null;
    if (problem !== null) return problem;
    const isGone = record === 'gone';
    const batch = new TableBatch(name, isGone ? undefined : record, isGone);
    this.tables.set(name, batch);
    return batch;
  }

  private tableProblem(name: string): string | null {
    const { limits, tableCount } = this.input;
    const current = tableCount() + this.newTables;
    if (current >= limits.tables) return tooManyTables.text(current, limits.tables);
    return tableNameProblem(name);
  }

  private layoutOf({ layout }: TableBatch, before: FieldLayout | null): FieldLayout {
    const { scanner } = this;
    if (before?.repeatsIn(scanner)) return before;
    if (layout !== before && layout?.standsIn(scanner)) return layout;
    return this.input.layouts.of(scanner);
  }

  private checkFields(table: TableBatch, layout: FieldLayout): string | null {
    const { schema } = this;
    const { record } = table;
    if (record !== undefined && layout.isKnownTo(record)) return null;
    const { names, types } = layout;
    for (let field = 0; field < names.length; field++) {
      const problem = schema.column(table, names[field]!, types[field]!);
      if (problem !== null) return problem;
      if (field === layout.repeated) return repeatedField(names[field]!);
    }
    const isComplete = schema.pending.length === 0 && table.newColumns.length === 0;
    if (isComplete && record !== undefined) layout.setKnownTo(record);
    return null;
  }
}

function repeatedField(name: string): string {
  return `invalid line protocol - multiple instances of '${name}' field found`;
}
