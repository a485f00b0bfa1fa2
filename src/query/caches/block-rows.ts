/** The rows of a cache's block as values, for what prints them. Only the vectors that a cache gives. */
import type { Block, BlockColumn } from '../../engine/native/block.ts';
import type { VirtualRow, VirtualValue } from '../system/virtual-table.ts';

export function* blockRows(block: Block): Generator<VirtualRow> {
  const cells = block.columns.map(cellsOf);
  for (let row = 0; row < block.rows; row++) yield cells.map((cell) => cell(row));
}

function cellsOf({ vector, nulls, type }: BlockColumn): (row: number) => VirtualValue {
  const isNull = (row: number) => nulls?.[row] === 1;
  switch (vector.kind) {
    case 'dictionary':
      return (row) => vector.dictionary[vector.indexes[row]!] ?? null;
    case 'string': {
      const { bytes, offsets } = vector;
      const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
      return (row) => (isNull(row) ? null : buffer.toString('utf8', offsets[row]!, offsets[row + 1]!));
    }
    case 'uint8':
      return (row) => (isNull(row) ? null : vector.values[row] === 1);
    case 'int64':
    case 'uint64':
      return (row) => (isNull(row) ? null : vector.values[row]!);
    case 'float64':
      return (row) => (isNull(row) ? null : floatValue(vector.values[row]!));
    default:
      throw new TypeError(`a cache has no column of ${type}`);
  }
}

/** As text the number zero would lose its sign. */
function floatValue(value: number): VirtualValue {
  return Object.is(value, -0) ? '-0' : value;
}
