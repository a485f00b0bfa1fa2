/**
 * Numbers by numbers, of 32 bits each, in flat memory: what a `Map` of a million holds is work for the garbage
 * collector, and when it has become full it moves all of it at once, for tens of milliseconds. Here entries lie in
 * parts, of which one is split at a time.
 */
import { randomFillSync } from 'node:crypto';

/** Places of a part at most, 2 to the power of that. */
const PART_BITS = 13;
/** Deeper parts grow instead: somebody found keys that no bit tells apart. */
const DEEPEST = 16;
const FEWEST_PLACES = 8;
/** Nobody outside can choose keys that meet in one place. */
const SECRETS = randomFillSync(new Int32Array(2));
const SECRET = SECRETS[0]!;
const SECRET_FACTOR = SECRETS[1]! | 1;

/** Bytes per entry at most, places that are free included. */
export const WORD_MAP_ENTRY_BYTES = 32;

/** Keys whose hashes have the same last `depth` bits. */
interface Part {
  /** Key and value of each place, a power of two of them and at most half of them taken; value 0 = free. */
  places: Int32Array;
  count: number;
  readonly depth: number;
}

export class WordMap {
  /** By the last bits of the hash; a part that was split less often stands here several times. */
  private parts: Part[] = [newPart(0, FEWEST_PLACES)];

  /** 0: there is none. */
  get(key: number): number {
    const mixed = hashOf(key);
    const { places } = this.parts[mixed & (this.parts.length - 1)]!;
    return places[placeOf(places, mixed, key) + 1]!;
  }

  /** `value` is not 0. */
  set(key: number, value: number): void {
    const mixed = hashOf(key);
    let part = this.parts[mixed & (this.parts.length - 1)]!;
    const place = placeOf(part.places, mixed, key);
    if (part.places[place + 1] !== 0) {
      part.places[place + 1] = value;
      return;
    }
    if ((part.count + 1) * 4 > part.places.length) {
      if (part.places.length < 2 ** (PART_BITS + 1) || part.depth === DEEPEST) grow(part);
      else this.split(part, mixed);
      part = this.parts[mixed & (this.parts.length - 1)]!;
    }
    put(part, mixed, key, value);
  }

  /** One of the part's keys has the hash `mixed`: all of them share its last bits. */
  private split({ places, depth }: Part, mixed: number): void {
    const halves = [newPart(depth + 1, places.length / 2), newPart(depth + 1, places.length / 2)] as const;
    const half = (hash: number) => halves[(hash >>> depth) & 1]!;
    if (this.parts.length === 2 ** depth) this.parts = [...this.parts, ...this.parts];
    const step = 2 ** depth;
    for (let at = mixed & (step - 1); at < this.parts.length; at += step) this.parts[at] = half(at);
    move(places, half);
  }
}

function newPart(depth: number, places: number): Part {
  return { places: new Int32Array(places * 2), count: 0, depth };
}

function grow(part: Part): void {
  const { places } = part;
  part.places = new Int32Array(places.length * 2);
  part.count = 0;
  move(places, () => part);
}

function move(places: Int32Array, partOf: (mixed: number) => Part): void {
  for (let at = 0; at < places.length; at += 2) {
    if (places[at + 1] === 0) continue;
    const mixed = hashOf(places[at]!);
    put(partOf(mixed), mixed, places[at]!, places[at + 1]!);
  }
}

function put(part: Part, mixed: number, key: number, value: number): void {
  const { places } = part;
  const place = placeOf(places, mixed, key);
  places[place] = key;
  places[place + 1] = value;
  part.count++;
}

/** Of the key, or the free one where it belongs. */
function placeOf(places: Int32Array, mixed: number, key: number): number {
  const mask = places.length - 1;
  // Other bits than those that choose the part.
  let place = (mixed >>> (31 - PART_BITS)) & mask & ~1;
  while (places[place + 1] !== 0 && places[place] !== key) place = (place + 2) & mask;
  return place;
}

function hashOf(key: number): number {
  const mixed = Math.imul(key ^ SECRET, SECRET_FACTOR);
  const more = Math.imul(mixed ^ (mixed >>> 16), 0x2c1b3c6d);
  return more ^ (more >>> 15);
}
