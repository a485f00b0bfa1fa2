/** The series of a table that the write path has met: a number, the id and the tags of each, by columns. */
import { regrow } from '../field-column.ts';
import type { SeriesKey } from '../lineprotocol/series-key.ts';
import { RECENT_TIMES_BYTES, RecentTimes, type TimeBounds } from './recent-times.ts';
import { SERIES_INDEX_BYTES, SeriesIndex } from './series-index.ts';

/** A tag over all series: which of its values each series has. */
export interface TagColumn {
  readonly name: string;
  /** Distinct values; number 0 is "no such tag". */
  readonly values: (string | null)[];
  readonly numberOf: Map<string, number>;
  /** Value number by series. */
  bySeries: Uint32Array;
}

/** Id and place in the index; tags and times come on top. */
const SERIES_BYTES = 16 + SERIES_INDEX_BYTES;

export class SeriesRegistry {
  readonly tags = new Map<string, TagColumn>();
  readonly times: RecentTimes;
  /** The 16 bytes of each series' id, as four words. */
  ids = new Int32Array(4);
  size = 0;
  private capacity = 1;
  private valueBytes = 0;
  private readonly index = new SeriesIndex();
  private lastNames: readonly string[] | null = null;
  private lastTags: readonly TagColumn[] = [];

  constructor(before: TimeBounds | null) {
    this.times = new RecentTimes(before);
  }

  /** Memory, roughly. */
  get bytes(): number {
    return this.capacity * (SERIES_BYTES + RECENT_TIMES_BYTES + 4 * this.tags.size) + this.valueBytes;
  }

  /** The series' number; `low` and `high` are the time of the point that asks. */
  numberOf(key: SeriesKey, low: number, high: number): number {
    if (key.stateOwner === this) return key.state as number;
    const at = key.idWord;
    const words = key.idWords;
    let series = this.index.find(this.ids, words, at);
    if (series === -1) {
      series = this.add(key, low, high);
      for (let word = 0; word < 4; word++) this.ids[series * 4 + word] = words[at + word]!;
      this.index.add(this.ids, series);
    }
    key.stateOwner = this;
    key.state = series;
    return series;
  }

  private add(key: SeriesKey, low: number, high: number): number {
    const { tagNames, tagValues } = key;
    const series = this.size++;
    if (this.size > this.capacity) this.grow();
    // New series mostly have the tags of the one before.
    if (tagNames !== this.lastNames) {
      this.lastTags = tagNames.map((name) => this.tag(name));
      this.lastNames = tagNames;
    }
    for (let index = 0; index < tagNames.length; index++) {
      const tag = this.lastTags[index]!;
      const value = tagValues[index]!;
      let number = tag.numberOf.get(value);
      if (number === undefined) {
        number = tag.values.length;
        tag.values.push(value);
        tag.numberOf.set(value, number);
        this.valueBytes += value.length * 2 + 100;
      }
      tag.bySeries[series] = number;
    }
    this.times.open(low, high);
    return series;
  }

  private tag(name: string): TagColumn {
    let tag = this.tags.get(name);
    if (tag === undefined) {
      tag = { name, values: [null], numberOf: new Map(), bySeries: new Uint32Array(this.capacity) };
      this.tags.set(name, tag);
    }
    return tag;
  }

  private grow(): void {
    this.capacity *= 2;
    this.ids = regrow(this.ids, new Int32Array(this.capacity * 4));
    this.times.ensure(this.capacity);
    for (const tag of this.tags.values()) {
      tag.bySeries = regrow(tag.bySeries, new Uint32Array(this.capacity));
    }
  }
}
