/** Keys that were met lately: a spelling seen before is never parsed again. */
import type { KeyTags } from './key-tags.ts';
import type { SeriesParts } from './parse-series-key.ts';
import { SeriesKeys } from './series-keys.ts';

/** Heads are objects: more would be work for the garbage collector. */
const MOST_HEADS = 32_768;

/** Bounded: beyond the limit it starts anew, and keys are parsed again as they come. */
export class SeriesKeyCache {
  /** Numbers of keys are theirs: who has some must know whose. */
  current = new SeriesKeys();
  private readonly limitBytes: number;

  constructor(limitBytes: number) {
    this.limitBytes = limitBytes;
  }

  /** Keys that have room for one more like this. */
  roomFor(length: number, parts: SeriesParts, tags: KeyTags): SeriesKeys {
    const { current } = this;
    const isFull = current.bytes + current.sizeOf(length, tags) > this.limitBytes;
    if (isFull || (current.headCount >= MOST_HEADS && current.findHead(parts) === -1)) {
      this.current = new SeriesKeys();
    }
    return this.current;
  }
}
