/** Rows as engine SQL: a `values(…)` source of our own literals. For few rows; many are staged (`staging.ts`). */
import { engineColumnName, quoteIdentifier } from '../../catalog/engine-names.ts';
import { engineType, nullableEngineType } from '../representation.ts';
import { stringLiteral } from '../sql/literals.ts';
import type { DataType, ResultColumn } from '../types.ts';
import type { VirtualRow, VirtualValue } from './virtual-table.ts';

/** The engine type of a virtual table's column. */
export function columnEngineType({ type, nullable }: ResultColumn): string {
  return nullable ? nullableEngineType(type) : engineType(type);
}

export function structureOf(columns: readonly ResultColumn[]): string {
  return columns.map((column) => `${engineName(column)} ${columnEngineType(column)}`).join(', ');
}

function engineName(column: ResultColumn): string {
  return quoteIdentifier(engineColumnName(column.name));
}

/** A source that may stand after FROM. */
export function printRows(columns: readonly ResultColumn[], rows: readonly VirtualRow[]): string {
  if (rows.length === 0) {
    const empty = columns.map(
      (column) =>
        `defaultValueOfTypeName(${stringLiteral(columnEngineType(column))}) AS ${engineName(column)}`,
    );
    return `(SELECT ${empty.join(', ')} WHERE 0)`;
  }
  const tuples = rows.map(
    (row) => `(${columns.map((column, index) => literal(row[index] ?? null, column.type)).join(', ')})`,
  );
  // With one column a tuple in brackets would be read as its value.
  return `(SELECT * FROM values(${stringLiteral(structureOf(columns))}, ${tuples.join(', ')}))`;
}

function literal(value: VirtualValue, type: DataType): string {
  if (value === null) return 'NULL';
  if (Array.isArray(value)) {
    const item: DataType = type.kind === 'list' ? type.item : type;
    return `[${value.map((entry: VirtualValue) => literal(entry, item)).join(', ')}]`;
  }
  if (typeof value === 'boolean') return String(value);
  // As text it is exact: the engine converts it to the column's type.
  if (type.kind === 'timestamp') return `fromUnixTimestamp64Nano(toInt64('${String(value)}'), 'UTC')`;
  return stringLiteral(String(value));
}
