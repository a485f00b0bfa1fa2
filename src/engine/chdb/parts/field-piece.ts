/** Values of one column in one granule of a part. */
import type { NumberArray, StoredFieldType } from '../../stored-rows.ts';
import { DELTA, DOUBLE_DELTA, GORILLA, T64, unpackBlock } from './compressed-block.ts';
import { decodeDoubleDelta } from './double-delta.ts';
import { decodeGorilla } from './gorilla.ts';
import { MalformedPart } from './malformed.ts';
import { narrowFloats, narrowIntegers } from './narrow.ts';
import type { PackedFile } from './packed-file.ts';
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
  if (type === 'boolean') {
    return { values: await readBytes(packedFile(files, stream), stream, granule), nulls };
  }
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
  const stream = await layout.stream(column, 'null');
  const { marks, index, blank } = stream;
  const block = marks.block(granule, index);
  // A block is of several granules.
  const blankTo = blank.get(block) ?? 0;
  if (marks.within(granule, index) + marks.rows(granule) <= blankTo) return null;
  const file = packedFile(files, stream);
  const content = await file.unpacked(block);
  if (!content.bytes.includes(1)) blank.set(block, content.bytes.length);
  const bytes = await readBytes(file, stream, granule);
  return bytes.includes(1) ? bytes : null;
}

/** A copy: what it is of can be many times as large. */
async function readBytes(file: PackedFile, { marks, index }: Stream, granule: number): Promise<Uint8Array> {
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
  const end = marks.end(granule, index, size);
  const pieces: Float64Array[] = [];
  let skipped = marks.within(granule, index) / 8;
  let missing = marks.rows(granule);
  for (let at = marks.block(granule, index); missing > 0; skipped = 0) {
    const block = await file.block(at, end);
    const values = packing.decode(unpackBlock(block.bytes, block.at, packing.methods));
    if (values.length <= skipped) throw new MalformedPart('a mark that points behind its block');
    const piece = values.subarray(skipped, skipped + missing);
    pieces.push(piece);
    missing -= piece.length;
    at = block.next;
  }
  return pieces.length === 1 ? pieces[0]! : joined(pieces, marks.rows(granule));
}

function joined(pieces: readonly Float64Array[], length: number): Float64Array {
  const result = new Float64Array(length);
  let at = 0;
  for (const piece of pieces) {
    result.set(piece, at);
    at += piece.length;
  }
  return result;
}
