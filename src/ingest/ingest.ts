/**
 * The ingest contract. Bytes of line protocol in; a promise that they are safe out.
 *
 * bytes -> parse -> authorize per table -> schema -> log (one fsync for all that wait) -> acknowledge ->
 * buffer -> engine -> log trimmed. Acknowledged means: on disk, unless the caller said `noSync`.
 */
import type { ChangeContext } from '../catalog/audit.ts';
import type { DatabaseRecord } from '../catalog/records.ts';

export type Precision = 'auto' | 'second' | 'millisecond' | 'microsecond' | 'nanosecond';

/** Decides whether a write may touch a table; the answer's text becomes the line's error. */
export type TableWriteCheck = (table: string) => boolean;

export interface WriteRequest {
  readonly database: DatabaseRecord;
  /** Inflated line protocol. The ingest may keep views of it until the promise settles. */
  readonly body: Uint8Array;
  readonly precision: Precision;
  readonly acceptPartial: boolean;
  readonly noSync: boolean;
  /** null = every table of the database is allowed. */
  readonly allowTable: TableWriteCheck | null;
  /** Named in the audit log for tables and columns that the write makes; absent: the server itself. */
  readonly author?: ChangeContext;
}

/** One rejected line, in the order and with the keys of `http-api.md` 3.5. */
export interface LineError {
  readonly error_message: string;
  /** 1-based over lines that are neither blank nor comments. */
  readonly line_number: number;
  /** At most 20 bytes, cut at a character boundary. */
  readonly original_line: string;
}

export interface WriteResult {
  readonly linesWritten: number;
  readonly bytes: number;
  readonly linesRejected: number;
  /** Not empty only with `acceptPartial`: the good lines are safe, these are not written. The first 10 000. */
  readonly errors: readonly LineError[];
}

/** A span of time, both ends inclusive; null = open. */
export interface TimeSpan {
  readonly fromNs: bigint | null;
  readonly toNs: bigint | null;
}

/** A span of time of one table that may hold duplicate points and must be read with `FINAL`. */
export interface DirtySpan {
  readonly fromNs: bigint; // inclusive
  readonly toNs: bigint; // exclusive
}

/** How a table has to be read now. */
export interface TableReadState {
  /** Empty: no duplicates anywhere, plain reads are exact. Sorted, not overlapping. */
  readonly dirty: readonly DirtySpan[];
}

export interface IngestStatistics {
  readonly walBytes: number;
  readonly walSegments: number;
  readonly bufferedRows: number;
  readonly bufferedBytes: number;
  /** Counters since the start. */
  readonly walFsyncs: number;
  readonly walFsyncSeconds: number;
  readonly flushes: number;
  readonly flushFailures: number;
  readonly flushedRows: number;
  readonly flushSeconds: number;
}

export interface Ingest {
  /**
   * Writes one request. Throws (nothing written) for a bad request as a whole, for a bad line with
   * `acceptPartial: false`, when the log cannot be written (503) or the buffer stays full (429).
   */
  write(request: WriteRequest): Promise<WriteResult>;
  /**
   * After it resolves, the engine holds everything acknowledged before the call for those tables; of a table in
   * `within` everything in that span, and other rows may still be in memory. The engine then has the tables.
   */
  barrier(tableIds: readonly number[], within?: ReadonlyMap<number, TimeSpan>): Promise<void>;
  /** After a barrier: how the engine's table has to be read to see each point once. */
  readState(tableId: number): TableReadState;
  /** Moves everything into the engine and trims the log. */
  flush(): Promise<void>;
  statistics(): IngestStatistics;
  /** False while the log refuses writes because the disk is full or failing. */
  isWritable(): Promise<boolean>;
  /** Refuses new writes, flushes, closes the log. */
  close(): Promise<void>;
}
