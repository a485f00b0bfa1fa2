/** A table as a block, as the engine would give it: what the encoders read. */
import type { Block, BlockColumn, ColumnVector } from '../../engine/native/block.ts';
import { nullableEngineType } from '../representation.ts';
import type { DataType, ResultColumn } from '../types.ts';
import type { Pace } from './pace.ts';
import type { NarrowTable, TableColumn } from './table.ts';
import { putWhole } from './words.ts';

/** `outputs`: the place of each result column in the table; `rows`: which, in which order. */
export async function tableBlock(
  table: NarrowTable,
  outputs: readonly number[],
  rows: Int32Array,
  columns: readonly ResultColumn[],
  pace: Pace,
): Promise<Block> {
  const made: BlockColumn[] = [];
  for (const [index, place] of outputs.entries()) {
    made.push(blockColumn(`c${index}`, columns[index]!.type, table.columns[place]!, rows));
    const wait = pace.spend(rows.length * 2);
    if (wait !== undefined) await wait;
  }
  return { rows: rows.length, columns: made };
}

function blockColumn(name: string, type: DataType, column: TableColumn, rows: Int32Array): BlockColumn {
  const given = { name, type: nullableEngineType(type) };
  switch (column.kind) {
    case 'number': {
      const vector = numberVector(type, column.values, rows);
      const { nulls } = column;
      return nulls === null
        ? { ...given, vector }
        : { ...given, vector, nulls: picked(nulls, rows, new Uint8Array(rows.length)) };
    }
    case 'instant': {
      const values = new BigInt64Array(rows.length);
      const words = new Int32Array(values.buffer);
      for (let at = 0; at < rows.length; at++) {
        words[at * 2] = column.words[rows[at]! * 2]!;
        words[at * 2 + 1] = column.words[rows[at]! * 2 + 1]!;
      }
      return { ...given, vector: { kind: 'int64', values } };
    }
    case 'tag': {
      const { dictionary, indexes } = column;
      const vector = {
        kind: 'dictionary' as const,
        dictionary,
        indexes: picked(indexes, rows, new Uint32Array(rows.length)),
      };
      return { name, type: 'LowCardinality(Nullable(String))', vector };
    }
    case 'string':
      return { ...given, ...textVector(column.values, rows) };
  }
}

function numberVector(type: DataType, values: Float64Array, rows: Int32Array): ColumnVector {
  switch (type.kind) {
    case 'float':
      return { kind: 'float64', values: picked(values, rows, new Float64Array(rows.length)) };
    case 'boolean':
      return { kind: 'uint8', values: picked(values, rows, new Uint8Array(rows.length)) };
    case 'int': {
      const whole = new BigInt64Array(rows.length);
      putWholes(new Int32Array(whole.buffer), values, rows);
      return { kind: 'int64', values: whole };
    }
    case 'uint': {
      const whole = new BigUint64Array(rows.length);
      putWholes(new Int32Array(whole.buffer), values, rows);
      return { kind: 'uint64', values: whole };
    }
    default:
      throw new TypeError(`a column of ${type.kind} is no number`);
  }
}

function picked<T extends Float64Array | Uint8Array | Uint32Array>(
  values: Float64Array | Uint8Array | Uint32Array,
  rows: Int32Array,
  into: T,
): T {
  for (let at = 0; at < rows.length; at++) into[at] = values[rows[at]!]!;
  return into;
}

function putWholes(words: Int32Array, values: Float64Array, rows: Int32Array): void {
  for (let at = 0; at < rows.length; at++) putWhole(words, at, values[rows[at]!]!);
}

function textVector(
  values: readonly (string | null)[],
  rows: Int32Array,
): Pick<BlockColumn, 'vector' | 'nulls'> {
  const texts = Array.from(rows, (row) => values[row] ?? '');
  const offsets = new Uint32Array(rows.length + 1);
  for (const [at, text] of texts.entries()) offsets[at + 1] = offsets[at]! + Buffer.byteLength(text);
  return {
    vector: { kind: 'string', bytes: Buffer.from(texts.join('')), offsets },
    nulls: Uint8Array.from(rows, (row) => (values[row] === null ? 1 : 0)),
  };
}
