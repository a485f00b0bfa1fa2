/** Texts as UTF-8, one after the other, by numbers from 1 on; number 0 is the empty text. */
import type { ColumnVector } from '../../engine/native/block.ts';
import { enlarge } from '../../ingest/field-column.ts';

/** A view costs more than the copy of a few bytes. */
const SHORT_BYTES = 32;

export class TextHeap {
  private bytes = new Uint8Array(256);
  /** Text n is `[ends[n - 1], ends[n])`. */
  private ends = new Uint32Array(16);
  private size = 1;

  get memoryBytes(): number {
    return this.bytes.byteLength + this.ends.byteLength;
  }

  add(text: string): void {
    const start = this.ends[this.size - 1]!;
    const end = start + Buffer.byteLength(text);
    if (end > this.bytes.length) {
      this.bytes = enlarge(this.bytes, new Uint8Array(Math.max(end, this.bytes.length * 2)));
    }
    if (this.size === this.ends.length) this.ends = enlarge(this.ends, new Uint32Array(this.size * 2));
    Buffer.from(this.bytes.buffer).write(text, start);
    this.ends[this.size++] = end;
  }

  pick(numbers: Uint32Array): Extract<ColumnVector, { kind: 'string' }> {
    const { ends } = this;
    const offsets = new Uint32Array(numbers.length + 1);
    let length = 0;
    for (let row = 0; row < numbers.length; row++) {
      const number = numbers[row]!;
      if (number > 0) length += ends[number]! - ends[number - 1]!;
      offsets[row + 1] = length;
    }
    const bytes = new Uint8Array(length);
    for (let row = 0; row < numbers.length; row++) {
      const number = numbers[row]!;
      if (number > 0) this.copy(ends[number - 1]!, ends[number]!, bytes, offsets[row]!);
    }
    return { kind: 'string', bytes, offsets };
  }

  private copy(start: number, end: number, target: Uint8Array, offset: number): void {
    const { bytes } = this;
    if (end - start > SHORT_BYTES) target.set(bytes.subarray(start, end), offset);
    else for (let at = start, to = offset; at < end; ) target[to++] = bytes[at++]!;
  }
}
