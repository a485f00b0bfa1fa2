/** The column that fits a field's type. */
import type { FieldType } from '../../catalog/records.ts';
import { BOOLEANS, FLOATS, PlainColumn } from './plain-column.ts';
import { StringColumn } from './string-column.ts';
import type { ValueColumn } from './value-column.ts';
import { WholeColumn } from './whole-column.ts';

export function createValueColumn(type: FieldType, capacity: number): ValueColumn {
  switch (type) {
    case 'float':
      return new PlainColumn(FLOATS, capacity);
    case 'integer':
    case 'uinteger':
      return new WholeColumn(type, capacity);
    case 'boolean':
      return new PlainColumn(BOOLEANS, capacity);
    case 'string':
      return new StringColumn(capacity);
  }
}
