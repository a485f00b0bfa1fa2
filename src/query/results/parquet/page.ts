/** One data page: levels, then values, compressed. */
import { promisify } from 'node:util';
import { constants, zstdCompress } from 'node:zlib';
import type { ColumnVector } from '../../../engine/native/block.ts';
import { plainValues } from './plain-values.ts';
import type { Leaf } from './schema.ts';
import type { Levels, ShreddedLeaf } from './shred.ts';
import { encodeStruct, i32, struct } from './thrift.ts';

const compress = promisify(zstdCompress);

/** Half of the processor time of the default level, for files of repeated tags that are 1.45 times as large. */
const LEVEL = 1;

const PLAIN = 0;
const RLE = 3;

export interface Page {
  readonly bytes: readonly Uint8Array[];
  readonly values: number;
  /** Headers included, as Parquet counts. */
  readonly uncompressedBytes: number;
  readonly compressedBytes: number;
}

export async function encodePage(leaf: Leaf, { column, levels }: ShreddedLeaf): Promise<Page> {
  const { rows, definition } = present(leaf, column.vector, column.nulls, levels);
  const parts: Buffer[] = [];
  if (leaf.maximumRepetition > 0) parts.push(packedLevels(levels.repetition, leaf.maximumRepetition));
  if (leaf.maximumDefinition > 0) parts.push(packedLevels(definition, leaf.maximumDefinition));
  parts.push(plainValues(leaf, column.vector, rows));
  const plain = Buffer.concat(parts);
  // On a thread of the pool.
  const packed = await compress(plain, { params: { [constants.ZSTD_c_compressionLevel]: LEVEL } });
  const header = encodeStruct({
    1: i32(0),
    2: i32(plain.length),
    3: i32(packed.length),
    5: struct({ 1: i32(levels.length), 2: i32(PLAIN), 3: i32(RLE), 4: i32(RLE) }),
  });
  return {
    bytes: [header, packed],
    values: levels.length,
    uncompressedBytes: header.length + plain.length,
    compressedBytes: header.length + packed.length,
  };
}

/** The rows that have a value, and the definition levels with the leaf's own one. */
function present(
  leaf: Leaf,
  vector: ColumnVector,
  nulls: Uint8Array | undefined,
  levels: Levels,
): { rows: Int32Array; definition: Uint8Array } {
  const isNull = nullTest(leaf, vector, nulls);
  const definition = levels.definition.slice();
  const rows = new Int32Array(levels.length);
  let count = 0;
  const optional = leaf.optional ? 1 : 0;
  // Most columns: nothing nested, no nulls.
  if (leaf.maximumRepetition === 0 && isNull === never)
    return { rows: levels.index, definition: definition.fill(optional) };
  for (let entry = 0; entry < levels.length; entry++) {
    const row = levels.index[entry]!;
    if (row < 0 || (optional === 1 && isNull(row))) continue;
    definition[entry]! += optional;
    rows[count++] = row;
  }
  return { rows: rows.subarray(0, count), definition };
}

const never = () => false;

function nullTest(leaf: Leaf, vector: ColumnVector, nulls: Uint8Array | undefined): (row: number) => boolean {
  if (leaf.type.kind === 'null') return () => true;
  if (vector.kind === 'dictionary') {
    const { dictionary, indexes } = vector;
    const nullIndex = dictionary.indexOf(null);
    if (nullIndex < 0 || !indexes.includes(nullIndex)) return never;
    return (row) => indexes[row] === nullIndex;
  }
  return nulls === undefined || !nulls.includes(1) ? never : (row) => nulls[row] === 1;
}

/** The hybrid encoding behind its length: one repeated run where all levels are equal, else one packed run. */
function packedLevels(levels: Uint8Array, maximum: number): Buffer {
  const first = levels[0] ?? 0;
  if (areEqual(levels, first)) return lengthPrefixed([...varint(levels.length * 2), first]);
  const width = Math.ceil(Math.log2(maximum + 1));
  const groups = Math.ceil(levels.length / 8);
  const packed = Buffer.alloc(groups * width);
  for (let entry = 0; entry < levels.length; entry++) {
    const level = levels[entry]!;
    for (let bit = 0; bit < width; bit++) {
      if ((level >> bit) & 1) {
        const position = entry * width + bit;
        packed[position >> 3]! |= 1 << (position & 7);
      }
    }
  }
  return lengthPrefixed([...varint(groups * 2 + 1)], packed);
}

function areEqual(levels: Uint8Array, value: number): boolean {
  for (let entry = 0; entry < levels.length; entry++) if (levels[entry] !== value) return false;
  return true;
}

function lengthPrefixed(head: readonly number[], body: Buffer = Buffer.alloc(0)): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32LE(head.length + body.length, 0);
  return Buffer.concat([length, Buffer.from(head), body]);
}

function varint(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  while (rest >= 0x80) {
    bytes.push((rest & 0x7f) | 0x80);
    rest >>>= 7;
  }
  return [...bytes, rest];
}
