/** Rows as they are: those that the conditions let in, with the columns that are shown or sorted by. */
import type { StoredRun } from '../../engine/stored-rows.ts';
import type { Pace } from './pace.ts';
import { PIECE_ROWS, type Piece, type PieceReader, rowsOf } from './piece-reader.ts';
import type { NarrowColumn, NarrowStatement, PlainRows } from './statement.ts';
import { checkSize, type NarrowTable, type TableColumn } from './table.ts';
import { TagColumn } from './tag-column.ts';
import { putInstants } from './words.ts';

export async function plainTable(
  statement: Pick<NarrowStatement, 'fields' | 'conditions' | 'order' | 'limit'>,
  { columns }: PlainRows,
  runs: readonly StoredRun[],
  reader: PieceReader,
  pace: Pace,
): Promise<NarrowTable> {
  const pieces = await selected(statement, runs, reader, pace);
  const rows = pieces.reduce((sum, piece) => sum + rowsOf(piece), 0);
  const made: TableColumn[] = [];
  for (const column of columns) {
    made.push(tableColumn(column, statement, pieces, rows, reader));
    const wait = pace.spend(rows * 2);
    if (wait !== undefined) await wait;
  }
  return { rows, columns: made };
}

async function selected(
  { conditions, order, limit }: Pick<NarrowStatement, 'conditions' | 'order' | 'limit'>,
  runs: readonly StoredRun[],
  reader: PieceReader,
  pace: Pace,
): Promise<readonly Piece[]> {
  // Any rows will do where no order is asked for.
  const wanted = order.length > 0 || limit.count === null ? Infinity : limit.offset + limit.count;
  const pieces: Piece[] = [];
  let rows = 0;
  for (const run of runs) {
    for (let start = run.start; start < run.end && rows < wanted; start += PIECE_ROWS) {
      const piece = reader.select(run, start, Math.min(run.end, start + PIECE_ROWS));
      pieces.push(piece);
      rows += rowsOf(piece);
      checkSize(rows);
      const wait = pace.spend((piece.end - piece.start) * (1 + 2 * conditions.length));
      if (wait !== undefined) await wait;
    }
  }
  return pieces;
}

function tableColumn(
  column: NarrowColumn,
  { fields }: Pick<NarrowStatement, 'fields'>,
  pieces: readonly Piece[],
  rows: number,
  reader: PieceReader,
): TableColumn {
  switch (column.kind) {
    case 'time': {
      const words = new Int32Array(rows * 2);
      eachPiece(pieces, (piece, at) => putInstants(words, at, piece.run.originNs, reader.times(piece)));
      return { kind: 'instant', words };
    }
    case 'tag': {
      const tags = new TagColumn(column.tag);
      for (const piece of pieces) tags.add(piece.run, rowsOf(piece));
      return tags.column();
    }
    case 'field':
      return fields[column.field]!.type === 'string'
        ? { kind: 'string', values: pieces.flatMap((piece) => reader.texts(piece, column.field)) }
        : numberColumn(column.field, pieces, rows, reader);
  }
}

function numberColumn(
  field: number,
  pieces: readonly Piece[],
  rows: number,
  reader: PieceReader,
): TableColumn {
  const values = new Float64Array(rows);
  let nulls: Uint8Array | null = null;
  eachPiece(pieces, (piece, at) => {
    values.set(reader.numbers(piece, field), at);
    const some = reader.nulls(piece, field);
    if (some === null) return;
    nulls ??= new Uint8Array(rows);
    nulls.set(some, at);
  });
  return { kind: 'number', values, nulls };
}

function eachPiece(pieces: readonly Piece[], take: (piece: Piece, at: number) => void): void {
  let at = 0;
  for (const piece of pieces) {
    take(piece, at);
    at += rowsOf(piece);
  }
}
