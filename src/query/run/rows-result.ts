/** Rows that are known already, as the result of a query. */
import type { Block } from '../../engine/native/block.ts';
import type { QueryResult, ResultFormat } from '../query.ts';
import type { QueryRecorder } from '../query-log.ts';
import { encodeRows } from '../results/encode.ts';
import { rowsBlock } from '../system/rows-block.ts';
import type { VirtualRow } from '../system/virtual-table.ts';
import type { ResultColumn } from '../types.ts';

export class RowsResult implements QueryResult {
  readonly columns: readonly ResultColumn[];
  private readonly rows: readonly VirtualRow[];
  private readonly recorder: QueryRecorder;

  constructor(columns: readonly ResultColumn[], rows: readonly VirtualRow[], recorder: QueryRecorder) {
    this.columns = columns;
    this.rows = rows;
    this.recorder = recorder;
  }

  async *encode(format: ResultFormat): AsyncGenerator<Uint8Array> {
    try {
      yield* encodeRows(this.columns, this.blocks(), format);
      this.recorder.ended('success', this.rows.length);
    } finally {
      this.recorder.ended('cancel', null);
    }
  }

  private async *blocks(): AsyncGenerator<Block> {
    if (this.rows.length > 0) yield rowsBlock(this.columns, this.rows);
  }
}
