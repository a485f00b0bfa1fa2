/** Marks: where the granules of a part begin in a file. */
import { unpackBlocks } from './compressed-block.ts';
import { MalformedPart } from './malformed.ts';

/** Granules are numbered from 0, streams from 0 in the order in which they lie in the file. */
export class Marks {
  readonly granules: number;
  private readonly view: DataView;
  private readonly streams: number;
  private readonly markBytes: number;

  /** `bytes` is the file of the marks, packed. A file of one column has one stream. */
  constructor(bytes: Uint8Array, streams: number) {
    const content = unpackFile(bytes);
    this.view = new DataView(content.buffer, content.byteOffset, content.byteLength);
    this.streams = streams;
    this.markBytes = streams * 16 + 8;
    // The last one is where everything ends.
    this.granules = content.length / this.markBytes - 1;
    if (!Number.isInteger(this.granules) || this.granules < 0 || this.rows(this.granules) !== 0)
      throw new MalformedPart('the marks are not as they were expected');
  }

  rows(granule: number): number {
    return this.number(granule * this.markBytes + this.streams * 16);
  }

  /** Of the block in the file. */
  block(granule: number, stream: number): number {
    return this.number(granule * this.markBytes + stream * 16);
  }

  /** Within what is packed in the block. */
  within(granule: number, stream: number): number {
    return this.number(granule * this.markBytes + stream * 16 + 8);
  }

  /** Where the block after the one in which the stream's granule ends begins; `size` is the file's. */
  end(granule: number, stream: number, size: number): number {
    let next = stream + 1 < this.streams ? stream + 1 : 0;
    let at = next === 0 ? granule + 1 : granule;
    const last = this.block(at, next);
    if (this.within(at, next) === 0) return last;
    // Some of it is in that block.
    while (at < this.granules) {
      next++;
      if (next === this.streams) {
        next = 0;
        at++;
      }
      const block = this.block(at, next);
      if (block > last) return block;
    }
    return size;
  }

  private number(at: number): number {
    return this.view.getUint32(at, true) + this.view.getUint32(at + 4, true) * 2 ** 32;
  }
}

/** What is packed in the blocks of a whole file. */
export function unpackFile(bytes: Uint8Array): Uint8Array {
  const pieces = Array.from(unpackBlocks(bytes), ({ content }) => content);
  return pieces.length === 1 ? pieces[0]! : Buffer.concat(pieces);
}
