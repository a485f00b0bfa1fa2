/**
 * The engine contract: what Sluice asks of ClickHouse, in process or as a cluster.
 *
 * Every statement that passes through here was printed by our own translator or by the catalog; no user
 * text does. This file imports nothing but what belongs to the contract: engines and their callers meet here and
 * nowhere else.
 */
import type { StoredRows } from './stored-rows.ts';

/** Why the engine could not do what was asked. Callers switch on `kind`, never on the message. */
export type EngineErrorKind =
  | 'syntax' // the statement does not parse: a bug in our printer
  | 'unknown' // an unknown table, column or function: the engine is behind the catalog
  | 'value' // the data made the statement fail (division by zero, cast, overflow, bad regex)
  | 'memory' // the memory limit of the statement or of the engine
  | 'time' // the time limit of the statement
  | 'rows' // the row limit of the result
  | 'cancelled' // the abort signal, or a kill
  | 'overloaded' // the lane's queue is full
  | 'down' // the engine is closed, crashed or unreachable
  | 'internal'; // anything else

export class EngineError extends Error {
  readonly kind: EngineErrorKind;
  /** ClickHouse's error number, when it gave one. For logs only. */
  readonly engineCode: number | undefined;

  /** `message` may name engine internals: it is for the log, never for a caller. */
  constructor(
    kind: EngineErrorKind,
    message: string,
    options: { engineCode?: number; cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'EngineError';
    this.kind = kind;
    this.engineCode = options.engineCode;
  }
}

/** A column of an insert: its engine name and its full ClickHouse type. */
export interface EngineColumn {
  readonly name: string;
  readonly type: string;
}

/** Rows to insert, as one or more whole blocks in ClickHouse's `Native` format, laid end to end. */
export interface InsertBatch {
  /** The columns that the blocks hold, in block order. Columns of the table that are absent take their default. */
  readonly columns: readonly EngineColumn[];
  /**
   * The blocks' bytes, end to end. Each piece is done with when the next is asked for, so that their memory can be the
   * same; they are asked for anew when the insert is tried again.
   */
  readonly chunks: Iterable<Uint8Array> | AsyncIterable<Uint8Array>;
  readonly rows: number;
  /** Rows of each block but the last: the engine stores them block by block, which bounds its memory. */
  readonly blockRows?: number;
}

/** An engine table by its physical names (unquoted; the engine quotes). */
export interface EngineTable {
  readonly database: string;
  readonly table: string;
}

/** How the engine renders a result. `Native` is what our encoders read. */
export type EngineFormat = 'Native' | 'ArrowStream' | 'Parquet' | 'JSONEachRow' | 'CSV';

/** Limits of one statement; absent means the engine's own option. */
export interface StatementLimits {
  readonly timeMs?: number;
  readonly memoryBytes?: number;
  readonly threads?: number;
  /** The statement fails with `rows` when its result is larger. */
  readonly resultRows?: number;
  /** Upper bound of the rows in one block of the result. */
  readonly blockRows?: number;
}

/** The literal types that a typed parameter may have. */
export type EngineParameterType = 'String' | 'Int64' | 'UInt64' | 'Float64' | 'Bool' | 'DateTime64(9)';

/** A value for `{name:Type}` in the statement. Never spliced as text: the engine binds or quotes it. */
export interface EngineParameter {
  readonly type: EngineParameterType;
  readonly value: string | bigint | number | boolean | null;
}

export interface EngineQuery {
  readonly sql: string;
  readonly format: EngineFormat;
  readonly parameters?: Readonly<Record<string, EngineParameter>>;
  /** ClickHouse settings, from our code only. */
  readonly settings?: Readonly<Record<string, string | number | boolean>>;
  readonly limits?: StatementLimits;
  /** Aborting kills the statement inside the engine within a second. */
  readonly signal?: AbortSignal;
  /** `heavy` statements may not occupy the places kept for `light` ones. Default `heavy`. */
  readonly weight?: 'light' | 'heavy';
  /**
   * The result is most likely small and soon there: an engine may take it whole where that is quicker than
   * streaming it. A hint only: a large result comes all the same, after more work.
   */
  readonly small?: boolean;
}

/** What came out of a finished query. (The engine in process does not tell what a stream read from storage.) */
export interface QueryStatistics {
  /** Rows of the result, as far as it was read. */
  readonly resultRows: number;
  /** Bytes of the result in its format, as far as it was read. */
  readonly resultBytes: number;
  readonly elapsedMs: number;
}

/**
 * A running query. Iterating pulls: nothing is computed far ahead of the reader. Each chunk is one or more
 * whole `Native` blocks for that format, else plain bytes. Leaving the loop early kills the statement.
 */
export interface QueryStream extends AsyncIterable<Uint8Array> {
  /** Known once iteration ended. */
  statistics(): QueryStatistics;
  /** Kills the statement and frees its place; safe to call twice. */
  cancel(): void;
}

/** An engine statement that returns nothing (DDL, KILL, OPTIMIZE, ALTER). */
export interface CommandOptions {
  readonly signal?: AbortSignal;
  readonly limits?: StatementLimits;
  readonly settings?: Readonly<Record<string, string | number | boolean>>;
  /** `ddl` is short, and several may run at once; `maintenance` may be long (OPTIMIZE, mutations) and has its own lane. */
  readonly lane?: 'ddl' | 'maintenance';
}

export interface EngineHealth {
  readonly healthy: boolean;
  readonly version: string;
  /** Statements that are running now, per lane. */
  readonly running: { readonly write: number; readonly ddl: number; readonly query: number };
}

/** One engine. Statements on different lanes never wait for each other. */
export interface Engine {
  /** Runs a statement without a result. Resolves when its effect is visible to every later statement. */
  command(sql: string, options?: CommandOptions): Promise<void>;
  /**
   * Inserts a batch: all of it or, with an error, none of a block. Resolves when the rows are visible and,
   * with `durable: true`, fsynced (they survive a crash of the machine).
   */
  insert(
    table: EngineTable,
    batch: InsertBatch,
    options: { durable: boolean; signal?: AbortSignal },
  ): Promise<void>;
  /**
   * What `look` finds out about stored rows, while all that the engine has stored, also by merges of its own, is whole
   * on the disk. Throws `down` when that is not certain.
   */
  intact<T>(look: () => Promise<T>): Promise<T>;
  /** Where few rows can be read without planning a query. Absent: this engine has no such way. */
  readonly storedRows?: StoredRows;
  /** Starts a read-only query. Errors come out of the iteration. */
  query(query: EngineQuery): QueryStream;
  health(): Promise<EngineHealth>;
  /** Waits for running writes, kills running queries, releases everything. Idempotent. */
  close(): Promise<void>;
}

/** Reads a whole (small) result. */
export async function collect(stream: QueryStream): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks);
}
