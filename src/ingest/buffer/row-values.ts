/** The values of a chunk's rows, row by row, and how they become columns. */
import { release } from '../../platform/release.ts';
import type { Turns } from '../../platform/turns.ts';
import { type ColumnSource, regrow, type FieldColumn, grown, MANY_ROWS } from '../field-column.ts';
import type { RowShape } from '../field-layout.ts';
import { STRING } from '../lineprotocol/scanner.ts';
import { fillColumn } from '../row-run.ts';
import type { RowRange } from '../row-range.ts';

/** A view costs more than the copy of a few values. */
const FEW_WORDS = 48;
const MANY_WORDS = MANY_ROWS * 16;
const MANY_BYTES = 16 * 2 ** 20;
const RUN_BYTES = 24;
/** So many rows stay in the cache while column after column is taken out of them. */
const BLOCK_ROWS = 256;
/** Of their strings, that are copied in one go. */
const BLOCK_STRING_BYTES = 65_536;
const NO_BYTES = new Uint8Array(0);

export class RowValues {
  /** Strings are ranges of `strings`. */
  private buffer: Int32Array;
  private used = 0;
  private strings: Uint8Array = NO_BYTES;
  private stringBytes = 0;
  /** Runs of rows with one shape: the first row of each, where its values begin, and the shape. */
  private readonly runRows: number[] = [];
  private readonly runStarts: number[] = [];
  private readonly runShapes: RowShape[] = [];
  private lastShape: RowShape | null = null;
  /** Whose names are known. */
  private readonly shapes = new Set<RowShape>();
  private readonly names = new Set<string>();

  /** Has room for so many words before it grows. */
  constructor(words: number) {
    this.buffer = new Int32Array(words);
  }

  /** Fields that any of the rows would have with these. */
  fieldsWith({ store, first, last }: RowRange): number {
    const more = new Set<string>();
    let previous: RowShape | null = null;
    for (let row = first; ; row = store.next[row]!) {
      const shape = store.shapes[row]!;
      if (shape !== previous && !this.shapes.has(shape)) {
        for (const name of shape.layout.names) if (!this.names.has(name)) more.add(name);
      }
      previous = shape;
      if (row === last) return this.names.size + more.size;
    }
  }

  /** Words of the values. */
  get words(): number {
    return this.used;
  }

  /** Memory of the values, roughly. */
  get bytes(): number {
    return this.used * 4 + this.stringBytes + this.runRows.length * RUN_BYTES;
  }

  reset(): void {
    this.used = 0;
    this.stringBytes = 0;
    this.runRows.length = 0;
    this.runStarts.length = 0;
    this.runShapes.length = 0;
    this.lastShape = null;
    this.shapes.clear();
    this.names.clear();
  }

  /** Gives the memory back: nobody needs the rows any more. */
  release(): void {
    release(this.buffer);
    release(this.strings);
  }

  /** Takes a request's rows as those from `row` on. */
  take({ store, first, last, rows }: RowRange, row: number): void {
    const { shapes, starts, next, words, body } = store;
    let to = row;
    if (last - first + 1 !== rows) {
      for (let from = first; to < row + rows; from = next[from]!) {
        this.takeRun(shapes[from]!, to++, words, starts[from]!, 1, body);
      }
      return;
    }
    for (let from = first; from <= last; ) {
      const start = from;
      const shape = shapes[from]!;
      while (from <= last && shapes[from] === shape) from++;
      this.takeRun(shape, to, words, starts[start]!, from - start, body);
      to += from - start;
    }
  }

  /** Takes rows of one shape that lie end to end, as those from `row` on. */
  private takeRun(
    shape: RowShape,
    row: number,
    words: Int32Array,
    start: number,
    count: number,
    body: Uint8Array,
  ): void {
    const { used } = this;
    const length = shape.width * count;
    const end = used + length;
    if (end > this.buffer.length) {
      this.buffer = regrow(this.buffer, new Int32Array(grown(this.buffer.length, end, MANY_WORDS)));
    }
    const { buffer } = this;
    if (length > FEW_WORDS) buffer.set(words.subarray(start, start + length), used);
    else for (let word = 0; word < length; word++) buffer[used + word] = words[start + word]!;
    if (shape !== this.lastShape) {
      this.lastShape = shape;
      this.runRows.push(row);
      this.runStarts.push(used);
      this.runShapes.push(shape);
      if (!this.shapes.has(shape)) {
        this.shapes.add(shape);
        for (const name of shape.layout.names) this.names.add(name);
      }
    }
    this.used = end;
    if (shape.hasStrings) this.takeStrings(shape, used, body);
  }

  /** Copies the strings of the rows from this word on: the body will be gone. */
  private takeStrings(shape: RowShape, start: number, body: Uint8Array): void {
    const { buffer, used } = this;
    const { offsets, width, layout } = shape;
    this.reserveStrings(shape, start);
    let place = this.stringBytes;
    for (let field = 0; field < offsets.length; field++) {
      if (layout.kinds[field] !== STRING) continue;
      for (let at = start + offsets[field]!; at < used; at += width) {
        // Complemented where there are escapes, which stay.
        const stop = buffer[at + 1]!;
        const end = this.copyString(body, buffer[at]!, stop < 0 ? ~stop : stop, place);
        buffer[at] = place;
        buffer[at + 1] = stop < 0 ? ~end : end;
        place = end;
      }
    }
    this.stringBytes = place;
  }

  /** Once for all of the rows: megabytes of them are not copied again and again. */
  private reserveStrings({ offsets, width, layout }: RowShape, start: number): void {
    const { buffer, used } = this;
    let needed = this.stringBytes;
    for (let field = 0; field < offsets.length; field++) {
      if (layout.kinds[field] !== STRING) continue;
      for (let at = start + offsets[field]!; at < used; at += width) needed += lengthAt(buffer, at);
    }
    if (needed <= this.strings.length) return;
    const size = grown(this.strings.length, Math.max(needed, 256), MANY_BYTES);
    this.strings = regrow(this.strings, new Uint8Array(size));
  }

  private copyString(body: Uint8Array, start: number, end: number, place: number): number {
    const { strings } = this;
    // A call costs more than the copy of a few bytes.
    if (end - start < 32) for (let byte = start, to = place; byte < end; ) strings[to++] = body[byte++]!;
    else strings.set(body.subarray(start, end), place);
    return place + end - start;
  }

  /** How many rows of a shape, of which the first begins at this word, become columns in one go. */
  private blockRows({ layout, offsets, width, hasStrings }: RowShape, start: number, rows: number): number {
    const most = Math.min(BLOCK_ROWS, rows);
    if (!hasStrings) return most;
    const { buffer } = this;
    let bytes = 0;
    for (let row = 0; row < most; row++) {
      for (let field = 0; field < offsets.length; field++) {
        if (layout.kinds[field] !== STRING) continue;
        bytes += lengthAt(buffer, start + row * width + offsets[field]!);
      }
      if (bytes >= BLOCK_STRING_BYTES) return row + 1;
    }
    return most;
  }

  /** The fields of all rows by columns, made from spare ones where there are any. Lets others run now and then. */
  async columns(rows: number, spares: ColumnSource, turns: Turns): Promise<Map<string, FieldColumn>> {
    const made = new Map<string, FieldColumn>();
    const column = (name: string, layout: RowShape['layout'], field: number): FieldColumn => {
      let known = made.get(name);
      if (known === undefined) {
        known = spares.takeColumn(name, layout.types[field]!, rows);
        made.set(name, known);
      }
      return known;
    };
    const byShape = new Map<RowShape, readonly FieldColumn[]>();
    for (let run = 0; run < this.runRows.length; run++) {
      const first = this.runRows[run]!;
      const end = this.runRows[run + 1] ?? rows;
      const shape = this.runShapes[run]!;
      const { layout, width } = shape;
      let columns = byShape.get(shape);
      if (columns === undefined) {
        columns = layout.names.map((name, field) => column(name, layout, field));
        byShape.set(shape, columns);
      }
      for (let row = first, count = 0; row < end; row += count) {
        const start = this.runStarts[run]! + (row - first) * width;
        count = this.blockRows(shape, start, end - row);
        const block = { shape, words: this.buffer, start, count, bytes: this.strings };
        for (let field = 0; field < columns.length; field++) {
          fillColumn(columns[field]!, field, block, row);
          // A field's may be megabytes.
          if (shape.hasStrings && turns.isOver) await turns.goOn();
        }
        if (turns.isOver) await turns.goOn();
      }
    }
    return made;
  }
}

/** Of a string's bytes, whose range stands there. */
function lengthAt(words: Int32Array, at: number): number {
  const stop = words[at + 1]!;
  return (stop < 0 ? ~stop : stop) - words[at]!;
}
