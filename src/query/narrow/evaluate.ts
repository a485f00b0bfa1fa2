/** The answer to a narrow statement, computed over the rows that it reads. */
import type { Block } from '../../engine/native/block.ts';
import type { StoredRun } from '../../engine/stored-rows.ts';
import type { ResultColumn } from '../types.ts';
import { groupedTable } from './grouped-table.ts';
import { orderedRows } from './order.ts';
import type { Pace } from './pace.ts';
import { PIECE_ROWS, PieceReader } from './piece-reader.ts';
import { plainTable } from './plain-table.ts';
import type { NarrowStatement } from './statement.ts';
import { tableBlock } from './table-block.ts';

/** Throws `AskEngine` where the rows have what only the engine can answer. */
export async function evaluate(
  statement: NarrowStatement,
  given: readonly StoredRun[],
  columns: readonly ResultColumn[],
  pace: Pace,
): Promise<Block> {
  // By time, so that most of what is made of them is in order, too.
  const runs = given.filter(({ start, end }) => start < end).sort(byFirstTime);
  const longest = runs.reduce((most, { start, end }) => Math.max(most, end - start), 0);
  const rows = Math.min(longest, PIECE_ROWS);
  const reader = new PieceReader(statement.fields, statement.conditions, rows);
  const table =
    statement.rows.kind === 'grouped'
      ? await groupedTable(statement, statement.rows, runs, reader, pace)
      : await plainTable(statement, statement.rows, runs, reader, pace);
  const shown = await orderedRows(table, statement, pace);
  return tableBlock(table, statement.outputs, shown, columns, pace);
}

function byFirstTime(a: StoredRun, b: StoredRun): number {
  if (a.originNs === b.originNs) return a.times[a.start]! - b.times[b.start]!;
  const difference = a.originNs + BigInt(a.times[a.start]!) - (b.originNs + BigInt(b.times[b.start]!));
  return difference < 0n ? -1 : difference > 0n ? 1 : 0;
}
