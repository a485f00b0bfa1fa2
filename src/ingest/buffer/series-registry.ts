/** The series of a table that the write path has met: a number, the id and the tags of each, by columns. */
import type { SeriesKey } from '../lineprotocol/series-key.ts';
import { TagTexts } from '../lineprotocol/tag-texts.ts';
import { PAGE_BITS, PAGE_MASK, PagedWords } from './paged-words.ts';
import { RecentTimes, type TimeBounds } from './recent-times.ts';
import { SERIES_INDEX_BYTES, SeriesIndex } from './series-index.ts';
import { TextTable } from './text-table.ts';

const tagTexts = new TagTexts();

/** A tag over all series: which of its values each series has. */
export interface TagColumn {
  readonly name: string;
  /** Distinct values; number 0 is "no such tag". */
  readonly values: TextTable;
  /** Value number by series. */
  readonly bySeries: PagedWords;
}

export class SeriesRegistry {
  readonly tags = new Map<string, TagColumn>();
  readonly times: RecentTimes;
  /** The 16 bytes of each series' id, as four words. */
  readonly ids = new PagedWords(4);
  size = 0;
  /** Stands for this in keys, of which many live longer and must not keep all of it. */
  private readonly mark = {};
  private valueBytes = 0;
  private readonly index = new SeriesIndex(this.ids);
  private lastNames: readonly string[] | null = null;
  private lastTags: readonly TagColumn[] = [];

  constructor(before: TimeBounds | null) {
    this.times = new RecentTimes(before);
  }

  /** Memory, roughly. */
  get bytes(): number {
    const { ids, times, size } = this;
    return ids.bytes + times.bytes + size * (SERIES_INDEX_BYTES + 4 * this.tags.size) + this.valueBytes;
  }

  /** Gives the memory back: no rows have these numbers any more. */
  release(): void {
    this.ids.release();
    this.times.release();
    for (const { bySeries } of this.tags.values()) bySeries.release();
  }

  /** The series' number; `low` and `high` are the time of the point that asks. */
  numberOf(key: SeriesKey, low: number, high: number): number {
    if (key.stateOwner === this.mark) return key.state as number;
    const at = key.idWord;
    const words = key.idWords;
    let series = this.index.find(words, at);
    if (series === -1) {
      series = this.add(key, low, high);
      const ids = this.ids.pages[series >>> PAGE_BITS]!;
      const start = (series & PAGE_MASK) * 4;
      for (let word = 0; word < 4; word++) ids[start + word] = words[at + word]!;
      this.index.add(series);
    }
    key.stateOwner = this.mark;
    key.state = series;
    return series;
  }

  private add(key: SeriesKey, low: number, high: number): number {
    const { tagNames } = key;
    const series = this.size++;
    this.ids.ensure(series);
    // New series mostly have the tags of the one before.
    if (tagNames !== this.lastNames) {
      this.lastTags = tagNames.map((name) => this.tag(name));
      this.lastNames = tagNames;
    }
    tagTexts.read(key);
    for (let index = 0; index < tagNames.length; index++) {
      const tag = this.lastTags[index]!;
      const { values, bySeries } = tag;
      const before = values.bytes;
      bySeries.ensure(series);
      bySeries.set(series, values.numberOf(tagTexts.bytes, tagTexts.starts[index]!, tagTexts.ends[index]!));
      this.valueBytes += values.bytes - before;
    }
    this.times.open(low, high);
    return series;
  }

  private tag(name: string): TagColumn {
    let tag = this.tags.get(name);
    if (tag === undefined) {
      tag = { name, values: new TextTable(), bySeries: new PagedWords(1) };
      this.tags.set(name, tag);
    }
    return tag;
  }
}
