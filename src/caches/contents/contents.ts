/** What a cache holds, whichever its kind. */
import type { Block, BlockColumn } from '../../engine/native/block.ts';
import type { RowColumns } from '../../ingest/row-range.ts';
import type { CacheRead } from '../caches.ts';
import type { KeyFilter } from '../key-filter.ts';

export interface Contents {
  /** Memory, roughly. */
  readonly bytes: number;
  readonly rows: number;
  /** Points at this instant or before are not here; null = all are. Readers must not look further back. */
  readonly floorNs: bigint | null;
  /** Rows that were just acknowledged. What they say wins over what is here already. */
  append(batch: RowColumns): void;
  /** Rows that were read from the table, after the first `append` came: what is here already wins. */
  load(columns: ReadonlyMap<string, BlockColumn>, rows: number): void;
  /** Rows after `floorNs`. */
  read(request: CacheRead, filter: KeyFilter, floorNs: bigint | null): Block;
  /** The same without what lies at `floorNs` or before; null when that would free little. */
  compacted(floorNs: bigint): Contents | null;
}
