/** The seam between planning (parse, bind, print) and running (barrier, engine, encode) a SQL statement. */
import type { TableAccess } from '../../auth/operation.ts';
import type { TableRecord } from '../../catalog/records.ts';
import type { TableReadState, TimeSpan } from '../../ingest/ingest.ts';
import type { VirtualStatement } from './virtual-statement.ts';
import type { NarrowStatement } from '../narrow/statement.ts';
import type { ParameterValue } from '../query.ts';
import type { ResultColumn } from '../types.ts';

/** What a name in FROM may resolve to. */
export type Relation =
  /** A user table; `access` is what this principal may read of it (never `hidden`: that is undefined). */
  | {
      readonly kind: 'table';
      readonly table: TableRecord;
      readonly access: TableAccess;
      /** Rows with `time` before now minus this do not exist; null = infinite. */
      readonly retentionNs: bigint | null;
    }
  /** A table whose rows the host supplies: `system.*`, `information_schema.*`, cache functions. */
  | VirtualRelation;

export interface VirtualRelation {
  readonly kind: 'virtual';
  readonly id: string;
  readonly columns: readonly ResultColumn[];
  /** The rows are combinations of values: who reads the first columns only gets their combinations, each once. */
  readonly combinations?: boolean;
}

/** Resolves names for one request: knows the database, the principal's scope and the virtual tables. */
export interface RelationProvider {
  /** Schemas: `iox` (user tables), `system`, `information_schema`. Undefined = not found (or hidden). */
  relation(schema: string, name: string): Relation | undefined;
  /** `last_cache(…)`, `distinct_cache(…)`: undefined = no such table function. */
  tableFunction(name: string, args: readonly (string | undefined)[]): Relation | undefined;
}

/** What printing needs to know at the moment of running. */
export interface PrintEnvironment {
  readonly nowNs: bigint;
  /** After the barrier. */
  readState(tableId: number): TableReadState;
  /**
   * Engine SQL of a source (something that may stand after FROM) that holds the virtual table's rows. A column is
   * called `engineColumnName(name)` there, and its type is the one of `representation.ts`.
   */
  virtualSource(id: string): string;
}

export interface SelectPlan {
  readonly kind: 'select';
  readonly columns: readonly ResultColumn[];
  /** User tables that are read: the barrier's argument. */
  readonly tableIds: readonly number[];
  /** Of each of them the times beyond which no row is read. */
  readonly spans: ReadonlyMap<number, TimeSpan>;
  /** Virtual tables that are read: their rows must be in place before printing. */
  readonly virtualIds: readonly string[];
  /** The same text over the same tables gives the same plan at another time, and nothing in it is the request's own. */
  readonly reusable: boolean;
  /** Whole engine statement, without FORMAT and SETTINGS. Output column i is called `c<i>` in the engine. */
  print(environment: PrintEnvironment): string;
  /** Rough cost for the lane choice. */
  readonly weight: 'light' | 'heavy';
  /** Set where the statement reads one table of the host's and nothing else. */
  readonly virtual?: VirtualStatement;
  /** Set where the statement reads few rows of one table, all of which may be seen, and can be answered from them. */
  readonly narrow?: NarrowStatement;
}

/** Statements that the host answers from what it knows, as a query over virtual tables. */
export interface ExplainPlan {
  readonly kind: 'explain';
  readonly analyze: boolean;
  readonly verbose: boolean;
  readonly inner: SelectPlan;
  /** Our own plan as text, one line a node; without engine SQL and without row filters of the principal. */
  readonly logical: string;
}

export type Plan = SelectPlan | ExplainPlan;

export interface PlanRequest {
  readonly text: string;
  readonly parameters: ReadonlyMap<string, ParameterValue>;
  readonly relations: RelationProvider;
  readonly nowNs: bigint;
}

/** Plans one statement; throws catalogue errors with the position where there is one. */
export type PlanStatement = (request: PlanRequest) => Plan;

/** Engine settings that every printed statement relies on. */
export const ENGINE_SETTINGS: Readonly<Record<string, number>> = {
  allow_experimental_correlated_subqueries: 1,
  // It remembers what a LIMIT cut short as if it were the whole answer.
  use_query_condition_cache: 0,
  // Rows of one series and time lie in one partition.
  do_not_merge_across_partitions_select_final: 1,
  // No table has a projection, and looking for one takes a tenth of a narrow query.
  optimize_use_projections: 0,
  // A scan that asks its table first which rows it needs must find them (`extreme-rows.ts`).
  enable_shared_storage_snapshot_in_query: 1,
  // Of one megabyte, as it is, blocks of many columns get so short that handing them on takes a fifth of a scan.
  preferred_block_size_bytes: 8 * 2 ** 20,
};

/** For light ones besides: indexes are looked at once before the reading, not once more by each reader. */
export const LIGHT_SETTINGS: Readonly<Record<string, number>> = {
  ...ENGINE_SETTINGS,
  use_skip_indexes_on_data_read: 0,
};
