/**
 * Distinct texts by numbers from 1 on, as UTF-8 in flat memory: as strings a million of them are most of what a garbage
 * collector has to copy.
 */
import { hash, randomFillSync } from 'node:crypto';
import { WORD_MAP_ENTRY_BYTES, WordMap } from '../../platform/word-map.ts';
import { PAGE_BITS, PAGE_MASK, PagedWords } from './paged-words.ts';

/** Where in a text's record lie the slab that it is in, its offset there, its length and the next with its hash. */
const SLAB = 0;
const OFFSET = 1;
const LENGTH = 2;
const NEXT = 3;
const RECORD_WORDS = 4;

/** Beyond that the platform hashes faster than a loop. */
const LONG_BYTES = 1024;
/** Nobody outside can choose texts that have one hash. */
const SECRETS = randomFillSync(new Int32Array(2));
const SEED = SECRETS[0]!;
const FACTOR = SECRETS[1]! | 1;

/** Most tags of most tables have fewer. */
const FEW_TEXTS = 8;

const FIRST_SLAB_BYTES = 64;
const SLAB_BYTES = 65_536;
/** A call costs more than the copy of a few bytes. */
const SHORT_BYTES = 32;
/** Bytes beside those of the text: the record and the place by its hash. */
const TEXT_BYTES = RECORD_WORDS * 4 + WORD_MAP_ENTRY_BYTES;

export class TextTable {
  /** One more than there are texts. */
  size = 1;
  bytes = 0;
  private readonly records = new PagedWords(RECORD_WORDS);
  private readonly slabs: Uint8Array[] = [];
  /** Of the last slab. */
  private used = 0;
  /** The text with a hash that came last; null while there are so few texts that each is looked at. */
  private byHash: WordMap | null = null;

  /** The number of the text `source[start, end)`, a new one if need be. */
  numberOf(source: Uint8Array, start: number, end: number): number {
    const { byHash } = this;
    const key = byHash === null ? 0 : hashOf(source, start, end);
    // Those that are few are linked to one another, like those with one hash.
    const first = byHash === null ? this.size - 1 : byHash.get(key);
    const { pages } = this.records;
    for (let number = first; number !== 0; ) {
      const page = pages[number >>> PAGE_BITS]!;
      const record = (number & PAGE_MASK) * RECORD_WORDS;
      if (page[record + LENGTH] === end - start) {
        const slab = this.slabs[page[record + SLAB]!]!;
        if (stands(slab, page[record + OFFSET]!, source, start, end)) return number;
      }
      number = page[record + NEXT]!;
    }
    return this.add(source, start, end, key, first);
  }

  /** The slab that a text is in; it stands there from `offsetOf` on. */
  slabOf(number: number): Uint8Array {
    return this.slabs[this.record(number, SLAB)]!;
  }

  offsetOf(number: number): number {
    return this.record(number, OFFSET);
  }

  lengthOf(number: number): number {
    return this.record(number, LENGTH);
  }

  private record(number: number, word: number): number {
    return this.records.pages[number >>> PAGE_BITS]![(number & PAGE_MASK) * RECORD_WORDS + word]!;
  }

  private add(source: Uint8Array, start: number, end: number, key: number, next: number): number {
    const length = end - start;
    this.makeRoom(length);
    const slab = this.slabs.at(-1)!;
    if (length > SHORT_BYTES) slab.set(source.subarray(start, end), this.used);
    else for (let at = start, to = this.used; at < end; ) slab[to++] = source[at++]!;
    const number = this.size++;
    this.records.ensure(number);
    const page = this.records.pages[number >>> PAGE_BITS]!;
    const record = (number & PAGE_MASK) * RECORD_WORDS;
    page[record + SLAB] = this.slabs.length - 1;
    page[record + OFFSET] = this.used;
    page[record + LENGTH] = length;
    page[record + NEXT] = next;
    this.used += length;
    if (this.byHash !== null) this.byHash.set(key, number);
    else if (number === FEW_TEXTS) this.index();
    this.bytes += length + TEXT_BYTES;
    return number;
  }

  /** From now on texts are found by their hashes. */
  private index(): void {
    this.byHash = new WordMap();
    for (let number = 1; number < this.size; number++) {
      const start = this.offsetOf(number);
      const key = hashOf(this.slabOf(number), start, start + this.lengthOf(number));
      this.records.pages[0]![number * RECORD_WORDS + NEXT] = this.byHash.get(key);
      this.byHash.set(key, number);
    }
  }

  /** In the last slab; the first one grows, as most tables have few texts. */
  private makeRoom(length: number): void {
    const last = this.slabs.at(-1);
    const needed = this.used + length;
    if (last !== undefined && needed <= last.length) return;
    if (last !== undefined && this.slabs.length === 1 && needed <= SLAB_BYTES) {
      const larger = new Uint8Array(Math.min(SLAB_BYTES, Math.max(needed, last.length * 2)));
      larger.set(last);
      this.slabs[0] = larger;
      return;
    }
    this.slabs.push(new Uint8Array(Math.max(length, last === undefined ? FIRST_SLAB_BYTES : SLAB_BYTES)));
    this.used = 0;
  }
}

function stands(slab: Uint8Array, offset: number, source: Uint8Array, start: number, end: number): boolean {
  const shift = offset - start;
  for (let at = start; at < end; at++) if (slab[at + shift] !== source[at]) return false;
  return true;
}

function hashOf(source: Uint8Array, start: number, end: number): number {
  if (end - start > LONG_BYTES) return hash('sha1', source.subarray(start, end), 'buffer').readInt32LE();
  let mixed = SEED;
  for (let at = start; at < end; at++) mixed = Math.imul(mixed ^ source[at]!, FACTOR);
  return mixed;
}
