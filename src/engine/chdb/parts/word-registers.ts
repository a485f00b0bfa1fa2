/**
 * Unsigned 64-bit words in numbered registers, two halves each: BigInt would take twenty times as long. The first
 * argument of an operation is where its result goes.
 */
export class WordRegisters {
  private readonly low: Int32Array;
  private readonly high: Int32Array;

  constructor(count: number) {
    this.low = new Int32Array(count);
    this.high = new Int32Array(count);
  }

  set(to: number, low: number, high: number): void {
    this.low[to] = low;
    this.high[to] = high;
  }

  lowOf(register: number): number {
    return this.low[register]!;
  }

  highOf(register: number): number {
    return this.high[register]!;
  }

  /** Eight bytes, the lowest first. */
  load(to: number, bytes: Uint8Array, at: number): void {
    this.low[to] = loadInt32(bytes, at);
    this.high[to] = loadInt32(bytes, at + 4);
  }

  copy(to: number, a: number): void {
    this.low[to] = this.low[a]!;
    this.high[to] = this.high[a]!;
  }

  add(to: number, a: number, b: number): void {
    const x = this.low[a]!;
    const y = this.low[b]!;
    const low = (x + y) | 0;
    this.high[to] = (this.high[a]! + this.high[b]! + (((x & y) | ((x | y) & ~low)) >>> 31)) | 0;
    this.low[to] = low;
  }

  subtract(to: number, a: number, b: number): void {
    const x = this.low[a]!;
    const y = this.low[b]!;
    const low = (x - y) | 0;
    this.high[to] = (this.high[a]! - this.high[b]! - (((~x & y) | ((~x | y) & low)) >>> 31)) | 0;
    this.low[to] = low;
  }

  xor(to: number, a: number, b: number): void {
    this.low[to] = this.low[a]! ^ this.low[b]!;
    this.high[to] = this.high[a]! ^ this.high[b]!;
  }

  /** To the right, by 1 to 63. */
  rotate(to: number, a: number, bits: number): void {
    const isFar = bits >= 32;
    const low = isFar ? this.high[a]! : this.low[a]!;
    const high = isFar ? this.low[a]! : this.high[a]!;
    const rest = bits & 31;
    if (rest === 0) {
      this.set(to, low, high);
      return;
    }
    this.low[to] = (low >>> rest) | (high << (32 - rest));
    this.high[to] = (high >>> rest) | (low << (32 - rest));
  }

  /** `a ^ (a >> 47)` */
  mix(to: number, a: number): void {
    this.low[to] = this.low[a]! ^ (this.high[a]! >>> 15);
    this.high[to] = this.high[a]!;
  }

  multiply(to: number, a: number, b: number): void {
    const aLow = this.low[a]!;
    const bLow = this.low[b]!;
    // The upper half of the product of the lower halves, in pieces of 16 bits.
    const a0 = aLow & 0xffff;
    const a1 = aLow >>> 16;
    const b0 = bLow & 0xffff;
    const b1 = bLow >>> 16;
    const lowest = Math.imul(a0, b0) >>> 16;
    const crossed = Math.imul(a1, b0);
    const middle = ((crossed & 0xffff) + lowest + (Math.imul(a0, b1) & 0xffff)) | 0;
    const upper = Math.imul(a1, b1) + (crossed >>> 16) + (Math.imul(a0, b1) >>> 16) + (middle >>> 16);
    this.high[to] = (upper + Math.imul(aLow, this.high[b]!) + Math.imul(this.high[a]!, bLow)) | 0;
    this.low[to] = Math.imul(aLow, bLow);
  }
}

export function loadInt32(bytes: Uint8Array, at: number): number {
  return bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
}
