/** Tables whose rows the host supplies: what they are called, their columns, and who gives the rows. */
import type { Equalities } from '../sql/virtual-statement.ts';
import { BOOLEAN, type DataType, INT64, type ResultColumn, UINT64, UTF8 } from '../types.ts';
import type { VirtualContext } from './virtual-context.ts';

/**
 * A cell as its column's type asks: text for strings, bigint or number for integers, nanoseconds for
 * timestamps of any unit and for durations, an array for lists.
 */
export type VirtualValue = null | string | number | bigint | boolean | readonly VirtualValue[];

/** The cells of one row, in column order. */
export type VirtualRow = readonly VirtualValue[];

export interface VirtualTable {
  readonly name: string;
  columns(context: VirtualContext): readonly ResultColumn[];
  /** Rows without these values may be left out: nobody looks at them. */
  rows(context: VirtualContext, equalities: Equalities): Iterable<VirtualRow>;
}

/** Columns of a table, `name: type`; a type in `{ null: type }` may be null. */
export function columnsOf(
  definition: Readonly<Record<string, DataType | { readonly orNull: DataType }>>,
): readonly ResultColumn[] {
  return Object.entries(definition).map(([name, type]) =>
    'orNull' in type ? { name, type: type.orNull, nullable: true } : { name, type, nullable: false },
  );
}

export const orNull = (type: DataType) => ({ orNull: type });

/** Instants at which things go. */
export const UTC_SECONDS: DataType = { kind: 'timestamp', unit: 'second', zone: 'UTC' };
export const TIMESTAMP_MILLISECONDS: DataType = { kind: 'timestamp', unit: 'millisecond', zone: null };
export const UINT8: DataType = { kind: 'uint', bits: 8 };
export const UINT16: DataType = { kind: 'uint', bits: 16 };
export const UINT32: DataType = { kind: 'uint', bits: 32 };
/** Text of the catalog's tables: `Utf8View`, as in the reference. */
export const TEXT: DataType = { kind: 'utf8', view: true };
export const listOf = (item: DataType): DataType => ({ kind: 'list', item });
export const listOrNull = (item: DataType) => orNull({ kind: 'list', item, optional: true });
export { BOOLEAN, INT64, UINT64, UTF8 };

/** A table without rows: the thing that it lists does not exist here. */
export function emptyTable(
  name: string,
  definition: Readonly<Record<string, DataType | { readonly orNull: DataType }>>,
): VirtualTable {
  const columns = columnsOf(definition);
  return { name, columns: () => columns, rows: () => [] };
}

export const msToNs = (ms: number): bigint => BigInt(Math.trunc(ms)) * 1_000_000n;
