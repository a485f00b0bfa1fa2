/**
 * Some rows of a run, those that the conditions let in, as arrays of one kind: what follows meets no other than
 * `Float64Array`, whatever the rows are stored in, and so stays fast.
 */
import type { StoredField, StoredRun } from '../../engine/stored-rows.ts';
import { AskEngine } from './ask-engine.ts';
import type { FieldCondition, NarrowField } from './statement.ts';

/** Rows of one piece: what is copied of them stays near the processor. */
export const PIECE_ROWS = 8192;

/** A run, or a part of one, and which of its rows count: null = all, else their places from `start` on. */
export interface Piece {
  readonly run: StoredRun;
  readonly start: number;
  readonly end: number;
  readonly kept: Int32Array | null;
}

export const rowsOf = ({ kept, start, end }: Piece): number => (kept === null ? end - start : kept.length);

/** What it gives is good until it is asked for the next of its kind. */
export class PieceReader {
  private readonly fields: readonly NarrowField[];
  private readonly conditions: readonly FieldCondition[];
  private readonly rows: number;
  private timeCopy: Float64Array | undefined;
  private numberCopy: Float64Array | undefined;
  private nullCopy: Uint8Array | undefined;

  /** `rows`: no piece has more. */
  constructor(fields: readonly NarrowField[], conditions: readonly FieldCondition[], rows: number) {
    this.fields = fields;
    this.conditions = conditions;
    this.rows = rows;
  }

  /** The rows that all conditions let in. */
  select(run: StoredRun, start: number, end: number): Piece {
    let piece: Piece = { run, start, end, kept: null };
    for (const condition of this.conditions) piece = { ...piece, kept: this.narrowed(piece, condition) };
    return piece;
  }

  /** Nanoseconds from the run's origin on. */
  times(piece: Piece): Float64Array {
    const times = piece.run.times.subarray(piece.start, piece.end);
    if (piece.kept === null) return times;
    this.timeCopy ??= new Float64Array(this.rows);
    return picked(times, piece.kept, this.timeCopy);
  }

  /** Of a field that is no text; floats are finite. What stands in the place of a null means nothing. */
  numbers(piece: Piece, field: number): Float64Array {
    const stored = this.numbersOf(piece, field);
    if (piece.kept === null) return stored;
    this.numberCopy ??= new Float64Array(this.rows);
    return picked(stored, piece.kept, this.numberCopy);
  }

  /** null: none of the rows has a null. */
  nulls(piece: Piece, field: number): Uint8Array | null {
    const all = this.nullsOf(piece, field);
    if (all === null || piece.kept === null) return all;
    this.nullCopy ??= new Uint8Array(this.rows);
    return picked(all, piece.kept, this.nullCopy);
  }

  texts({ run, start, end, kept }: Piece, field: number): readonly (string | null)[] {
    const { values, from } = textsOf(run, field);
    const base = start - from;
    return kept === null ? values.slice(base, end - from) : Array.from(kept, (row) => values[base + row]!);
  }

  private numbersOf({ run, start, end }: Piece, field: number): Float64Array {
    const stored = run.fields[field]!;
    if (stored.kind !== 'number') throw new TypeError('a field of text has no numbers');
    let numbers: Float64Array;
    if (stored.values instanceof Float64Array) numbers = stored.values.subarray(start, end);
    else {
      this.numberCopy ??= new Float64Array(this.rows);
      numbers = this.numberCopy.subarray(0, end - start);
      numbers.set(stored.values.subarray(start, end));
    }
    if (this.fields[field]!.type === 'float') {
      const nulls = stored.nulls?.subarray(start, end) ?? null;
      if (!areFinite(numbers, nulls)) throw new AskEngine('a float is not finite');
    }
    return numbers;
  }

  private nullsOf({ run, start, end }: Piece, field: number): Uint8Array | null {
    const stored = run.fields[field]!;
    if (stored.kind === 'number') return stored.nulls?.subarray(start, end) ?? null;
    const nulls = new Uint8Array(end - start);
    const base = start - stored.from;
    for (let row = 0; row < nulls.length; row++) nulls[row] = stored.values[base + row] === null ? 1 : 0;
    return nulls;
  }

  private narrowed(piece: Piece, condition: FieldCondition): Int32Array {
    const { run, start, end, kept } = piece;
    const into = new Int32Array(rowsOf(piece));
    const { field } = condition;
    let count: number;
    if (condition.kind === 'number') {
      const numbers = this.numbersOf(piece, field);
      count = keepNumbers(numbers, this.nullsOf(piece, field), condition, kept, into);
    } else if (condition.kind === 'string') {
      const { values, from } = textsOf(run, field);
      const { equal, constant } = condition;
      const base = start - from;
      count = keep(kept, end - start, into, (row) => {
        const text = values[base + row]!;
        return text !== null && (text === constant) === equal;
      });
    } else {
      const nulls = this.nullsOf(piece, field);
      const { isNull } = condition;
      count = keep(kept, end - start, into, (row) => (nulls !== null && nulls[row] === 1) === isNull);
    }
    return into.subarray(0, count);
  }
}

function textsOf(run: StoredRun, field: number): Extract<StoredField, { kind: 'string' }> {
  const stored = run.fields[field]!;
  if (stored.kind !== 'string') throw new TypeError('a field of numbers has no texts');
  return stored;
}

/** The rows among those kept so far that pass; their number. */
function keep(
  kept: Int32Array | null,
  rows: number,
  into: Int32Array,
  passes: (row: number) => boolean,
): number {
  const given = kept === null ? rows : kept.length;
  let count = 0;
  for (let at = 0; at < given; at++) {
    const row = kept === null ? at : kept[at]!;
    if (passes(row)) into[count++] = row;
  }
  return count;
}

function keepNumbers(
  numbers: Float64Array,
  nulls: Uint8Array | null,
  { keeps: { less, equal, greater }, constant }: Extract<FieldCondition, { kind: 'number' }>,
  kept: Int32Array | null,
  into: Int32Array,
): number {
  const given = kept === null ? numbers.length : kept.length;
  let count = 0;
  for (let at = 0; at < given; at++) {
    const row = kept === null ? at : kept[at]!;
    if (nulls !== null && nulls[row] === 1) continue;
    const value = numbers[row]!;
    if (value < constant ? less : value > constant ? greater : equal) into[count++] = row;
  }
  return count;
}

function areFinite(numbers: Float64Array, nulls: Uint8Array | null): boolean {
  for (let row = 0; row < numbers.length; row++) {
    const value = numbers[row]!;
    // What is not finite is not 0 even then.
    if (value - value !== 0 && (nulls === null || nulls[row] !== 1)) return false;
  }
  return true;
}

/** The picked ones, in a buffer that may be that of `values` itself: places ascend. */
function picked<T extends Float64Array | Uint8Array>(values: T, places: Int32Array, buffer: T): T {
  for (let at = 0; at < places.length; at++) buffer[at] = values[places[at]!]!;
  return buffer.subarray(0, places.length) as T;
}
