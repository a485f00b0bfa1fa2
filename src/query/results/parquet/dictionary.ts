/**
 * The values of a tag within one row group, each once, and pages of numbers that point to them. Source:
 * Encodings.md of Apache Parquet (`RLE_DICTIONARY`).
 */
import type { ColumnVector } from '../../../engine/native/block.ts';
import type { ByteSink } from '../byte-sink.ts';
import { writeVarint } from './levels.ts';

/** Tags come as texts where the engine had to take them out of their dictionary. */
type TagVector = Extract<ColumnVector, { kind: 'dictionary' | 'string' }>;

const UNKNOWN = 0xffffffff;
/** Shorter runs of one value are packed: a run costs its length and the value. */
const RUN = 8;

export class GroupDictionary {
  private readonly numberOf = new Map<string, number>();
  /** Of the values as UTF-8 at least, without their lengths. */
  bytes = 0;

  get size(): number {
    return this.numberOf.size;
  }

  /** Appends the given rows as numbers of this dictionary, which grows by what it does not have yet. */
  encode(vector: TagVector, rows: Int32Array, sink: ByteSink): void {
    const numberAt = vector.kind === 'string' ? this.addTexts(vector, rows) : this.addIndexed(vector, rows);
    // Enough for the values so far: each page says its own width.
    const width = Math.max(1, 32 - Math.clz32(this.size - 1));
    new RunWriter(numberAt, width, sink).write(rows.length);
  }

  private addIndexed(
    { dictionary, indexes }: Extract<TagVector, { kind: 'dictionary' }>,
    rows: Int32Array,
  ): (at: number) => number {
    const numbers = new Uint32Array(dictionary.length).fill(UNKNOWN);
    for (let at = 0; at < rows.length; at++) {
      const index = indexes[rows[at]!]!;
      if (numbers[index] === UNKNOWN) numbers[index] = this.add(dictionary[index] ?? '');
    }
    return (at) => numbers[indexes[rows[at]!]!]!;
  }

  private addTexts(
    { bytes, offsets }: Extract<TagVector, { kind: 'string' }>,
    rows: Int32Array,
  ): (at: number) => number {
    const numbers = new Uint32Array(rows.length);
    const texts = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    let [from, to] = [0, -1];
    for (let at = 0; at < rows.length; at++) {
      const [start, end] = [offsets[rows[at]!]!, offsets[rows[at]! + 1]!];
      // Most rows have the tag of the row before.
      const isSame = end - start === to - from && texts.compare(texts, from, to, start, end) === 0;
      numbers[at] = isSame ? numbers[at - 1]! : this.add(texts.toString('utf8', start, end));
      [from, to] = [start, end];
    }
    return (at) => numbers[at]!;
  }

  /** The values behind their lengths, in the order of their numbers. */
  plain(): Buffer {
    const parts: Buffer[] = [];
    for (const value of this.numberOf.keys()) {
      const length = Buffer.alloc(4);
      length.writeUInt32LE(Buffer.byteLength(value), 0);
      parts.push(length, Buffer.from(value));
    }
    return Buffer.concat(parts);
  }

  private add(value: string): number {
    let number = this.numberOf.get(value);
    if (number === undefined) {
      number = this.numberOf.size;
      this.numberOf.set(value, number);
      this.bytes += value.length;
    }
    return number;
  }
}

/** The width of a number in bits, then repeated and packed runs. */
class RunWriter {
  private readonly valueAt: (at: number) => number;
  private readonly width: number;
  private readonly sink: ByteSink;

  constructor(valueAt: (at: number) => number, width: number, sink: ByteSink) {
    this.valueAt = valueAt;
    this.width = width;
    this.sink = sink;
  }

  write(length: number): void {
    const { valueAt } = this;
    this.sink.byte(this.width);
    let packedFrom = 0;
    let at = 0;
    while (at < length) {
      const value = valueAt(at);
      let end = at + 1;
      while (end < length && valueAt(end) === value) end++;
      const open = (at - packedFrom) % RUN;
      // Only the last packed run may end within a group of eight.
      if (open > 0) at = Math.min(end, at + RUN - open);
      else if (end - at < RUN) at = end;
      else {
        this.packed(packedFrom, at);
        this.repeated(value, end - at);
        at = end;
        packedFrom = end;
      }
    }
    this.packed(packedFrom, length);
  }

  private repeated(value: number, count: number): void {
    writeVarint(this.sink, count * 2);
    for (let shift = 0; shift < this.width; shift += 8) this.sink.byte((value >>> shift) & 0xff);
  }

  private packed(from: number, to: number): void {
    if (from === to) return;
    const { width, sink, valueAt } = this;
    const groups = Math.ceil((to - from) / RUN);
    writeVarint(sink, groups * 2 + 1);
    sink.reserve(groups * width);
    const { buffer, position } = sink;
    buffer.fill(0, position, position + groups * width);
    let bit = position * 8;
    for (let at = from; at < to; at++, bit += width) {
      const value = valueAt(at);
      for (let done = 0; done < width; ) {
        const place = (bit + done) & 7;
        buffer[(bit + done) >>> 3]! |= ((value >>> done) << place) & 0xff;
        done += 8 - place;
      }
    }
    sink.position += groups * width;
  }
}
