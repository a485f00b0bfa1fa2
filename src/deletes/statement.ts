/** The engine statement of a row delete. Text of the request is in it only as quoted literals. */
import { TIME_COLUMN } from '../catalog/engine-names.ts';
import { quoteIdentifier } from '../engine/quote-identifier.ts';
import type { RowDeleteRecord, TableRecord } from '../catalog/records.ts';
import { stringLiteral } from '../engine/string-literal.ts';

/** null: no row can match, because the table has not such a tag (any more). */
export function deleteStatement(table: TableRecord, request: RowDeleteRecord): string | null {
  const conditions: string[] = [];
  for (const { name, value } of request.tags) {
    const column = table.columnByName.get(name);
    if (column?.type !== 'tag') return null;
    conditions.push(`${quoteIdentifier(column.engineName)} = ${stringLiteral(value)}`);
  }
  const time = quoteIdentifier(TIME_COLUMN);
  if (request.minTimeNs !== null) conditions.push(`${time} >= ${instant(request.minTimeNs)}`);
  if (request.maxTimeNs !== null) conditions.push(`${time} < ${instant(request.maxTimeNs)}`);
  const where = conditions.length === 0 ? '1' : conditions.join(' AND ');
  return `ALTER TABLE ${quoteIdentifier(table.engineDatabase)}.${quoteIdentifier(table.engineTable)} DELETE WHERE ${where}`;
}

const instant = (ns: bigint) => `fromUnixTimestamp64Nano(toInt64(${ns}), 'UTC')`;
