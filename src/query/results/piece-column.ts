/** A column of a block as pieces: a value that comes again is written once, any other one straight into its row. */
import type { BlockColumn, ColumnVector } from '../../engine/native/block.ts';
import type { DataType } from '../types.ts';
import type { ByteSink } from './byte-sink.ts';
import type { Cell } from './cell.ts';
import { createCell } from './cells.ts';
import { wordsOf } from './numbers.ts';
import type { PieceArena } from './piece-arena.ts';

/** Integers below this are remembered, where a block has so many rows that they surely come again. */
const SMALL_INTEGERS = 1024;

/** What names a row's value: `numbers[row * stride]`, where it is below `size` and the other word is 0. */
interface ValueNumbers {
  readonly numbers: Int32Array;
  readonly stride: 1 | 2;
  readonly size: number;
}

export interface ColumnKey {
  /** Stands before a value. */
  readonly key: Uint8Array;
  /** All that a null shows. */
  readonly nullKey: Uint8Array;
}

export interface PieceColumnParts extends ColumnKey {
  readonly arena: PieceArena;
  /** Where rows go to. */
  readonly rows: ByteSink;
  readonly style: 'json' | 'csv';
  /** Stands for a value that the column has to `write` itself. Below 0. */
  readonly place: number;
}

export class PieceColumn {
  private readonly parts: PieceColumnParts;
  /** Writes into the arena. */
  private readonly piece: Cell;
  /** Writes into the row. */
  private readonly direct: Cell;
  private readonly values: ValueNumbers | undefined;
  private readonly hasNulls: boolean;
  /** Places by the value's number; 0 = not written yet. */
  private readonly known: Int32Array;
  private knownNull = 0;

  constructor(parts: PieceColumnParts, type: DataType, column: BlockColumn) {
    this.parts = parts;
    this.values = valueNumbers(type, column.vector);
    this.direct = createCell(parts.rows, type, column, parts.style);
    this.piece =
      this.values === undefined ? this.direct : createCell(parts.arena.sink, type, column, parts.style);
    this.hasNulls = this.direct.nulls?.includes(1) === true;
    this.known = new Int32Array(this.values?.size ?? 0);
  }

  /**
   * Puts the places of the rows `[from, to)` into `places`, the first one at `at`, the next ones each `step` on.
   * Below 0: the column has to `write` the row itself.
   */
  fill(places: Int32Array, at: number, step: number, from: number, to: number): void {
    const { values, known, hasNulls } = this;
    const direct = this.parts.place;
    if (values === undefined || hasNulls) {
      for (let row = from; row < to; row++, at += step) places[at] = this.place(row);
      return;
    }
    const { numbers, stride, size } = values;
    for (let row = from; row < to; row++, at += step) {
      const number = numbers[row * stride]!;
      const isKnown = number >= 0 && number < size && (stride === 1 || numbers[row * 2 + 1] === 0);
      places[at] = isKnown ? known[number]! || this.place(row) : direct;
    }
  }

  /** The place of one row. */
  place(row: number): number {
    const { values, known } = this;
    if (this.hasNulls && this.direct.nulls![row] === 1) return this.nullPlace();
    if (values === undefined) return this.parts.place;
    const { numbers, stride, size } = values;
    const number = numbers[row * stride]!;
    if (number < 0 || number >= size || (stride === 2 && numbers[row * 2 + 1] !== 0)) return this.parts.place;
    if (known[number] === 0) {
      const { arena, key } = this.parts;
      arena.open();
      arena.sink.bytes(key, 0, key.length);
      this.piece.write(row);
      known[number] = arena.close();
    }
    return known[number]!;
  }

  /** Writes a value that has no piece. */
  write(row: number): void {
    const { rows, key } = this.parts;
    rows.bytes(key, 0, key.length);
    this.direct.write(row);
  }

  /** The arena has forgotten all pieces. */
  forget(): void {
    this.known.fill(0);
    this.knownNull = 0;
  }

  private nullPlace(): number {
    const { arena, nullKey } = this.parts;
    if (nullKey.length === 0 || this.knownNull !== 0) return this.knownNull;
    arena.open();
    arena.sink.bytes(nullKey, 0, nullKey.length);
    this.knownNull = arena.close();
    return this.knownNull;
  }
}

function valueNumbers(type: DataType, vector: ColumnVector): ValueNumbers | undefined {
  if (vector.kind === 'dictionary') {
    const { indexes, dictionary } = vector;
    const numbers = new Int32Array(indexes.buffer, indexes.byteOffset, indexes.length);
    return { numbers, stride: 1, size: dictionary.length };
  }
  const isWhole = type.kind === 'int' || type.kind === 'uint' || type.kind === 'boolean';
  if (!isWhole || !('values' in vector) || vector.values.length < SMALL_INTEGERS) return undefined;
  if (vector.kind === 'int64' || vector.kind === 'uint64')
    return { numbers: wordsOf(vector.values), stride: 2, size: SMALL_INTEGERS };
  return { numbers: Int32Array.from(vector.values, Number), stride: 1, size: SMALL_INTEGERS };
}
