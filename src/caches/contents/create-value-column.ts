/** The column that fits a field's type. */
import type { FieldType } from '../../catalog/records.ts';
import { BooleanColumn } from './boolean-column.ts';
import { FloatColumn } from './float-column.ts';
import { StringColumn } from './string-column.ts';
import type { ValueColumn } from './value-column.ts';
import { WholeColumn } from './whole-column.ts';

export function createValueColumn(type: FieldType, capacity: number): ValueColumn {
  switch (type) {
    case 'float':
      return new FloatColumn(capacity);
    case 'integer':
    case 'uinteger':
      return new WholeColumn(type, capacity);
    case 'boolean':
      return new BooleanColumn(capacity);
    case 'string':
      return new StringColumn(capacity);
  }
}
