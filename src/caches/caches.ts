/**
 * The contract of the caches in memory: last values and distinct values, fed by the write path and asked by queries.
 * A cache answers exactly what a query of its table would, or not at all (`README.md` has the invariants).
 */
import type { TableAccess } from '../auth/operation.ts';
import type { ColumnRecord, DistinctCacheRecord, LastCacheRecord } from '../catalog/records.ts';
import type { Block } from '../engine/native/block.ts';

export type CacheRecord = LastCacheRecord | DistinctCacheRecord;

export interface CacheRead {
  /** The instant that ages and retention are counted from. */
  readonly nowNs: bigint;
  /** Columns of the table that the cache holds; the block has them in this order, under their engine names. */
  readonly columns: readonly ColumnRecord[];
  /** What the asking principal may read of the table. */
  readonly access: TableAccess;
  /** Tag by name -> values: only rows where every one of these tags has one of its values. */
  readonly equalities: ReadonlyMap<string, ReadonlySet<string>>;
}

export interface CacheReader {
  /**
   * The rows, as they are now; null = ask the table. Null while the cache is loaded, when it has grown too large,
   * and when the principal's row filter concerns columns that are no keys of it.
   */
  read(cache: CacheRecord, request: CacheRead): Block | null;
}

export interface CacheLimits {
  /** Memory of all caches together, and of each. A cache that exceeds one of them is given up. */
  readonly bytes: number;
  readonly bytesPerCache: number;
  /** How long a load that failed is left alone. */
  readonly retryAfterMs: number;
}

export const DEFAULT_CACHE_LIMITS: CacheLimits = {
  bytes: 256 * 2 ** 20,
  bytesPerCache: 128 * 2 ** 20,
  retryAfterMs: 5000,
};
