/**
 * How a table's parts are merged is chosen by what comes. Column by column is flat in memory and twice as fast for
 * long runs of a series; where each series has a few rows per part only, dictionaries are copied row by row and
 * whole rows are three times as fast (`docs/adr/0004-duplicates.md`).
 */
import type { TableRecord } from '../../catalog/records.ts';
import { type MergeOrder, mergeOrderSql } from '../../catalog/table-layout.ts';
import type { TableChunk } from './table-chunk.ts';

/** Smaller chunks say nothing, and cost little either way. */
const MINIMUM_ROWS = 20_000;
/** Whole rows of wider tables take much memory: 650 MB for seven parts of 500 columns. */
const MAXIMUM_COLUMNS = 100;
/** Rows per series in a chunk; between the two the order stays as it is. */
const FEW_ROWS = 10;
const MANY_ROWS = 25;

export class MergeOrderChoice {
  private current: MergeOrder | null = null;

  /** The statement that changes the table's order, when this chunk asks for another than it has. */
  next(table: TableRecord, chunk: TableChunk): string | null {
    const wanted = table.columns.length > MAXIMUM_COLUMNS ? 'columns' : this.wantedOf(chunk);
    if (wanted === null || wanted === this.current) return null;
    this.current = wanted;
    return mergeOrderSql(table, wanted);
  }

  private wantedOf(chunk: TableChunk): MergeOrder | null {
    if (chunk.rows < MINIMUM_ROWS) return null;
    const rowsPerSeries = chunk.rows / countSeries(chunk);
    if (rowsPerSeries < FEW_ROWS) return 'rows';
    return rowsPerSeries > MANY_ROWS ? 'columns' : this.current;
  }

  /** The change did not come about. */
  forget(): void {
    this.current = null;
  }
}

function countSeries({ registry, series, rows }: TableChunk): number {
  const isSeen = new Uint8Array(registry.size);
  let count = 0;
  for (let row = 0; row < rows; row++) {
    const number = series[row]!;
    count += isSeen[number]! ^ 1;
    isSeen[number] = 1;
  }
  return count;
}
