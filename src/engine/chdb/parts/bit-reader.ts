/** Bits of bytes, the highest first. Behind the end there are zeros. */
export class BitReader {
  private readonly bytes: Uint8Array;
  private at: number;
  /** The next bits, the first one highest, and how many of them are known. */
  private buffer = 0;
  private known = 0;

  constructor(bytes: Uint8Array, at: number) {
    this.bytes = bytes;
    this.at = at;
  }

  /** One bit. */
  bit(): number {
    if (this.known === 0) this.fill();
    const bit = this.buffer >>> 31;
    this.buffer <<= 1;
    this.known--;
    return bit;
  }

  /** Up to 32 bits as an unsigned number. */
  bits(count: number): number {
    if (count === 0) return 0;
    if (count <= this.known) {
      const value = this.buffer >>> (32 - count);
      this.buffer = count === 32 ? 0 : this.buffer << count;
      this.known -= count;
      return value;
    }
    const rest = count - this.known;
    const above = this.known === 0 ? 0 : this.buffer >>> (32 - this.known);
    this.fill();
    const value = this.buffer >>> (32 - rest);
    this.buffer = rest === 32 ? 0 : this.buffer << rest;
    this.known -= rest;
    return rest === 32 ? value : ((above << rest) | value) >>> 0;
  }

  /** How many zeros come next, at most `most`; they are taken. */
  zeros(most: number): number {
    let count = 0;
    while (count < most) {
      if (this.known === 0) this.fill();
      const run = Math.min(Math.clz32(this.buffer), this.known, most - count);
      if (run === 0) break;
      this.buffer = run === 32 ? 0 : this.buffer << run;
      this.known -= run;
      count += run;
    }
    return count;
  }

  private fill(): void {
    const { bytes, at } = this;
    this.buffer =
      ((bytes[at] ?? 0) << 24) |
      ((bytes[at + 1] ?? 0) << 16) |
      ((bytes[at + 2] ?? 0) << 8) |
      (bytes[at + 3] ?? 0);
    this.at = at + 4;
    this.known = 32;
  }
}
