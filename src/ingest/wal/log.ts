/**
 * The write-ahead log's contract: opaque records in, a promise that they are on disk out, the same records in
 * order after a restart. What a record holds is the caller's business (`src/ingest/` encodes parsed columns).
 */

/**
 * Position of a record: grows by one with each record. Once given out it is never used again, save that of a
 * record without a promise (`durable: false`) which a power cut took.
 */
export type LogSequence = number;

export interface LogStatistics {
  readonly bytes: number;
  readonly segments: number;
  /** Records that wait for their fsync. */
  readonly waiting: number;
  /** Duration of the newest fsyncs in milliseconds, for the metrics. */
  readonly fsyncs: number;
  readonly fsyncSeconds: number;
}

export interface WriteAheadLog {
  /**
   * Appends one record made of these chunks laid end to end. The bytes are taken before the call returns the
   * promise's first await (the caller must not change them until it settles). `durable: true` resolves after
   * the fsync that covers the record, one fsync for all that wait; `durable: false` resolves once the record
   * was handed to the operating system, or after the fsync when it shares its group with a durable one. Rejects with a catalogue error (503) when the disk is full or failing:
   * the record is then not in the log after a restart either, and a later append may succeed again.
   */
  append(chunks: readonly Uint8Array[], options: { readonly durable: boolean }): Promise<LogSequence>;
  /** The sequence that the next record will get; records that still wait for the disk are not counted. */
  readonly next: LogSequence;
  /** Records below this are in the engine, durably: segments that hold only such records are removed. */
  trim(before: LogSequence): Promise<void>;
  statistics(): LogStatistics;
  /** False while the disk refuses: after a refused append it is tried here, so that no write is needed to find out. */
  isWritable(): Promise<boolean>;
  /** Fsyncs what is pending, then closes; later appends reject. */
  close(): Promise<void>;
}

/** One record as a restart finds it. `payload` is valid until the next step of the iteration. */
export interface LoggedRecord {
  readonly sequence: LogSequence;
  readonly payload: Uint8Array;
}

/** What `openLog` gives: the records to replay, oldest first, and the log to append to afterwards. */
export interface OpenedLog {
  /** To be read whole before the first append. A torn tail was cut; corruption before it throws a catalogue error. */
  replay(): AsyncIterable<LoggedRecord>;
  readonly log: WriteAheadLog;
}
