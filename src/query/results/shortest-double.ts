/**
 * The shortest digits that give a double back, of values from 1e-3 to 1e9, without making a string. As many digits as
 * always suffice, 17, are an integer below 1e17; it is held as two doubles whose sum is exact, and so is half of the
 * distance to the next double. Among the numbers nearer than that the one with most zeros at its end is the shortest.
 */
import type { ByteSink } from './byte-sink.ts';
import { layPadded } from './padded-digits.ts';

const ZERO = 48;
const POINT = 46;
const DIGITS = 17;
/** The integer is `top * SPLIT + bottom`. */
const SPLIT = 1e8;
const SPLIT_DIGITS = 8;
/** 2^27 + 1: cuts a double into two of 26 bits, whose products are exact (Dekker). */
const CUT = 134217729;
/** Between the exponent of a double and that of half of its last bit. */
const HALF_LAST_BIT = 53;
const TOP_END = 1e9;

/** All of these are exact. */
const powers = Float64Array.from({ length: 21 }, (_, exponent) => Number(`1e${exponent}`));
const highPowers = powers.map((power) => highHalf(power));

const value64 = new Float64Array(1);
const value32 = new Uint32Array(value64.buffer);

/** Writes `value`, which has digits behind the point and is from 1e-3 to below 1e9. */
export function writeShortest(sink: ByteSink, value: number): void {
  value64[0] = value;
  const low = value32[0]!;
  const high = value32[1]!;
  // The next smaller double of a power of two is nearer than the next larger one.
  if (low === 0 && (high & 0xfffff) === 0) {
    sink.ascii(String(value));
    return;
  }
  value32[0] = 0;
  value32[1] = ((high >>> 20) - HALF_LAST_BIT) << 20;
  const wholeDigits = digitsBeforePoint(value);
  const shift = DIGITS - wholeDigits;
  const power = powers[shift]!;
  const half = value64[0]! * power;
  const product = value * power;
  const rest = productError(value, power, highPowers[shift]!, product);

  let top = Math.floor(product / SPLIT);
  let bottom = product - top * SPLIT;
  // The quotient was rounded.
  if (bottom < 0) {
    top--;
    bottom += SPLIT;
  }
  const tail = (bottom | 0) % 100;
  bottom += shortestNear(tail + rest, half, (low & 1) === 0) - tail;
  if (bottom >= SPLIT) {
    top++;
    bottom -= SPLIT;
  } else if (bottom < 0) {
    top--;
    bottom += SPLIT;
  }
  // Rounded to a power of ten, which has a digit more.
  if (top >= TOP_END) sink.ascii(String(value));
  else lay(sink, top, bottom, wholeDigits);
}

/** How many digits stand before the point; 0 or less: so many zeros behind it. */
function digitsBeforePoint(value: number): number {
  if (value < 1) return value >= 0.1 ? 0 : value >= 0.01 ? -1 : -2;
  let digits = 1;
  while (value >= powers[digits]!) digits++;
  return digits;
}

function highHalf(value: number): number {
  const cut = value * CUT;
  return cut - (cut - value);
}

/** What `product` lacks of `a * b`, exactly. */
function productError(a: number, b: number, highB: number, product: number): number {
  const highA = highHalf(a);
  const lowA = a - highA;
  const lowB = b - highB;
  return lowA * lowB - (product - highA * highB - lowA * highB - highA * lowB);
}

/**
 * What stands for the last two digits `digits`, which may be a little less or more than they can be: of the numbers
 * nearer than `half`, which is at most 11.1, the one with most zeros at its end, of such the nearest, of two equally
 * near ones the even one. Every sum here is exact.
 */
function shortestNear(digits: number, half: number, isHalfIncluded: boolean): number {
  const hundred = digits < 50 ? 0 : 100;
  const toHundred = Math.abs(hundred - digits);
  if (toHundred < half || (isHalfIncluded && toHundred === half)) return hundred;
  const ten = nearestMultiple(digits, 10);
  const toTen = Math.abs(ten - digits);
  if (toTen < half || (isHalfIncluded && toTen === half)) return ten;
  return nearestMultiple(digits, 1);
}

function nearestMultiple(digits: number, unit: number): number {
  const quotient = Math.floor((digits + unit / 2) / unit);
  const multiple = quotient * unit;
  return multiple - digits === unit / 2 && quotient % 2 !== 0 ? multiple - unit : multiple;
}

/** Writes the integer's digits around the point, without the zeros at its end but for one behind the point. */
function lay(sink: ByteSink, top: number, bottom: number, wholeDigits: number): void {
  sink.reserve(DIGITS + 8);
  const { buffer } = sink;
  let { position } = sink;
  const topDigits = DIGITS - SPLIT_DIGITS;
  if (wholeDigits > 0) {
    const unit = powers[topDigits - wholeDigits]!;
    const whole = Math.floor(top / unit);
    position = layPadded(buffer, position, whole, wholeDigits);
    buffer[position++] = POINT;
    position = layPadded(buffer, position, top - whole * unit, topDigits - wholeDigits);
  } else {
    buffer[position++] = ZERO;
    buffer[position++] = POINT;
    for (let zeros = wholeDigits; zeros < 0; zeros++) buffer[position++] = ZERO;
    position = layPadded(buffer, position, top, topDigits);
  }
  position = layPadded(buffer, position, bottom, SPLIT_DIGITS);
  while (buffer[position - 1] === ZERO && buffer[position - 2] !== POINT) position--;
  sink.position = position;
}
