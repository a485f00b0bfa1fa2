/**
 * A block of columns in memory, as ClickHouse's `Native` format carries it: the one in-memory table shape
 * that ingest writes and the result encoders read.
 *
 * Vectors are typed arrays where the type allows. `nulls[i] === 1` marks a null (ClickHouse's own order);
 * the value below a null is unspecified. Source: ClickHouse, src/Processors/Formats/Impl/NativeFormat.cpp.
 */

export type ColumnVector =
  | { readonly kind: 'uint8'; readonly values: Uint8Array } // UInt8 and Bool
  | { readonly kind: 'int8'; readonly values: Int8Array }
  | { readonly kind: 'uint16'; readonly values: Uint16Array }
  | { readonly kind: 'int16'; readonly values: Int16Array }
  | { readonly kind: 'uint32'; readonly values: Uint32Array }
  | { readonly kind: 'int32'; readonly values: Int32Array }
  | { readonly kind: 'uint64'; readonly values: BigUint64Array; readonly raw?: Uint8Array }
  /** Also DateTime64: ticks of its scale. `raw`: the same little endian, there before `values` is asked for. */
  | { readonly kind: 'int64'; readonly values: BigInt64Array; readonly raw?: Uint8Array }
  | { readonly kind: 'float32'; readonly values: Float32Array }
  | { readonly kind: 'float64'; readonly values: Float64Array; readonly raw?: Uint8Array }
  /** Fixed-width bytes, little endian for numbers: UInt128, FixedString(N), Decimal128, UUID. */
  | { readonly kind: 'fixed'; readonly width: number; readonly bytes: Uint8Array }
  /** UTF-8 bytes of all rows end to end; row i is `[offsets[i], offsets[i + 1])`. */
  | { readonly kind: 'string'; readonly bytes: Uint8Array; readonly offsets: Uint32Array }
  /** Dictionary: row i is `dictionary[indexes[i]]`; index 0 is null when the type is nullable. */
  | {
      readonly kind: 'dictionary';
      readonly dictionary: readonly (string | null)[];
      readonly indexes: Uint32Array;
    }
  /** Row i is the items `[offsets[i], offsets[i + 1])`. */
  | { readonly kind: 'array'; readonly item: BlockColumn; readonly offsets: Uint32Array }
  | { readonly kind: 'tuple'; readonly fields: readonly BlockColumn[] }
  | {
      readonly kind: 'map';
      readonly key: BlockColumn;
      readonly value: BlockColumn;
      readonly offsets: Uint32Array;
    };

export interface BlockColumn {
  /** Engine name (of a tuple's field: the field's name, or '' where it has none). */
  readonly name: string;
  /** Full ClickHouse type, for example `LowCardinality(Nullable(String))`. */
  readonly type: string;
  readonly vector: ColumnVector;
  /** One byte a row, 1 = null; absent when the type is not `Nullable` (a dictionary marks nulls itself). */
  readonly nulls?: Uint8Array;
}

export interface Block {
  readonly rows: number;
  readonly columns: readonly BlockColumn[];
}
