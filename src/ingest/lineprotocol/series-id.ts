/** The id of a series: the same for every order and spelling of the same tags. */
import { createHash, hash } from 'node:crypto';

export const ID_BYTES = 16;
/** What is not longer is put together in one place, where it is hashed in one call. */
const LONG_BYTES = 65_536;
/** A call costs more than the copy of a few bytes. */
const SHORT_BYTES = 32;

let scratch = Buffer.alloc(4096);

/** Values of tags as bytes: where value i begins and ends stands in `words` from `at + 2i` on. */
export interface TagValueBytes {
  readonly bytes: Uint8Array;
  readonly words: Int32Array;
  readonly at: number;
}

/** SHA-256 over the sorted present tags, lengths included so that no two sets print alike, cut to 128 bits. */
export function writeSeriesId(
  names: readonly string[],
  values: TagValueBytes,
  target: Uint8Array,
  offset: number,
): void {
  const order = sortedOrder(names);
  let length = 0;
  for (const index of order) length += 8 + names[index]!.length * 3 + lengthOf(values, index);
  // As a string of one-byte characters: a buffer for each would be work for the garbage collector.
  const digest =
    length > LONG_BYTES ? digestLong(order, names, values) : digestShort(order, names, values, length);
  for (let index = 0; index < ID_BYTES; index++) target[offset + index] = digest.charCodeAt(index);
}

function digestShort(
  order: readonly number[],
  names: readonly string[],
  values: TagValueBytes,
  most: number,
): string {
  if (most > scratch.length) scratch = Buffer.alloc(LONG_BYTES);
  let at = 0;
  for (const index of order) {
    at = writePart(names[index]!, at);
    at = writeValue(values, index, at);
  }
  return hash('sha256', scratch.subarray(0, at), 'binary');
}

/** Megabytes are not copied. */
function digestLong(order: readonly number[], names: readonly string[], values: TagValueBytes): string {
  const digest = createHash('sha256');
  const add = (part: Uint8Array) => {
    const length = Buffer.alloc(4);
    length.writeUInt32LE(part.length);
    digest.update(length).update(part);
  };
  for (const index of order) {
    add(Buffer.from(names[index]!));
    const { bytes, words, at } = values;
    add(bytes.subarray(words[at + index * 2], words[at + index * 2 + 1]));
  }
  return digest.digest('binary');
}

/** The length in bytes, then the bytes; returns where the next part begins. */
function writePart(part: string, at: number): number {
  const start = at + 4;
  const { length } = part;
  let written = 0;
  for (; written < length; written++) {
    const unit = part.charCodeAt(written);
    if (unit >= 0x80) break;
    scratch[start + written] = unit;
  }
  if (written < length) written = scratch.write(part, start);
  scratch.writeUInt32LE(written, at);
  return start + written;
}

function writeValue(values: TagValueBytes, index: number, offset: number): number {
  const length = lengthOf(values, index);
  scratch.writeUInt32LE(length, offset);
  const { bytes, words, at } = values;
  const start = words[at + index * 2]!;
  const target = offset + 4;
  if (length > SHORT_BYTES) scratch.set(bytes.subarray(start, start + length), target);
  else for (let byte = 0; byte < length; byte++) scratch[target + byte] = bytes[start + byte]!;
  return target + length;
}

const lengthOf = ({ words, at }: TagValueBytes, index: number): number =>
  words[at + index * 2 + 1]! - words[at + index * 2]!;

let lastNames: readonly string[] = [];
let lastOrder: readonly number[] = [];

/** Indexes of the names in their order; new series mostly have the tags of the one before. */
function sortedOrder(names: readonly string[]): readonly number[] {
  if (names === lastNames) return lastOrder;
  lastNames = names;
  const isLong = names.some(({ length }) => length > LONG_NAME);
  const encoded = isLong ? names.map((name) => Buffer.from(name)) : null;
  lastOrder = names
    .map((_, index) => index)
    .sort((a, b) =>
      encoded === null ? compareBytes(names[a]!, names[b]!) : encoded[a]!.compare(encoded[b]!),
    );
  return lastOrder;
}

/** Of a name, beyond which it is not compared character by character. */
const LONG_NAME = 1024;

/** In the order of the UTF-8 bytes, which for surrogates is not that of the strings. */
function compareBytes(a: string, b: string): number {
  if (!isPlain(a) || !isPlain(b)) return Buffer.compare(Buffer.from(a), Buffer.from(b));
  return a < b ? -1 : a > b ? 1 : 0;
}

function isPlain(text: string): boolean {
  for (let index = 0; index < text.length; index++) if (text.charCodeAt(index) >= 0xd800) return false;
  return true;
}
