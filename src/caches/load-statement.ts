/** What a cache reads from the engine when it starts. Printed from catalog names and numbers alone. */
import { SERIES_COLUMN, TIME_COLUMN } from '../catalog/engine-names.ts';
import { quoteIdentifier } from '../engine/quote-identifier.ts';
import type { ColumnRecord, TableRecord } from '../catalog/records.ts';

const series = quoteIdentifier(SERIES_COLUMN);
const time = quoteIdentifier(TIME_COLUMN);
/** No column of a table is called so. */
export const NEWEST_COLUMN = '__newest';
const newest = quoteIdentifier(NEWEST_COLUMN);

/**
 * The newest `count` points of each series first, from the two columns that are sorted by; then only those whole,
 * and each once.
 */
export function lastRowsStatement(
  table: TableRecord,
  keys: readonly ColumnRecord[],
  columns: readonly ColumnRecord[],
  options: { readonly count: number; readonly floorNs: bigint | null; readonly maximumRows: number },
): string {
  const { count, floorNs, maximumRows } = options;
  const from = source(table);
  const where = conditions(keys, floorNs);
  const points =
    count === 1
      ? `SELECT ${series}, max(${time}) FROM ${from} WHERE ${where} GROUP BY ${series}`
      : `SELECT ${series}, ${time} FROM (SELECT DISTINCT ${series}, ${time} FROM ${from} WHERE ${where}) ` +
        `ORDER BY ${series}, ${time} DESC LIMIT ${count} BY ${series}`;
  const names = [SERIES_COLUMN, TIME_COLUMN, ...columns.map(({ engineName }) => engineName)];
  const perKey = keys.length === 0 ? '' : ` BY ${keys.map(quoted).join(', ')}`;
  const list = names.map(quoteIdentifier).join(', ');
  return (
    `SELECT ${list} FROM (SELECT ${list} FROM ${from} FINAL ` +
    `WHERE (${series}, ${time}) IN (${points}) AND ${where}) ` +
    `ORDER BY ${[...keys.map(quoted), `${time} DESC`].join(', ')} LIMIT ${count}${perKey} LIMIT ${maximumRows + 1}`
  );
}

/** Each combination with the time of its newest point; null is a value. */
export function distinctValuesStatement(
  table: TableRecord,
  keys: readonly ColumnRecord[],
  options: { readonly floorNs: bigint | null; readonly maximumRows: number },
): string {
  const list = keys.map(quoted).join(', ');
  return (
    `SELECT * FROM (SELECT ${list}, max(${time}) AS ${newest} FROM ${source(table)} ` +
    `WHERE ${conditions([], options.floorNs)} GROUP BY ${list}) ` +
    `ORDER BY ${list} LIMIT ${options.maximumRows + 1}`
  );
}

const quoted = ({ engineName }: ColumnRecord) => quoteIdentifier(engineName);

function source({ engineDatabase, engineTable }: TableRecord): string {
  return `${quoteIdentifier(engineDatabase)}.${quoteIdentifier(engineTable)}`;
}

function conditions(needed: readonly ColumnRecord[], floorNs: bigint | null): string {
  const parts = needed.map((key) => `${quoted(key)} IS NOT NULL`);
  if (floorNs !== null) parts.push(`${time} > fromUnixTimestamp64Nano(toInt64(${floorNs}), 'UTC')`);
  return parts.length === 0 ? '1' : parts.join(' AND ');
}
