/** What stands behind a virtual table's id in one request: rows of the host, or a query of our own. */
import type { CacheSource } from '../caches/cache-source.ts';
import type { Equalities } from '../sql/virtual-statement.ts';
import type { VirtualRow } from '../system/virtual-table.ts';
import type { ResultColumn } from '../types.ts';

export type VirtualSource =
  | {
      readonly kind: 'rows';
      readonly columns: readonly ResultColumn[];
      /** Asked for once, when the query is about to run; rows without these values may be left out. */
      rows(equalities: Equalities): Iterable<VirtualRow>;
    }
  | CacheSource;
