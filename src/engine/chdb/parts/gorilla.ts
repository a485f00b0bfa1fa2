/**
 * The engine's codec Gorilla for 64-bit numbers: the first value, and then each one as what is different in its bits
 * from the one before: `0` nothing, `10` in the place of the last difference, `11` in a place that follows.
 */
import { BitReader } from './bit-reader.ts';
import { GORILLA, uint32 } from './compressed-block.ts';
import { MalformedPart } from './malformed.ts';

/** In front: the header of a block, the width of a value, how many bytes were not a value. */
const CONTENT = 9 + 2;

export function decodeGorilla(packed: Uint8Array): Float64Array {
  const count = packed.length >= CONTENT + 4 ? uint32(packed, CONTENT) : 0;
  if (packed[0] !== GORILLA || packed[9] !== 8 || uint32(packed, 5) !== count * 8)
    throw new MalformedPart('not a block of floats');
  const values = new Float64Array(count);
  if (count === 0) return values;
  const words = new Int32Array(values.buffer);
  let low = uint32(packed, CONTENT + 4) | 0;
  let high = uint32(packed, CONTENT + 8) | 0;
  words[0] = low;
  words[1] = high;
  const reader = new BitReader(packed, CONTENT + 12);
  let width = 0;
  let shift = 0;
  for (let i = 1; i < count; i++) {
    if (reader.bit() === 1) {
      if (reader.bit() === 1) {
        const leading = reader.bits(6);
        width = reader.bits(7);
        shift = 64 - leading - width;
      }
      if (width === 0 || shift < 0) throw new MalformedPart('not a block of floats');
      const upper = width > 32 ? reader.bits(width - 32) : 0;
      const lower = reader.bits(Math.min(width, 32));
      if (shift === 0) {
        high ^= upper;
        low ^= lower;
      } else if (shift < 32) {
        high ^= (upper << shift) | (lower >>> (32 - shift));
        low ^= lower << shift;
      } else {
        high ^= lower << (shift - 32);
      }
    }
    words[2 * i] = low;
    words[2 * i + 1] = high;
  }
  return values;
}
