/** The series of a table that the write path has met: a number, the id and the tags of each, by columns. */
import { enlarge } from '../field-column.ts';
import type { SeriesKey } from '../lineprotocol/series-key.ts';
import { RECENT_TIMES_BYTES, RecentTimes, type TimeBounds } from './recent-times.ts';

/** A tag over all series: which of its values each series has. */
export interface TagColumn {
  readonly name: string;
  /** Distinct values; number 0 is "no such tag". */
  readonly values: (string | null)[];
  readonly numberOf: Map<string, number>;
  /** Value number by series. */
  bySeries: Uint32Array;
}

/** Id, map entry and key string of a series, roughly; tags and times come on top. */
const SERIES_BYTES = 160;

export class SeriesRegistry {
  readonly tags = new Map<string, TagColumn>();
  readonly times: RecentTimes;
  /** The 16 bytes of each series' id, as four words. */
  ids = new Int32Array(4);
  size = 0;
  private capacity = 1;
  private valueBytes = 0;
  private readonly byId = new Map<string, number>();

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
    const id = key.seriesId;
    const name = id.toString('latin1');
    let series = this.byId.get(name);
    if (series === undefined) {
      series = this.add(key, id, low, high);
      this.byId.set(name, series);
    }
    key.stateOwner = this;
    key.state = series;
    return series;
  }

  private add(key: SeriesKey, id: Buffer, low: number, high: number): number {
    const series = this.size++;
    if (this.size > this.capacity) this.grow();
    for (let word = 0; word < 4; word++) this.ids[series * 4 + word] = id.readInt32LE(word * 4);
    for (let index = 0; index < key.tagNames.length; index++) {
      const tag = this.tag(key.tagNames[index]!);
      const value = key.tagValues[index]!;
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
    this.ids = enlarge(this.ids, new Int32Array(this.capacity * 4));
    this.times.ensure(this.capacity);
    for (const tag of this.tags.values()) {
      tag.bySeries = enlarge(tag.bySeries, new Uint32Array(this.capacity));
    }
  }
}
