/** What exists, as plain immutable records. The catalog replaces a record, it never changes one. */

/** Influx column types; `tag` and `time` are kinds of their own, the rest are field types. */
export type ColumnType = 'tag' | 'time' | 'float' | 'integer' | 'uinteger' | 'string' | 'boolean';
export type FieldType = Exclude<ColumnType, 'tag' | 'time'>;

export interface ColumnRecord {
  /** Unique within the table, never used again. */
  readonly id: number;
  /** Influx name, byte-exact. */
  readonly name: string;
  readonly type: ColumnType;
  /** Physical column in the engine; see `engine-names.ts`. */
  readonly engineName: string;
}

export interface TableRecord {
  /** Unique over all databases, never used again. */
  readonly id: number;
  readonly databaseId: number;
  readonly name: string;
  /** In order of creation; always holds `time`. */
  readonly columns: readonly ColumnRecord[];
  readonly columnByName: ReadonlyMap<string, ColumnRecord>;
  /** Tags in the order in which they were first seen. */
  readonly tags: readonly ColumnRecord[];
  /** null = the database's period. */
  readonly retentionNs: bigint | null;
  readonly deletedAtMs: number | null;
  /** null with `deletedAtMs` set = stays soft-deleted. */
  readonly hardDeleteAtMs: number | null;
  /**
   * Which contents the table has now: another number, never used before, after all its rows were dropped at
   * once. Rows buffered or logged for another number are void.
   */
  readonly dataId: number;
  /** Physical table; its name ends in `dataId`. */
  readonly engineDatabase: string;
  readonly engineTable: string;
  /** Grows with every change of the columns: a plan or a prepared insert made for another version is stale. */
  readonly version: number;
}

export interface DatabaseRecord {
  /** `_internal` is 0. Never used again. */
  readonly id: number;
  readonly name: string;
  readonly retentionNs: bigint | null;
  readonly createdAtMs: number;
  readonly deletedAtMs: number | null;
  readonly hardDeleteAtMs: number | null;
  /** Name before the soft delete renamed it. */
  readonly originalName: string;
  readonly engineDatabase: string;
}

/** A column that a write needs and that does not exist yet. */
export interface NewColumn {
  readonly name: string;
  readonly type: 'tag' | FieldType;
}

export interface LastCacheRecord {
  readonly tableId: number;
  readonly name: string;
  readonly keyColumnIds: readonly number[];
  /** null = every column that is not a key, growing with the schema. */
  readonly valueColumnIds: readonly number[] | null;
  readonly count: number;
  readonly ttlSecs: number;
}

export interface DistinctCacheRecord {
  readonly tableId: number;
  readonly name: string;
  readonly columnIds: readonly number[];
  readonly maxCardinality: number;
  readonly maxAgeSecs: number;
}

/** A request to delete rows (`http-api.md` 12): what lies in a span of time and has these tags. */
export interface RowDeleteRecord {
  /** From 1, never used again. */
  readonly sequence: number;
  readonly databaseId: number;
  readonly tableId: number;
  /** Names at the time of the request. */
  readonly databaseName: string;
  readonly tableName: string;
  /** Inclusive; null = from the beginning. */
  readonly minTimeNs: bigint | null;
  /** Exclusive; null = to the end. */
  readonly maxTimeNs: bigint | null;
  /** All must hold. */
  readonly tags: readonly { readonly name: string; readonly value: string }[];
  readonly createdAtMs: number;
  readonly disposition: 'pending' | 'completed' | 'aborted';
  readonly endedAtMs: number | null;
  /** Why it was aborted. */
  readonly reason: string | null;
}
