/**
 * Doubles that stand side by side, written straight into their row: their values seldom come again, and one loop over
 * all of them costs less than a call for each.
 */
import type { BlockColumn } from '../../engine/native/block.ts';
import type { ByteSink } from './byte-sink.ts';
import { type FloatStyle, layDouble, wordsOf } from './numbers.ts';
import type { ColumnKey } from './piece-column.ts';
import { MAXIMUM_DOUBLE_BYTES } from './shortest-double.ts';
import { SLICE_ROWS } from './slice.ts';

const WORD_BYTES = 4;
const VALUE_BYTES = 8;

/** What stands before a value or for a null, word by word. */
interface Key {
  readonly words: Int32Array;
  /** In bytes. */
  readonly length: number;
}

interface Doubles {
  /** All of them, wherever they lie. */
  readonly source: Uint8Array;
  /** Those of the rows that were filled last, where they are aligned. */
  readonly values: Float64Array;
  readonly words: Int32Array;
  /** Absent where no row is null. */
  readonly nulls: Uint8Array | undefined;
  readonly value: Key;
  readonly nothing: Key;
}

export class DoubleRun {
  private readonly sink: ByteSink;
  private readonly style: FloatStyle;
  private readonly columns: readonly Doubles[];
  private readonly place: number;
  /** The greatest room of a row. */
  private readonly rowBytes: number;
  /** The row with which `values` begin. */
  private base = 0;

  /** `place` stands for the run in its row. */
  constructor(
    sink: ByteSink,
    style: FloatStyle,
    columns: readonly BlockColumn[],
    rows: number,
    keys: readonly ColumnKey[],
    place: number,
  ) {
    this.sink = sink;
    this.style = style;
    this.place = place;
    this.columns = columns.map((column, index) => doublesOf(column, rows, keys[index]!));
    this.rowBytes = keys.reduce(
      (sum, { key, nullKey }) => sum + Math.max(key.length, nullKey.length) + MAXIMUM_DOUBLE_BYTES,
      WORD_BYTES,
    );
  }

  /** Not more than `SLICE_ROWS`; only these can then be written. */
  fill(places: Int32Array, at: number, step: number, from: number, to: number): void {
    this.base = from;
    for (const { source, values } of this.columns)
      new Uint8Array(values.buffer).set(source.subarray(from * VALUE_BYTES, to * VALUE_BYTES));
    for (let row = from; row < to; row++, at += step) places[at] = this.place;
  }

  /** Nothing is remembered. */
  forget(): void {}

  write(row: number): void {
    const { sink, style, columns, base } = this;
    sink.reserve(this.rowBytes);
    const { data } = sink;
    let { position } = sink;
    for (let index = 0; index < columns.length; index++) {
      const { values, words, nulls, value, nothing } = columns[index]!;
      const isNull = nulls !== undefined && nulls[row] === 1;
      const key = isNull ? nothing : value;
      for (let word = 0; word < key.words.length; word++)
        data.setInt32(position + word * WORD_BYTES, key.words[word]!, true);
      position += key.length;
      if (!isNull) position = layDouble(sink, position, values, words, row - base, style);
    }
    sink.position = position;
  }
}

function doublesOf({ vector, nulls }: BlockColumn, rows: number, { key, nullKey }: ColumnKey): Doubles {
  if (vector.kind !== 'float64') throw new TypeError(`expected doubles, got a vector of ${vector.kind}`);
  const values = new Float64Array(Math.min(rows, SLICE_ROWS));
  return {
    source: vector.raw ?? bytesOf(vector.values),
    values,
    words: wordsOf(values),
    nulls: nulls?.includes(1) ? nulls : undefined,
    value: keyOf(key),
    nothing: keyOf(nullKey),
  };
}

function bytesOf({ buffer, byteOffset, byteLength }: Float64Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}

function keyOf(bytes: Uint8Array): Key {
  const words = new Int32Array(Math.ceil(bytes.length / WORD_BYTES));
  new Uint8Array(words.buffer).set(bytes);
  return { words, length: bytes.length };
}
