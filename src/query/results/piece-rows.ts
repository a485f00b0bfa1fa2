/** Rows of text laid end to end from the pieces of their cells: what `json`, `jsonl` and `csv` have in common. */
import type { Block, BlockColumn } from '../../engine/native/block.ts';
import type { ResultColumn } from '../types.ts';
import type { ByteSink } from './byte-sink.ts';
import { CHUNK_BYTES, FIRST_CHUNK_BYTES } from './chunk.ts';
import { DoubleRun } from './double-run.ts';
import { PieceArena } from './piece-arena.ts';
import { type ColumnKey, PieceColumn } from './piece-column.ts';
import { PieceRun } from './piece-run.ts';
import { SLICE_ROWS } from './slice.ts';

const COMMA = 44;
const NEWLINE = 10;
const OPEN = 123;
const CLOSE = 125;
const QUOTE = 34;

/** The arena is emptied between two slices when it has more. */
const ARENA_BYTES = 256 * 1024;
/** What may be written after a piece without a look at the room: the rest of its last word, the row's end. */
const MARGIN_BYTES = 8;

export interface RowStyle {
  readonly cells: 'json' | 'csv';
  /** By column: what stands before a value, and what stands for a null. JSON's first comma becomes a brace. */
  readonly keys: readonly ColumnKey[];
  /** A comma before each row, or a newline after it. */
  readonly rows: 'array' | 'lines';
}

/** A block, or the text of rows that was laid by another thread and is not empty. */
export type Rows = Block | Uint8Array;

/** What has one place in each row: a column, or several side by side. */
type RowPart = PieceColumn | PieceRun | DoubleRun;

interface RowParts {
  readonly filled: readonly RowPart[];
  /** By `~place`: what writes into the row itself. */
  readonly writers: readonly (PieceColumn | DoubleRun)[];
}

/** A slice of rows: the places of their cells row by row, `width` for each. */
interface Slice {
  readonly places: Int32Array;
  readonly width: number;
  readonly words: Int32Array;
  readonly writers: RowParts['writers'];
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

  /** Writes rows into the sink; yields what is in it after each one with which it has a chunk. */
  *write(rows: Rows): Generator<Uint8Array> {
    if (!(rows instanceof Uint8Array)) yield* this.writeBlock(rows);
    else {
      if (this.sink.position > 0) yield this.sink.take();
      yield rows;
    }
  }

  private *writeBlock(block: Block): Generator<Uint8Array> {
    const { arena, sink, style } = this;
    arena.reset();
    const { filled, writers } = this.partsOf(block);
    const width = filled.length;
    const places = this.placesFor(Math.min(block.rows, SLICE_ROWS) * width);
    for (let base = 0; base < block.rows; base += SLICE_ROWS) {
      if (arena.sink.position > ARENA_BYTES) {
        arena.reset();
        for (const part of filled) part.forget();
      }
      const rows = Math.min(SLICE_ROWS, block.rows - base);
      for (let index = 0; index < width; index++)
        filled[index]!.fill(places, index, width, base, base + rows);
      const slice = { places, width, words: arena.words(), writers, base, rows };
      for (let row = 0; row < rows; ) {
        row = layRows(sink, style, slice, row, this.chunkBytes);
        if (sink.position < this.chunkBytes) continue;
        yield sink.take();
        this.chunkBytes = CHUNK_BYTES;
      }
    }
  }

  private partsOf(block: Block): RowParts {
    const { arena, sink, style } = this;
    const filled: RowPart[] = [];
    const writers: (PieceColumn | DoubleRun)[] = [];
    for (let from = 0, to = 0; from < this.columns.length; from = to) {
      to = endOfKind(block.columns, from);
      const columns = block.columns.slice(from, to);
      const keys = style.keys.slice(from, to);
      if (columns[0]!.vector.kind === 'float64') {
        const floats = style.cells === 'json' ? 'json' : 'text';
        const run = new DoubleRun(sink, floats, columns, block.rows, keys, ~writers.length);
        writers.push(run);
        filled.push(run);
        continue;
      }
      const members = columns.map((column, index) => {
        const parts = { arena, rows: sink, style: style.cells, place: ~writers.length, ...keys[index]! };
        const member = new PieceColumn(parts, this.columns[from + index]!.type, column);
        writers.push(member);
        return member;
      });
      const tags = columns.flatMap(({ vector }) => (vector.kind === 'dictionary' ? [vector.indexes] : []));
      const run = tags.length > 1 ? PieceRun.of(arena, members, tags, block.rows) : undefined;
      filled.push(...(run === undefined ? members : [run]));
    }
    return { filled, writers };
  }

  private placesFor(count: number): Int32Array {
    if (this.places.length < count) this.places = new Int32Array(count);
    return this.places;
  }
}

/** Where the tags or doubles that begin at `from` end; any other column stands alone. */
function endOfKind(columns: readonly BlockColumn[], from: number): number {
  const { kind } = columns[from]!.vector;
  let to = from + 1;
  if (kind === 'dictionary' || kind === 'float64')
    while (to < columns.length && columns[to]!.vector.kind === kind) to++;
  return to;
}

/** Lays the rows of a slice from `from` on, up to the one with which the sink is full; the row to go on with. */
function layRows(
  sink: ByteSink,
  { cells, rows }: RowStyle,
  slice: Slice,
  from: number,
  chunkBytes: number,
): number {
  const { places, width, words, writers, base } = slice;
  const isObject = cells === 'json';
  const isArray = rows === 'array';
  sink.reserve(MARGIN_BYTES);
  let { buffer, position } = sink;
  let { data } = sink;
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
        writers[~place]!.write(base + row);
        position = sink.position;
      }
      if (end > room || position > room || buffer !== sink.buffer) {
        sink.position = position;
        sink.reserve(Math.max(end - position, 0) + MARGIN_BYTES);
        buffer = sink.buffer;
        data = sink.data;
        room = buffer.length - MARGIN_BYTES;
      }
      if (place < 0) continue;
      for (; position < end; position += 4) data.setInt32(position, words[++place]!, true);
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
