/**
 * A statement over few rows as plain data: which rows of one table it reads and what becomes of them. It holds
 * nothing of the moment, because plans are used again.
 */
import type { EngineTable } from '../../engine/engine.ts';
import type { StoredFieldType } from '../../engine/stored-rows.ts';

export interface NarrowStatement {
  readonly tableId: number;
  readonly table: EngineTable;
  /** Both inclusive; retention comes on top of it. */
  readonly fromNs: bigint;
  readonly toNs: bigint;
  readonly retentionNs: bigint | null;
  /** Engine name of a tag -> its values; all entries must hold. Never empty; a set without values lets no row in. */
  readonly tagFilter: ReadonlyMap<string, ReadonlySet<string>>;
  /** null: all. Else each row has to meet one of these in the same way; none: no row is visible. */
  readonly visible: readonly ReadonlyMap<string, ReadonlySet<string>>[] | null;
  /** Engine names of what is read. */
  readonly tags: readonly string[];
  readonly fields: readonly NarrowField[];
  /** All must hold. */
  readonly conditions: readonly FieldCondition[];
  readonly rows: PlainRows | GroupedRows;
  /** Of each output column its place among the columns of `rows` (keys first, then aggregates). */
  readonly outputs: readonly number[];
  readonly order: readonly NarrowOrder[];
  readonly limit: { readonly count: number | null; readonly offset: number };
}

export interface NarrowField {
  readonly name: string;
  readonly type: StoredFieldType;
}

export type FieldCondition =
  | {
      readonly kind: 'number';
      readonly field: number;
      /** Whether a value below, at, and above the constant is let in. */
      readonly keeps: { readonly less: boolean; readonly equal: boolean; readonly greater: boolean };
      readonly constant: number;
    }
  | { readonly kind: 'string'; readonly field: number; readonly equal: boolean; readonly constant: string }
  | { readonly kind: 'null'; readonly field: number; readonly isNull: boolean };

/** Tags and fields by their place in the statement's own lists. */
export type NarrowColumn =
  | { readonly kind: 'time' }
  | { readonly kind: 'tag'; readonly tag: number }
  | { readonly kind: 'field'; readonly field: number };

export interface PlainRows {
  readonly kind: 'plain';
  readonly columns: readonly NarrowColumn[];
}

export interface GroupedRows {
  readonly kind: 'grouped';
  readonly keys: readonly GroupKey[];
  readonly aggregates: readonly NarrowAggregate[];
}

/** At most one key of a statement is a bin. */
export type GroupKey =
  | { readonly kind: 'bin'; readonly strideNs: bigint; readonly originNs: bigint }
  | { readonly kind: 'tag'; readonly tag: number };

/** Without keys a group has no rows where nothing was found: counts are 0 then, all others null. */
export type NarrowAggregate =
  | { readonly kind: 'rows' }
  | { readonly kind: 'tags'; readonly tag: number }
  | { readonly kind: 'count' | 'min' | 'max' | 'sum' | 'mean'; readonly field: number };

export interface NarrowOrder {
  /** A place among the columns of `rows`. */
  readonly column: number;
  readonly descending: boolean;
  readonly nullsFirst: boolean;
}
