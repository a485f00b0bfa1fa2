/** Numbers of line protocol. Short ones are built from their digits; long ones take the exact, slow way. */
import {
  MAXIMUM_REST_NS,
  MAXIMUM_SECONDS,
  NANOS_PER_SECOND,
  result,
  splitBigInt,
  splitExact,
} from './int64.ts';
import { badFloat, badInteger, badUnsigned, STRING_TOO_LARGE } from './syntax-messages.ts';
import { MAXIMUM_STRING_BYTES } from './text.ts';

const MINUS = 0x2d;
const PLUS = 0x2b;
const DOT = 0x2e;
/** Every integer of so many digits is exact in a double. */
const EXACT_DIGITS = 15;
/** All exact. */
const POWERS_OF_TEN = Array.from({ length: 23 }, (_, exponent) => Number(`1e${exponent}`));

/** The result of the last call lies in the public fields. */
export class NumberScanner {
  /** 0 float, 1 integer, 2 unsigned: the scanner's kinds. */
  kind = 0;
  low = 0;
  high = 0;
  value = 0;
  error: string | null = null;
  end = 0;
  /** A timestamp's magnitude as `units / 1e9` and the rest: 19 digits do not fit into a double. */
  major = 0;
  minor = 0;
  negative = false;

  /** Returns the offset after the number, `start` where there is none. */
  scanField(bytes: Uint8Array, text: Buffer, start: number, bodyEnd: number): number {
    this.error = null;
    // A body that is all one number would keep everybody waiting.
    const end = Math.min(bodyEnd, start + MAXIMUM_STRING_BYTES);
    const after = this.scanWithin(bytes, text, start, end);
    if (after >= end && end < bodyEnd) this.error = STRING_TOO_LARGE;
    return after;
  }

  private scanWithin(bytes: Uint8Array, text: Buffer, start: number, end: number): number {
    const negative = bytes[start] === MINUS;
    const digits = negative ? start + 1 : start;
    let at = digits;
    let mantissa = 0;
    for (; at < end; at++) {
      const digit = bytes[at]! - 0x30;
      if (digit < 0 || digit > 9) break;
      mantissa = mantissa * 10 + digit;
    }
    const count = at - digits;
    if (count === 0) return start;
    const suffix = at < end ? bytes[at]! : 0;
    if (suffix === 0x69) {
      this.setInteger(text, start, at, negative ? -mantissa : mantissa, count);
      return at + 1;
    }
    if (suffix === 0x75 && !negative) {
      this.setUnsigned(text, start, at, mantissa, count);
      return at + 1;
    }
    this.kind = 0;
    let decimals = 0;
    if (suffix === DOT && isDigit(bytes, at + 1, end)) {
      for (at++; at < end; at++) {
        const digit = bytes[at]! - 0x30;
        if (digit < 0 || digit > 9) break;
        mantissa = mantissa * 10 + digit;
        decimals++;
      }
    }
    const exponentEnd = scanExponent(bytes, at, end);
    const isExact = mantissa <= Number.MAX_SAFE_INTEGER && decimals < POWERS_OF_TEN.length;
    if (exponentEnd === at && isExact) {
      // One rounding of two exact numbers: the nearest double.
      const magnitude = decimals === 0 ? mantissa : mantissa / POWERS_OF_TEN[decimals]!;
      this.value = negative ? -magnitude : magnitude;
      return at;
    }
    const spelled = text.toString('latin1', start, exponentEnd);
    this.value = Number(spelled);
    if (!Number.isFinite(this.value)) this.error = badFloat(spelled);
    return exponentEnd;
  }

  private setInteger(text: Buffer, start: number, end: number, value: number, count: number): void {
    this.kind = 1;
    if (count <= EXACT_DIGITS) splitExact(value);
    else {
      const spelled = text.toString('latin1', start, end);
      const exact = parseBounded(spelled);
      if (exact === null || exact !== BigInt.asIntN(64, exact)) this.error = badInteger(spelled);
      else splitBigInt(exact);
    }
    this.low = result.low;
    this.high = result.high;
  }

  private setUnsigned(text: Buffer, start: number, end: number, value: number, count: number): void {
    this.kind = 2;
    if (count <= EXACT_DIGITS) splitExact(value);
    else {
      const spelled = text.toString('latin1', start, end);
      const exact = parseBounded(spelled);
      if (exact === null || exact !== BigInt.asUintN(64, exact)) this.error = badUnsigned(spelled);
      else splitBigInt(exact);
    }
    this.low = result.low;
    this.high = result.high;
  }

  /** Returns the offset after it, `start` where there is none, -1 when it does not fit into 64 bits. */
  scanTimestamp(bytes: Uint8Array, start: number, bodyEnd: number): number {
    const end = Math.min(bodyEnd, start + MAXIMUM_STRING_BYTES);
    this.negative = bytes[start] === MINUS;
    const digits = this.negative ? start + 1 : start;
    let at = digits;
    while (isDigit(bytes, at, end)) at++;
    this.end = at;
    if (at === digits) return start;
    if (at === end && end < bodyEnd) return -1;
    let first = digits;
    while (first < at - 1 && bytes[first] === 0x30) first++;
    if (at - first > 19) return -1;
    const split = Math.max(first, at - 9);
    let major = 0;
    for (let index = first; index < split; index++) major = major * 10 + bytes[index]! - 0x30;
    let minor = 0;
    for (let index = split; index < at; index++) minor = minor * 10 + bytes[index]! - 0x30;
    this.major = major;
    this.minor = minor;
    return fitsInt64(major, minor, this.negative) ? at : -1;
  }
}

/** Whether `± (major * 1e9 + minor)` is a signed 64-bit number. */
export function fitsInt64(major: number, minor: number, negative: boolean): boolean {
  if (major < MAXIMUM_SECONDS) return minor < NANOS_PER_SECOND;
  return major === MAXIMUM_SECONDS && minor <= MAXIMUM_REST_NS + (negative ? 1 : 0);
}

function isDigit(bytes: Uint8Array, at: number, end: number): boolean {
  return at < end && bytes[at]! >= 0x30 && bytes[at]! <= 0x39;
}

/** The offset after `e…`, or `at` where there is no whole exponent. */
function scanExponent(bytes: Uint8Array, at: number, end: number): number {
  if (at >= end || (bytes[at]! | 0x20) !== 0x65) return at;
  let digits = at + 1;
  if (bytes[digits] === PLUS || bytes[digits] === MINUS) digits++;
  if (!isDigit(bytes, digits, end)) return at;
  while (isDigit(bytes, digits, end)) digits++;
  return digits;
}

/** null when it is longer than any 64-bit number: a million digits must not become a `BigInt`. */
function parseBounded(spelled: string): bigint | null {
  const significant = spelled.replace(/^(-?)0+(?=\d)/, '$1');
  return significant.length > 21 ? null : BigInt(significant);
}
