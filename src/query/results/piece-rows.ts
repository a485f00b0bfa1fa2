/** Rows of text laid end to end from the pieces of their cells: what `json`, `jsonl` and `csv` have in common. */
import type { Block } from '../../engine/native/block.ts';
import type { ResultColumn } from '../types.ts';
import type { ByteSink } from './byte-sink.ts';
import { CHUNK_BYTES, FIRST_CHUNK_BYTES } from './chunk.ts';
import { PieceArena } from './piece-arena.ts';
import { PieceColumn } from './piece-column.ts';
import { PieceRun } from './piece-run.ts';

const COMMA = 44;
const NEWLINE = 10;
const OPEN = 123;
const CLOSE = 125;
const QUOTE = 34;

/** So many rows are in pieces at once: few enough to stay near the processor. */
const SLICE_ROWS = 256;
/** The arena is emptied between two slices when it has more. */
const ARENA_BYTES = 256 * 1024;
/** What may be written after a piece without a look at the room: the rest of its last word, the row's end. */
const MARGIN_BYTES = 8;

export interface RowStyle {
  readonly cells: 'json' | 'csv';
  /** By column: what stands before a value, and what stands for a null. JSON's first comma becomes a brace. */
  readonly keys: readonly { readonly key: Uint8Array; readonly nullKey: Uint8Array }[];
  /** A comma before each row, or a newline after it. */
  readonly rows: 'array' | 'lines';
}

/** A slice of rows: the places of their cells row by row, `width` for each. */
interface Slice {
  readonly places: Int32Array;
  readonly width: number;
  readonly words: Int32Array;
  readonly columns: readonly PieceColumn[];
  /** The row of the block with which it begins. */
  readonly base: number;
  readonly rows: number;
}

export class PieceRows {
  private readonly columns: readonly ResultColumn[];
  private readonly style: RowStyle;
  private readonly sink: ByteSink;
  private readonly arena = new PieceArena();
  private places = new Int32Array(0);
  private chunkBytes = FIRST_CHUNK_BYTES;

  constructor(columns: readonly ResultColumn[], style: RowStyle, sink: ByteSink) {
    this.columns = columns;
    this.style = style;
    this.sink = sink;
  }

  /** Writes the rows of a block; yields after each one with which the sink has a chunk, for the caller to take. */
  *write(block: Block): Generator<void> {
    const { arena, sink, style } = this;
    arena.reset();
    const columns = this.columns.map(({ type }, index) => {
      const parts = { arena, rows: sink, style: style.cells, index, ...style.keys[index]! };
      return new PieceColumn(parts, type, block.columns[index]!);
    });
    const filled = this.joined(block, columns);
    const width = filled.length;
    const places = this.placesFor(Math.min(block.rows, SLICE_ROWS) * width);
    for (let base = 0; base < block.rows; base += SLICE_ROWS) {
      if (arena.sink.position > ARENA_BYTES) {
        arena.reset();
        for (const column of columns) column.forget();
      }
      const rows = Math.min(SLICE_ROWS, block.rows - base);
      for (let index = 0; index < width; index++)
        filled[index]!.fill(places, index, width, base, base + rows);
      const slice = { places, width, words: arena.words(), columns, base, rows };
      for (let row = 0; row < rows; ) {
        row = layRows(sink, style, slice, row, this.chunkBytes);
        if (sink.position < this.chunkBytes) continue;
        yield;
        this.chunkBytes = CHUNK_BYTES;
      }
    }
  }

  /** What has one place in each row: a column, or several tags side by side. */
  private joined(block: Block, columns: readonly PieceColumn[]): (PieceColumn | PieceRun)[] {
    const joined: (PieceColumn | PieceRun)[] = [];
    for (let index = 0; index < columns.length; ) {
      const tags: Uint32Array[] = [];
      for (; index + tags.length < columns.length; ) {
        const { vector } = block.columns[index + tags.length]!;
        if (vector.kind !== 'dictionary') break;
        tags.push(vector.indexes);
      }
      const end = index + Math.max(1, tags.length);
      const members = columns.slice(index, end);
      const run = tags.length > 1 ? PieceRun.of(this.arena, members, tags, block.rows) : undefined;
      joined.push(...(run === undefined ? members : [run]));
      index = end;
    }
    return joined;
  }

  private placesFor(count: number): Int32Array {
    if (this.places.length < count) this.places = new Int32Array(count);
    return this.places;
  }
}

/** Lays the rows of a slice from `from` on, up to the one with which the sink is full; the row to go on with. */
function layRows(
  sink: ByteSink,
  { cells, rows }: RowStyle,
  slice: Slice,
  from: number,
  chunkBytes: number,
): number {
  const { places, width, words, columns, base } = slice;
  const isObject = cells === 'json';
  const isArray = rows === 'array';
  sink.reserve(MARGIN_BYTES);
  let { buffer, position } = sink;
  let view = new DataView(buffer.buffer, buffer.byteOffset, buffer.length);
  let room = buffer.length - MARGIN_BYTES;
  let row = from;
  let cell = row * width;
  for (; row < slice.rows && position < chunkBytes; row++) {
    if (isArray) buffer[position++] = COMMA;
    const start = position;
    for (const rowEnd = cell + width; cell < rowEnd; cell++) {
      let place = places[cell]!;
      const end = place < 0 ? position : position + words[place]!;
      if (place < 0) {
        sink.position = position;
        columns[~place]!.write(base + row);
        position = sink.position;
      }
      if (end > room || position > room || buffer !== sink.buffer) {
        sink.position = position;
        sink.reserve(Math.max(end - position, 0) + MARGIN_BYTES);
        buffer = sink.buffer;
        view = new DataView(buffer.buffer, buffer.byteOffset, buffer.length);
        room = buffer.length - MARGIN_BYTES;
      }
      if (place < 0) continue;
      for (; position < end; position += 4) view.setInt32(position, words[++place]!, true);
      position = end;
    }
    if (isObject) {
      if (position === start) position++;
      buffer[start] = OPEN;
      buffer[position++] = CLOSE;
    } else if (position === start) {
      // A record of one empty field would be an empty line, which readers skip: it is written as "".
      buffer[position++] = QUOTE;
      buffer[position++] = QUOTE;
    }
    if (!isArray) buffer[position++] = NEWLINE;
  }
  sink.position = position;
  return row;
}
