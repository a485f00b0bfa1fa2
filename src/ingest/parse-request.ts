/** A request's lines into columns per table: syntax, then schema, then the row; bad lines by number. */
import type { CatalogLimits } from '../catalog/catalog.ts';
import type { FieldType, TableRecord } from '../catalog/records.ts';
import { tooManyColumns, tooManyTables } from '../errors/catalog/catalog.ts';
import { isLimitText, tableWriteRefused } from '../errors/catalog/ingest.ts';
import type { Turns } from '../platform/turns.ts';
import type { BatchPool } from './batch-pool.ts';
import type { FieldColumn } from './field-column.ts';
import type { LineError, Precision, TableWriteCheck } from './ingest.ts';
import { canonicalLine } from './lineprotocol/canonical-line.ts';
import { result, splitBigInt } from './lineprotocol/int64.ts';
import { BOOLEAN, FLOAT, LineScanner, STRING } from './lineprotocol/scanner.ts';
import type { SeriesKey, SeriesKeyCache } from './lineprotocol/series-key.ts';
import { cutOriginalLine, decodeElement } from './lineprotocol/text.ts';
import { timestampNs } from './lineprotocol/time.ts';
import { columnConflict, LineSchema, tableNameProblem } from './schema-check.ts';
import { TableBatch } from './table-batch.ts';

/** A smaller body is parsed at once. */
const SLICED_BYTES = 65_536;
/** After so many bytes it is looked whether others should run. */
const LOOK_BYTES = 8192;
/** Spellings of keys that a table's batch keeps. */
const MAXIMUM_SPELLINGS = 2048;
/** Bad lines that are told, and characters of their messages: a body may hold five million. */
const MAXIMUM_ERRORS = 10_000;
const MAXIMUM_ERROR_CHARACTERS = 2 ** 20;
const FIELD_TYPE: readonly FieldType[] = ['float', 'integer', 'uinteger', 'string', 'boolean'];

export interface ParseInput {
  /** Valid UTF-8. */
  readonly body: Uint8Array;
  readonly keys: SeriesKeyCache;
  /** Where the batches come from. */
  readonly batches: BatchPool;
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
  readonly skipLines: ReadonlySet<number> | null;
}

export interface ParsedRequest {
  readonly tables: readonly TableBatch[];
  /** The first bad lines; with the first beyond them that a limit refused, as it decides the status. */
  readonly errors: readonly LineError[];
  /** All bad lines. */
  readonly errorLines: readonly number[];
  /** Lines that are neither blank nor comments. */
  readonly lines: number;
  readonly rows: number;
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

interface Slot {
  readonly table: TableBatch;
  /** Tags are columns of the table already: nothing to check again. */
  checked: boolean;
}

class RequestParser {
  private readonly input: ParseInput;
  private readonly scanner: LineScanner;
  private readonly schema: LineSchema;
  private readonly tables = new Map<string, TableBatch>();
  private readonly errors: LineError[] = [];
  private readonly errorLines: number[] = [];
  private readonly lineColumns: (FieldColumn | null)[] = [];
  private readonly lineNames: string[] = [];
  private readonly defaultLow: number;
  private readonly defaultHigh: number;
  private readonly touched: SeriesKey[] = [];
  /** The line before was good: `lineColumns` are then its columns. */
  private isLastGood = false;
  private errorCharacters = 0;
  private hitLimit = false;
  private newTables = 0;
  /** The table that was found last to have all of these tags. */
  private taggedTable: TableBatch | null = null;
  private tagNames: readonly string[] | null = null;
  /** Of the key that was opened last. */
  private last: Slot | null = null;
  private rows = 0;
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
        this.isLastGood = false;
        continue;
      }
      if (scanner.error !== null) {
        this.isLastGood = false;
        this.refuse(scanner.error, () => scanner.text.subarray(scanner.lineStart, scanner.lineEnd()));
      } else {
        const error = this.line();
        if (error !== null) {
          this.refuse(error, () => canonicalLine(scanner));
          this.dropEmptyTable();
        }
      }
      if (this.errors.length > 0 && input.stopAtFirstError) return true;
      if (scanner.offset < this.lookAt) continue;
      this.lookAt = scanner.offset + LOOK_BYTES;
      if (isEnough()) return false;
    }
    return true;
  }

  finish(): ParsedRequest {
    const { scanner } = this;
    // The cache outlives this request and must not hold its body.
    for (const key of this.touched) {
      key.owner = null;
      key.slot = null;
    }
    const lines = scanner.lineNumber;
    scanner.release();
    return {
      tables: [...this.tables.values()].filter((table) => table.rows > 0),
      errors: this.errors,
      errorLines: this.errorLines,
      lines,
      rows: this.rows,
    };
  }

  private refuse(message: string, line: () => Buffer): void {
    const { lineNumber } = this.scanner;
    this.errorLines.push(lineNumber);
    const isFirstOfLimit = !this.hitLimit && isLimitText(message);
    this.hitLimit ||= isFirstOfLimit;
    const isFull = this.errors.length >= MAXIMUM_ERRORS || this.errorCharacters >= MAXIMUM_ERROR_CHARACTERS;
    if (isFull && !isFirstOfLimit) return;
    this.errorCharacters += message.length;
    this.errors.push({
      error_message: message,
      line_number: lineNumber,
      original_line: cutOriginalLine(line()),
    });
  }

  private line(): string | null {
    const { scanner, schema, input } = this;
    const { key } = scanner;
    const followsGood = this.isLastGood;
    this.isLastGood = false;
    let slot = key.slot as Slot;
    if (key.owner !== this || slot.table.isDropped) {
      const opened = this.openSlot(key);
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
      // New series mostly have the tags of the one before.
      if (this.taggedTable !== table || this.tagNames !== key.tagNames) {
        for (const name of key.tagNames) {
          const problem = schema.column(table, name, 'tag');
          if (problem !== null) return problem;
        }
        if (schema.pending.length === 0) {
          this.taggedTable = table;
          this.tagNames = key.tagNames;
        }
      }
      if (schema.pending.length === 0 && table.newColumns.length === 0) key.schemaOf = table.record ?? null;
    }
    const problem = this.fields(table, followsGood);
    if (problem !== null) return problem;
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
    this.store(table, table.addRow(key, low, high));
    this.rows++;
    this.isLastGood = true;
    return null;
  }

  /** What this request keeps about a key that it meets for the first time, or why no line may have that key. */
  private openSlot(key: SeriesKey): Slot | string {
    const { last } = this;
    const isLike = last !== null && last.table.name === key.measurement;
    const table = isLike ? last.table : this.tableBatch(key.measurement);
    if (typeof table === 'string') return table;
    const isKnown = table.record !== undefined && key.schemaOf === table.record;
    // Of many series of a table one slot serves all whose tags were checked.
    const slot = isKnown && isLike && last.checked ? last : { table, checked: isKnown };
    this.last = slot;
    if (key.owner !== this) this.touched.push(key);
    key.owner = this;
    key.slot = slot;
    // Here, where others run in between, and not when the rows are appended.
    key.prepareId();
    return slot;
  }

  /** Every line may name another table: what a refused line would have made is not kept. */
  private dropEmptyTable(): void {
    const { key } = this.scanner;
    if (key.owner !== this) return;
    const { table } = key.slot as Slot;
    if (table.rows > 0 || table.record !== undefined) return;
    table.isDropped = true;
    key.slot = null;
    key.owner = null;
    if (this.last?.table === table) this.last = null;
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
    const rows = this.expectedRows();
    const batch =
      record === undefined || record === 'gone'
        ? new TableBatch(name, undefined, record === 'gone', rows)
        : input.batches.take(record, rows);
    this.tables.set(name, batch);
    return batch;
  }

  private tableProblem(name: string): string | null {
    const { limits, tableCount } = this.input;
    const current = tableCount() + this.newTables;
    if (current >= limits.tables) return tooManyTables.text(current, limits.tables);
    return tableNameProblem(name);
  }

  /** The first table most likely gets all lines; the others start small. */
  private expectedRows(): number {
    if (this.touched.length > 0) return 8;
    const { scanner, input } = this;
    const lineBytes = Math.max(16, scanner.offset - scanner.lineStart);
    return Math.min(8192, Math.ceil(((input.body.length - scanner.lineStart) / lineBytes) * 1.1) + 1);
  }

  private fields(table: TableBatch, followsGood: boolean): string | null {
    const { scanner, lineColumns } = this;
    const { lineNumber } = scanner;
    for (let field = 0; field < scanner.fieldCount; field++) {
      let predicted = table.predicted[field];
      if (predicted === undefined || !this.isSpelled(predicted, field, followsGood)) {
        predicted = table.spelled.get(this.keyHash(field));
        if (predicted !== undefined && !this.isSpelled(predicted, field, false)) predicted = undefined;
      }
      if (predicted !== undefined) {
        table.predicted[field] = predicted;
        const type = FIELD_TYPE[scanner.kind[field]!]!;
        if (predicted.type !== type) return columnConflict(predicted.name, predicted.type, type);
        if (predicted.line === lineNumber) return repeatedField(predicted.name);
        predicted.line = lineNumber;
        lineColumns[field] = predicted;
        continue;
      }
      const problem = this.unpredicted(table, field);
      if (problem !== null) return problem;
    }
    return null;
  }

  private unpredicted(table: TableBatch, field: number): string | null {
    const { scanner } = this;
    const { keyStart, keyEnd } = scanner;
    const name = decodeElement(scanner.text, keyStart[field]!, keyEnd[field]!, 'key');
    const problem = this.schema.column(table, name, FIELD_TYPE[scanner.kind[field]!]!);
    if (problem !== null) return problem;
    const column = table.fields.get(name);
    if (column === undefined) {
      for (let before = 0; before < field; before++) {
        if (this.lineColumns[before] === null && this.lineNames[before] === name) return repeatedField(name);
      }
      // Made when the line is known to be good.
      this.lineColumns[field] = null;
      this.lineNames[field] = name;
      return null;
    }
    if (column.line === scanner.lineNumber) return repeatedField(name);
    column.line = scanner.lineNumber;
    this.respell(table, column, field);
    this.lineColumns[field] = column;
    return null;
  }

  /** Takes a copy: the column outlives the request's body. */
  private respell(table: TableBatch, column: FieldColumn, field: number): void {
    const { bytes, keyStart, keyEnd } = this.scanner;
    column.spelling = new Uint8Array(bytes.subarray(keyStart[field], keyEnd[field]));
    table.predicted[field] = column;
    // A key can be spelled in many ways.
    if (table.spelled.size > MAXIMUM_SPELLINGS) table.spelled.clear();
    table.spelled.set(this.keyHash(field), column);
  }

  private keyHash(field: number): number {
    const { bytes, keyStart, keyEnd } = this.scanner;
    const end = keyEnd[field]!;
    let hash = 0x811c9dc5;
    for (let at = keyStart[field]!; at < end; at++) hash = Math.imul(hash ^ bytes[at]!, 0x01000193);
    return hash;
  }

  private isSpelled(column: FieldColumn, field: number, followsGood: boolean): boolean {
    const { bytes, keyStart, keyEnd, keyRepeats } = this.scanner;
    // The column of the line before, perhaps of another table, whose key stands here again.
    const before = followsGood && keyRepeats[field] === 1 ? this.lineColumns[field] : null;
    if (before?.spelling === column.spelling) return true;
    const start = keyStart[field]!;
    const { spelling } = column;
    const length = spelling.length;
    if (keyEnd[field]! - start !== length) return false;
    for (let index = 0; index < length; index++) {
      if (spelling[index] !== bytes[start + index]) return false;
    }
    // So that the next time one look is enough.
    if (before) column.spelling = before.spelling;
    return true;
  }

  private store(table: TableBatch, row: number): void {
    const { scanner, lineColumns } = this;
    for (let field = 0; field < scanner.fieldCount; field++) {
      const column = lineColumns[field] ?? this.newColumn(table, field);
      column.ensure(row + 1);
      const kind = scanner.kind[field]!;
      const low = scanner.low[field]!;
      if (kind === FLOAT) column.setFloat(row, scanner.float[field]!);
      else if (kind === STRING) {
        const isEscaped = scanner.stringEscaped[field] === 1;
        column.setString(row, scanner.bytes, low, scanner.high[field]!, isEscaped);
      } else if (kind === BOOLEAN) column.setBoolean(row, low);
      else column.setHalves(row, low, scanner.high[field]!);
    }
  }

  private newColumn(table: TableBatch, field: number): FieldColumn {
    const { scanner } = this;
    const column = table.field(this.lineNames[field]!, FIELD_TYPE[scanner.kind[field]!]!);
    this.respell(table, column, field);
    column.line = scanner.lineNumber;
    return column;
  }
}

function repeatedField(name: string): string {
  return `invalid line protocol - multiple instances of '${name}' field found`;
}
