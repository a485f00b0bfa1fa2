/**
 * Tags that stand side by side, as one piece: rows of a series follow each other, and then their tags are the same
 * ones again and again.
 */
import type { PieceArena } from './piece-arena.ts';
import type { PieceColumn } from './piece-column.ts';

/** Less than so many rows a run, and each column for itself is quicker. */
const WORTHWHILE_ROWS = 4;

export class PieceRun {
  private readonly arena: PieceArena;
  private readonly columns: readonly PieceColumn[];
  /** 1 = the row's values are not those of the row before. */
  private readonly starts: Uint8Array;

  private constructor(arena: PieceArena, columns: readonly PieceColumn[], starts: Uint8Array) {
    this.arena = arena;
    this.columns = columns;
    this.starts = starts;
  }

  /** The columns with the numbers of their values; undefined where the values change too often. */
  static of(
    arena: PieceArena,
    columns: readonly PieceColumn[],
    numbers: readonly Uint32Array[],
    rows: number,
  ): PieceRun | undefined {
    const starts = new Uint8Array(rows);
    for (const column of numbers)
      for (let row = 1; row < rows; row++) if (column[row] !== column[row - 1]) starts[row] = 1;
    let runs = 1;
    for (let row = 0; row < rows; row++) runs += starts[row]!;
    return runs * WORTHWHILE_ROWS > rows ? undefined : new PieceRun(arena, columns, starts);
  }

  fill(places: Int32Array, at: number, step: number, from: number, to: number): void {
    let place = 0;
    for (let row = from; row < to; row++, at += step) {
      if (row === from || this.starts[row] === 1) place = this.join(row);
      places[at] = place;
    }
  }

  forget(): void {
    for (const column of this.columns) column.forget();
  }

  private join(row: number): number {
    const parts = this.columns.map((column) => column.place(row));
    this.arena.open();
    for (const part of parts) this.arena.append(part);
    return this.arena.close();
  }
}
