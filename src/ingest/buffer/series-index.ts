/**
 * Numbers of series by their ids, in flat memory: a map with a string for each of a hundred thousand series is most
 * of what a garbage collector then has to look at.
 */
import { randomFillSync } from 'node:crypto';

/** Nobody outside can choose ids that meet in one place. */
const SECRETS = randomFillSync(new Int32Array(4));
const ID_WORDS = 4;

/** Bytes per series at most, places that are free included. */
export const SERIES_INDEX_BYTES = 16;

export class SeriesIndex {
  /** Number + 1 of the series in each place; 0 = free. A power of two of places, at most half of them taken. */
  private places = new Int32Array(4);

  /** The number of the series whose id is `words[at …]`, -1 when it is new; `ids` holds the ids of all. */
  find(ids: Int32Array, words: Int32Array, at: number): number {
    const { places } = this;
    const mask = places.length - 1;
    for (let place = hash(words, at) & mask; ; place = (place + 1) & mask) {
      const number = places[place]! - 1;
      if (number === -1) return -1;
      const from = number * ID_WORDS;
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

  /** Adds the series with the next number, `number`, whose id is in `ids` already. */
  add(ids: Int32Array, number: number): void {
    if ((number + 1) * 2 > this.places.length) {
      this.places = new Int32Array(this.places.length * 2);
      for (let each = 0; each < number; each++) this.put(ids, each);
    }
    this.put(ids, number);
  }

  private put(ids: Int32Array, number: number): void {
    const { places } = this;
    const mask = places.length - 1;
    let place = hash(ids, number * ID_WORDS) & mask;
    while (places[place] !== 0) place = (place + 1) & mask;
    places[place] = number + 1;
  }
}

function hash(words: Int32Array, at: number): number {
  const one =
    Math.imul(words[at]! ^ SECRETS[0]!, 0x9e3779b1) ^ Math.imul(words[at + 1]! ^ SECRETS[1]!, 0x85ebca6b);
  const two =
    Math.imul(words[at + 2]! ^ SECRETS[2]!, 0xc2b2ae35) + Math.imul(words[at + 3]! ^ SECRETS[3]!, 0x27d4eb2f);
  const mixed = Math.imul(one ^ (two >>> 16) ^ two, 0x2c1b3c6d);
  return mixed ^ (mixed >>> 15);
}
