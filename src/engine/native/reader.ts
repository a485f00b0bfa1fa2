/** A cursor over bytes, little endian. Typed arrays are copied out where the bytes are not aligned. */
import type { ColumnVector } from './block.ts';

/** A mark of byte order at the beginning of a text is one of its characters. */
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

export class ByteReader {
  private readonly data: Uint8Array;
  private at = 0;

  constructor(data: Uint8Array) {
    this.data = data;
  }

  get atEnd(): boolean {
    return this.at >= this.data.length;
  }

  /** Bytes that were read. */
  get position(): number {
    return this.at;
  }

  varUint(): number {
    let value = 0;
    let scale = 1;
    for (;;) {
      const byte = this.data[this.at++];
      if (byte === undefined) throw new RangeError('a Native block ends in the middle');
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
      scale *= 0x80;
    }
  }

  uint64(): bigint {
    const view = new DataView(this.data.buffer, this.data.byteOffset + this.at, 8);
    this.at += 8;
    return view.getBigUint64(0, true);
  }

  bytes(length: number): Uint8Array {
    if (this.at + length > this.data.length) throw new RangeError('a Native block ends in the middle');
    const slice = this.data.subarray(this.at, this.at + length);
    this.at += length;
    return slice;
  }

  string(): string {
    return decoder.decode(this.bytes(this.varUint()));
  }

  strings(rows: number): ColumnVector {
    const offsets = new Uint32Array(rows + 1);
    const start = this.at;
    for (let row = 0; row < rows; row++) {
      const length = this.varUint();
      this.at += length;
      offsets[row + 1] = offsets[row]! + length;
    }
    if (this.at > this.data.length) throw new RangeError('a Native block ends in the middle');
    const bytes = new Uint8Array(offsets[rows]!);
    const { data } = this;
    let at = start;
    for (let row = 0; row < rows; row++) {
      while (data[at]! >= 0x80) at++;
      at++;
      const to = offsets[row]!;
      const length = offsets[row + 1]! - to;
      // Short strings are copied by hand: a call costs more than their bytes.
      if (length <= 32) for (let byte = 0; byte < length; byte++) bytes[to + byte] = data[at + byte]!;
      else bytes.set(data.subarray(at, at + length), to);
      at += length;
    }
    return { kind: 'string', bytes, offsets };
  }

  /** ClickHouse stores ends; ours has the leading 0 too. */
  offsets(rows: number): Uint32Array {
    const ends = new BigUint64Array(this.aligned(rows * 8));
    const offsets = new Uint32Array(rows + 1);
    for (let row = 0; row < rows; row++) offsets[row + 1] = Number(ends[row]);
    return offsets;
  }

  /** `width`: 0 = one byte, 1 = two, 2 = four, 3 = eight. */
  indexes(width: number, count: number): Uint32Array {
    if (width === 0) return new Uint32Array(this.bytes(count));
    if (width === 1) return new Uint32Array(new Uint16Array(this.aligned(count * 2)));
    if (width === 2) return new Uint32Array(this.aligned(count * 4));
    return Uint32Array.from(new BigUint64Array(this.aligned(count * 8)), Number);
  }

  scalars(name: string, rows: number): ColumnVector {
    switch (name) {
      case 'uint8':
        return { kind: 'uint8', values: this.bytes(rows) };
      case 'int8':
        return { kind: 'int8', values: new Int8Array(this.aligned(rows)) };
      case 'uint16':
        return { kind: 'uint16', values: new Uint16Array(this.aligned(rows * 2)) };
      case 'int16':
        return { kind: 'int16', values: new Int16Array(this.aligned(rows * 2)) };
      case 'uint32':
        return { kind: 'uint32', values: new Uint32Array(this.aligned(rows * 4)) };
      case 'int32':
        return { kind: 'int32', values: new Int32Array(this.aligned(rows * 4)) };
      case 'uint64':
        return new WideVector('uint64', this.bytes(rows * 8), BigUint64Array);
      case 'int64':
        return new WideVector('int64', this.bytes(rows * 8), BigInt64Array);
      case 'float32':
        return { kind: 'float32', values: new Float32Array(this.aligned(rows * 4)) };
      case 'float64':
        return new WideVector('float64', this.bytes(rows * 8), Float64Array);
    }
    throw new TypeError(`unknown scalar ${name}`);
  }

  private aligned(length: number): ArrayBuffer {
    return alignedCopy(this.bytes(length));
  }
}

function alignedCopy(bytes: Uint8Array): ArrayBuffer {
  // A copy through the constructor: `slice` of a Buffer would be a view of the same memory.
  return new Uint8Array(bytes).buffer;
}

/** Eight bytes a value, copied to where they are aligned only when somebody wants them as numbers. */
class WideVector<Kind, Values> {
  readonly kind: Kind;
  readonly raw: Uint8Array;
  private readonly Type: new (
    buffer: ArrayBuffer,
  ) => Values;
  private made: Values | undefined;

  constructor(kind: Kind, raw: Uint8Array, Type: new (buffer: ArrayBuffer) => Values) {
    this.kind = kind;
    this.raw = raw;
    this.Type = Type;
  }

  get values(): Values {
    this.made ??= new this.Type(alignedCopy(this.raw));
    return this.made;
  }
}
