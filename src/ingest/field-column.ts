/** A field of a table as a growing, dense column: the shape in which it is parsed, buffered and encoded. */
import type { FieldType } from '../catalog/records.ts';
import { release } from '../platform/release.ts';
import { unescapeString } from './lineprotocol/text.ts';

// Most columns of small writes are as good as empty: what a type does not use is shared.
const EMPTY_BYTES = new Uint8Array(0);
const EMPTY_FLOATS = new Float64Array(0);
const EMPTY_HALVES = new Int32Array(0);
const EMPTY_ENDS = new Uint32Array(0);

export interface ColumnSource {
  /** One without values, with room for so many rows. */
  takeColumn(name: string, type: FieldType, rows: number): FieldColumn;
}

export class FieldColumn {
  name: string;
  readonly type: FieldType;
  /** 1 = the row has a value. Rows beyond what was written have none. */
  present: Uint8Array;
  floats: Float64Array;
  /** Integers of both kinds: low and high half of row i at 2i and 2i + 1. */
  halves: Int32Array;
  booleans: Uint8Array;
  /** Strings: bytes end to end, and where each row's end; rows from `filled` on are not written yet. */
  bytes: Uint8Array = EMPTY_BYTES;
  ends: Uint32Array;
  length = 0;
  filled = 0;

  constructor(name: string, type: FieldType, capacity: number) {
    this.name = name;
    this.type = type;
    this.present = new Uint8Array(capacity);
    this.floats = type === 'float' ? new Float64Array(capacity) : EMPTY_FLOATS;
    const isWhole = type === 'integer' || type === 'uinteger';
    this.halves = isWhole ? new Int32Array(capacity * 2) : EMPTY_HALVES;
    this.booleans = type === 'boolean' ? new Uint8Array(capacity) : EMPTY_BYTES;
    this.ends = type === 'string' ? new Uint32Array(capacity) : EMPTY_ENDS;
  }

  /** Makes room for `rows` rows. */
  ensure(rows: number): void {
    if (rows <= this.present.length) return;
    const capacity = grown(this.present.length, rows, MANY_ROWS);
    this.present = regrow(this.present, new Uint8Array(capacity));
    if (this.type === 'float') this.floats = regrow(this.floats, new Float64Array(capacity));
    else if (this.type === 'boolean') this.booleans = regrow(this.booleans, new Uint8Array(capacity));
    else if (this.type === 'string') this.ends = regrow(this.ends, new Uint32Array(capacity));
    else this.halves = regrow(this.halves, new Int32Array(capacity * 2));
  }

  setFloat(row: number, value: number): void {
    this.present[row] = 1;
    this.floats[row] = value;
  }

  setHalves(row: number, low: number, high: number): void {
    this.present[row] = 1;
    this.halves[row * 2] = low;
    this.halves[row * 2 + 1] = high;
  }

  setBoolean(row: number, value: number): void {
    this.present[row] = 1;
    this.booleans[row] = value;
  }

  /** `row` must not lie before a row that was set already. */
  setString(row: number, source: Uint8Array, start: number, end: number, isEscaped: boolean): void {
    this.present[row] = 1;
    this.reserve(end - start);
    this.fillTo(row);
    if (isEscaped) this.length += unescapeString(source, start, end, this.bytes, this.length);
    else {
      // A call costs more than the copy of a few bytes.
      if (end - start < 32) {
        for (let at = start, to = this.length; at < end; ) this.bytes[to++] = source[at++]!;
      } else this.bytes.set(source.subarray(start, end), this.length);
      this.length += end - start;
    }
    this.ends[row] = this.length;
    this.filled = row + 1;
  }

  stringStart(row: number): number {
    return row === 0 ? 0 : this.ends[row - 1]!;
  }

  /** Gives the rows up to `rows` that have no string yet an empty one. */
  fillTo(rows: number): void {
    this.ensure(rows);
    while (this.filled < rows) this.ends[this.filled++] = this.length;
  }

  /** Memory, roughly. */
  get memoryBytes(): number {
    const rowBytes = this.type === 'string' ? 5 : this.type === 'boolean' ? 2 : 9;
    return this.present.length * rowBytes + this.bytes.length + 300;
  }

  /** Becomes another one without rows and keeps the memory. */
  reset(name: string): void {
    this.name = name;
    this.present.fill(0);
    this.length = 0;
    this.filled = 0;
  }

  /** Gives the memory back: nobody needs the column any more. */
  release(): void {
    for (const array of [this.present, this.floats, this.halves, this.booleans, this.bytes, this.ends]) {
      release(array);
    }
  }

  private reserve(more: number): void {
    const needed = this.length + more;
    if (needed <= this.bytes.length) return;
    this.bytes = regrow(
      this.bytes,
      new Uint8Array(grown(this.bytes.length, Math.max(needed, 256), MANY_BYTES)),
    );
  }
}

/** Beyond these half of a doubled array would be too much memory to lie idle. */
export const MANY_ROWS = 2 ** 19;
const MANY_BYTES = 16 * 2 ** 20;

/** The next size of an array that has to hold so many. */
export function grown(size: number, needed: number, many: number): number {
  return Math.max(needed, size < many ? size * 2 : Math.ceil(size * 1.25));
}

export function enlarge<T extends Uint8Array | Int32Array | Uint32Array | Float64Array>(from: T, to: T): T {
  to.set(from);
  return to;
}

/** The same for an array that nobody else looks at. */
export function regrow<T extends Uint8Array | Int32Array | Uint32Array | Float64Array>(from: T, to: T): T {
  to.set(from);
  release(from);
  return to;
}
