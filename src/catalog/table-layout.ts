/** How a table lies in the engine: the only place that prints its DDL. */
import { hash } from 'node:crypto';
import { ENGINE_TYPE, SERIES_COLUMN, SERIES_TYPE, TIME_COLUMN } from './engine-names.ts';
import { quoteIdentifier } from '../engine/quote-identifier.ts';
import type { ColumnRecord, ColumnType } from './records.ts';

const CODEC: Record<ColumnType, string> = {
  tag: 'ZSTD(1)',
  time: 'DoubleDelta, ZSTD(1)',
  float: 'Gorilla, ZSTD(1)',
  integer: "Delta(8), T64('bit'), ZSTD(1)",
  uinteger: "Delta(8), T64('bit'), ZSTD(1)",
  string: 'ZSTD(1)',
  boolean: 'ZSTD(1)',
};

/**
 * Seven days. The offset keeps it unsigned for every 64-bit nanosecond time, so that a partition has a plain
 * number as its id; the engine prunes by the smallest and largest `time` that it keeps per part.
 */
const PARTITION = 'toUInt32(intDiv(toUnixTimestamp64Nano(`time`), 604800000000000) + 20000)';

const SETTINGS = [
  // A log record may only go when its rows are on the disk.
  'fsync_after_insert = 1',
  'fsync_part_directory = 1',
  // Wide tables merge column by column: flat memory. (The write path may change it, see `mergeOrderSql`.)
  'vertical_merge_algorithm_min_rows_to_activate = 1',
  'vertical_merge_algorithm_min_columns_to_activate = 1',
  // Reads hide expired rows at once; the disk follows by whole parts.
  'ttl_only_drop_parts = 1',
  'materialize_ttl_recalculate_only = 1',
  'merge_with_ttl_timeout = 1800',
].join(', ');

/**
 * A file per column: each takes memory while a part is written, and time. Of tables with many columns parts get them
 * only beyond what is inserted at once; smaller ones have one file: a fifth of the time, a third of the memory.
 */
const MANY_COLUMNS = 100;
const FEW_FILES = `min_bytes_for_wide_part = ${128 * 2 ** 20}`;

/** Beyond this the engine's date arithmetic would overflow: such a period keeps everything. */
const MAXIMUM_TTL_SECS = 3_000_000_000n;

export interface PhysicalTable {
  readonly engineDatabase: string;
  readonly engineTable: string;
}

export function createDatabaseSql(engineDatabase: string): string {
  return `CREATE DATABASE IF NOT EXISTS ${quoteIdentifier(engineDatabase)}`;
}

export function dropDatabaseSql(engineDatabase: string): string {
  return `DROP DATABASE IF EXISTS ${quoteIdentifier(engineDatabase)}`;
}

/** Series, tags, time, fields: columns of a row that are read together lie together. */
export function createTableSql(
  table: PhysicalTable & { readonly columns: readonly ColumnRecord[] },
  retentionNs: bigint | null,
): string {
  const rank = (column: ColumnRecord) => (column.type === 'tag' ? 0 : column.type === 'time' ? 1 : 2);
  const columns = [...table.columns].sort((a, b) => rank(a) - rank(b));
  const ttl = ttlExpression(retentionNs);
  return [
    `CREATE TABLE IF NOT EXISTS ${qualifiedName(table)} (`,
    [
      `${quoteIdentifier(SERIES_COLUMN)} ${SERIES_TYPE} CODEC(ZSTD(1))`,
      ...columns.map(columnDefinition),
      `INDEX __time_range ${quoteIdentifier(TIME_COLUMN)} TYPE minmax GRANULARITY 1`,
      ...columns.filter(isIndexed).map(tagIndex),
    ].join(', '),
    ') ENGINE = ReplacingMergeTree',
    `PARTITION BY ${PARTITION}`,
    `ORDER BY (${quoteIdentifier(SERIES_COLUMN)}, ${quoteIdentifier(TIME_COLUMN)})`,
    ...(ttl === null ? [] : [`TTL ${ttl}`]),
    `SETTINGS ${SETTINGS}${table.columns.length > MANY_COLUMNS ? `, ${FEW_FILES}` : ''}`,
  ].join(' ');
}

/** Not `SYNC`, which would wait for every query that still reads the table, and the changes behind it too. */
export function dropTableSql(table: PhysicalTable): string {
  return `DROP TABLE IF EXISTS ${qualifiedName(table)}`;
}

/** One statement for all new columns: all of them or none. */
export function addColumnsSql(
  table: PhysicalTable & { readonly columns: readonly ColumnRecord[] },
  columns: readonly ColumnRecord[],
): string {
  const parts = [
    ...columns.map((column) => `ADD COLUMN IF NOT EXISTS ${columnDefinition(column)}`),
    ...columns
      .filter(isIndexed)
      .map((column) => `ADD ${tagIndex(column).replace('INDEX', 'INDEX IF NOT EXISTS')}`),
    ...(table.columns.length + columns.length > MANY_COLUMNS ? [`MODIFY SETTING ${FEW_FILES}`] : []),
  ];
  return `ALTER TABLE ${qualifiedName(table)} ${parts.join(', ')}`;
}

export function dropColumnSql(table: PhysicalTable, engineName: string): string {
  return (
    `ALTER TABLE ${qualifiedName(table)} DROP INDEX IF EXISTS ${tagIndexName(engineName)}, ` +
    `DROP COLUMN IF EXISTS ${quoteIdentifier(engineName)}`
  );
}

export function retentionSql(table: PhysicalTable, retentionNs: bigint | null): string {
  const ttl = ttlExpression(retentionNs);
  return `ALTER TABLE ${qualifiedName(table)} ${ttl === null ? 'REMOVE TTL' : `MODIFY TTL ${ttl}`}`;
}

export type MergeOrder = 'columns' | 'rows';

/** Merges go column by column, or row by row. */
export function mergeOrderSql(table: PhysicalTable, order: MergeOrder): string {
  const rows = order === 'columns' ? 1 : 1_000_000_000_000;
  return `ALTER TABLE ${qualifiedName(table)} MODIFY SETTING vertical_merge_algorithm_min_rows_to_activate = ${rows}`;
}

/** The engine's period in seconds, rounded up: it may only remove what reads already hide. null = none. */
export function ttlSecs(retentionNs: bigint | null): bigint | null {
  if (retentionNs === null) return null;
  const secs = (retentionNs + 999_999_999n) / 1_000_000_000n;
  return secs > MAXIMUM_TTL_SECS ? null : secs;
}

function ttlExpression(retentionNs: bigint | null): string | null {
  const secs = ttlSecs(retentionNs);
  return secs === null ? null : `${quoteIdentifier(TIME_COLUMN)} + toIntervalSecond(${secs})`;
}

/** The period that a table has in the engine, out of `system.tables.engine_full`. */
export function ttlSecsOf(engineFull: string): bigint | null {
  const match = / TTL .*?toIntervalSecond\((\d+)\)/.exec(engineFull);
  return match?.[1] === undefined ? null : BigInt(match[1]);
}

/** Few tags are what people filter by; each index costs every insert. */
const INDEXED_COLUMNS = 64;

const isIndexed = ({ type, id }: ColumnRecord): boolean => type === 'tag' && id < INDEXED_COLUMNS;

/** Rows of a series lie together, so one value of a tag is in few granules: the others are not read. */
function tagIndex({ engineName }: ColumnRecord): string {
  return `INDEX ${tagIndexName(engineName)} ${quoteIdentifier(engineName)} TYPE bloom_filter(0.01) GRANULARITY 1`;
}

/** Short, whatever the column is called: the name becomes part of a file's. */
const tagIndexName = (engineName: string): string => `__tag_${hash('sha1', engineName).slice(0, 16)}`;

function columnDefinition(column: ColumnRecord): string {
  return `${quoteIdentifier(column.engineName)} ${ENGINE_TYPE[column.type]} CODEC(${CODEC[column.type]})`;
}

function qualifiedName(table: PhysicalTable): string {
  return `${quoteIdentifier(table.engineDatabase)}.${quoteIdentifier(table.engineTable)}`;
}
