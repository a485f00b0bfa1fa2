import { release } from '../../platform/release.ts';

/** Their length is one byte. */
const SHORT = 0x80;

/** A growing byte buffer, little endian: where Native blocks are put together. */
export class ByteWriter {
  private buffer: Uint8Array;
  private view: DataView;
  private used = 0;

  constructor(initialBytes = 4096) {
    this.buffer = new Uint8Array(initialBytes);
    this.view = new DataView(this.buffer.buffer);
  }

  /** Unsigned LEB128. */
  varUint(value: number): void {
    this.reserve(10);
    let rest = value;
    while (rest >= 0x80) {
      this.buffer[this.used++] = (rest % 0x80) | 0x80;
      rest = Math.floor(rest / 0x80);
    }
    this.buffer[this.used++] = rest;
  }

  uint64(value: number | bigint): void {
    this.reserve(8);
    this.view.setBigUint64(this.used, BigInt(value), true);
    this.used += 8;
  }

  bytes(value: Uint8Array): void {
    this.reserve(value.length);
    this.buffer.set(value, this.used);
    this.used += value.length;
  }

  /** The bytes of a typed array as they lie in memory (every machine we run on is little endian). */
  array(values: NodeJS.TypedArray): void {
    this.bytes(new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
  }

  /** Length-prefixed UTF-8. Short ones are mostly ASCII: a call costs more than their bytes. */
  string(text: string): void {
    if (text.length < SHORT && this.shortAscii(text)) return;
    const encoded = Buffer.from(text, 'utf8');
    this.varUint(encoded.length);
    this.bytes(encoded);
  }

  /** Length-prefixed UTF-8 that is there already. */
  text(bytes: Uint8Array, start: number, length: number): void {
    this.varUint(length);
    this.reserve(length);
    if (length > 32) {
      this.buffer.set(bytes.subarray(start, start + length), this.used);
      this.used += length;
      return;
    }
    const { buffer } = this;
    for (let at = start, end = start + length; at < end; ) buffer[this.used++] = bytes[at++]!;
  }

  /** Length-prefixed strings of all rows; short ones are copied by hand, as a call costs more than the bytes. */
  strings(bytes: Uint8Array, offsets: Uint32Array, rows: number): void {
    this.reserve(rows * 5 + offsets[rows]! - offsets[0]!);
    const { buffer } = this;
    let used = this.used;
    for (let row = 0; row < rows; row++) {
      const start = offsets[row]!;
      const end = offsets[row + 1]!;
      let length = end - start;
      while (length >= 0x80) {
        buffer[used++] = (length & 0x7f) | 0x80;
        length >>>= 7;
      }
      buffer[used++] = length;
      if (end - start <= 32) {
        for (let at = start; at < end; at++) buffer[used++] = bytes[at]!;
      } else {
        buffer.set(bytes.subarray(start, end), used);
        used += end - start;
      }
    }
    this.used = used;
  }

  /** Bytes written so far. */
  get length(): number {
    return this.used;
  }

  finish(): Uint8Array {
    return this.buffer.subarray(0, this.used);
  }

  /** Gives the memory back, and what `finish` gave with it. */
  release(): void {
    release(this.buffer);
  }

  /** Begins anew in the same memory: what `finish` gave is overwritten. */
  clear(): void {
    this.used = 0;
  }

  private shortAscii(text: string): boolean {
    const { length } = text;
    this.reserve(length + 1);
    const { buffer, used } = this;
    for (let index = 0; index < length; index++) {
      const unit = text.charCodeAt(index);
      if (unit >= 0x80) return false;
      buffer[used + 1 + index] = unit;
    }
    buffer[used] = length;
    this.used = used + 1 + length;
    return true;
  }

  private reserve(more: number): void {
    const needed = this.used + more;
    if (needed <= this.buffer.length) return;
    const grown = new Uint8Array(Math.max(needed, this.buffer.length * 2));
    grown.set(this.buffer.subarray(0, this.used));
    release(this.buffer);
    this.buffer = grown;
    this.view = new DataView(grown.buffer);
  }
}
