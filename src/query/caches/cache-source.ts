/** A cache as a source of rows: from memory where that has the answer, else the view of its table. */
import type { CacheReader, CacheRecord } from '../../caches/caches.ts';
import type { ColumnRecord, TableRecord } from '../../catalog/records.ts';
import type { Block } from '../../engine/native/block.ts';
import { resultColumn } from '../column-types.ts';
import type { SelectPlan } from '../sql/plan.ts';
import type { VirtualContext } from '../system/virtual-context.ts';
import type { ResultColumn } from '../types.ts';

/** A cache as one statement sees it. */
export interface CacheView {
  readonly table: TableRecord;
  readonly cache: CacheRecord;
  /** Of the rows, in this order. */
  readonly columns: readonly ColumnRecord[];
  /** Our own SQL that gives the same rows, to be planned with the principal's view of the table. */
  readonly sql: string;
}

export interface CacheSource {
  readonly kind: 'cache';
  readonly columns: readonly ResultColumn[];
  /**
   * The rows with these tags; null = ask the view. Equalities on other columns than tags are not looked at, so there
   * may be more rows than were asked for: `isTag` tells.
   */
  read(names: readonly string[], equalities: ReadonlyMap<string, ReadonlySet<string>>): Block | null;
  isTag(name: string): boolean;
  /** The view, planned when it is needed. */
  plan(): SelectPlan;
}

export function cacheSource(
  view: CacheView,
  context: VirtualContext,
  reader: CacheReader | null,
  nowNs: bigint,
  planView: (sql: string) => SelectPlan,
): CacheSource {
  const { table, cache } = view;
  const byName = new Map(view.columns.map((column) => [column.name, column]));
  const isTag = (name: string) => byName.get(name)?.type === 'tag';
  return {
    kind: 'cache',
    columns: view.columns.map(resultColumn),
    isTag,
    read(names, equalities) {
      if (reader === null) return null;
      return reader.read(cache, {
        nowNs,
        columns: names.map((name) => byName.get(name)!),
        access: context.scope.table(table.name),
        equalities: new Map([...equalities].filter(([name]) => isTag(name))),
      });
    },
    plan: () => planView(view.sql),
  };
}
