/** The series of a table that the write path has met: a number, the id and the tags of each, by columns. */
import { releaseInTurns } from '../../platform/release.ts';
import type { Turns } from '../../platform/turns.ts';
import type { SeriesKeys } from '../lineprotocol/series-keys.ts';
import { PAGE_BITS, PAGE_MASK, PagedWords } from './paged-words.ts';
import { RecentTimes, type TimeBounds } from './recent-times.ts';
import { SERIES_INDEX_BYTES, SeriesIndex } from './series-index.ts';
import { TextTable } from './text-table.ts';

/** That were made so far: each has a number. */
let registries = 0;

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
  /** Stands for this in records of keys. */
  private readonly mark = ++registries;
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

  /** Gives the memory back, some in each turn: no rows have these numbers any more. */
  release(turns: Turns): Promise<void> {
    const records = [
      this.ids,
      this.times.records,
      ...[...this.tags.values()].map(({ bySeries }) => bySeries),
    ];
    return releaseInTurns(
      records.flatMap(({ pages }) => pages),
      turns,
    );
  }

  /** The series' number; `low` and `high` are the time of the point that asks. */
  numberOf(keys: SeriesKeys, key: number, low: number, high: number): number {
    const known = keys.numberOf(key, this.mark);
    if (known !== -1) return known;
    const at = keys.idWord(key);
    const words = keys.wordsOf(key);
    let series = this.index.find(words, at);
    if (series === -1) {
      series = this.add(keys, key, low, high);
      const ids = this.ids.pages[series >>> PAGE_BITS]!;
      const start = (series & PAGE_MASK) * 4;
      for (let word = 0; word < 4; word++) ids[start + word] = words[at + word]!;
      this.index.add(series);
    }
    keys.setNumber(key, this.mark, series);
    return series;
  }

  private add(keys: SeriesKeys, key: number, low: number, high: number): number {
    const { tagNames } = keys.headOf(key);
    const series = this.size++;
    this.ids.ensure(series);
    // New series mostly have the tags of the one before.
    if (tagNames !== this.lastNames) {
      this.lastTags = tagNames.map((name) => this.tag(name));
      this.lastNames = tagNames;
    }
    const bytes = keys.bytesOf(key);
    const words = keys.wordsOf(key);
    let at = keys.valueWord(key);
    for (const { values, bySeries } of this.lastTags) {
      const before = values.bytes;
      bySeries.ensure(series);
      bySeries.set(series, values.numberOf(bytes, words[at++]!, words[at++]!));
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
