/** Pages: levels, then values, compressed on a thread of the pool; and the values that the pages of a tag point to. */
import { promisify } from 'node:util';
import { constants, zstdCompress } from 'node:zlib';
import type { ColumnVector } from '../../../engine/native/block.ts';
import type { ByteSink } from '../byte-sink.ts';
import type { GroupDictionary } from './dictionary.ts';
import { writeEqualLevels, writeLevels } from './levels.ts';
import { plainValues } from './plain-values.ts';
import type { Leaf } from './schema.ts';
import type { Levels, ShreddedLeaf } from './shred.ts';
import { encodeStruct, i32, struct, type ThriftStruct } from './thrift.ts';

const compress = promisify(zstdCompress);

/**
 * Of the values that are written as they are. Each call makes a context of its own, whose memory counts as much as
 * the work: so a small window, and numbers of a dictionary, which are short already, stay as they are.
 */
const ZSTD = { params: { [constants.ZSTD_c_compressionLevel]: 1, [constants.ZSTD_c_windowLog]: 16 } };

export const ENCODING = { plain: 0, levels: 3, dictionary: 8 } as const;

const DATA_PAGE = 0;
const DICTIONARY_PAGE = 2;

export interface Page {
  readonly bytes: readonly Uint8Array[];
  readonly values: number;
  /** Headers included, as Parquet counts. */
  readonly uncompressedBytes: number;
  readonly compressedBytes: number;
}

/**
 * With a dictionary the values become numbers of it. `scratch` is written over, and may not be used again before
 * the page is there: new memory for each page cost more processor time than everything else.
 */
export async function encodePage(
  leaf: Leaf,
  { column, levels }: ShreddedLeaf,
  dictionary: GroupDictionary | undefined,
  scratch: ByteSink,
): Promise<Page> {
  const { vector } = column;
  const { rows, definition } = present(leaf, vector, column.nulls, levels);
  scratch.reset();
  if (leaf.maximumRepetition > 0) writeLevels(scratch, levels.repetition, leaf.maximumRepetition);
  if (definition === null) writeEqualLevels(scratch, leaf.maximumDefinition, levels.length);
  else if (leaf.maximumDefinition > 0) writeLevels(scratch, definition, leaf.maximumDefinition);
  const header = (encoding: number): ThriftStruct => ({
    5: struct({
      1: i32(levels.length),
      2: i32(encoding),
      3: i32(ENCODING.levels),
      4: i32(ENCODING.levels),
    }),
  });
  if (dictionary !== undefined && (vector.kind === 'dictionary' || vector.kind === 'string')) {
    dictionary.encode(vector, rows, scratch);
    const plain = Buffer.from(scratch.view());
    return page(DATA_PAGE, header(ENCODING.dictionary), levels.length, plain.length, plain);
  }
  const values = plainValues(leaf, vector, rows);
  scratch.bytes(values, 0, values.length);
  const plain = scratch.view();
  return page(DATA_PAGE, header(ENCODING.plain), levels.length, plain.length, await compress(plain, ZSTD));
}

/** What stands before the data pages of its column chunk. */
export function encodeDictionaryPage(dictionary: GroupDictionary): Page {
  const plain = dictionary.plain();
  const header = { 7: struct({ 1: i32(dictionary.size), 2: i32(ENCODING.plain) }) };
  return page(DICTIONARY_PAGE, header, 0, plain.length, plain);
}

function page(
  type: number,
  kind: ThriftStruct,
  values: number,
  plainBytes: number,
  stored: Uint8Array,
): Page {
  const header = encodeStruct({ 1: i32(type), 2: i32(plainBytes), 3: i32(stored.length), ...kind });
  return {
    bytes: [header, stored],
    values,
    uncompressedBytes: header.length + plainBytes,
    compressedBytes: header.length + stored.length,
  };
}

/** The rows that have a value, and the definition levels with the leaf's own one: null where all are the highest. */
function present(
  leaf: Leaf,
  vector: ColumnVector,
  nulls: Uint8Array | undefined,
  levels: Levels,
): { rows: Int32Array; definition: Uint8Array | null } {
  const isNull = nullTest(leaf, vector, nulls);
  const optional = leaf.optional ? 1 : 0;
  // Most columns: nothing nested, no nulls.
  if (leaf.maximumRepetition === 0 && leaf.maximumDefinition === 1 && optional === 1 && isNull === never)
    return { rows: levels.index, definition: null };
  const definition = levels.definition.slice();
  const rows = new Int32Array(levels.length);
  let count = 0;
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
