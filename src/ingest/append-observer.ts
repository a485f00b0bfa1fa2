/** Who wants to know of rows the moment that they are acknowledged (`caches/`). */
import type { RowColumns } from './row-range.ts';

export interface AppendObserver {
  /**
   * Rows of one request for one table, in the order of the log, after the table's buffer took them and before
   * the request is answered; those of a large request come in several parts. Synchronous; must not throw, and must keep
   * nothing of the rows.
   */
  appended(rows: RowColumns): void;
}
