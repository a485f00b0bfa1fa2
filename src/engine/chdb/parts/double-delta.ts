/**
 * The engine's codec DoubleDelta for 64-bit numbers: the first value, the first difference, and then how each
 * difference differs from the one before: `0` not at all, else a prefix that says how many bits follow.
 */
import { BitReader } from './bit-reader.ts';
import { DOUBLE_DELTA, uint32 } from './compressed-block.ts';
import { MalformedPart } from './malformed.ts';

/** In front: the header of a block, the width of a value, how many bytes were not a value. */
const CONTENT = 9 + 2;
const LONGEST_PREFIX = 5;
/** Bits of the magnitude behind the sign, by the number of ones in the prefix. The longest has 63. */
const MAGNITUDE_BITS = [0, 6, 8, 11, 31];

/** Each value minus `origin`; all of them have to be within ±2^53 of it. */
export function decodeDoubleDelta(packed: Uint8Array, origin: bigint): Float64Array {
  const count = packed.length >= CONTENT + 4 ? uint32(packed, CONTENT) : 0;
  if (packed[0] !== DOUBLE_DELTA || packed[9] !== 8 || uint32(packed, 5) !== count * 8)
    throw new MalformedPart('not a block of times');
  const view = new DataView(packed.buffer, packed.byteOffset, packed.byteLength);
  const values = new Float64Array(count);
  if (count === 0) return values;
  let value = safe(view.getBigInt64(CONTENT + 4, true) - origin);
  values[0] = value;
  if (count === 1) return values;
  let delta = safe(view.getBigInt64(CONTENT + 12, true));
  value += delta;
  values[1] = value;
  const reader = new BitReader(packed, CONTENT + 20);
  for (let i = 2; i < count; ) {
    const same = reader.zeros(count - i);
    for (const end = i + same; i < end; i++) {
      value += delta;
      values[i] = value;
    }
    // In between they go one way.
    safe(value);
    if (i === count) break;
    delta += change(reader);
    value += delta;
    values[i++] = safe(value);
  }
  return values;
}

/** What comes where the next bit is not 0. */
function change(reader: BitReader): number {
  let ones = 0;
  while (ones < LONGEST_PREFIX && reader.bit() === 1) ones++;
  const isNegative = reader.bit() === 1;
  const isLongest = ones === LONGEST_PREFIX;
  const magnitude = isLongest
    ? reader.bits(31) * 2 ** 32 + reader.bits(32)
    : reader.bits(MAGNITUDE_BITS[ones]!);
  if (magnitude >= Number.MAX_SAFE_INTEGER) throw new MalformedPart('times that lie too far apart');
  return isNegative ? -(magnitude + 1) : magnitude + 1;
}

function safe(value: bigint | number): number {
  const number = Number(value);
  if (!Number.isSafeInteger(number)) throw new MalformedPart('times that lie too far apart');
  return number;
}
