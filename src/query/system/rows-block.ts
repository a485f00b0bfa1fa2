/** Rows as one block of columns, for the engine's binary format. */

import { engineColumnName } from '../../catalog/engine-names.ts';
import type { Block, BlockColumn, ColumnVector } from '../../engine/native/block.ts';
import type { DataType, ResultColumn } from '../types.ts';
import { columnEngineType } from './print-rows.ts';
import type { VirtualRow, VirtualValue } from './virtual-table.ts';

export function rowsBlock(columns: readonly ResultColumn[], rows: readonly VirtualRow[]): Block {
  return {
    rows: rows.length,
    columns: columns.map((column, index) =>
      blockColumn(
        engineColumnName(column.name),
        columnEngineType(column),
        column.type,
        column.nullable,
        rows.map((row) => row[index] ?? null),
      ),
    ),
  };
}

function blockColumn(
  name: string,
  engineType: string,
  type: DataType,
  nullable: boolean,
  values: readonly VirtualValue[],
): BlockColumn {
  const vector = vectorOf(type, values);
  if (!nullable || type.kind === 'list') return { name, type: engineType, vector };
  return {
    name,
    type: engineType,
    vector,
    nulls: Uint8Array.from(values, (value) => Number(value === null)),
  };
}

function vectorOf(type: DataType, values: readonly VirtualValue[]): ColumnVector {
  switch (type.kind) {
    case 'boolean':
      return { kind: 'uint8', values: Uint8Array.from(values, (value) => Number(value === true)) };
    case 'int':
    case 'timestamp':
    case 'duration':
      return { kind: 'int64', values: BigInt64Array.from(values, integer) };
    case 'uint':
      return unsigned(type.bits, values);
    case 'utf8':
      return strings(values);
    case 'list':
      return type.optional === true
        ? list(
            { ...type, optional: false },
            values.map((value) => (value === null ? [] : [value])),
          )
        : list(type.item, values);
    default:
      throw new TypeError(`no virtual table has a column of ${type.kind}`);
  }
}

function unsigned(bits: 8 | 16 | 32 | 64, values: readonly VirtualValue[]): ColumnVector {
  const small = (value: VirtualValue) => Number(integer(value));
  switch (bits) {
    case 8:
      return { kind: 'uint8', values: Uint8Array.from(values, small) };
    case 16:
      return { kind: 'uint16', values: Uint16Array.from(values, small) };
    case 32:
      return { kind: 'uint32', values: Uint32Array.from(values, small) };
    case 64:
      return { kind: 'uint64', values: BigUint64Array.from(values, integer) };
  }
}

function integer(value: VirtualValue): bigint {
  return typeof value === 'bigint' || typeof value === 'number' ? BigInt(value) : 0n;
}

function strings(values: readonly VirtualValue[]): ColumnVector {
  const encoded = values.map((value) => Buffer.from(typeof value === 'string' ? value : '', 'utf8'));
  const offsets = new Uint32Array(values.length + 1);
  for (const [index, bytes] of encoded.entries()) offsets[index + 1] = offsets[index]! + bytes.length;
  return { kind: 'string', bytes: Buffer.concat(encoded), offsets };
}

function list(item: DataType, values: readonly VirtualValue[]): ColumnVector {
  const items: VirtualValue[] = [];
  const offsets = new Uint32Array(values.length + 1);
  for (const [index, value] of values.entries()) {
    if (Array.isArray(value)) items.push(...(value as readonly VirtualValue[]));
    offsets[index + 1] = items.length;
  }
  const column = { name: '', type: item, nullable: true };
  return { kind: 'array', offsets, item: blockColumn('', columnEngineType(column), item, true, items) };
}
