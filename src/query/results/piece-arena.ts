/**
 * Pieces of text in one growing memory: what a cell of a row looks like, its key and separator included. A piece is
 * named by its place, and starts at a word, so that rows are laid from pieces word by word and not byte by byte.
 */
import { ByteSink } from './byte-sink.ts';

const WORD_BYTES = 4;
const INITIAL_BYTES = 8192;

export class PieceArena {
  /** Where the text of the open piece is written to. */
  readonly sink = new ByteSink(INITIAL_BYTES);
  private start = 0;

  constructor() {
    this.reset();
  }

  open(): void {
    const { sink } = this;
    const start = (sink.position + WORD_BYTES - 1) & -WORD_BYTES;
    sink.reserve(start - sink.position + WORD_BYTES);
    this.start = start;
    sink.position = start + WORD_BYTES;
  }

  /** Adds the text of another piece to the open one. */
  append(place: number): void {
    const { sink } = this;
    const from = place * WORD_BYTES;
    const length = sink.buffer.readInt32LE(from);
    sink.bytes(sink.buffer, from + WORD_BYTES, from + WORD_BYTES + length);
  }

  /** Ends the open piece; its place. */
  close(): number {
    const { sink, start } = this;
    const length = sink.position - start - WORD_BYTES;
    sink.buffer[start] = length;
    sink.buffer[start + 1] = length >> 8;
    sink.buffer[start + 2] = length >> 16;
    sink.buffer[start + 3] = length >> 24;
    return start / WORD_BYTES;
  }

  /** At a piece's place its length in bytes, then its text. Until the next piece is written. */
  words(): Int32Array {
    // The last word of the last piece is read whole.
    this.sink.reserve(WORD_BYTES);
    const { buffer } = this.sink;
    return new Int32Array(buffer.buffer, buffer.byteOffset, buffer.length >> 2);
  }

  /** Forgets all pieces. What is at place 0 is empty, and no other piece is there. */
  reset(): void {
    this.sink.reset();
    this.open();
    this.close();
  }
}
