/**
 * Numbers of series by their ids, in flat memory: a map with a string for each of a hundred thousand series is most
 * of what a garbage collector then has to look at. In parts that are split one at a time: to move all of a million at
 * once would keep the event loop.
 */
import { randomFillSync } from 'node:crypto';
import { PAGE_BITS, PAGE_MASK, type PagedWords } from './paged-words.ts';

/** Nobody outside can choose ids that meet in one place. */
const SECRETS = randomFillSync(new Int32Array(4));
const ID_WORDS = 4;
/** Places of a part at most, 2 to the power of that. */
const PART_BITS = 13;
const DEEPEST = 16;
const FEWEST_PLACES = 4;

/** Bytes per series at most, places that are free included. */
export const SERIES_INDEX_BYTES = 16;

/** Series whose hashes have the same last `depth` bits. */
interface Part {
  /** Number + 1 of the series in each place; 0 = free. A power of two of places, at most half of them taken. */
  places: Int32Array;
  count: number;
  readonly depth: number;
}

export class SeriesIndex {
  private readonly ids: PagedWords;
  /** By the last bits of the hash; a part that was split less often stands here several times. */
  private parts: Part[] = [newPart(0, FEWEST_PLACES)];

  /** `ids` has a record of four words for each series. */
  constructor(ids: PagedWords) {
    this.ids = ids;
  }

  /** The number of the series whose id is `words[at …]`, -1 when it is new. */
  find(words: Int32Array, at: number): number {
    const { pages } = this.ids;
    const mixed = hash(words, at);
    const { places } = this.parts[mixed & (this.parts.length - 1)]!;
    const mask = places.length - 1;
    for (let place = startOf(mixed) & mask; ; place = (place + 1) & mask) {
      const number = places[place]! - 1;
      if (number === -1) return -1;
      const ids = pages[number >>> PAGE_BITS]!;
      const from = (number & PAGE_MASK) * ID_WORDS;
      if (
        ids[from] === words[at] &&
        ids[from + 1] === words[at + 1] &&
        ids[from + 2] === words[at + 2] &&
        ids[from + 3] === words[at + 3]
      ) {
        return number;
      }
    }
  }

  /** Adds a series that is not here, and whose id is among the ids already. */
  add(number: number): void {
    const mixed = this.hashOf(number);
    let part = this.parts[mixed & (this.parts.length - 1)]!;
    if ((part.count + 1) * 2 > part.places.length) {
      if (part.places.length < 2 ** PART_BITS || part.depth === DEEPEST) this.grow(part);
      else this.split(part);
      part = this.parts[mixed & (this.parts.length - 1)]!;
    }
    put(part, mixed, number);
  }

  private grow(part: Part): void {
    const { places } = part;
    part.places = new Int32Array(places.length * 2);
    part.count = 0;
    this.move(places, () => part);
  }

  private split({ places, depth }: Part): void {
    const halves = [newPart(depth + 1, places.length), newPart(depth + 1, places.length)] as const;
    const half = (mixed: number) => halves[(mixed >>> depth) & 1]!;
    if (this.parts.length === 2 ** depth) this.parts = [...this.parts, ...this.parts];
    this.move(places, (mixed, isFirst) => {
      // All of them share these last bits.
      if (isFirst) {
        for (let at = mixed & (2 ** depth - 1); at < this.parts.length; at += 2 ** depth)
          this.parts[at] = half(at);
      }
      return half(mixed);
    });
  }

  private move(places: Int32Array, partOf: (mixed: number, isFirst: boolean) => Part): void {
    let isFirst = true;
    for (const place of places) {
      if (place === 0) continue;
      const mixed = this.hashOf(place - 1);
      put(partOf(mixed, isFirst), mixed, place - 1);
      isFirst = false;
    }
  }

  private hashOf(number: number): number {
    return hash(this.ids.pages[number >>> PAGE_BITS]!, (number & PAGE_MASK) * ID_WORDS);
  }
}

function newPart(depth: number, places: number): Part {
  return { places: new Int32Array(places), count: 0, depth };
}

function put(part: Part, mixed: number, number: number): void {
  const { places } = part;
  const mask = places.length - 1;
  let place = startOf(mixed) & mask;
  while (places[place] !== 0) place = (place + 1) & mask;
  places[place] = number + 1;
  part.count++;
}

/** Other bits than those that choose the part. */
const startOf = (mixed: number): number => mixed >>> (32 - PART_BITS);

function hash(words: Int32Array, at: number): number {
  const one =
    Math.imul(words[at]! ^ SECRETS[0]!, 0x9e3779b1) ^ Math.imul(words[at + 1]! ^ SECRETS[1]!, 0x85ebca6b);
  const two =
    Math.imul(words[at + 2]! ^ SECRETS[2]!, 0xc2b2ae35) + Math.imul(words[at + 3]! ^ SECRETS[3]!, 0x27d4eb2f);
  const mixed = Math.imul(one ^ (two >>> 16) ^ two, 0x2c1b3c6d);
  return mixed ^ (mixed >>> 15);
}
