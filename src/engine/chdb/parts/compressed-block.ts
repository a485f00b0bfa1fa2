/**
 * The engine's compressed blocks: checksum (16 bytes), method (1), size with these nine bytes (4), size of the content
 * (4), what the method made. A method that packs what another one made is a block within a block.
 */
import { zstdDecompressSync } from 'node:zlib';
import { hasCityHash } from './city-hash.ts';
import { MalformedPart } from './malformed.ts';
import { loadInt32 } from './word-registers.ts';

const CHECKSUM = 16;
const HEADER = 9;
const ZSTD = 0x90;
const MULTIPLE = 0x91;

/** Methods beside ZSTD, which is the last one everywhere. */
export const DELTA = 0x92;
export const T64 = 0x93;
export const DOUBLE_DELTA = 0x94;
export const GORILLA = 0x95;

/** Less is not allowed. */
const MINIMUM_CHUNK = 64;

/** No block that the engine writes is larger by itself. */
const MAXIMUM_CONTENT = 64 * 2 ** 20;

/** Size of the block that begins there, its checksum with it; undefined where its header is not all there. */
export function sizeSaid(bytes: Uint8Array, at: number): number | undefined {
  if (bytes.length < at + CHECKSUM + HEADER) return undefined;
  const size = CHECKSUM + uint32(bytes, at + CHECKSUM + 1);
  if (size < CHECKSUM + HEADER) throw new MalformedPart('a block without a size');
  return size;
}

/** The same; undefined where the block is not all there. */
export function blockSize(bytes: Uint8Array, at: number): number | undefined {
  const size = sizeSaid(bytes, at);
  return size !== undefined && at + size <= bytes.length ? size : undefined;
}

/** What is packed in the blocks of a whole file, and where each of them begins. For files that nothing but ZSTD packed. */
export function* unpackBlocks(
  bytes: Uint8Array,
): Generator<{ readonly at: number; readonly content: Uint8Array }> {
  for (let at = 0; at < bytes.length; at += blockSize(bytes, at)!)
    yield { at, content: unpackBlock(bytes, at, []) };
}

/**
 * What is packed in the block that begins there, without ZSTD: the content itself, or, where `methods` (the first one
 * first) made it smaller before, the innermost of them as a block with its header.
 */
export function unpackBlock(bytes: Uint8Array, at: number, methods: readonly number[]): Uint8Array {
  const size = blockSize(bytes, at);
  if (size === undefined) throw new MalformedPart('a block is cut off');
  const from = at + CHECKSUM;
  const to = at + size;
  if (to - from < CHECKSUM || !hasCityHash(bytes, from, to, at))
    throw new MalformedPart('the checksum of a block does not fit');
  if (methods.length === 0) return unpackZstd(bytes, from, to);
  if (bytes[from] !== MULTIPLE || bytes[from + HEADER] !== methods.length + 1)
    throw new MalformedPart('a block is packed in another way');
  const list = from + HEADER + 1;
  methods.forEach((method, i) => {
    if (bytes[list + i] !== method) throw new MalformedPart('a block is packed in another way');
  });
  return unpackZstd(bytes, list + methods.length + 1, to);
}

function unpackZstd(bytes: Uint8Array, from: number, to: number): Uint8Array {
  const size = uint32(bytes, from + 5);
  if (bytes[from] !== ZSTD || size > MAXIMUM_CONTENT)
    throw new MalformedPart('a block is packed in another way');
  // Room for all of it at once: piece by piece takes twice the time.
  const options = { chunkSize: Math.max(size, MINIMUM_CHUNK) + 1, maxOutputLength: size };
  const content = zstdDecompressSync(bytes.subarray(from + HEADER, to), options);
  if (content.length !== size) throw new MalformedPart('a block has another size than it says');
  return content;
}

export function uint32(bytes: Uint8Array, at: number): number {
  return loadInt32(bytes, at) >>> 0;
}
