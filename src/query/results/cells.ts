/**
 * One writer per column of a block: made once a block, called once a row. What a value looks like depends on
 * its SQL type (`representation.ts` says what carries it) and on the style.
 */
import type { BlockColumn, ColumnVector } from '../../engine/native/block.ts';
import { unpackInterval } from '../interval-carrier.ts';
import type { DataType } from '../types.ts';
import type { ByteSink } from './byte-sink.ts';
import { ByteSink as Sink } from './byte-sink.ts';
import type { Cell, CellStyle, RowWriter } from './cell.ts';
import { dateText, durationText, intervalText, TimestampWriter, writeClock } from './instants.ts';
import { nestedWriter } from './nested-cells.ts';
import { floatText, wordsOf, writeDouble, writeInt64, writeInteger } from './numbers.ts';
import { writeCsvField, writeHex, writeJsonString } from './text-bytes.ts';

export function createCell(sink: ByteSink, type: DataType, column: BlockColumn, style: CellStyle): Cell {
  const { vector } = column;
  if ('optional' in type && type.optional === true && vector.kind === 'array')
    return optionalCell(vector.offsets, createCell(sink, { ...type, optional: false }, vector.item, style));
  return { nulls: nullsOf(type, column), write: writerOf(sink, type, column, style) };
}

/** An array of none or one: the one is the value. */
function optionalCell(offsets: Uint32Array, value: Cell): Cell {
  return {
    nulls: Uint8Array.from({ length: offsets.length - 1 }, (_, row) =>
      offsets[row] === offsets[row + 1] ? 1 : 0,
    ),
    write: (row) => value.write(offsets[row]!),
  };
}

function nullsOf(type: DataType, column: BlockColumn): Uint8Array | undefined {
  const { vector } = column;
  if (type.kind === 'null' && vector.kind === 'uint8') return new Uint8Array(vector.values.length).fill(1);
  if (vector.kind !== 'dictionary') return column.nulls;
  // A dictionary has one null, and most columns do not use it.
  const { dictionary, indexes } = vector;
  const nullIndex = dictionary.indexOf(null);
  const first = nullIndex < 0 ? -1 : indexes.indexOf(nullIndex);
  if (first < 0) return undefined;
  const nulls = new Uint8Array(indexes.length);
  for (let row = first; row < nulls.length; row++) nulls[row] = indexes[row] === nullIndex ? 1 : 0;
  return nulls;
}

function writerOf(sink: ByteSink, type: DataType, column: BlockColumn, style: CellStyle): RowWriter {
  const { vector } = column;
  switch (type.kind) {
    case 'null':
      return () => {};
    case 'boolean':
      return booleanWriter(sink, vector);
    case 'int':
    case 'uint':
      return integerWriter(sink, vector, type.kind === 'int');
    case 'float':
      return floatWriter(sink, vector, type.bits, style);
    case 'decimal':
      return decimalWriter(sink, vector, type.scale);
    case 'utf8':
      return stringWriter(sink, vector, style);
    case 'dictionary':
      return type.value.kind === 'utf8'
        ? stringWriter(sink, vector, style)
        : writerOf(sink, type.value, column, style);
    case 'binary':
      return quoted(sink, style, binaryWriter(sink, vector));
    case 'date':
      return quoted(sink, style, dateWriter(sink, vector, type.bits));
    case 'time':
      return quoted(sink, style, timeWriter(sink, vector));
    case 'timestamp':
      return quoted(sink, style, timestampWriter(sink, vector, type.zone));
    case 'duration': {
      const values = bigints(vector);
      return quoted(sink, style, (row) => sink.ascii(durationText(values(row), type.unit)));
    }
    case 'interval':
      return quoted(sink, style, intervalWriter(sink, vector));
    case 'list':
    case 'struct':
    case 'map':
      return style === 'csv'
        ? csvWriter(sink, (scratch) => nestedWriter(scratch, type, vector, 'text', createCell))
        : nestedWriter(sink, type, vector, style, createCell);
  }
}

/** In JSON these are strings; their text never needs an escape. */
function quoted(sink: ByteSink, style: CellStyle, write: RowWriter): RowWriter {
  if (style !== 'json') return write;
  return (row) => {
    sink.byte(34);
    write(row);
    sink.byte(34);
  };
}

/** Renders into a buffer of its own first: only then it is known whether quotes are needed. */
function csvWriter(sink: ByteSink, make: (scratch: ByteSink) => RowWriter): RowWriter {
  const scratch = new Sink(1024);
  const write = make(scratch);
  return (row) => {
    scratch.reset();
    write(row);
    writeCsvField(sink, scratch.buffer, 0, scratch.position);
  };
}

function booleanWriter(sink: ByteSink, vector: ColumnVector): RowWriter {
  const at = numbers(vector);
  return (row) => sink.ascii(at(row) === 0 ? 'false' : 'true');
}

function integerWriter(sink: ByteSink, vector: ColumnVector, signed: boolean): RowWriter {
  if (vector.kind === 'int64' || vector.kind === 'uint64') {
    const words = wordsOf(vector.values);
    return (row) => writeInt64(sink, words, row, signed);
  }
  const at = numbers(vector);
  return (row) => writeInteger(sink, at(row));
}

function floatWriter(sink: ByteSink, vector: ColumnVector, bits: 16 | 32 | 64, style: CellStyle): RowWriter {
  const floatStyle = style === 'json' ? 'json' : 'text';
  if (vector.kind === 'float64') {
    const { values } = vector;
    const words = wordsOf(values);
    return (row) => writeDouble(sink, values, words, row, floatStyle);
  }
  const at = numbers(vector);
  return (row) => sink.ascii(floatText(at(row), bits, floatStyle));
}

function decimalWriter(sink: ByteSink, vector: ColumnVector, scale: number): RowWriter {
  const at = bigints(vector);
  return (row) => {
    const value = at(row);
    const digits = (value < 0n ? -value : value).toString().padStart(scale + 1, '0');
    const whole = digits.slice(0, digits.length - scale);
    sink.ascii(`${value < 0n ? '-' : ''}${whole}${scale > 0 ? '.' + digits.slice(-scale) : ''}`);
  };
}

function stringWriter(sink: ByteSink, vector: ColumnVector, style: CellStyle): RowWriter {
  const write = style === 'json' ? writeJsonString : style === 'csv' ? writeCsvField : writePlain;
  if (vector.kind === 'string') {
    const { bytes, offsets } = vector;
    return (row) => write(sink, bytes, offsets[row]!, offsets[row + 1]!);
  }
  if (vector.kind === 'dictionary') {
    // Each distinct value is rendered once a block.
    const { dictionary, indexes } = vector;
    const rendered: (Uint8Array | undefined)[] = new Array(dictionary.length);
    return (row) => {
      const index = indexes[row]!;
      let bytes = rendered[index];
      if (bytes === undefined) {
        const scratch = new Sink(64);
        const source = Buffer.from(dictionary[index] ?? '', 'utf8');
        write(scratch, source, 0, source.length);
        bytes = scratch.view();
        rendered[index] = bytes;
      }
      sink.bytes(bytes, 0, bytes.length);
    };
  }
  throw mismatch('a string', vector);
}

function writePlain(sink: ByteSink, source: Uint8Array, from: number, to: number): void {
  sink.bytes(source, from, to);
}

function binaryWriter(sink: ByteSink, vector: ColumnVector): RowWriter {
  if (vector.kind === 'fixed')
    return (row) => writeHex(sink, vector.bytes, row * vector.width, (row + 1) * vector.width);
  if (vector.kind !== 'string') throw mismatch('binary', vector);
  return (row) => writeHex(sink, vector.bytes, vector.offsets[row]!, vector.offsets[row + 1]!);
}

function dateWriter(sink: ByteSink, vector: ColumnVector, bits: 32 | 64): RowWriter {
  const at = numbers(vector);
  // A Date64 counts milliseconds in Arrow, and is shown as the instant that it is.
  return (row) => sink.ascii(dateText(at(row)) + (bits === 64 ? 'T00:00:00' : ''));
}

function timeWriter(sink: ByteSink, vector: ColumnVector): RowWriter {
  const at = bigints(vector);
  return (row) => {
    const nanos = at(row);
    writeClock(sink, Number(nanos / 1_000_000_000n), Number(nanos % 1_000_000_000n));
  };
}

function timestampWriter(sink: ByteSink, vector: ColumnVector, zone: string | null): RowWriter {
  if (vector.kind !== 'int64') throw mismatch('a timestamp', vector);
  const writer = new TimestampWriter(zone);
  const words = wordsOf(vector.values);
  return (row) => writer.write(sink, words, row);
}

function intervalWriter(sink: ByteSink, vector: ColumnVector): RowWriter {
  if (vector.kind !== 'fixed') throw mismatch('an interval', vector);
  const at = bigints(vector);
  return (row) => sink.ascii(intervalText(unpackInterval(at(row))));
}

function numbers(vector: ColumnVector): (row: number) => number {
  switch (vector.kind) {
    case 'uint8':
    case 'int8':
    case 'uint16':
    case 'int16':
    case 'uint32':
    case 'int32':
    case 'float32':
    case 'float64': {
      const { values } = vector;
      return (row) => values[row]!;
    }
    case 'int64':
    case 'uint64': {
      const { values } = vector;
      return (row) => Number(values[row]!);
    }
    default:
      throw mismatch('a number', vector);
  }
}

function bigints(vector: ColumnVector): (row: number) => bigint {
  if (vector.kind === 'int64' || vector.kind === 'uint64') return (row) => vector.values[row]!;
  if (vector.kind === 'fixed')
    return (row) => signedLittleEndian(vector.bytes, row * vector.width, vector.width);
  const at = numbers(vector);
  return (row) => BigInt(at(row));
}

function signedLittleEndian(bytes: Uint8Array, from: number, width: number): bigint {
  let value = 0n;
  for (let index = from + width - 1; index >= from; index--) value = (value << 8n) | BigInt(bytes[index]!);
  return BigInt.asIntN(width * 8, value);
}

/** A bug of the printer: the engine sent another type than the plan promised. Never a caller's fault. */
function mismatch(expected: string, vector: ColumnVector): TypeError {
  return new TypeError(`expected ${expected} from the engine, got a vector of ${vector.kind}`);
}
