/**
 * What is known about the times of each series' accepted points: enough to say of most points that they cannot
 * be duplicates. It never says so wrongly; where it does not know, a point may be one.
 */
import { regrow } from '../field-column.ts';
import { isAfter } from '../lineprotocol/int64.ts';

/** Newest points per series that are remembered one by one: writers that overtake one another stay certain. */
const REMEMBERED = 32;
/** Halves of the newest, the oldest and the exact time of a series. */
const BOUNDS = 6;
const NEWEST = 0;
const OLDEST = 2;
const EXACT = 4;
const MINIMUM_HIGH = -0x80000000;

/** Bytes per series. */
export const RECENT_TIMES_BYTES = REMEMBERED * 8 + BOUNDS * 4 + 2;

/** All points that existed before lie in `[oldest, newest]`, as halves. */
export interface TimeBounds {
  readonly oldestLow: number;
  readonly oldestHigh: number;
  readonly newestLow: number;
  readonly newestHigh: number;
}

export class RecentTimes {
  /** Every time after `exact` is in the ring; between `oldest` and `exact` nothing is certain. */
  private bounds: Int32Array;
  private ring: Int32Array;
  private heads: Uint8Array;
  private counts: Uint8Array;
  private readonly before: TimeBounds | null;
  private slots = 0;

  /** `before`: where the points lie that this has not seen; null when there are none. */
  constructor(before: TimeBounds | null) {
    this.before = before;
    this.bounds = new Int32Array(BOUNDS);
    this.ring = new Int32Array(REMEMBERED * 2);
    this.heads = new Uint8Array(1);
    this.counts = new Uint8Array(1);
  }

  /** Makes room for slots below `capacity`. */
  ensure(capacity: number): void {
    if (capacity <= this.heads.length) return;
    this.bounds = regrow(this.bounds, new Int32Array(capacity * BOUNDS));
    this.ring = regrow(this.ring, new Int32Array(capacity * REMEMBERED * 2));
    this.heads = regrow(this.heads, new Uint8Array(capacity));
    this.counts = regrow(this.counts, new Uint8Array(capacity));
  }

  /** Opens the next slot, for a series whose first point here has this time. */
  open(low: number, high: number): void {
    const { bounds, before } = this;
    const at = this.slots++ * BOUNDS;
    bounds[at + NEWEST] = before === null ? low : before.newestLow;
    bounds[at + NEWEST + 1] = before === null ? high : before.newestHigh;
    bounds[at + OLDEST] = before === null ? low : before.oldestLow;
    bounds[at + OLDEST + 1] = before === null ? high : before.oldestHigh;
    bounds[at + EXACT] = before === null ? 0 : before.newestLow;
    bounds[at + EXACT + 1] = before === null ? MINIMUM_HIGH : before.newestHigh;
  }

  /** Notes a point. True: certainly no earlier point of the series had this time. */
  note(slot: number, low: number, high: number): boolean {
    const { bounds } = this;
    const at = slot * BOUNDS;
    if (isAfter(low, high, bounds[at + NEWEST]!, bounds[at + NEWEST + 1]!)) {
      bounds[at + NEWEST] = low;
      bounds[at + NEWEST + 1] = high;
      this.remember(slot, low, high);
      return true;
    }
    const isOldest = isAfter(bounds[at + OLDEST]!, bounds[at + OLDEST + 1]!, low, high);
    if (isOldest) {
      bounds[at + OLDEST] = low;
      bounds[at + OLDEST + 1] = high;
    }
    if (!isAfter(low, high, bounds[at + EXACT]!, bounds[at + EXACT + 1]!)) return isOldest;
    if (this.remembers(slot, low, high)) return false;
    this.remember(slot, low, high);
    return true;
  }

  /** The span of everything noted or there before; null when there is nothing. */
  span(): TimeBounds | null {
    let span = this.before;
    const { bounds } = this;
    for (let at = 0; at < this.slots * BOUNDS; at += BOUNDS) {
      span = joinBounds(span, {
        oldestLow: bounds[at + OLDEST]!,
        oldestHigh: bounds[at + OLDEST + 1]!,
        newestLow: bounds[at + NEWEST]!,
        newestHigh: bounds[at + NEWEST + 1]!,
      });
    }
    return span;
  }

  private remembers(slot: number, low: number, high: number): boolean {
    const { ring } = this;
    const start = slot * REMEMBERED * 2;
    const end = start + this.counts[slot]! * 2;
    for (let at = start; at < end; at += 2) {
      if (ring[at] === low && ring[at + 1] === high) return true;
    }
    return false;
  }

  private remember(slot: number, low: number, high: number): void {
    const { ring, bounds } = this;
    const head = this.heads[slot]!;
    const at = (slot * REMEMBERED + head) * 2;
    if (this.counts[slot]! === REMEMBERED) {
      const exact = slot * BOUNDS + EXACT;
      if (isAfter(ring[at]!, ring[at + 1]!, bounds[exact]!, bounds[exact + 1]!)) {
        bounds[exact] = ring[at]!;
        bounds[exact + 1] = ring[at + 1]!;
      }
    } else this.counts[slot]!++;
    ring[at] = low;
    ring[at + 1] = high;
    this.heads[slot] = (head + 1) % REMEMBERED;
  }
}

function joinBounds(one: TimeBounds | null, other: TimeBounds): TimeBounds {
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
