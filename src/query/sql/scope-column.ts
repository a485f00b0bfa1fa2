/** A column that an expression may name. */
import type { DataType } from '../types.ts';

export interface ScopeColumn {
  readonly name: string;
  readonly type: DataType;
  readonly nullable: boolean;
  /** Engine alias, unique in the statement: needs no qualifier. */
  readonly id: string;
  /** Called when the column is printed: scans read used columns only. */
  use(): void;
  /** Bounds of a time column that the query below already holds to, for gap filling; inclusive. */
  readonly bounds?: TimeBounds;
  /** The scan that delivers it unchanged, for predicates that the scan may apply. */
  readonly source?: {
    readonly scan: ScanTarget;
    readonly engineName: string;
    readonly role: 'tag' | 'time' | 'field';
  };
}

/** Inclusive; null where the side is open, undefined where a bound exists that is no constant. */
export interface TimeBounds {
  readonly lower: bigint | null | undefined;
  readonly upper: bigint | null | undefined;
}

/** Takes predicates that a scan can use to skip data. */
export interface ScanTarget {
  /** The tag must have one of the values. */
  restrict(engineName: string, values: readonly string[]): void;
  bound(side: 'lower' | 'upper', ns: bigint): void;
}
