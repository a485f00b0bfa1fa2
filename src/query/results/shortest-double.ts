/**
 * The shortest digits that give a double back, of values from 1e-5 to 1e16, without making a string. As many digits as
 * always suffice, 17, are an integer below 1e17; it is held as a product and what rounding took from it, exactly. Among
 * the numbers nearer than half of the distance to the next double the one with most zeros at its end is the shortest:
 * a hundred, a ten or a one, as that half is between 1.1 and 11.2.
 *
 * Which one it is, is decided in whole parts of `ONE`: what is too near to a bound to be told in them is left to the
 * caller.
 */
import type { ByteSink } from './byte-sink.ts';

const MINUS = 45;
const POINT = 46;
const ZERO = 48;
const ONE_DIGIT = 49;
const EXPONENT_MARK = 101;
/** `0.000000` as words. */
const ZERO_POINT = 0x30302e30;
const FOUR_ZEROS = 0x30303030;

const DIGITS = 17;
const MINIMUM = 1e-5;
const END = 1e16;
/** The integer is `top * SPLIT + bottom`. */
const SPLIT = 1e8;
const TOP_END = 1e9;
const QUAD = 10_000;
/** 2^27 + 1: cuts a double into two of 26 bits, whose products are exact (Dekker). */
const CUT = 134217729;

const ONE = 2 ** 20;
const HALF_ONE = ONE / 2;
const TEN = 10 * ONE;
const HUNDRED = 100 * ONE;
/** Twice of what a difference may be wrong by: two numbers were cut off. */
const UNSURE = 4;

/** The greatest room that is written to, the sign and what is written beyond the end included. */
export const MAXIMUM_DOUBLE_BYTES = 32;

/** All of these are exact. */
const powers = Float64Array.from({ length: 23 }, (_, exponent) => Number(`1e${exponent}`));
const highPowers = powers.map((power) => highHalf(power));
const lowPowers = powers.map((power, exponent) => power - highPowers[exponent]!);

/** By the exponent of a double, from that of `MINIMUM` to that of `END`. */
const EXPONENT_BIAS = 1023;
const FIRST_EXPONENT = EXPONENT_BIAS + Math.floor(Math.log2(MINIMUM));
const smallest = Float64Array.from(
  { length: 72 },
  (_, index) => 2 ** (index + FIRST_EXPONENT - EXPONENT_BIAS),
);
/** How many digits stand before the point of its smallest value; 0 or less: so many zeros behind it. */
const smallestDigits = Int8Array.from(smallest, digitsBeforePoint);
/** From here on there is a digit more. */
const nextDigitFrom = Float64Array.from(smallestDigits, (digits) => Number(`1e${digits}`));
/** Half of the last bit, in parts of `ONE`. */
const halfBits = smallest.map((value) => value * 2 ** -53 * ONE);

/** The digits of each number below `QUAD`, as they lie in memory. */
const fourDigits = Int32Array.from({ length: QUAD }, (_, number) => {
  const digit = (unit: number) => Math.floor(number / unit) % 10;
  return FOUR_ZEROS | digit(1000) | (digit(100) << 8) | (digit(10) << 16) | (digit(1) << 24);
});

/**
 * Writes the double at `row` where there is room for `MAXIMUM_DOUBLE_BYTES`; the position behind it, or -1 when it has
 * to be written in another way. `words` are those of `values`. With more digits than `plainDigits` before the point,
 * which are ten at least, it is written with an exponent.
 */
export function layShortest(
  sink: ByteSink,
  start: number,
  values: Float64Array,
  words: Int32Array,
  row: number,
  plainDigits: number,
): number {
  const magnitude = Math.abs(values[row]!);
  if (!(magnitude >= MINIMUM && magnitude < END)) return -1;
  const lowWord = words[row * 2]!;
  const highWord = words[row * 2 + 1]!;
  const index = ((highWord >>> 20) & 0x7ff) - FIRST_EXPONENT;
  const wholeDigits = smallestDigits[index]! + (magnitude >= nextDigitFrom[index]! ? 1 : 0);

  const shift = DIGITS - wholeDigits;
  const power = powers[shift]!;
  const highPower = highPowers[shift]!;
  const lowPower = lowPowers[shift]!;
  const product = magnitude * power;
  const cut = magnitude * CUT;
  const high = cut - (cut - magnitude);
  const low = magnitude - high;
  const rest = low * lowPower - (product - high * highPower - low * highPower - high * lowPower);
  const half = (halfBits[index]! * power) | 0;

  // Of 64 bits the lower half, which is enough. The quotient may have been rounded up: then it is a little below 0.
  let top = (product * (1 / SPLIT)) | 0;
  let bottom = ((product | 0) - Math.imul(top, SPLIT)) | 0;
  const tail = bottom % 100;
  const scaled = tail * ONE + ((rest * ONE) | 0);
  const hundreds = 1 + ((scaled - HUNDRED / 2) >> 31);
  const toHundred = Math.abs(scaled - hundreds * HUNDRED);
  // The next smaller double of a power of two is nearer than the next larger one.
  if ((lowWord | (highWord & 0xfffff)) === 0 && toHundred !== 0) return -1;
  /** Of the last two digits. */
  let zeros = 2;
  if (toHundred < half - UNSURE) bottom += hundreds * 100 - tail;
  else {
    const tens = (((scaled + 1.5 * TEN) / TEN) | 0) - 1;
    const ones = (scaled + HALF_ONE) >> 20;
    const toTen = Math.abs(scaled - tens * TEN);
    const beyondTen = toTen - half;
    const isUnsure =
      toHundred <= half + UNSURE ||
      toTen >= TEN / 2 - UNSURE ||
      (beyondTen + UNSURE) >>> 0 <= 2 * UNSURE ||
      ((scaled + HALF_ONE + UNSURE) & (ONE - 1)) <= 2 * UNSURE;
    if (isUnsure) return -1;
    zeros = beyondTen >>> 31;
    bottom += ones + (-zeros & (tens * 10 - ones)) - tail;
  }
  if (bottom >= SPLIT) {
    top++;
    bottom -= SPLIT;
  }
  // Rounded to a power of ten, which has a digit more, or below a multiple of `SPLIT`.
  if (top >= TOP_END || bottom < 0) return -1;

  const { buffer, data } = sink;
  let position = start;
  if (highWord < 0) buffer[position++] = MINUS;
  const isPlain = wholeDigits <= plainDigits;
  const shownDigits = isPlain ? wholeDigits : 1;
  if (shownDigits <= 0) {
    data.setInt32(position, ZERO_POINT, true);
    data.setInt32(position + 4, FOUR_ZEROS, true);
    position += 2 - shownDigits;
  }
  const first = shownDigits <= 0 ? position : position + 1;
  const upper = (top / QUAD) | 0;
  const leading = (upper / QUAD) | 0;
  const second = upper - leading * QUAD;
  const third = top - upper * QUAD;
  const fourth = (bottom / QUAD) | 0;
  const fifth = bottom - fourth * QUAD;
  buffer[first] = ZERO + leading;
  data.setInt32(first + 1, fourDigits[second]!, true);
  data.setInt32(first + 5, fourDigits[third]!, true);
  data.setInt32(first + 9, fourDigits[fourth]!, true);
  data.setInt32(first + 13, fourDigits[fifth]!, true);
  if (zeros === 2) {
    zeros = zerosAtEnd(fifth);
    if (zeros === 4) zeros += zerosAtEnd(fourth);
    if (zeros === 8) zeros += zerosAtEnd(third);
    if (zeros === 12) zeros += zerosAtEnd(second);
  }
  let end = first + DIGITS - zeros;
  if (shownDigits > 0) {
    const point = position + shownDigits;
    for (; position < point; position++) buffer[position] = buffer[position + 1]!;
    buffer[point] = POINT;
    // A digit behind the point there always is.
    end = Math.max(end, point + 2);
  }
  if (isPlain) return end;
  buffer[end] = EXPONENT_MARK;
  buffer[end + 1] = ONE_DIGIT;
  buffer[end + 2] = ZERO + wholeDigits - 11;
  return end + 3;
}

/** Of four digits. */
function zerosAtEnd(number: number): number {
  return Math.clz32(fourDigits[number]! ^ FOUR_ZEROS) >>> 3;
}

function digitsBeforePoint(value: number): number {
  let digits = -5;
  while (value >= Number(`1e${digits}`)) digits++;
  return digits;
}

function highHalf(value: number): number {
  const cut = value * CUT;
  return cut - (cut - value);
}
