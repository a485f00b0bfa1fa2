/** A chunk's selected rows as `Native` blocks for the engine. */
import { ENGINE_TYPE, SERIES_COLUMN, SERIES_TYPE, TIME_COLUMN } from '../../catalog/engine-names.ts';
import type { TableRecord } from '../../catalog/records.ts';
import type { EngineColumn, InsertBatch } from '../../engine/engine.ts';
import type { BlockColumn, ColumnVector } from '../../engine/native/block.ts';
import { encodeColumn, encodeHeader } from '../../engine/native/encode.ts';
import type { Turns } from '../../platform/turns.ts';
import type { FieldColumn } from '../field-column.ts';
import type { Selection } from './selection.ts';
import type { SeriesRegistry, TagColumn } from './series-registry.ts';
import type { TableChunk } from './table-chunk.ts';

interface ColumnMaker {
  readonly column: EngineColumn;
  readonly make: (part: BlockPart) => Omit<BlockColumn, 'name' | 'type'>;
}

interface BlockPart {
  readonly selection: Selection;
  readonly series: Uint32Array;
}

const BLOCK_ROWS = 2 ** 20;

/** Blocks of at most so many rows times columns of the table. */
export async function encodeChunk(
  chunk: TableChunk,
  selection: Selection,
  table: TableRecord,
  { blockCells, turns }: { readonly blockCells: number; readonly turns: Turns },
): Promise<InsertBatch> {
  const { rows } = selection;
  const makers = columnMakers(chunk, table);
  const blockRows = Math.min(BLOCK_ROWS, Math.max(1, Math.floor(blockCells / (table.columns.length + 1))));
  const chunks: Uint8Array[] = [];
  for (let from = 0; from < rows; from += blockRows) {
    const part = selection.part(from, Math.min(rows, from + blockRows));
    const series = gather(chunk.series, part);
    chunks.push(encodeHeader(makers.length, part.rows));
    for (const { column, make } of makers) {
      if (turns.isOver) await turns.goOn();
      chunks.push(encodeColumn({ ...column, ...make({ selection: part, series }) }, part.rows));
    }
  }
  return { columns: makers.map(({ column }) => column), chunks, rows, blockRows };
}

/** Only columns that any of the rows has a value in: a wide table's would be hundreds of nulls a row. */
function columnMakers(chunk: TableChunk, table: TableRecord): ColumnMaker[] {
  const makers: ColumnMaker[] = [];
  const add = (name: string, type: string, make: ColumnMaker['make']) => {
    makers.push({ column: { name, type }, make });
  };
  add(SERIES_COLUMN, SERIES_TYPE, ({ series }) => ({ vector: seriesIds(chunk.registry, series) }));
  for (const tag of chunk.registry.tags.values()) {
    // Of series that came after these rows, maybe.
    if (!hasValues(tag, chunk)) continue;
    const record = table.columnByName.get(tag.name);
    if (record === undefined) throw new TypeError(`the catalog does not know the tag ${tag.name}`);
    add(record.engineName, ENGINE_TYPE.tag, ({ series }) => ({ vector: tagValues(tag, series) }));
  }
  add(TIME_COLUMN, ENGINE_TYPE.time, ({ selection }) => ({ vector: times(chunk.times, selection) }));
  for (const field of chunk.fields.values()) {
    if (!field.present.includes(1)) continue;
    const record = table.columnByName.get(field.name);
    if (record === undefined) throw new TypeError(`the catalog does not know the field ${field.name}`);
    add(record.engineName, ENGINE_TYPE[field.type], ({ selection }) => fieldValues(field, chunk, selection));
  }
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
    const from = series[row]! * 4;
    words[at++] = ids[from]!;
    words[at++] = ids[from + 1]!;
    words[at++] = ids[from + 2]!;
    words[at++] = ids[from + 3]!;
  }
  return { kind: 'fixed', width: 16, bytes: new Uint8Array(words.buffer) };
}

function hasValues({ bySeries }: TagColumn, { series, rows }: TableChunk): boolean {
  for (let row = 0; row < rows; row++) if (bySeries[series[row]!] !== 0) return true;
  return false;
}

/** Only the values that occur: a table's whole dictionary may be far larger than a block. */
function tagValues(tag: TagColumn, series: Uint32Array): ColumnVector {
  const rows = series.length;
  const { bySeries, values } = tag;
  const indexes = new Uint32Array(rows);
  const indexOf = new Uint32Array(values.length);
  const dictionary: (string | null)[] = [null];
  for (let row = 0; row < rows; row++) {
    const value = bySeries[series[row]!]!;
    if (value === 0) continue;
    let index = indexOf[value]!;
    if (index === 0) {
      index = dictionary.push(values[value]!) - 1;
      indexOf[value] = index;
    }
    indexes[row] = index;
  }
  return { kind: 'dictionary', dictionary, indexes };
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

function fieldValues(
  field: FieldColumn,
  chunk: TableChunk,
  selection: Selection,
): Omit<BlockColumn, 'name' | 'type'> {
  const { rows } = selection;
  field.ensure(chunk.rows);
  const from = selection.sourceOf(field);
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
