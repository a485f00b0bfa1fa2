/** Measurement and tag set of a line, looked up by their bytes: a tag set seen before is never parsed again. */
import { hash } from 'node:crypto';
import {
  duplicateTag,
  ENDS_WITH_BACKSLASH,
  expectedTagKey,
  expectedTagValue,
  MEASUREMENT_INVALID,
  noEqualsSign,
  STRING_TOO_LARGE,
} from './syntax-messages.ts';
import { context, decodeElement, MAXIMUM_STRING_BYTES } from './text.ts';

/** One distinct spelling of `measurement,tag=value,…`. */
export class SeriesKey {
  readonly bytes: Uint8Array;
  readonly hash: number;
  readonly measurement: string;
  readonly tagNames: readonly string[];
  readonly tagValues: readonly string[];
  /** The next one with the same 32-bit hash, and how many they are from here on. */
  next: SeriesKey | undefined;
  rank = 1;
  /** The one that stood in the line after this one last time: sources send their series in the same order. */
  follower: SeriesKey | undefined;
  /** The bytes as whole little-endian words: compared four bytes at a time. */
  private readonly words: Int32Array;
  /** What the request that is being parsed keeps about it; valid while `owner` is that request. */
  owner: object | null = null;
  slot: unknown = null;
  /** The table, as it was, that has all these tags. */
  schemaOf: object | null = null;
  /** What the buffer keeps about it; valid while `stateOwner` is that table's buffer. */
  stateOwner: object | null = null;
  state: unknown = null;
  private identity: Buffer | undefined;

  constructor(bytes: Uint8Array, hash: number, parts: SeriesParts) {
    this.bytes = bytes;
    this.hash = hash;
    this.measurement = parts.measurement;
    this.tagNames = parts.tagNames;
    this.tagValues = parts.tagValues;
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    this.words = new Int32Array(bytes.length >> 2);
    for (let index = 0; index < this.words.length; index++)
      this.words[index] = view.getInt32(index * 4, true);
  }

  /** Whether these bytes stand at `start`; `view` and `text` show the same bytes. */
  standsAt(view: DataView, text: Uint8Array, start: number): boolean {
    const { bytes, words } = this;
    const { length } = bytes;
    if (start + length > text.length) return false;
    const wordCount = words.length;
    for (let index = 0, at = start; index < wordCount; index++, at += 4) {
      if (view.getInt32(at, true) !== words[index]) return false;
    }
    for (let index = wordCount << 2; index < length; index++) {
      if (text[start + index] !== bytes[index]) return false;
    }
    return true;
  }

  /** The 16 bytes of the series id, the same for every order and spelling of the same tags. */
  get seriesId(): Buffer {
    this.identity ??= seriesId(this.tagNames, this.tagValues);
    return this.identity;
  }
}

export interface SeriesParts {
  readonly measurement: string;
  readonly tagNames: readonly string[];
  readonly tagValues: readonly string[];
}

/** SHA-256 over the sorted present tags, lengths included so that no two sets print alike, cut to 128 bits. */
function seriesId(names: readonly string[], values: readonly string[]): Buffer {
  const order = sortedOrder(names);
  let length = 0;
  for (const index of order) length += 8 + (names[index]!.length + values[index]!.length) * 3;
  const bytes = Buffer.allocUnsafe(length);
  let at = 0;
  for (const index of order) {
    for (const part of [names[index]!, values[index]!]) {
      const written = bytes.write(part, at + 4);
      bytes.writeUInt32LE(written, at);
      at += 4 + written;
    }
  }
  return hash('sha256', bytes.subarray(0, at), 'buffer').subarray(0, 16);
}

let lastNames: readonly string[] = [];
let lastOrder: readonly number[] = [];

/** Indexes of the names in their order; new series mostly have the tags of the one before. */
function sortedOrder(names: readonly string[]): readonly number[] {
  if (names.length === lastNames.length && names.every((name, index) => name === lastNames[index])) {
    return lastOrder;
  }
  lastNames = names;
  lastOrder = names.map((_, index) => index).sort((a, b) => compareBytes(names[a]!, names[b]!));
  return lastOrder;
}

/** In the order of the UTF-8 bytes, which for surrogates is not that of the strings. */
function compareBytes(a: string, b: string): number {
  return isPlain(a) && isPlain(b)
    ? a < b
      ? -1
      : a > b
        ? 1
        : 0
    : Buffer.compare(Buffer.from(a), Buffer.from(b));
}

function isPlain(text: string): boolean {
  for (let index = 0; index < text.length; index++) if (text.charCodeAt(index) >= 0xd800) return false;
  return true;
}

/** Parses `[start, end)`, all before the first unescaped blank; `lineEnd` bounds the texts of messages. */
export function parseSeriesKey(
  bytes: Buffer,
  start: number,
  end: number,
  lineEnd: number,
): SeriesParts | string {
  const stop = elementEnd(bytes, start, end, false);
  const nul = bytes.subarray(start, stop).indexOf(0);
  if (stop === start || nul === 0) return MEASUREMENT_INVALID;
  if (nul > 0) {
    return `Expected at least one space character, got \`${bytes.toString('utf8', start + nul, lineEnd)}\``;
  }
  const measurement = decodeElement(bytes, start, stop, 'measurement');
  const problem = checkElement(measurement, stop - start);
  if (problem !== null) return problem;
  const tagNames: string[] = [];
  const tagValues: string[] = [];
  const tagsStart = stop + 1;
  for (let at = stop; at < end && bytes[at] === 0x2c; ) {
    const keyStart = at + 1;
    const keyEnd = elementEnd(bytes, keyStart, end, true);
    if (keyEnd === keyStart) return expectedTagKey(context(bytes, keyStart, lineEnd));
    const key = decodeElement(bytes, keyStart, keyEnd, 'key');
    const keyProblem = checkElement(key, keyEnd - keyStart);
    if (keyProblem !== null) return keyProblem;
    if (keyEnd >= end || bytes[keyEnd] !== 0x3d) return noEqualsSign(context(bytes, tagsStart, lineEnd));
    const valueStart = keyEnd + 1;
    const valueEnd = elementEnd(bytes, valueStart, end, false);
    if (valueEnd === valueStart) return expectedTagValue(context(bytes, valueStart, lineEnd));
    const value = decodeElement(bytes, valueStart, valueEnd, 'key');
    const valueProblem = checkElement(value, valueEnd - valueStart);
    if (valueProblem !== null) return valueProblem;
    if (tagNames.includes(key)) return duplicateTag(key);
    tagNames.push(key);
    tagValues.push(value);
    at = valueEnd;
  }
  return { measurement, tagNames, tagValues };
}

function elementEnd(bytes: Uint8Array, start: number, end: number, endsAtEquals: boolean): number {
  for (let at = start; at < end; at++) {
    const byte = bytes[at];
    if (byte === 0x5c) at++;
    else if (byte === 0x2c || (endsAtEquals && byte === 0x3d)) return at;
  }
  return end;
}

/** `rawLength` saves measuring what cannot be too long. */
function checkElement(value: string, rawLength: number): string | null {
  if (value.endsWith('\\')) return ENDS_WITH_BACKSLASH;
  if (rawLength > MAXIMUM_STRING_BYTES && Buffer.byteLength(value) > MAXIMUM_STRING_BYTES) {
    return STRING_TOO_LARGE;
  }
  return null;
}

/** Keys with one hash that are kept: somebody who finds more must not make looking up slow. */
const KEYS_PER_HASH = 16;

/** Bounded: beyond the limit it starts anew, and keys are parsed again as they come. */
export class SeriesKeyCache {
  private readonly byHash = new Map<number, SeriesKey>();
  private readonly limitBytes: number;
  private bytes = 0;

  constructor(limitBytes: number) {
    this.limitBytes = limitBytes;
  }

  /** The key whose bytes are `text[start, end)`. */
  find(view: DataView, text: Uint8Array, start: number, end: number, hash: number): SeriesKey | undefined {
    const length = end - start;
    for (let key = this.byHash.get(hash); key !== undefined; key = key.next) {
      if (key.bytes.length === length && key.standsAt(view, text, start)) return key;
    }
    return undefined;
  }

  add(bytes: Uint8Array, hash: number, parts: SeriesParts): SeriesKey {
    // An object, two arrays and their strings beside the bytes: about 400 bytes more.
    const size = bytes.length * 3 + 400;
    if (this.bytes + size > this.limitBytes) {
      this.byHash.clear();
      this.bytes = 0;
    }
    this.bytes += size;
    const key = new SeriesKey(bytes, hash, parts);
    const first = this.byHash.get(hash);
    key.rank = (first?.rank ?? 0) + 1;
    if (key.rank > KEYS_PER_HASH) key.rank = 1;
    else key.next = first;
    this.byHash.set(hash, key);
    return key;
  }
}
