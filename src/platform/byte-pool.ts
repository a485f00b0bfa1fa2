/**
 * Large arrays of bytes that are used again. V8 counts what lies outside of its heap, too, and marks the whole heap
 * for every few dozen megabytes of it: at a hundred megabytes of bodies a second, more work than parsing them.
 */

import { release } from './release.ts';

/** Smaller ones cost the collector nothing worth mentioning. */
const SMALLEST_BYTES = 65_536;
/** Larger ones are rare; keeping them would keep much memory. */
const LARGEST_BYTES = 8 * 2 ** 20;

export class BytePool {
  private readonly limitBytes: number;
  /** By size, a power of two. */
  private readonly free = new Map<number, Uint8Array<ArrayBuffer>[]>();
  /** Those that are lent now. Who forgets to give one back only leaves it to the collector. */
  private readonly lent = new WeakSet<ArrayBufferLike>();
  private freeBytes = 0;

  /** Keeps at most `limitBytes` that nobody uses. */
  constructor(limitBytes: number) {
    this.limitBytes = limitBytes;
  }

  /** At least so many bytes, holding whatever was in them before. */
  take(bytes: number): Uint8Array<ArrayBuffer> {
    if (bytes < SMALLEST_BYTES) return Buffer.allocUnsafeSlow(bytes);
    if (bytes > LARGEST_BYTES) {
      const array = Buffer.allocUnsafeSlow(bytes);
      this.lent.add(array.buffer);
      return array;
    }
    const size = 2 ** Math.ceil(Math.log2(bytes));
    let array = this.free.get(size)?.pop();
    if (array === undefined) array = Buffer.allocUnsafeSlow(size);
    else this.freeBytes -= size;
    this.lent.add(array.buffer);
    return array;
  }

  /** Takes one that was made elsewhere, all of whose memory is its own, so that it can be given back here. */
  adopt({ buffer }: Uint8Array): void {
    if (buffer.byteLength >= SMALLEST_BYTES) this.lent.add(buffer);
  }

  /** To be called once nobody reads or writes it any more, also with a part of it; others' arrays are ignored. */
  give({ buffer }: Uint8Array): void {
    if (!this.lent.delete(buffer)) return;
    const size = buffer.byteLength;
    const array = Buffer.from(buffer as ArrayBuffer);
    const isSized = size <= LARGEST_BYTES && Number.isInteger(Math.log2(size));
    if (!isSized || this.freeBytes + size > this.limitBytes) {
      release(array);
      return;
    }
    this.freeBytes += size;
    const free = this.free.get(size);
    if (free === undefined) this.free.set(size, [array]);
    else free.push(array);
  }
}
