/**
 * The engine's codec T64('bit') over the codec Delta, for 64-bit whole numbers: of each 64 differences first all
 * lowest bits, then all second ones, and so on; bits that are the same in all of them are left out at the top.
 */
import { DELTA, T64, uint32 } from './compressed-block.ts';
import { MalformedPart } from './malformed.ts';

const HEADER = 9;
/** Type and variant; bytes that are no whole value: the header of the block of Delta is 9 + 2 long; bounds. */
const PLANES = HEADER + 1 + 3 + 16;
const BITWISE = 0x80;
const UINT64 = BITWISE | 4;
const INT64 = BITWISE | 9;
const VALUES = 64;
/** 64 differences of 31 bits do not lead from there beyond what a number holds exactly. */
const SAFE_SUM = 2 ** 53 - 2 ** 37;

/** Values beyond ±2^53 are refused. */
export function decodeTransposedDeltas(packed: Uint8Array): Float64Array {
  if (packed.length < PLANES || packed[0] !== T64) throw new MalformedPart('not a block of integers');
  const isSigned = packed[HEADER] === INT64;
  if (!isSigned && packed[HEADER] !== UINT64) throw new MalformedPart('not a block of integers');
  // The first of them is what remains of the header of Delta, whose beginning are the three bytes.
  const count = (uint32(packed, 5) - 3) / 8;
  if (packed[HEADER + 1] !== DELTA || !Number.isInteger(count))
    throw new MalformedPart('not a block of integers');
  const view = new DataView(packed.buffer, packed.byteOffset, packed.byteLength);
  const smallest = isSigned ? view.getBigInt64(PLANES - 16, true) : view.getBigUint64(PLANES - 16, true);
  const largest = isSigned ? view.getBigInt64(PLANES - 8, true) : view.getBigUint64(PLANES - 8, true);
  const bits = bitsBetween(smallest, largest);
  const groups = Math.ceil(count / VALUES);
  if (packed.length !== PLANES + groups * bits * 8 || (bits === 0 && count > 1))
    throw new MalformedPart('not a block of integers');
  const planes = aligned(packed.subarray(PLANES));
  // The topmost plane says which differences are negative, where any is: the header is not.
  const hasSign = isSigned ? smallest < 0n : bits === 64;
  const isWhole = hasSign ? largest >= 0n : smallest >> BigInt(bits) === 0n;
  if (!isWhole) throw new MalformedPart('an integer that is too large');
  const values = decode(planes, count, bits, hasSign);
  // Sums that went beyond 2^63 came back from below.
  if (!isSigned) for (const value of values) check(value >= 0);
  return values;
}

let scratch = new Int32Array(16 * 1024);

/** The same bytes from a whole word on, until the next call. */
function aligned(bytes: Uint8Array): Int32Array {
  if (bytes.length > scratch.byteLength) scratch = new Int32Array(Math.ceil(bytes.length / 4));
  new Uint8Array(scratch.buffer).set(bytes);
  return scratch;
}

function bitsBetween(smallest: bigint, largest: bigint): number {
  const crosses = smallest < 0n && largest >= 0n;
  if (crosses) {
    const widest = smallest + largest >= 0n ? largest : -smallest - 1n;
    return widest === 0n ? 1 : widest.toString(2).length + 1;
  }
  const different = BigInt.asUintN(64, smallest ^ largest);
  return different === 0n ? 0 : different.toString(2).length;
}

function decode(planes: Int32Array, count: number, bits: number, hasSign: boolean): Float64Array {
  const values = new Float64Array(count - 1);
  const group = new Float64Array(VALUES);
  const small = new Int32Array(VALUES);
  let sum = 0;
  for (let first = 0, at = 0; first < count; first += VALUES, at += bits * 2) {
    // The header in the first place is no difference.
    const mask = first === 0 ? ~1 : ~0;
    const signPlane = at + (bits - 1) * 2;
    const signLow = hasSign ? planes[signPlane]! & mask : 0;
    const signHigh = hasSign ? planes[signPlane + 1]! : 0;
    // Above its highest bit a number repeats its sign.
    let used = hasSign ? bits - 1 : bits;
    while (
      used > 0 &&
      (planes[at + used * 2 - 2]! & mask) === signLow &&
      planes[at + used * 2 - 1] === signHigh
    )
      used--;
    check(used <= 53);
    const end = Math.min(VALUES, count - first);
    if (used <= 30) {
      small.fill(0);
      for (let plane = 0; plane < used; plane++) {
        scatter(small, 0, planes[at + plane * 2]! & mask, 1 << plane);
        scatter(small, 32, planes[at + plane * 2 + 1]!, 1 << plane);
      }
      scatter(small, 0, signLow, -(1 << used));
      scatter(small, 32, signHigh, -(1 << used));
      for (let i = first === 0 ? 1 : 0; i < end; i++) values[first + i - 1] = sum += small[i]!;
      check(Math.abs(sum) <= SAFE_SUM);
    } else {
      group.fill(0);
      for (let plane = 0; plane < used; plane++) {
        scatterWide(group, 0, planes[at + plane * 2]! & mask, 2 ** plane);
        scatterWide(group, 32, planes[at + plane * 2 + 1]!, 2 ** plane);
      }
      scatterWide(group, 0, signLow, -(2 ** used));
      scatterWide(group, 32, signHigh, -(2 ** used));
      for (let i = first === 0 ? 1 : 0; i < end; i++) {
        values[first + i - 1] = sum += group[i]!;
        check(Math.abs(sum) <= SAFE_SUM);
      }
    }
  }
  return values;
}

function check(isSafe: boolean): void {
  if (!isSafe) throw new MalformedPart('an integer that is too large');
}

/** Adds `amount` where a bit is set. */
function scatter(target: Int32Array, from: number, word: number, amount: number): void {
  for (let rest = word; rest !== 0; rest &= rest - 1) {
    target[from + 31 - Math.clz32(rest & -rest)]! += amount;
  }
}

/** The same, for other arrays: a function that sees both kinds is slow with each. */
function scatterWide(target: Float64Array, from: number, word: number, amount: number): void {
  for (let rest = word; rest !== 0; rest &= rest - 1) {
    target[from + 31 - Math.clz32(rest & -rest)]! += amount;
  }
}
