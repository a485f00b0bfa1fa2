/** Who wants to know of rows the moment that they are acknowledged (`caches/`). */
import type { TableBatch } from './table-batch.ts';

export interface AppendObserver {
  /**
   * The rows of one request for one table, in the order of the log, after the table's buffer took them and before
   * the request is answered. Synchronous; must not throw, and must keep nothing of the batch.
   */
  appended(batch: TableBatch): void;
}
