/**
 * 64-bit integers as two 32-bit halves: a `BigInt` per value would be an allocation per value. Doubles carry
 * the steps; every one of them stays below 2^53 and is exact.
 */

const TWO_32 = 4_294_967_296;
const TWO_16 = 65_536;
export const NANOS_PER_SECOND = 1_000_000_000;
/** Whole seconds of the largest signed 64-bit number of nanoseconds, and the rest of it. */
export const MAXIMUM_SECONDS = 9_223_372_036;
export const MAXIMUM_REST_NS = 854_775_807;

/** Halves of the last result; read them before the next call. */
export const result = { low: 0, high: 0 };

/** Splits an exact integer (|value| < 2^53) into two's complement halves. */
export function splitExact(value: number): void {
  const high = Math.floor(value / TWO_32);
  result.high = high | 0;
  result.low = (value - high * TWO_32) | 0;
}

/** Halves of `± (seconds * 1e9 + rest)`; `seconds` <= MAXIMUM_SECONDS, `rest` < 1e9. */
export function splitSeconds(seconds: number, rest: number, negative: boolean): void {
  const secondsHigh = Math.floor(seconds / TWO_16);
  const first = (seconds - secondsHigh * TWO_16) * NANOS_PER_SECOND + rest;
  const second = secondsHigh * NANOS_PER_SECOND;
  const secondHigh = Math.floor(second / TWO_16);
  const low = (first % TWO_32) + (second - secondHigh * TWO_16) * TWO_16;
  const carry = Math.floor(low / TWO_32);
  const high = Math.floor(first / TWO_32) + secondHigh + carry;
  const lowHalf = (low - carry * TWO_32) | 0;
  if (!negative) {
    result.low = lowHalf;
    result.high = high | 0;
    return;
  }
  result.low = -lowHalf | 0;
  result.high = (~high + (lowHalf === 0 ? 1 : 0)) | 0;
}

export function splitBigInt(value: bigint): void {
  result.low = Number(BigInt.asIntN(32, value));
  result.high = Number(BigInt.asIntN(32, value >> 32n));
}

export function joinHalves(low: number, high: number): bigint {
  return (BigInt(high) << 32n) | BigInt(low >>> 0);
}

/** Orders two signed 64-bit numbers given as halves. */
export function isAfter(low: number, high: number, otherLow: number, otherHigh: number): boolean {
  return high > otherHigh || (high === otherHigh && low >>> 0 > otherLow >>> 0);
}
