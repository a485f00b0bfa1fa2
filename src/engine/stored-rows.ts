/**
 * Rows of a table read from where the engine keeps them, past the engine: for readings that are so small that its
 * planning takes longer than the rows do (ADR 11). An engine that cannot do that has none; one that can may refuse
 * any reading, and then the engine itself is asked.
 */

export type StoredFieldType = 'float' | 'integer' | 'uinteger' | 'boolean' | 'string';

export interface StoredRowsRequest {
  /** Its physical names. */
  readonly table: { readonly database: string; readonly table: string };
  /** Both inclusive, nanoseconds since 1970. */
  readonly fromNs: bigint;
  readonly toNs: bigint;
  /** Engine name of a tag -> the values of which a row must have one; all entries must hold. Never empty. */
  readonly tagFilter: ReadonlyMap<string, ReadonlySet<string>>;
  /** null: no row is hidden. Else a row has to meet one of these, too, each of which is like the filter; it may be empty. */
  readonly visible: readonly ReadonlyMap<string, ReadonlySet<string>>[] | null;
  /** Engine names of the tags that are wanted of each run. */
  readonly tags: readonly string[];
  readonly fields: readonly { readonly name: string; readonly type: StoredFieldType }[];
  /** A reading that would have to look at more rows than that is refused before it begins. */
  readonly maximumRows: number;
  readonly signal?: AbortSignal;
}

/** Values of one field; booleans are 0 and 1. What stands in a place that `nulls` marks means nothing. */
export type StoredField =
  /** Exact: a whole number outside of ±2^53 makes the reading be refused. */
  | { readonly kind: 'number'; readonly values: NumberArray; readonly nulls: Uint8Array | null }
  /** Of the run's own rows: the first is that of row `from`. */
  | {
      readonly kind: 'string';
      readonly values: readonly (string | null)[];
      readonly from: number;
      readonly nulls: null;
    };

export type NumberArray = Float64Array | Float32Array | Int32Array | Int16Array | Int8Array | Uint8Array;

/**
 * Some of the rows of one series, by time, `start` to `end` (exclusive) of arrays that may be shared with other
 * readings: nobody writes to them. Runs come in no order; no point is in two of them.
 */
export interface StoredRun {
  /** Parallel to the request's `tags`. */
  readonly tags: readonly (string | null)[];
  readonly start: number;
  readonly end: number;
  /** The time of row i is `originNs + times[i]` nanoseconds, exactly; every number is below 2^53. */
  readonly originNs: bigint;
  readonly times: Float64Array;
  /** Parallel to the request's `fields`. */
  readonly fields: readonly StoredField[];
}

export interface StoredRows {
  /**
   * What was stored when it was asked for. null: the engine has to be asked, for whatever reason.
   * Every row is as it was inserted: it knows neither retention nor duplicates, which are the caller's.
   */
  read(request: StoredRowsRequest): Promise<readonly StoredRun[] | null>;
}
