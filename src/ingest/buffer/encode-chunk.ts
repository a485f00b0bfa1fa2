/** A chunk's selected rows as `Native` blocks for the engine. */
import { ENGINE_TYPE, SERIES_COLUMN, SERIES_TYPE, TIME_COLUMN } from '../../catalog/engine-names.ts';
import type { TableRecord } from '../../catalog/records.ts';
import type { EngineColumn, InsertBatch } from '../../engine/engine.ts';
import type { BlockColumn, ColumnVector } from '../../engine/native/block.ts';
import { writeColumn, writeHeader, writeTexts } from '../../engine/native/encode.ts';
import { ByteWriter } from '../../engine/native/writer.ts';
import { release } from '../../platform/release.ts';
import type { Turns } from '../../platform/turns.ts';
import type { FieldColumn } from '../field-column.ts';
import { PAGE_BITS, PAGE_MASK } from './paged-words.ts';
import type { Selection } from './selection.ts';
import type { SeriesRegistry, TagColumn } from './series-registry.ts';
import type { TableChunk } from './table-chunk.ts';

interface ColumnMaker {
  readonly column: EngineColumn;
  /** Writes the column's values; between two steps others may run. */
  readonly write: (writer: ByteWriter, part: BlockPart) => Iterable<unknown>;
}

interface BlockPart {
  readonly selection: Selection;
  readonly series: Uint32Array;
  /** Has room for a number by row: each tag's columns are made in the same memory, one after the other. */
  readonly scratch: Uint32Array;
}

const BLOCK_ROWS = 2 ** 20;
/** After so many rows (a power of two, less one) it is looked whether others should run. */
const STEP_MASK = 65_535;
/** Small chunks go to the file in one piece, of large ones no more than a few columns are in memory at a time. */
const PIECE_BYTES = 2 ** 20;

interface EncodeOptions {
  readonly blockCells: number;
  readonly turns: Turns;
}

/** Blocks of at most so many rows times columns of the table, made while they are written. */
export function encodeChunk(
  chunk: TableChunk,
  selection: Selection,
  table: TableRecord,
  { blockCells, turns }: EncodeOptions,
): InsertBatch {
  const { rows } = selection;
  const makers = columnMakers(chunk, table);
  const most = Math.min(BLOCK_ROWS, Math.max(1, Math.floor(blockCells / (table.columns.length + 1))));
  // Of equal size: a part for the few rows that are left over costs as much as a large one.
  const blockRows = Math.ceil(rows / Math.max(1, Math.ceil(rows / most)));
  return {
    columns: makers.map(({ column }) => column),
    chunks: { [Symbol.asyncIterator]: () => pieces(chunk, selection, makers, blockRows, turns) },
    rows,
    blockRows,
  };
}

async function* pieces(
  chunk: TableChunk,
  selection: Selection,
  makers: readonly ColumnMaker[],
  blockRows: number,
  turns: Turns,
): AsyncGenerator<Uint8Array> {
  const { rows } = selection;
  const writer = new ByteWriter(256 + Math.min(PIECE_BYTES, rows * 9) * 2);
  const scratch = new Uint32Array(Math.min(rows, blockRows));
  try {
    for (let from = 0; from < rows; from += blockRows) {
      const part = selection.part(from, Math.min(rows, from + blockRows));
      const series = gather(chunk.series, part);
      writeHeader(writer, makers.length, part.rows);
      for (const { write } of makers) {
        for (const _ of write(writer, { selection: part, series, scratch })) {
          if (turns.isOver) await turns.goOn();
        }
        if (writer.length < PIECE_BYTES) continue;
        yield writer.finish();
        writer.clear();
      }
    }
    if (writer.length > 0) yield writer.finish();
  } finally {
    writer.release();
    release(scratch);
  }
}

/** Only columns that any of the rows has a value in: a wide table's would be hundreds of nulls a row. */
function columnMakers(chunk: TableChunk, table: TableRecord): ColumnMaker[] {
  const makers: ColumnMaker[] = [];
  const add = (name: string, type: string, make: (part: BlockPart) => Omit<BlockColumn, 'name' | 'type'>) => {
    const column = { name, type };
    makers.push({
      column,
      *write(writer, part) {
        const values = make(part);
        yield;
        writeColumn(writer, { ...column, ...values }, part.selection.rows);
        yield;
      },
    });
  };
  add(SERIES_COLUMN, SERIES_TYPE, ({ series }) => ({ vector: seriesIds(chunk.registry, series) }));
  for (const tag of chunk.registry.tags.values()) {
    // Of series that came after these rows, maybe.
    if (!hasValues(tag, chunk)) continue;
    const record = table.columnByName.get(tag.name);
    if (record === undefined) throw new TypeError(`the catalog does not know the tag ${tag.name}`);
    const column = { name: record.engineName, type: ENGINE_TYPE.tag };
    makers.push({ column, write: (writer, part) => writeTag(writer, column, tag, part) });
  }
  add(TIME_COLUMN, ENGINE_TYPE.time, ({ selection }) => ({ vector: times(chunk.times, selection) }));
  const addField = (field: FieldColumn, rowsOf: (part: Selection) => Int32Array | null) => {
    const record = table.columnByName.get(field.name);
    if (record === undefined) throw new TypeError(`the catalog does not know the field ${field.name}`);
    add(record.engineName, ENGINE_TYPE[field.type], ({ selection }) =>
      fieldValues(field, rowsOf(selection), selection.rows),
    );
  };
  for (const field of chunk.fields.values()) {
    if (!field.present.includes(1)) continue;
    field.ensure(chunk.rows);
    addField(field, (part) => part.sourceOf(field));
  }
  for (const field of chunk.storedFields.values()) addField(field, (part) => part.storedPlaces());
  return makers;
}

function gather(values: Uint32Array, { kept, rows }: Selection): Uint32Array {
  if (kept === null) return values.subarray(0, rows);
  const gathered = new Uint32Array(rows);
  for (let at = 0; at < rows; at++) gathered[at] = values[kept[at]!]!;
  return gathered;
}

function seriesIds({ ids }: SeriesRegistry, series: Uint32Array): ColumnVector {
  const rows = series.length;
  const words = new Int32Array(rows * 4);
  for (let row = 0, at = 0; row < rows; row++) {
    const number = series[row]!;
    const page = ids.pages[number >>> PAGE_BITS]!;
    const from = (number & PAGE_MASK) * 4;
    words[at++] = page[from]!;
    words[at++] = page[from + 1]!;
    words[at++] = page[from + 2]!;
    words[at++] = page[from + 3]!;
  }
  return { kind: 'fixed', width: 16, bytes: new Uint8Array(words.buffer) };
}

function hasValues({ bySeries }: TagColumn, { series, rows }: TableChunk): boolean {
  for (let row = 0; row < rows; row++) if (bySeries.get(series[row]!) !== 0) return true;
  return false;
}

/** Only the values that occur: a table's whole dictionary may be far larger than a block. */
function* writeTag(
  writer: ByteWriter,
  column: EngineColumn,
  { bySeries, values }: TagColumn,
  { series, scratch }: BlockPart,
): Generator<void> {
  const rows = series.length;
  const indexes = scratch.subarray(0, rows);
  const indexOf = new Uint32Array(values.size);
  const numbers = new Uint32Array(Math.min(rows + 1, values.size));
  let size = 1;
  for (let row = 0; row < rows; row++) {
    if ((row & STEP_MASK) === STEP_MASK) yield;
    const value = bySeries.get(series[row]!);
    if (value === 0) {
      indexes[row] = 0;
      continue;
    }
    let index = indexOf[value]!;
    if (index === 0) {
      index = size++;
      numbers[index] = value;
      indexOf[value] = index;
    }
    indexes[row] = index;
  }
  const write = (to: ByteWriter, index: number) => {
    const value = numbers[index]!;
    to.text(values.slabOf(value), values.offsetOf(value), values.lengthOf(value));
  };
  yield;
  yield* writeTexts(writer, column, { size, write }, indexes);
  yield;
}

function times(halves: Int32Array, { kept, rows }: Selection): ColumnVector {
  return { kind: 'int64', values: new BigInt64Array(gatherHalves(halves, kept, rows).buffer, 0, rows) };
}

function gatherHalves(halves: Int32Array, from: Int32Array | null, rows: number): Int32Array {
  if (from === null) return halves;
  const gathered = new Int32Array(rows * 2);
  for (let at = 0; at < rows; at++) {
    const row = from[at]!;
    gathered[at * 2] = halves[row * 2]!;
    gathered[at * 2 + 1] = halves[row * 2 + 1]!;
  }
  return gathered;
}

/** Of the rows of the column that are in `from`, in this order; null = its first rows. */
function fieldValues(
  field: FieldColumn,
  from: Int32Array | null,
  rows: number,
): Omit<BlockColumn, 'name' | 'type'> {
  const nulls = new Uint8Array(rows);
  const { present } = field;
  if (from === null) for (let row = 0; row < rows; row++) nulls[row] = present[row]! ^ 1;
  else for (let at = 0; at < rows; at++) nulls[at] = present[from[at]!]! ^ 1;
  return { nulls, vector: fieldVector(field, from, rows) };
}

function fieldVector(field: FieldColumn, from: Int32Array | null, rows: number): ColumnVector {
  switch (field.type) {
    case 'float': {
      if (from === null) return { kind: 'float64', values: field.floats.subarray(0, rows) };
      const values = new Float64Array(rows);
      for (let at = 0; at < rows; at++) values[at] = field.floats[from[at]!]!;
      return { kind: 'float64', values };
    }
    case 'boolean': {
      if (from === null) return { kind: 'uint8', values: field.booleans.subarray(0, rows) };
      const values = new Uint8Array(rows);
      for (let at = 0; at < rows; at++) values[at] = field.booleans[from[at]!]!;
      return { kind: 'uint8', values };
    }
    case 'string':
      return strings(field, from, rows);
    default: {
      const { buffer } = gatherHalves(field.halves, from, rows);
      return field.type === 'integer'
        ? { kind: 'int64', values: new BigInt64Array(buffer, 0, rows) }
        : { kind: 'uint64', values: new BigUint64Array(buffer, 0, rows) };
    }
  }
}

function strings(field: FieldColumn, from: Int32Array | null, rows: number): ColumnVector {
  const offsets = new Uint32Array(rows + 1);
  if (from === null) {
    field.fillTo(rows);
    offsets.set(field.ends.subarray(0, rows), 1);
    return { kind: 'string', bytes: field.bytes, offsets };
  }
  let total = 0;
  for (let at = 0; at < rows; at++) {
    const row = from[at]!;
    if (field.present[row] === 1) total += field.ends[row]! - field.stringStart(row);
    offsets[at + 1] = total;
  }
  const bytes = new Uint8Array(total);
  for (let at = 0; at < rows; at++) {
    const row = from[at]!;
    if (field.present[row] !== 1) continue;
    bytes.set(field.bytes.subarray(field.stringStart(row), field.ends[row]), offsets[at]);
  }
  return { kind: 'string', bytes, offsets };
}
