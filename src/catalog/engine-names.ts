/** Physical names: readable, so that people can point ClickHouse tools at their data, and collision-free. */
import type { ColumnType } from './records.ts';

/** The hash of a point's tag set (`ingest/series.ts`): first column of the sorting key. */
export const SERIES_COLUMN = '__series';
export const SERIES_TYPE = 'UInt128';
export const TIME_COLUMN = 'time';

/**
 * The engine column of an Influx column. A dot would name a subcolumn or a Nested member, a leading `__` is
 * ours, and quotes, backslashes and control characters invite mistakes: those are percent-encoded.
 */
export function engineColumnName(name: string): string {
  const encoded = name.replace(/[%.`"'\\\u0000-\u001f\u007f]/g, percentEncode);
  return encoded.startsWith('__') ? '%5F' + encoded.slice(1) : encoded === '' ? '%00' : encoded;
}

function percentEncode(character: string): string {
  return '%' + character.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0');
}

/** ClickHouse type of a column as stored. */
export const ENGINE_TYPE: Record<ColumnType, string> = {
  tag: 'LowCardinality(Nullable(String))',
  time: "DateTime64(9, 'UTC')",
  float: 'Nullable(Float64)',
  integer: 'Nullable(Int64)',
  uinteger: 'Nullable(UInt64)',
  string: 'Nullable(String)',
  boolean: 'Nullable(Bool)',
};
