/** A chunk's selected rows as one `Native` block for the engine. */
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

export async function encodeChunk(
  chunk: TableChunk,
  selection: Selection,
  table: TableRecord,
  turns: Turns,
): Promise<InsertBatch> {
  const makers: { readonly column: EngineColumn; readonly make: () => BlockColumn }[] = [];
  const add = (name: string, type: string, make: () => Omit<BlockColumn, 'name' | 'type'>) => {
    makers.push({ column: { name, type }, make: () => ({ name, type, ...make() }) });
  };
  const series = gather(chunk.series, selection);
  add(SERIES_COLUMN, SERIES_TYPE, () => ({ vector: seriesIds(chunk.registry, series, selection.rows) }));
  for (const tag of chunk.registry.tags.values()) {
    // Of series that came after these rows, maybe.
    if (!hasValues(tag, series, selection.rows)) continue;
    const record = table.columnByName.get(tag.name);
    if (record === undefined) throw new TypeError(`the catalog does not know the tag ${tag.name}`);
    add(record.engineName, ENGINE_TYPE.tag, () => ({ vector: tagValues(tag, series, selection.rows) }));
  }
  add(TIME_COLUMN, ENGINE_TYPE.time, () => ({ vector: times(chunk.times, selection) }));
  for (const field of chunk.fields.values()) {
    // The chunk keeps the columns of the rows before these: a wide table's would be hundreds of nulls a row.
    if (!field.present.includes(1)) continue;
    const record = table.columnByName.get(field.name);
    if (record === undefined) throw new TypeError(`the catalog does not know the field ${field.name}`);
    add(record.engineName, ENGINE_TYPE[field.type], () => fieldValues(field, chunk, selection));
  }
  const chunks = [encodeHeader(makers.length, selection.rows)];
  for (const { make } of makers) {
    if (turns.isOver) await turns.goOn();
    chunks.push(encodeColumn(make(), selection.rows));
  }
  return { columns: makers.map(({ column }) => column), chunks, rows: selection.rows };
}

function gather(values: Uint32Array, { kept, rows }: Selection): Uint32Array {
  if (kept === null) return values;
  const gathered = new Uint32Array(rows);
  for (let at = 0; at < rows; at++) gathered[at] = values[kept[at]!]!;
  return gathered;
}

function seriesIds({ ids }: SeriesRegistry, series: Uint32Array, rows: number): ColumnVector {
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

function hasValues({ bySeries }: TagColumn, series: Uint32Array, rows: number): boolean {
  for (let row = 0; row < rows; row++) if (bySeries[series[row]!] !== 0) return true;
  return false;
}

/** Only the values that occur: a table's whole dictionary may be far larger than a block. */
function tagValues(tag: TagColumn, series: Uint32Array, rows: number): ColumnVector {
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
