/** Values in Parquet's PLAIN encoding: numbers little endian end to end, strings behind their length. */
import type { ColumnVector } from '../../../engine/native/block.ts';
import type { DataType } from '../../types.ts';
import type { Leaf } from './schema.ts';

/** Encodes the given rows of a vector. */
export function plainValues(leaf: Leaf, vector: ColumnVector, rows: Int32Array): Buffer {
  switch (leaf.physical) {
    case 'boolean':
      return booleans(vector, rows);
    case 'int32':
      return numbers(vector, rows, 4, (buffer, at, value) => buffer.writeInt32LE(Number(value) | 0, at));
    case 'int64':
      return integers(leaf.type, vector, rows);
    case 'float':
      return numbers(vector, rows, 4, (buffer, at, value) => buffer.writeFloatLE(Number(value), at));
    case 'double':
      return numbers(vector, rows, 8, (buffer, at, value) => buffer.writeDoubleLE(Number(value), at));
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
  width: number,
  write: (buffer: Buffer, at: number, value: number | bigint) => void,
): Buffer {
  if (!('values' in vector)) throw mismatch('a number', vector);
  const { values } = vector;
  const buffer = Buffer.allocUnsafe(rows.length * width);
  for (let at = 0; at < rows.length; at++) write(buffer, at * width, values[rows[at]!]!);
  return buffer;
}

/** Timestamps are nanoseconds in the engine, whatever their unit. */
const NANOSECONDS_OF = { second: 1_000_000n, millisecond: 1_000_000n, microsecond: 1000n, nanosecond: 1n };

function integers(type: DataType, vector: ColumnVector, rows: Int32Array): Buffer {
  if (vector.kind !== 'int64' && vector.kind !== 'uint64') {
    return numbers(vector, rows, 8, (buffer, at, value) => buffer.writeBigInt64LE(BigInt(value), at));
  }
  const { values } = vector;
  const divisor = type.kind === 'timestamp' ? NANOSECONDS_OF[type.unit] : 1n;
  const result = new BigInt64Array(rows.length);
  for (let at = 0; at < rows.length; at++) {
    const value = values[rows[at]!]!;
    result[at] = divisor === 1n ? value : floorDivide(value, divisor);
  }
  return Buffer.from(result.buffer);
}

function floorDivide(value: bigint, divisor: bigint): bigint {
  const quotient = value / divisor;
  return value < 0n && quotient * divisor !== value ? quotient - 1n : quotient;
}

function byteArrays(vector: ColumnVector, rows: Int32Array): Buffer {
  const at = bytesOf(vector);
  let size = 0;
  for (const row of rows) size += 4 + at(row).length;
  const buffer = Buffer.allocUnsafe(size);
  let position = 0;
  for (const row of rows) {
    const bytes = at(row);
    position = buffer.writeUInt32LE(bytes.length, position);
    buffer.set(bytes, position);
    position += bytes.length;
  }
  return buffer;
}

function bytesOf(vector: ColumnVector): (row: number) => Uint8Array {
  switch (vector.kind) {
    case 'string':
      return (row) => vector.bytes.subarray(vector.offsets[row]!, vector.offsets[row + 1]!);
    case 'fixed':
      return (row) => vector.bytes.subarray(row * vector.width, (row + 1) * vector.width);
    case 'dictionary': {
      const encoded = vector.dictionary.map((value) => Buffer.from(value ?? '', 'utf8'));
      return (row) => encoded[vector.indexes[row]!]!;
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
  if (vector.kind !== 'tuple') throw mismatch('an interval', vector);
  const [months, days, nanos] = vector.fields.map((field) => signedLittleEndian(field.vector));
  const buffer = Buffer.allocUnsafe(rows.length * 12);
  for (const [position, row] of rows.entries()) {
    const at = position * 12;
    buffer.writeInt32LE(Number(months!(row)), at);
    buffer.writeInt32LE(Number(days!(row)), at + 4);
    buffer.writeInt32LE(Number(BigInt.asIntN(32, nanos!(row) / 1_000_000n)), at + 8);
  }
  return buffer;
}

/** A bug of the printer: the engine sent another type than the plan promised. */
function mismatch(expected: string, vector: ColumnVector): TypeError {
  return new TypeError(`expected ${expected} from the engine, got a vector of ${vector.kind}`);
}
