/** Sizes and times of the write path. The defaults were chosen by measurement (`docs/adr/0004-duplicates.md`). */
export interface IngestLimits {
  /** Rows and bytes from which a table's rows go to the engine at once; with few rows of each series it is up to twice the rows. */
  readonly chunkRows: number;
  readonly chunkBytes: number;
  /** Places of values, empty ones too, that rows may have when they leave together: each is bytes by then. */
  readonly chunkCells: number;
  /** The same in a block for the engine, with every column of the table: it fills those that the rows lack. */
  readonly blockCells: number;
  /** Rows stay in memory at most about so long when nobody asks for them. */
  readonly flushAfterMs: number;
  /** Memory of all rows that are not in the engine; beyond it writers wait. */
  readonly bufferBytes: number;
  /** The log on the disk: from half of it on the tables with the oldest rows are emptied; beyond it writers wait. */
  readonly logBytes: number;
  /** How long a writer waits for room before it gets 429. */
  readonly roomWaitMs: number;
  /** Tables that are inserted into at the same time. */
  readonly parallelFlushes: number;
  /** Memory for the spellings of series that were seen. */
  readonly keyCacheBytes: number;
  /** Memory of requests' rows that waits to be used again. */
  readonly rowsPoolBytes: number;
  /** Memory of columns that wait to be filled again. */
  readonly spareColumnBytes: number;
  /** Memory of one table's series, and of all tables' together; beyond it a table starts to learn anew. */
  readonly seriesBytes: number;
  /** Doubtful points of one flush that are looked up; of more, only those that lack a field. */
  readonly lookUps: number;
  /** How long a partition with duplicates rests before it is merged. */
  readonly cleanAfterMs: number;
  /** Pause after a failed flush. */
  readonly retryAfterMs: number;
}

export const DEFAULT_INGEST_LIMITS: IngestLimits = {
  chunkRows: 200_000,
  chunkBytes: 64 * 2 ** 20,
  chunkCells: 9 * 2 ** 20,
  blockCells: 9 * 2 ** 20,
  flushAfterMs: 30_000,
  bufferBytes: 256 * 2 ** 20,
  logBytes: 2 * 2 ** 30,
  roomWaitMs: 5000,
  parallelFlushes: 2,
  keyCacheBytes: 192 * 2 ** 20,
  rowsPoolBytes: 48 * 2 ** 20,
  spareColumnBytes: 48 * 2 ** 20,
  seriesBytes: 256 * 2 ** 20,
  lookUps: 4000,
  cleanAfterMs: 10_000,
  retryAfterMs: 1000,
};
