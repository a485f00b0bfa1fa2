/**
 * What is known about the times of each series' accepted points: enough to say of most points that they cannot
 * be duplicates. It never says so wrongly; where it does not know, a point may be one.
 */
import { isAfter } from '../lineprotocol/int64.ts';
import { PAGE_BITS, PAGE_MASK, PagedWords } from './paged-words.ts';

/** Newest points per series that are remembered one by one: writers that overtake one another stay certain. */
const REMEMBERED = 32;
/** Where in a series' record lie the halves of the newest, the oldest and the exact time … */
const NEWEST = 0;
const OLDEST = 2;
const EXACT = 4;
/** … how many times are remembered and which is the next to be forgotten, and the ring of these. */
const COUNT = 6;
const HEAD = 7;
const RING = 8;
const RECORD_WORDS = RING + REMEMBERED * 2;
const NO_RECORDS = new Int32Array(0);
const MINIMUM_HIGH = -0x80000000;

/** All points that existed before lie in `[oldest, newest]`, as halves. */
export interface TimeBounds {
  readonly oldestLow: number;
  readonly oldestHigh: number;
  readonly newestLow: number;
  readonly newestHigh: number;
}

/** Where the points of both lie. */
export function joinBounds(one: TimeBounds | null, other: TimeBounds): TimeBounds {
  if (one === null) return other;
  const older = isAfter(one.oldestLow, one.oldestHigh, other.oldestLow, other.oldestHigh) ? other : one;
  const newer = isAfter(other.newestLow, other.newestHigh, one.newestLow, one.newestHigh) ? other : one;
  return {
    oldestLow: older.oldestLow,
    oldestHigh: older.oldestHigh,
    newestLow: newer.newestLow,
    newestHigh: newer.newestHigh,
  };
}

export class RecentTimes {
  /** Every time after `exact` is in the ring; between `oldest` and `exact` nothing is certain. */
  readonly records = new PagedWords(RECORD_WORDS);
  /** The first page of the records: most tables have no other, and each step to it costs where hundreds take turns. */
  private first: Int32Array = NO_RECORDS;
  private readonly before: TimeBounds | null;
  private slots = 0;

  /** `before`: where the points lie that this has not seen; null when there are none. */
  constructor(before: TimeBounds | null) {
    this.before = before;
  }

  get bytes(): number {
    return this.records.bytes;
  }

  /** Opens the next slot, for a series whose first point here has this time. */
  open(low: number, high: number): void {
    const { records, before } = this;
    const slot = this.slots++;
    records.ensure(slot);
    this.first = records.pages[0]!;
    const words = records.pages[slot >>> PAGE_BITS]!;
    const at = (slot & PAGE_MASK) * RECORD_WORDS;
    words[at + NEWEST] = before === null ? low : before.newestLow;
    words[at + NEWEST + 1] = before === null ? high : before.newestHigh;
    words[at + OLDEST] = before === null ? low : before.oldestLow;
    words[at + OLDEST + 1] = before === null ? high : before.oldestHigh;
    words[at + EXACT] = before === null ? 0 : before.newestLow;
    words[at + EXACT + 1] = before === null ? MINIMUM_HIGH : before.newestHigh;
  }

  /** Notes a point. True: certainly no earlier point of the series had this time. */
  note(slot: number, low: number, high: number): boolean {
    const words = slot <= PAGE_MASK ? this.first : this.records.pages[slot >>> PAGE_BITS]!;
    const at = (slot & PAGE_MASK) * RECORD_WORDS;
    if (isAfter(low, high, words[at + NEWEST]!, words[at + NEWEST + 1]!)) {
      words[at + NEWEST] = low;
      words[at + NEWEST + 1] = high;
      remember(words, at, low, high);
      return true;
    }
    const isOldest = isAfter(words[at + OLDEST]!, words[at + OLDEST + 1]!, low, high);
    if (isOldest) {
      words[at + OLDEST] = low;
      words[at + OLDEST + 1] = high;
    }
    if (!isAfter(low, high, words[at + EXACT]!, words[at + EXACT + 1]!)) return isOldest;
    if (remembers(words, at, low, high)) return false;
    remember(words, at, low, high);
    return true;
  }
}

function remembers(words: Int32Array, record: number, low: number, high: number): boolean {
  const start = record + RING;
  const end = start + words[record + COUNT]! * 2;
  for (let at = start; at < end; at += 2) {
    if (words[at] === low && words[at + 1] === high) return true;
  }
  return false;
}

function remember(words: Int32Array, record: number, low: number, high: number): void {
  const head = words[record + HEAD]!;
  const at = record + RING + head * 2;
  if (words[record + COUNT]! === REMEMBERED) {
    const exact = record + EXACT;
    if (isAfter(words[at]!, words[at + 1]!, words[exact]!, words[exact + 1]!)) {
      words[exact] = words[at]!;
      words[exact + 1] = words[at + 1]!;
    }
  } else words[record + COUNT]!++;
  words[at] = low;
  words[at + 1] = high;
  words[record + HEAD] = (head + 1) % REMEMBERED;
}
