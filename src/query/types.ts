/** The types of SQL expressions, as Arrow (and so DataFusion) names them. */

export type TimeUnit = 'second' | 'millisecond' | 'microsecond' | 'nanosecond';

export type DataType =
  | { readonly kind: 'null' }
  | { readonly kind: 'boolean' }
  | { readonly kind: 'int'; readonly bits: 8 | 16 | 32 | 64 }
  | { readonly kind: 'uint'; readonly bits: 8 | 16 | 32 | 64 }
  | { readonly kind: 'float'; readonly bits: 16 | 32 | 64 }
  | { readonly kind: 'decimal'; readonly bits: 128 | 256; readonly precision: number; readonly scale: number }
  | { readonly kind: 'utf8'; readonly large?: boolean; readonly view?: boolean }
  /** A tag: `Dictionary(Int32, Utf8)`. */
  | { readonly kind: 'dictionary'; readonly key: DataType; readonly value: DataType }
  | { readonly kind: 'binary'; readonly large?: boolean; readonly view?: boolean }
  | { readonly kind: 'date'; readonly bits: 32 | 64 }
  | { readonly kind: 'time'; readonly unit: TimeUnit }
  /** Instants. `zone` null = naive, which means UTC. */
  | { readonly kind: 'timestamp'; readonly unit: TimeUnit; readonly zone: string | null }
  | { readonly kind: 'duration'; readonly unit: TimeUnit }
  | { readonly kind: 'interval'; readonly unit: 'year_month' | 'day_time' | 'month_day_nano' }
  | {
      readonly kind: 'list';
      readonly item: DataType;
      readonly large?: boolean;
      readonly fixed?: number;
      readonly optional?: boolean;
    }
  /** `optional`: may be null, which changes how the engine carries it (`sql/functions/optional.ts`). */
  | { readonly kind: 'struct'; readonly fields: readonly StructField[]; readonly optional?: boolean }
  | {
      readonly kind: 'map';
      readonly key: DataType;
      readonly value: DataType;
      readonly optional?: boolean;
    };

export interface StructField {
  readonly name: string;
  readonly type: DataType;
}

export const NULL_TYPE: DataType = { kind: 'null' };
export const BOOLEAN: DataType = { kind: 'boolean' };
export const INT32: DataType = { kind: 'int', bits: 32 };
export const INT64: DataType = { kind: 'int', bits: 64 };
export const UINT64: DataType = { kind: 'uint', bits: 64 };
export const FLOAT64: DataType = { kind: 'float', bits: 64 };
export const UTF8: DataType = { kind: 'utf8' };
export const BINARY: DataType = { kind: 'binary' };
export const DATE32: DataType = { kind: 'date', bits: 32 };
export const TAG: DataType = { kind: 'dictionary', key: INT32, value: UTF8 };
export const TIMESTAMP_NS: DataType = { kind: 'timestamp', unit: 'nanosecond', zone: null };
export const INTERVAL: DataType = { kind: 'interval', unit: 'month_day_nano' };
export const DURATION_NS: DataType = { kind: 'duration', unit: 'nanosecond' };

/** A column of a result: what the client sees and how the engine carries it (see `representation.ts`). */
export interface ResultColumn {
  readonly name: string;
  readonly type: DataType;
  readonly nullable: boolean;
}
