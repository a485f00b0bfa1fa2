/** Measurement and tag set of a line, looked up by their bytes: a tag set seen before is never parsed again. */
import { hash } from 'node:crypto';
import { numberHash, SplitMap } from '../../platform/split-map.ts';
import { elementEnd } from './element-end.ts';
import { KeySlab } from './key-slab.ts';
import { BEFORE_LEAP, leap } from './leap.ts';
import { ShortTexts } from './short-texts.ts';
import { TagTexts } from './tag-texts.ts';
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
  /** Of the spelling, in bytes. */
  readonly length: number;
  readonly hash: number;
  readonly measurement: string;
  readonly tagNames: readonly string[];
  /** The next one with the same 32-bit hash, and how many they are from here on. */
  next: SeriesKey | undefined;
  rank = 1;
  /** The one that stood in the line after this one last time: sources send their series in the same order. */
  follower: SeriesKey | undefined;
  /** The request that was parsed with it last, by number, and the number of what that kept about it. */
  owner = 0;
  slot = 0;
  /** The table, as it was, that has all these tags. */
  schemaOf: object | null = null;
  /** What the buffer keeps about it; valid while `stateOwner` is the mark of that table's series. */
  stateOwner: object | null = null;
  state: unknown = null;
  private readonly slab: KeySlab;
  private readonly start: number;
  private hasId = false;

  /** The spelling is `length` bytes of the slab from `start` on. */
  constructor(slab: KeySlab, start: number, length: number, hash: number, parts: SeriesParts) {
    this.slab = slab;
    this.start = start;
    this.length = length;
    this.hash = hash;
    this.measurement = parts.measurement;
    this.tagNames = parts.tagNames;
  }

  get spelling(): Uint8Array {
    return this.slab.bytes.subarray(this.start, this.start + this.length);
  }

  /** Whether these bytes stand at `at`; `view` and `text` show the same bytes. Compares four at a time. */
  standsAt(view: DataView, text: Uint8Array, at: number): boolean {
    const { length, start } = this;
    if (at + length > text.length) return false;
    const { words, bytes } = this.slab;
    const firstWord = start >> 2;
    const wordCount = length >> 2;
    for (let index = 0; index < wordCount; index++) {
      if (view.getInt32(at + index * 4, true) !== words[firstWord + index]) return false;
    }
    for (let index = wordCount << 2; index < length; index++) {
      if (text[at + index] !== bytes[start + index]) return false;
    }
    return true;
  }

  /** Where in `idWords` the series id begins: four words, the same for every order and spelling of the same tags. */
  get idWord(): number {
    this.prepareId();
    return this.slab.idWord(this.start, this.length);
  }

  /** Computes the id, if that was not done yet: thousands of them in one go would keep the event loop. */
  prepareId(): void {
    if (this.hasId) return;
    const at = this.slab.idWord(this.start, this.length) * 4;
    tagTexts.read(this);
    writeSeriesId(this.tagNames, tagTexts, this.slab.bytes, at);
    this.hasId = true;
  }

  /** Made anew each time: a million keys that hold them would keep the garbage collector busy. */
  get tagValues(): readonly string[] {
    tagTexts.read(this);
    return this.tagNames.map((_, index) => tagTexts.text(index));
  }

  /** The same as bytes. */
  get seriesId(): Buffer {
    return Buffer.from(this.slab.bytes.buffer, this.idWord * 4, ID_BYTES);
  }

  /** Of many keys. */
  get idWords(): Int32Array {
    return this.slab.words;
  }
}

export interface SeriesParts {
  readonly measurement: string;
  readonly tagNames: readonly string[];
}

const ID_BYTES = 16;
/** What is hashed is put together here. */
let scratch = Buffer.alloc(4096);

/** SHA-256 over the sorted present tags, lengths included so that no two sets print alike, cut to 128 bits. */
function writeSeriesId(names: readonly string[], values: TagTexts, target: Uint8Array, offset: number): void {
  const order = sortedOrder(names);
  let length = 0;
  for (const index of order) length += 8 + names[index]!.length * 3 + values.lengthOf(index);
  if (length > scratch.length) scratch = Buffer.alloc(length * 2);
  let at = 0;
  for (const index of order) {
    at = writePart(names[index]!, at);
    at = writeValue(values, index, at);
  }
  // As a string of one-byte characters: a buffer for each would be work for the garbage collector.
  const digest = hash('sha256', scratch.subarray(0, at), 'binary');
  for (let index = 0; index < ID_BYTES; index++) target[offset + index] = digest.charCodeAt(index);
  if (scratch.length > MAXIMUM_SCRATCH_BYTES) scratch = Buffer.alloc(4096);
}

const MAXIMUM_SCRATCH_BYTES = 65_536;

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

function writeValue(values: TagTexts, index: number, at: number): number {
  const length = values.lengthOf(index);
  scratch.writeUInt32LE(length, at);
  values.copy(index, scratch, at + 4);
  return at + 4 + length;
}

let lastNames: readonly string[] = [];
let lastOrder: readonly number[] = [];

/** Indexes of the names in their order; new series mostly have the tags of the one before. */
function sortedOrder(names: readonly string[]): readonly number[] {
  if (names === lastNames || areEqual(names, lastNames)) return lastOrder;
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

const texts = new ShortTexts();
const tagTexts = new TagTexts();

/** Up to here it is cheaper to look at each; a line may have a million. */
const FEW_TAGS = 32;
const NO_NAMES: Set<string> = new Set();

/** Parses `[start, end)`, all before the first unescaped blank; `restOfLine` is what messages show. */
export function parseSeriesKey(
  bytes: Buffer,
  start: number,
  end: number,
  restOfLine: (from: number) => Buffer,
): SeriesParts | string {
  const stop = elementEnd(bytes, start, end, false);
  const nul = firstNul(bytes, start, stop);
  if (stop === start || nul === start) return MEASUREMENT_INVALID;
  if (nul < stop) {
    return `Expected at least one space character, got \`${restOfLine(nul).toString('utf8')}\``;
  }
  if (isFarTooLong(start, stop)) return STRING_TOO_LARGE;
  const measurement = texts.find(bytes, start, stop) ?? decodeElement(bytes, start, stop, 'measurement');
  const problem = checkElement(measurement, stop - start);
  if (problem !== null) return problem;
  const tagNames: string[] = [];
  let manyNames: Set<string> = NO_NAMES;
  const tagsStart = stop + 1;
  for (let at = stop; at < end && bytes[at] === 0x2c; ) {
    const keyStart = at + 1;
    const keyEnd = elementEnd(bytes, keyStart, end, true);
    if (keyEnd === keyStart) return expectedTagKey(context(restOfLine(keyStart)));
    if (isFarTooLong(keyStart, keyEnd)) return STRING_TOO_LARGE;
    const key = texts.find(bytes, keyStart, keyEnd) ?? decodeElement(bytes, keyStart, keyEnd, 'key');
    const keyProblem = checkElement(key, keyEnd - keyStart);
    if (keyProblem !== null) return keyProblem;
    if (keyEnd >= end || bytes[keyEnd] !== 0x3d) return noEqualsSign(context(restOfLine(tagsStart)));
    const valueStart = keyEnd + 1;
    const valueEnd = elementEnd(bytes, valueStart, end, false);
    if (valueEnd === valueStart) return expectedTagValue(context(restOfLine(valueStart)));
    if (isFarTooLong(valueStart, valueEnd)) return STRING_TOO_LARGE;
    const valueProblem = checkValue(bytes, valueStart, valueEnd);
    if (valueProblem !== null) return valueProblem;
    if (tagNames.length < FEW_TAGS ? tagNames.includes(key) : manyNames.has(key)) return duplicateTag(key);
    tagNames.push(key);
    if (tagNames.length === FEW_TAGS) manyNames = new Set(tagNames);
    else if (tagNames.length > FEW_TAGS) manyNames.add(key);
    at = valueEnd;
  }
  if (!areEqual(tagNames, lastTagNames)) lastTagNames = tagNames;
  return { measurement, tagNames: lastTagNames };
}

/** New series mostly have the tags of the one before: their names need not be kept twice. */
let lastTagNames: readonly string[] = [];

function areEqual(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((name, index) => name === other[index]);
}

function firstNul(bytes: Buffer, start: number, end: number): number {
  const found = bytes.subarray(start, end).indexOf(0);
  return found === -1 ? end : start + found;
}

const ESCAPES = [0x5c];

/** A value without escapes need not be decoded. */
function checkValue(bytes: Buffer, start: number, end: number): string | null {
  let at = start;
  const near = Math.min(end, start + BEFORE_LEAP);
  while (at < near && bytes[at] !== 0x5c) at++;
  if (at === near) at = leap(bytes, at, end, ESCAPES);
  if (at === end) return end - start > MAXIMUM_STRING_BYTES ? STRING_TOO_LARGE : null;
  return checkElement(decodeElement(bytes, start, end, 'key'), end - start);
}

/** Too long even if every character is escaped: not worth decoding. */
function isFarTooLong(start: number, end: number): boolean {
  return end - start > 2 * MAXIMUM_STRING_BYTES + 1;
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
  private readonly byHash = new SplitMap<number, SeriesKey>(numberHash);
  private readonly limitBytes: number;
  private bytes = 0;
  private slab = new KeySlab(0);

  constructor(limitBytes: number) {
    this.limitBytes = limitBytes;
  }

  /** The key whose bytes are `text[start, end)`. */
  find(view: DataView, text: Uint8Array, start: number, end: number, hash: number): SeriesKey | undefined {
    const length = end - start;
    for (let key = this.byHash.get(hash); key !== undefined; key = key.next) {
      if (key.length === length && key.standsAt(view, text, start)) return key;
    }
    return undefined;
  }

  /** Keeps a copy of the key's bytes. */
  add(bytes: Uint8Array, hash: number, parts: SeriesParts): SeriesKey {
    // An object, an array and its strings beside the bytes: about 400 bytes more.
    const size = bytes.length * 3 + 400;
    if (this.bytes + size > this.limitBytes) {
      this.byHash.clear();
      this.bytes = 0;
    }
    this.bytes += size;
    let start = this.slab.put(bytes);
    if (start === -1) {
      this.slab = new KeySlab(bytes.length);
      start = this.slab.put(bytes);
    }
    const key = new SeriesKey(this.slab, start, bytes.length, hash, parts);
    const first = this.byHash.get(hash);
    key.rank = (first?.rank ?? 0) + 1;
    if (key.rank > KEYS_PER_HASH) key.rank = 1;
    else key.next = first;
    this.byHash.set(hash, key);
    return key;
  }
}
