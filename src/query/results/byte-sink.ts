/** A growing byte buffer: encoders append to it and hand it over chunk by chunk. */
export class ByteSink {
  buffer: Buffer;
  /** Of `buffer`. */
  data: DataView;
  position = 0;
  private readonly nextCapacity: number;

  /** In bytes, what the first buffer and each later one start with. */
  constructor(capacity: number, nextCapacity = capacity) {
    this.nextCapacity = nextCapacity;
    this.buffer = Buffer.allocUnsafe(capacity);
    this.data = viewOf(this.buffer);
  }

  /** Makes room for `length` more bytes: needed before writing to `buffer` directly. */
  reserve(length: number): void {
    const needed = this.position + length;
    if (needed <= this.buffer.length) return;
    const grown = Buffer.allocUnsafe(Math.max(needed, this.buffer.length * 2));
    this.buffer.copy(grown, 0, 0, this.position);
    this.replace(grown);
  }

  byte(value: number): void {
    this.reserve(1);
    this.buffer[this.position++] = value;
  }

  /** Text of code points below 256. */
  ascii(text: string): void {
    const length = text.length;
    this.reserve(length);
    const { buffer } = this;
    let { position } = this;
    for (let index = 0; index < length; index++) buffer[position++] = text.charCodeAt(index);
    this.position = position;
  }

  utf8(text: string): void {
    this.reserve(text.length * 3);
    this.position += this.buffer.write(text, this.position, 'utf8');
  }

  /** Copies `[from, to)` of `source`. */
  bytes(source: Uint8Array, from: number, to: number): void {
    const length = to - from;
    this.reserve(length);
    const { buffer, position } = this;
    if (length < 24)
      for (let index = 0; index < length; index++) buffer[position + index] = source[from + index]!;
    else buffer.set(source.subarray(from, to), position);
    this.position = position + length;
  }

  /** What was written so far; what is written after the next `reset` overwrites it. */
  view(): Buffer {
    return this.buffer.subarray(0, this.position);
  }

  reset(): void {
    this.position = 0;
  }

  /** What was written so far; the sink starts afresh, and the receiver owns the bytes. */
  take(): Buffer {
    const taken = this.view();
    this.replace(Buffer.allocUnsafe(this.nextCapacity));
    this.position = 0;
    return taken;
  }

  private replace(buffer: Buffer): void {
    this.buffer = buffer;
    this.data = viewOf(buffer);
  }
}

function viewOf({ buffer, byteOffset, length }: Buffer): DataView {
  return new DataView(buffer, byteOffset, length);
}
