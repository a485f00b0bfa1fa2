/** Values in Parquet's PLAIN encoding: numbers little endian end to end, strings behind their length. */
import type { ColumnVector } from '../../../engine/native/block.ts';
import { unpackInterval } from '../../interval-carrier.ts';
import type { DataType } from '../../types.ts';
import type { Leaf } from './schema.ts';

/** Encodes the given rows of a vector; may be the vector's own memory. */
export function plainValues(leaf: Leaf, vector: ColumnVector, rows: Int32Array): Uint8Array {
  switch (leaf.physical) {
    case 'boolean':
      return booleans(vector, rows);
    case 'int32':
      return numbers(vector, rows, Int32Array);
    case 'int64':
      return integers(leaf.type, vector, rows);
    case 'float':
      return numbers(vector, rows, Float32Array);
    case 'double':
      return numbers(vector, rows, Float64Array);
    case 'bytes':
      return byteArrays(vector, rows);
    case 'fixed':
      return leaf.type.kind === 'interval' ? intervals(vector, rows) : decimals(vector, rows, leaf.width);
  }
}

function booleans(vector: ColumnVector, rows: Int32Array): Buffer {
  const bits = Buffer.alloc(Math.ceil(rows.length / 8));
  if (vector.kind !== 'uint8') throw mismatch('a boolean', vector);
  for (let at = 0; at < rows.length; at++) {
    if (vector.values[rows[at]!] !== 0) bits[at >> 3]! |= 1 << (at & 7);
  }
  return bits;
}

function numbers(
  vector: ColumnVector,
  rows: Int32Array,
  Target: typeof Int32Array | typeof Float32Array | typeof Float64Array,
): Uint8Array {
  if (!('values' in vector)) throw mismatch('a number', vector);
  const raw = Target === Float64Array && vector.kind === 'float64' ? rawOf(vector, rows) : undefined;
  if (raw !== undefined) return raw;
  const { values } = vector;
  const result = new Target(rows.length);
  if (values instanceof BigInt64Array || values instanceof BigUint64Array) {
    for (let at = 0; at < rows.length; at++) result[at] = Number(values[rows[at]!]!);
  } else for (let at = 0; at < rows.length; at++) result[at] = values[rows[at]!]!;
  return bytesOfArray(result);
}

/** The vector's own bytes, where all its rows are wanted. (Rows ascend, so the last one tells.) */
function rawOf(vector: ColumnVector, rows: Int32Array): Uint8Array | undefined {
  if (!('raw' in vector) || vector.raw === undefined) return undefined;
  const count = vector.raw.length / 8;
  return rows.length === count && (count === 0 || rows[count - 1] === count - 1) ? vector.raw : undefined;
}

/** As they lie in memory, which is little endian on every machine that we run on. */
function bytesOfArray(array: NodeJS.TypedArray): Buffer {
  return Buffer.from(array.buffer, array.byteOffset, array.byteLength);
}

/** Timestamps are nanoseconds in the engine, whatever their unit. */
const NANOSECONDS_OF = { second: 1_000_000n, millisecond: 1_000_000n, microsecond: 1000n, nanosecond: 1n };

function integers(type: DataType, vector: ColumnVector, rows: Int32Array): Uint8Array {
  if (!('values' in vector)) throw mismatch('an integer', vector);
  const divisor = type.kind === 'timestamp' ? NANOSECONDS_OF[type.unit] : 1n;
  const raw = divisor === 1n ? rawOf(vector, rows) : undefined;
  if (raw !== undefined) return raw;
  const { values } = vector;
  const isWide = values instanceof BigInt64Array || values instanceof BigUint64Array;
  const result = new BigInt64Array(rows.length);
  if (!isWide) {
    for (let at = 0; at < rows.length; at++) result[at] = BigInt(values[rows[at]!]!);
  } else if (divisor !== 1n) {
    for (let at = 0; at < rows.length; at++) result[at] = floorDivide(values[rows[at]!]!, divisor);
  } else copyWords(values, rows, result);
  return bytesOfArray(result);
}

/** In halves: reading 64-bit elements would make a BigInt of each. */
function copyWords(values: BigInt64Array | BigUint64Array, rows: Int32Array, result: BigInt64Array): void {
  const from = new Int32Array(values.buffer, values.byteOffset, values.length * 2);
  const to = new Int32Array(result.buffer);
  for (let at = 0; at < rows.length; at++) {
    const word = rows[at]! * 2;
    to[at * 2] = from[word]!;
    to[at * 2 + 1] = from[word + 1]!;
  }
}

function floorDivide(value: bigint, divisor: bigint): bigint {
  const quotient = value / divisor;
  return value < 0n && quotient * divisor !== value ? quotient - 1n : quotient;
}

function byteArrays(vector: ColumnVector, rows: Int32Array): Buffer {
  const { bytes, offsets, index } = spans(vector);
  let size = rows.length * 4;
  for (let at = 0; at < rows.length; at++) {
    const item = index === null ? rows[at]! : index[rows[at]!]!;
    size += offsets[item + 1]! - offsets[item]!;
  }
  const buffer = Buffer.allocUnsafe(size);
  let position = 0;
  for (let at = 0; at < rows.length; at++) {
    const item = index === null ? rows[at]! : index[rows[at]!]!;
    const from = offsets[item]!;
    const to = offsets[item + 1]!;
    position = buffer.writeUInt32LE(to - from, position);
    if (to - from > 32) {
      buffer.set(bytes.subarray(from, to), position);
      position += to - from;
    } else for (let byte = from; byte < to; byte++) buffer[position++] = bytes[byte]!;
  }
  return buffer;
}

/** Item i is `bytes[offsets[i] … offsets[i + 1])`; row r is item `index[r]`, or item r without an index. */
function spans(vector: ColumnVector): {
  readonly bytes: Uint8Array;
  readonly offsets: Uint32Array;
  readonly index: Uint32Array | null;
} {
  switch (vector.kind) {
    case 'string':
      return { bytes: vector.bytes, offsets: vector.offsets, index: null };
    case 'fixed': {
      const { bytes, width } = vector;
      const offsets = Uint32Array.from({ length: bytes.length / width + 1 }, (_, item) => item * width);
      return { bytes, offsets, index: null };
    }
    case 'dictionary': {
      const encoded = vector.dictionary.map((value) => Buffer.from(value ?? '', 'utf8'));
      const offsets = new Uint32Array(encoded.length + 1);
      for (const [item, value] of encoded.entries()) offsets[item + 1] = offsets[item]! + value.length;
      return { bytes: Buffer.concat(encoded), offsets, index: vector.indexes };
    }
    default:
      throw mismatch('a string', vector);
  }
}

/** Big endian two's complement. */
function decimals(vector: ColumnVector, rows: Int32Array, width: number): Buffer {
  const buffer = Buffer.allocUnsafe(rows.length * width);
  const at = signedLittleEndian(vector);
  for (const [position, row] of rows.entries()) {
    let value = BigInt.asUintN(width * 8, at(row));
    for (let byte = width - 1; byte >= 0; byte--) {
      buffer[position * width + byte] = Number(value & 0xffn);
      value >>= 8n;
    }
  }
  return buffer;
}

function signedLittleEndian(vector: ColumnVector): (row: number) => bigint {
  if ('values' in vector) return (row) => BigInt(vector.values[row]!);
  if (vector.kind !== 'fixed') throw mismatch('a decimal', vector);
  const { bytes, width } = vector;
  return (row) => {
    let value = 0n;
    for (let byte = width - 1; byte >= 0; byte--) value = (value << 8n) | BigInt(bytes[row * width + byte]!);
    return BigInt.asIntN(width * 8, value);
  };
}

function intervals(vector: ColumnVector, rows: Int32Array): Buffer {
  const at = signedLittleEndian(vector);
  const buffer = Buffer.allocUnsafe(rows.length * 12);
  for (const [position, row] of rows.entries()) {
    const { months, days, ns } = unpackInterval(at(row));
    const start = position * 12;
    buffer.writeInt32LE(months, start);
    buffer.writeInt32LE(days, start + 4);
    buffer.writeInt32LE(Number(BigInt.asIntN(32, ns / 1_000_000n)), start + 8);
  }
  return buffer;
}

/** A bug of the printer: the engine sent another type than the plan promised. */
function mismatch(expected: string, vector: ColumnVector): TypeError {
  return new TypeError(`expected ${expected} from the engine, got a vector of ${vector.kind}`);
}
