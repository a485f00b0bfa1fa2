/**
 * Accepted rows of one request, whichever tables they go to, in the order of its lines and value by value: a
 * request to hundreds of tables would else write each line to columns that no cache holds. Stores are used again
 * (`rows-pool.ts`) once the rows are in the tables' buffers: nobody may keep them beyond that.
 */
import { release } from '../platform/release.ts';
import { grown, MANY_ROWS, regrow } from './field-column.ts';
import type { FieldLayout, RowShape } from './field-layout.ts';
import { BOOLEAN, FLOAT, type LineScanner, STRING } from './lineprotocol/scanner.ts';
import type { SeriesKeys } from './lineprotocol/series-keys.ts';
import { writeFloat } from './row-run.ts';

/** Of one store: what grows beyond that copies for milliseconds. Rows that are behind it lie in another store. */
const MAXIMUM_ROWS = 2 ** 16;
const MAXIMUM_WORDS = 2 ** 20;

export const NO_BODY = new Uint8Array(0);
const INITIAL_ROWS = 16;
const INITIAL_WORDS = 128;

type Values = Pick<LineScanner, 'kind' | 'low' | 'high' | 'float' | 'stringEscaped'>;
type Line = Values & Pick<LineScanner, 'key' | 'seriesKeys'>;

export class RequestRows {
  rows = 0;
  /** What strings are ranges of. */
  body: Uint8Array = NO_BODY;
  /** What `keys` are among; null while there are no rows. */
  seriesKeys: SeriesKeys | null = null;
  keys = new Int32Array(INITIAL_ROWS);
  /** By row; nothing beyond the rows. */
  readonly shapes: (RowShape | undefined)[] = [];
  /** Low and high half of row i at 2i and 2i + 1. */
  times = new Int32Array(INITIAL_ROWS * 2);
  /** Where each row's values begin. */
  starts = new Int32Array(INITIAL_ROWS);
  /** The next row of the same table. */
  next = new Int32Array(INITIAL_ROWS);
  words = new Int32Array(INITIAL_WORDS);
  private used = 0;

  /** Forgets the rows and keeps the memory, but not what caches may forget meanwhile. */
  begin(body: Uint8Array): void {
    this.seriesKeys = null;
    this.shapes.fill(undefined, 0, this.rows);
    this.body = body;
    this.rows = 0;
    this.used = 0;
  }

  /** Gives the memory back: nobody needs the rows any more, and none will be added. */
  release(): void {
    for (const array of [this.keys, this.times, this.starts, this.next, this.words]) release(array);
  }

  /** Has a place for one more row, whose key is among these. */
  takes(keys: SeriesKeys): boolean {
    if (this.rows === 0) return true;
    return this.seriesKeys === keys && this.rows < MAXIMUM_ROWS && this.used < MAXIMUM_WORDS;
  }

  /** Memory, roughly. */
  get bytes(): number {
    return this.words.byteLength + this.starts.length * 28 + 500;
  }

  /** Adds a row with the values of the staged line; returns its number. */
  add(line: Line, low: number, high: number, layout: FieldLayout): number {
    const row = this.rows++;
    this.seriesKeys = line.seriesKeys;
    if (row === this.starts.length) this.grow();
    this.keys[row] = line.key;
    this.times[row * 2] = low;
    this.times[row * 2 + 1] = high;
    const start = this.used;
    this.starts[row] = start;
    if (start + layout.wide.width > this.words.length) {
      const needed = start + layout.wide.width;
      this.words = regrow(this.words, new Int32Array(grown(this.words.length, needed, MANY_ROWS * 16)));
    }
    const shape = this.put(start, layout, line, true) ? layout.narrow : layout.wide;
    if (shape === layout.wide) this.put(start, layout, line, false);
    this.shapes[row] = shape;
    this.used = start + shape.width;
    return row;
  }

  /** False: a whole number does not fit into one word. */
  private put(start: number, { kinds }: FieldLayout, values: Values, isNarrow: boolean): boolean {
    const { words } = this;
    const { low, high } = values;
    let at = start;
    for (let field = 0; field < kinds.length; field++) {
      const kind = kinds[field]!;
      const value = low[field]!;
      if (kind === FLOAT) {
        writeFloat(words, at, values.float[field]!);
        at += 2;
      } else if (kind === STRING) {
        words[at++] = value;
        // Complemented: it has escapes.
        words[at++] = values.stringEscaped[field] === 1 ? ~high[field]! : high[field]!;
      } else if (kind === BOOLEAN) words[at++] = value;
      else if (isNarrow) {
        if (high[field] !== value >> 31) return false;
        words[at++] = value;
      } else {
        words[at++] = value;
        words[at++] = high[field]!;
      }
    }
    return true;
  }

  private grow(): void {
    const capacity = grown(this.starts.length, this.rows, MANY_ROWS);
    this.keys = regrow(this.keys, new Int32Array(capacity));
    this.times = regrow(this.times, new Int32Array(capacity * 2));
    this.starts = regrow(this.starts, new Int32Array(capacity));
    this.next = regrow(this.next, new Int32Array(capacity));
  }
}
