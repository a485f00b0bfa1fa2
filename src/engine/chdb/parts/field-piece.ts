/** Values of one column in one granule of a part. */
import type { NumberArray, StoredFieldType } from '../../stored-rows.ts';
import { DELTA, DOUBLE_DELTA, GORILLA, T64, unpackBlock } from './compressed-block.ts';
import { decodeDoubleDelta } from './double-delta.ts';
import { decodeGorilla } from './gorilla.ts';
import { MalformedPart } from './malformed.ts';
import { narrowFloats, narrowIntegers } from './narrow.ts';
import { type PartLayout, packedFile, type Stream } from './part-layout.ts';
import type { StoredFiles } from './stored-file.ts';
import { decodeTransposedDeltas } from './transposed.ts';

export interface NumberPiece {
  readonly values: NumberArray;
  /** null: every row has a value. */
  readonly nulls: Uint8Array | null;
}

interface Packing {
  readonly methods: readonly number[];
  decode(packed: Uint8Array): Float64Array;
}

const INTEGERS: Packing = { methods: [DELTA, T64], decode: decodeTransposedDeltas };
const FLOATS: Packing = { methods: [GORILLA], decode: decodeGorilla };

export async function readTimes(
  files: StoredFiles,
  layout: PartLayout,
  granule: number,
  originNs: bigint,
): Promise<Float64Array> {
  const packing = {
    methods: [DOUBLE_DELTA],
    decode: (packed: Uint8Array) => decodeDoubleDelta(packed, originNs),
  };
  return readNumbers(files, await layout.stream('time', ''), granule, packing);
}

export async function readNumberPiece(
  files: StoredFiles,
  layout: PartLayout,
  column: string,
  type: Exclude<StoredFieldType, 'string'>,
  granule: number,
): Promise<NumberPiece> {
  const [nulls, stream] = await Promise.all([
    readNulls(files, layout, column, granule),
    layout.stream(column, ''),
  ]);
  if (type === 'boolean') return { values: await readBytes(files, stream, granule), nulls };
  const values = await readNumbers(files, stream, granule, type === 'float' ? FLOATS : INTEGERS);
  return { values: type === 'float' ? narrowFloats(values) : narrowIntegers(values), nulls };
}

/** null: none of them. */
export async function readNulls(
  files: StoredFiles,
  layout: PartLayout,
  column: string,
  granule: number,
): Promise<Uint8Array | null> {
  const bytes = await readBytes(files, await layout.stream(column, 'null'), granule);
  return bytes.includes(1) ? bytes : null;
}

/** A copy: what it is of can be many times as large. */
async function readBytes(files: StoredFiles, stream: Stream, granule: number): Promise<Uint8Array> {
  const { marks, index } = stream;
  const file = packedFile(files, stream);
  const bytes = await file.read(
    marks.block(granule, index),
    marks.within(granule, index),
    marks.rows(granule),
  );
  return Uint8Array.prototype.slice.call(bytes);
}

async function readNumbers(
  files: StoredFiles,
  stream: Stream,
  granule: number,
  packing: Packing,
): Promise<Float64Array> {
  const { marks, index, size } = stream;
  const file = packedFile(files, stream);
  const rows = marks.rows(granule);
  const end = marks.end(granule, index, size);
  const skipped = marks.within(granule, index) / 8;
  const result = new Float64Array(rows);
  let filled = -skipped;
  for (let at = marks.block(granule, index); filled < rows; ) {
    const block = await file.block(at, end);
    const values = packing.decode(unpackBlock(block.bytes, block.at, packing.methods));
    if (values.length === 0) throw new MalformedPart('a block without values');
    const first = Math.max(0, -filled);
    if (first >= values.length && filled < 0) throw new MalformedPart('a mark that points behind its block');
    const taken = values.subarray(first, Math.min(values.length, first + rows - Math.max(0, filled)));
    result.set(taken, Math.max(0, filled));
    filled = Math.max(0, filled) + taken.length;
    at = block.next;
  }
  return result;
}
