/** Nested values as flat leaves with levels, after the Dremel paper: what Parquet stores of lists and structs. */
import type { BlockColumn } from '../../../engine/native/block.ts';
import type { DataType } from '../../types.ts';

/** The entries of one leaf; `index` is a row of the leaf's vector, or -1 where there is none. */
export interface Levels {
  readonly length: number;
  readonly index: Int32Array;
  readonly definition: Uint8Array;
  readonly repetition: Uint8Array;
}

export interface ShreddedLeaf {
  readonly column: BlockColumn;
  readonly levels: Levels;
}

/** One entry a row. */
export function rowLevels(rows: number): Levels {
  const index = new Int32Array(rows);
  for (let row = 0; row < rows; row++) index[row] = row;
  return {
    length: rows,
    index,
    definition: new Uint8Array(rows),
    repetition: new Uint8Array(rows),
  };
}

/** The leaves of a column, in the order of the schema. */
export function shred(type: DataType, column: BlockColumn, levels: Levels, repetition = 0): ShreddedLeaf[] {
  const { vector } = column;
  if ('optional' in type && type.optional === true && vector.kind === 'array')
    return shred({ ...type, optional: false }, vector.item, presence(levels, vector.offsets), repetition);
  if (type.kind === 'struct' && vector.kind === 'tuple') {
    return type.fields.flatMap((field, index) =>
      shred(field.type, vector.fields[index]!, levels, repetition),
    );
  }
  if (type.kind === 'list' && vector.kind === 'array') {
    const inner = repeated(levels, vector.offsets, repetition + 1);
    return shred(type.item, vector.item, inner, repetition + 1);
  }
  if (type.kind === 'map' && vector.kind === 'map') {
    const inner = repeated(levels, vector.offsets, repetition + 1);
    return [
      ...shred(type.key, vector.key, inner, repetition + 1),
      ...shred(type.value, vector.value, inner, repetition + 1),
    ];
  }
  return [{ column, levels }];
}

/** Each entry becomes the one item of its array, one level deeper; one without an item has none. */
function presence({ length, index, definition, repetition }: Levels, offsets: Uint32Array): Levels {
  const items = index.map((row) => (row < 0 || offsets[row] === offsets[row + 1] ? -1 : offsets[row]!));
  return {
    length,
    index: items,
    definition: definition.map((d, i) => (items[i]! < 0 ? d : d + 1)),
    repetition,
  };
}

/** Each entry becomes its items, a level deeper; one without items stays as it is. */
function repeated(levels: Levels, offsets: Uint32Array, depth: number): Levels {
  let length = 0;
  for (let entry = 0; entry < levels.length; entry++) {
    const row = levels.index[entry]!;
    length += row < 0 ? 1 : Math.max(1, offsets[row + 1]! - offsets[row]!);
  }
  const index = new Int32Array(length);
  const definition = new Uint8Array(length);
  const repetition = new Uint8Array(length);
  let at = 0;
  for (let entry = 0; entry < levels.length; entry++) {
    const row = levels.index[entry]!;
    const from = row < 0 ? 0 : offsets[row]!;
    const to = row < 0 ? 0 : offsets[row + 1]!;
    repetition[at] = levels.repetition[entry]!;
    if (from === to) {
      index[at] = -1;
      definition[at++] = levels.definition[entry]!;
      continue;
    }
    for (let item = from; item < to; item++) {
      if (item > from) repetition[at] = depth;
      index[at] = item;
      definition[at++] = levels.definition[entry]! + 1;
    }
  }
  return { length, index, definition, repetition };
}
