/**
 * Numbers as text, the way arrow-rs writes them: JSON through `lexical` (scientific from 1e10 on), everything
 * else through `ryu` (scientific from 1e16 on); integral floats keep `.0`.
 */
import type { ByteSink } from './byte-sink.ts';
import { layPadded } from './padded-digits.ts';
import { layShortest, MAXIMUM_DOUBLE_BYTES } from './shortest-double.ts';

const ZERO = 48;
const MINUS = 45;
const TWO_32 = 4294967296;

/** Writes an integer of at most 53 bits. */
export function writeInteger(sink: ByteSink, value: number): void {
  sink.reserve(20);
  if (value < 0) {
    sink.buffer[sink.position++] = MINUS;
    writeDigits(sink, -value);
  } else writeDigits(sink, value);
}

/** Writes 64-bit integers given as pairs of 32-bit words, without making a BigInt of a small one. */
export function writeInt64(sink: ByteSink, words: Int32Array, row: number, signed: boolean): void {
  const low = words[row * 2]! >>> 0;
  const high = signed ? words[row * 2 + 1]! : words[row * 2 + 1]! >>> 0;
  if (high < 0x1fffff && high > -0x1fffff) writeInteger(sink, high * TWO_32 + low);
  else sink.ascii(String((BigInt(high) << 32n) | BigInt(low)));
}

/** The 32-bit words of a vector of 64 bits a value (little endian, as the engine and this machine are). */
export function wordsOf(values: BigInt64Array | BigUint64Array | Float64Array): Int32Array {
  return new Int32Array(values.buffer, values.byteOffset, values.length * 2);
}

/** Writes a non-negative integer; the caller has reserved 20 bytes. */
function writeDigits(sink: ByteSink, value: number): void {
  if (value < 100) {
    const tens = (value / 10) | 0;
    if (tens > 0) sink.buffer[sink.position++] = ZERO + tens;
    sink.buffer[sink.position++] = ZERO + value - tens * 10;
    return;
  }
  if (value < 1e9) {
    let width = 1;
    for (let bound = 10; value >= bound; bound *= 10) width++;
    writePadded(sink, value, width);
    return;
  }
  const high = Math.floor(value / 1e9);
  writeDigits(sink, high);
  writePadded(sink, value - high * 1e9, 9);
}

/** Writes an integer below 1e9 with leading zeros. */
export function writePadded(sink: ByteSink, value: number, width: number): void {
  sink.reserve(width);
  sink.position = layPadded(sink.buffer, sink.position, value, width);
}

/** Which of the two writers of arrow-rs is followed. */
export type FloatStyle = 'json' | 'text';

/**
 * Writes the double at `row` where there is room for `MAXIMUM_DOUBLE_BYTES`; the position behind it, and the sink's.
 * `words` are those of `values`.
 */
export function layDouble(
  sink: ByteSink,
  position: number,
  values: Float64Array,
  words: Int32Array,
  row: number,
  style: FloatStyle,
): number {
  const end = layShortest(sink, position, values, words, row, style === 'json' ? 10 : 16);
  if (end >= 0) return end;
  sink.position = position;
  sink.ascii(floatText(values[row]!, 64, style));
  return sink.position;
}

export function writeDouble(
  sink: ByteSink,
  values: Float64Array,
  words: Int32Array,
  row: number,
  style: FloatStyle,
): void {
  sink.reserve(MAXIMUM_DOUBLE_BYTES);
  sink.position = layDouble(sink, sink.position, values, words, row, style);
}

/** The text of any float, slowly; a NaN or an infinity is `null` in JSON. */
export function floatText(value: number, bits: 16 | 32 | 64, style: FloatStyle): string {
  if (!Number.isFinite(value)) {
    if (style === 'json') return 'null';
    return Number.isNaN(value) ? 'NaN' : value < 0 ? '-inf' : 'inf';
  }
  if (value === 0) return Object.is(value, -0) ? '-0.0' : '0.0';
  const sign = value < 0 ? '-' : '';
  const { digits, exponent } = shortestDigits(Math.abs(value), bits);
  return sign + (style === 'json' ? jsonForm(digits, exponent) : displayForm(digits, exponent, bits));
}

/** Shortest digits `d…` and the exponent of the first one, so that the value is `d.… × 10^exponent`. */
function shortestDigits(value: number, bits: 16 | 32 | 64): { digits: string; exponent: number } {
  let text = value.toExponential();
  if (bits !== 64) {
    for (let precision = 0; precision < 9; precision++) {
      text = value.toExponential(precision);
      if (Math.fround(Number(text)) === value) break;
    }
  }
  const split = text.indexOf('e');
  const digits = text.slice(0, split).replace('.', '').replace(/0+$/, '');
  return { digits, exponent: Number(text.slice(split + 1)) };
}

function jsonForm(digits: string, exponent: number): string {
  if (exponent >= -5 && exponent <= 9) return plainForm(digits, exponent);
  return `${digits[0]}.${digits.slice(1) || '0'}e${exponent}`;
}

function displayForm(digits: string, exponent: number, bits: 16 | 32 | 64): string {
  const plain = bits === 64 ? exponent >= -5 && exponent < 16 : exponent >= -6 && exponent < 13;
  if (plain) return plainForm(digits, exponent);
  return `${digits[0]}${digits.length > 1 ? '.' + digits.slice(1) : ''}e${exponent}`;
}

function plainForm(digits: string, exponent: number): string {
  if (exponent < 0) return `0.${'0'.repeat(-exponent - 1)}${digits}`;
  const whole = digits.slice(0, exponent + 1).padEnd(exponent + 1, '0');
  return `${whole}.${digits.slice(exponent + 1) || '0'}`;
}
