/** The columns of a user table as SQL sees them. */
import type { ColumnRecord, ColumnType, TableRecord } from '../catalog/records.ts';
import {
  BOOLEAN,
  type DataType,
  FLOAT64,
  INT64,
  type ResultColumn,
  TAG,
  TIMESTAMP_NS,
  UINT64,
  UTF8,
} from './types.ts';

const TYPES: Record<ColumnType, DataType> = {
  tag: TAG,
  time: TIMESTAMP_NS,
  float: FLOAT64,
  integer: INT64,
  uinteger: UINT64,
  string: UTF8,
  boolean: BOOLEAN,
};

export function resultColumn(column: ColumnRecord): ResultColumn {
  return { name: column.name, type: TYPES[column.type], nullable: column.type !== 'time' };
}

/** By byte value of the name, `time` among the others. */
export function sortedResultColumns(table: TableRecord): ResultColumn[] {
  return [...table.columns]
    .sort((a, b) => Buffer.compare(Buffer.from(a.name), Buffer.from(b.name)))
    .map(resultColumn);
}
