/**
 * Spellings of `measurement,tag=value,…` that were met, and what is known about each, as records in flat memory: a
 * million objects are work of tens of milliseconds for the garbage collector. A key is a number, the place of its
 * record.
 */
import { WORD_MAP_ENTRY_BYTES, WordMap } from '../../platform/word-map.ts';
import { type KeyHead, KeyHeads } from './key-heads.ts';
import type { KeyTags } from './key-tags.ts';
import type { SeriesParts } from './parse-series-key.ts';
import { ID_BYTES, writeSeriesId } from './series-id.ts';
import { view } from './text.ts';

const PAGE_BITS = 16;
const PAGE_WORDS = 2 ** PAGE_BITS;
const PAGE_MASK = PAGE_WORDS - 1;
const FIRST_PAGE_WORDS = 1024;
/** A larger record has a page of its own: no other's room is left empty for it. */
const LARGE_WORDS = PAGE_WORDS / 4;

/** No key: nothing begins there. */
export const NO_KEY = 0;

/** Where in a record lie the hash, the bytes of the spelling, the next key with its hash … */
const HASH = 0;
const LENGTH = 1;
const NEXT = 2;
/** … how many these are from here on, the key that stood in the line after it, the head … */
const RANK = 3;
const FOLLOWER = 4;
const HEAD = 5;
/** … by which table's series it has which number, whether the id is there, and the id. Then the spelling, the places of values and those without escapes. */
const NUMBERED_BY = 6;
const NUMBER = 7;
const HAS_ID = 8;
const ID = 9;
const HEADER_WORDS = ID + ID_BYTES / 4;

/** Keys with one hash that are kept: somebody who finds more must not make looking up slow. */
const KEYS_PER_HASH = 16;
/** Beyond that the platform compares faster than a loop. */
const LONG_BYTES = 65_536;

export class SeriesKeys {
  /** The key `k` has its record in page `k >>> PAGE_BITS`, where it begins at word `k & PAGE_MASK`. */
  private readonly pages: Int32Array[] = [new Int32Array(FIRST_PAGE_WORDS)];
  /** The same memory, byte by byte. */
  private readonly pageBytes: Uint8Array[] = [new Uint8Array(this.pages[0]!.buffer)];
  private readonly heads = new KeyHeads();
  private readonly byHash = new WordMap();
  private open = 0;
  /** Of the open page, the words that are taken; no key begins at 0. */
  private used = 1;
  private recordBytes = 0;

  /** Memory, roughly. */
  get bytes(): number {
    return this.recordBytes + this.heads.bytes;
  }

  get headCount(): number {
    return this.heads.all.length;
  }

  headOf(key: number): KeyHead {
    return this.heads.all[this.pages[key >>> PAGE_BITS]![(key & PAGE_MASK) + HEAD]!]!;
  }

  lengthOf(key: number): number {
    return this.wordsOf(key)[(key & PAGE_MASK) + LENGTH]!;
  }

  spellingOf(key: number): Uint8Array {
    const start = startOf(key);
    return this.bytesOf(key).subarray(start, start + this.lengthOf(key));
  }

  /** The page that the key's record is in. */
  wordsOf(key: number): Int32Array {
    return this.pages[key >>> PAGE_BITS]!;
  }

  bytesOf(key: number): Uint8Array {
    return this.pageBytes[key >>> PAGE_BITS]!;
  }

  /** Where the key's bytes end when they stand at `at`, else -1; `words` and `text` show the same bytes. */
  endAt(key: number, words: DataView, text: Uint8Array, at: number): number {
    const page = this.pages[key >>> PAGE_BITS]!;
    const record = key & PAGE_MASK;
    const length = page[record + LENGTH]!;
    const end = at + length;
    if (end > text.length) return -1;
    if (length > LONG_BYTES)
      return view(text).compare(this.spellingOf(key), 0, length, at, end) === 0 ? end : -1;
    const first = record + HEADER_WORDS;
    const wordCount = length >> 2;
    for (let index = 0; index < wordCount; index++) {
      if (words.getInt32(at + index * 4, true) !== page[first + index]) return -1;
    }
    if ((length & 3) === 0) return end;
    // What lies behind the spelling in its last word is zero.
    let rest = 0;
    for (let index = length - 1; index >= wordCount << 2; index--) rest = (rest << 8) | text[at + index]!;
    return rest === page[first + wordCount] ? end : -1;
  }

  /** The key whose bytes are `text[start, end)`. */
  find(words: DataView, text: Uint8Array, start: number, end: number, hash: number): number {
    for (
      let key = this.byHash.get(hash);
      key !== NO_KEY;
      key = this.wordsOf(key)[(key & PAGE_MASK) + NEXT]!
    ) {
      if (this.lengthOf(key) === end - start && this.endAt(key, words, text, start) === end) return key;
    }
    return NO_KEY;
  }

  /** The number of the head of such a key; -1 when there is none yet. */
  findHead(parts: SeriesParts): number {
    return this.heads.find(parts);
  }

  /** Bytes that `add` would take, but for those of a new head. */
  sizeOf(length: number, tags: KeyTags): number {
    return wordsFor(length, tags) * 4 + WORD_MAP_ENTRY_BYTES;
  }

  /** Keeps a copy of `text[start, end)`, which `parts` and `tags` were parsed from. */
  add(text: Uint8Array, start: number, end: number, hash: number, parts: SeriesParts, tags: KeyTags): number {
    const head = this.heads.find(parts);
    const length = end - start;
    const key = this.place(wordsFor(length, tags));
    this.recordBytes += this.sizeOf(length, tags);
    const words = this.wordsOf(key);
    const at = key & PAGE_MASK;
    words[at + HASH] = hash;
    words[at + LENGTH] = length;
    words[at + HEAD] = head === -1 ? this.heads.add(parts) : head;
    this.copy(key, text, start, end, tags);
    const first = this.byHash.get(hash);
    const rank = first === NO_KEY ? 1 : this.wordsOf(first)[(first & PAGE_MASK) + RANK]! + 1;
    words[at + RANK] = rank > KEYS_PER_HASH ? 1 : rank;
    words[at + NEXT] = rank > KEYS_PER_HASH ? NO_KEY : first;
    this.byHash.set(hash, key);
    return key;
  }

  /** The key that stood in the line after this one last time: sources send their series in the same order. */
  followerOf(key: number): number {
    return this.pages[key >>> PAGE_BITS]![(key & PAGE_MASK) + FOLLOWER]!;
  }

  setFollower(key: number, follower: number): void {
    this.pages[key >>> PAGE_BITS]![(key & PAGE_MASK) + FOLLOWER] = follower;
  }

  /** The number that the key was given by `numberedBy`; -1 when that was somebody else. */
  numberOf(key: number, numberedBy: number): number {
    const page = this.pages[key >>> PAGE_BITS]!;
    const at = key & PAGE_MASK;
    return page[at + NUMBERED_BY] === numberedBy ? page[at + NUMBER]! : -1;
  }

  /** Who numbered it last; 0 = nobody. */
  numberedBy(key: number): number {
    return this.wordsOf(key)[(key & PAGE_MASK) + NUMBERED_BY]!;
  }

  setNumber(key: number, numberedBy: number, number: number): void {
    const page = this.wordsOf(key);
    page[(key & PAGE_MASK) + NUMBERED_BY] = numberedBy;
    page[(key & PAGE_MASK) + NUMBER] = number;
  }

  /** Computes the id, if that was not done yet: thousands of them in one go would keep the event loop. */
  prepareId(key: number): void {
    const page = this.pages[key >>> PAGE_BITS]!;
    const at = key & PAGE_MASK;
    if (page[at + HAS_ID] === 1) return;
    const bytes = this.bytesOf(key);
    writeSeriesId(
      this.headOf(key).tagNames,
      { bytes, words: page, at: this.valueWord(key) },
      bytes,
      (at + ID) * 4,
    );
    page[at + HAS_ID] = 1;
  }

  /** Where in the words of the key's page its id begins: four words, the same for every order and spelling of the same tags. */
  idWord(key: number): number {
    this.prepareId(key);
    return (key & PAGE_MASK) + ID;
  }

  /** Where in the words of the key's page the places of its values begin: first and last byte + 1 of each in the page's bytes. */
  valueWord(key: number): number {
    return (key & PAGE_MASK) + HEADER_WORDS + ((this.lengthOf(key) + 3) >> 2);
  }

  private copy(key: number, text: Uint8Array, start: number, end: number, tags: KeyTags): void {
    const bytes = this.bytesOf(key);
    const words = this.wordsOf(key);
    const to = startOf(key);
    bytes.set(text.subarray(start, end), to);
    let word = this.valueWord(key);
    const unescapedAt = (word + tags.count * 2) * 4;
    if (tags.unescapedBytes > 0) bytes.set(tags.unescaped.subarray(0, tags.unescapedBytes), unescapedAt);
    const { starts, ends, count } = tags;
    for (let index = 0; index < count; index++) {
      const from = starts[index]!;
      const until = ends[index]!;
      words[word++] = from < 0 ? unescapedAt + ~from : to + from - start;
      words[word++] = from < 0 ? unescapedAt + ~until : to + until - start;
    }
  }

  /** Room for a record of so many words. */
  private place(words: number): number {
    if (words > LARGE_WORDS) return this.addPage(words) << PAGE_BITS;
    if (this.used + words > this.pages[this.open]!.length && !this.grow(this.used + words)) {
      this.open = this.addPage(PAGE_WORDS);
      this.used = 0;
    }
    const key = (this.open << PAGE_BITS) | this.used;
    this.used += words;
    return key;
  }

  /** Most processes' first page stays small; false: it is as large as any. */
  private grow(words: number): boolean {
    const page = this.pages[this.open]!;
    if (words > PAGE_WORDS || page.length >= PAGE_WORDS) return false;
    const larger = new Int32Array(Math.min(PAGE_WORDS, Math.max(words, page.length * 4)));
    larger.set(page);
    this.pages[this.open] = larger;
    this.pageBytes[this.open] = new Uint8Array(larger.buffer);
    return true;
  }

  private addPage(words: number): number {
    const page = new Int32Array(words);
    this.pageBytes.push(new Uint8Array(page.buffer));
    return this.pages.push(page) - 1;
  }
}

const startOf = (key: number): number => ((key & PAGE_MASK) + HEADER_WORDS) * 4;

const wordsFor = (length: number, { count, unescapedBytes }: KeyTags): number =>
  HEADER_WORDS + ((length + 3) >> 2) + count * 2 + ((unescapedBytes + 3) >> 2);
