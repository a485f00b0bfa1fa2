/** Asks the engine for points by series and time: the rare partial duplicate is completed from its answer. */
import { SERIES_COLUMN, TIME_COLUMN } from '../../catalog/engine-names.ts';
import { quoteIdentifier } from '../../engine/quote-identifier.ts';
import type { ColumnRecord, TableRecord } from '../../catalog/records.ts';
import { collect, type Engine } from '../../engine/engine.ts';
import type { Block } from '../../engine/native/block.ts';
import { decodeBlocks } from '../../engine/native/decode.ts';
import { PAGE_BITS, PAGE_MASK } from './paged-words.ts';
import type { TableChunk } from './table-chunk.ts';

/** Id and time of a point: 16 and 8 bytes. */
const KEY_BYTES = 24;
/** In hexadecimal they must stay below the engine's largest statement, 256 KiB. */
const KEYS_PER_QUERY = 4000;

/** Points found, by the row of the chunk that asked: a block and a row in it. */
export type FoundPoints = Map<number, { readonly block: Block; readonly row: number }>;

/** Answers in parts, so that no part keeps the event loop for long. */
export async function* lookUp(
  engine: Engine,
  table: TableRecord,
  chunk: TableChunk,
  rows: readonly number[],
  options: { readonly isDirty: boolean },
): AsyncGenerator<FoundPoints> {
  const fields = table.columns.filter(({ type }) => type !== 'tag' && type !== 'time');
  for (let start = 0; start < rows.length; start += KEYS_PER_QUERY) {
    yield lookUpSome(engine, table, fields, chunk, rows.slice(start, start + KEYS_PER_QUERY), options);
  }
}

async function lookUpSome(
  engine: Engine,
  table: TableRecord,
  fields: readonly ColumnRecord[],
  chunk: TableChunk,
  rows: readonly number[],
  { isDirty }: { readonly isDirty: boolean },
): Promise<FoundPoints> {
  const found: FoundPoints = new Map();
  const keys = Buffer.alloc(rows.length * KEY_BYTES);
  const rowOf = new Map<string, number>();
  for (const [index, row] of rows.entries()) {
    const at = index * KEY_BYTES;
    const series = chunk.series[row]!;
    const ids = chunk.registry.ids.pages[series >>> PAGE_BITS]!;
    const id = (series & PAGE_MASK) * 4;
    for (let word = 0; word < 4; word++) keys.writeInt32LE(ids[id + word]!, at + word * 4);
    keys.writeInt32LE(chunk.times[row * 2]!, at + 16);
    keys.writeInt32LE(chunk.times[row * 2 + 1]!, at + 20);
    rowOf.set(keys.toString('latin1', at, at + KEY_BYTES), row);
  }
  const names = [SERIES_COLUMN, TIME_COLUMN, ...fields.map(({ engineName }) => engineName)];
  const series = quoteIdentifier(SERIES_COLUMN);
  const time = quoteIdentifier(TIME_COLUMN);
  const bytes = await collect(
    engine.query({
      sql:
        `SELECT ${names.map(quoteIdentifier).join(', ')} FROM ${quoteIdentifier(table.engineDatabase)}.` +
        `${quoteIdentifier(table.engineTable)}${isDirty ? ' FINAL' : ''} WHERE (${series}, ${time}) IN (` +
        `SELECT reinterpretAsUInt128(substring(k, n * ${KEY_BYTES} + 1, 16)), ` +
        `fromUnixTimestamp64Nano(reinterpretAsInt64(substring(k, n * ${KEY_BYTES} + 17, 8)), 'UTC') ` +
        `FROM (SELECT unhex('${keys.toString('hex')}') AS k, arrayJoin(range(${rows.length})) AS n))`,
      format: 'Native',
      weight: 'light',
    }),
  );
  for (const block of decodeBlocks(bytes)) {
    const ids = block.columns[0]!.vector;
    const times = block.columns[1]!.vector;
    if (ids.kind !== 'fixed' || times.kind !== 'int64')
      throw new TypeError('unexpected columns of a look-up');
    const key = Buffer.alloc(KEY_BYTES);
    for (let row = 0; row < block.rows; row++) {
      key.set(ids.bytes.subarray(row * 16, row * 16 + 16));
      key.writeBigInt64LE(times.values[row]!, 16);
      const asked = rowOf.get(key.toString('latin1'));
      if (asked !== undefined) found.set(asked, { block, row });
    }
  }
  return found;
}

/** Keeps the values of the found points beside the chunk's rows and notes the place of each, from 1 on. */
export function appendStored(
  chunk: TableChunk,
  table: TableRecord,
  found: FoundPoints,
  stored: Map<number, number>,
): void {
  const fieldOf = new Map(table.columns.map((column) => [column.engineName, column]));
  for (const [asked, { block, row }] of found) {
    const place = stored.size + 1;
    for (const column of block.columns) {
      const record = fieldOf.get(column.name);
      if (record === undefined || record.type === 'tag' || record.type === 'time') continue;
      if (column.nulls?.[row] === 1) continue;
      const { column: field, row: at } = chunk.storedField(record.name, record.type, place);
      const { vector } = column;
      if (vector.kind === 'float64') field.setFloat(at, vector.values[row]!);
      else if (vector.kind === 'uint8') field.setBoolean(at, vector.values[row]!);
      else if (vector.kind === 'int64' || vector.kind === 'uint64') {
        const value = vector.values[row]!;
        field.setHalves(at, Number(BigInt.asIntN(32, value)), Number(BigInt.asIntN(32, value >> 32n)));
      } else if (vector.kind === 'string') {
        field.setString(at, vector.bytes, vector.offsets[row]!, vector.offsets[row + 1]!, false);
      } else throw new TypeError(`unexpected column ${column.name} of a look-up`);
    }
    stored.set(asked, place);
  }
}
