/**
 * The newest rows of each combination: which slots they have, and where a point belongs. Knows times and series
 * only; the values of a slot are in the columns.
 */
import { enlarge } from '../../ingest/field-column.ts';
import { isAfter } from '../../ingest/lineprotocol/int64.ts';
import { gatherHalves } from './whole-column.ts';

/** What is needed of a series only when a point of the same time is there already. */
export interface SeriesIdentity {
  /** 16 bytes. */
  readonly seriesId: Buffer;
}

export type Placed = 'new' | 'same' | 'none';

const INITIAL_CAPACITY = 16;
/** The list of a combination's slots. */
const LIST_BYTES = 64;

export class LastRows {
  /** Slots of each combination, oldest first, at most `count`. */
  readonly lists: number[][] = [];
  size = 0;
  capacity = INITIAL_CAPACITY;
  /** Of the last point that was placed. */
  slot = -1;
  /** The slot's tags have to be written: it belonged to another series. */
  isOtherSeries = false;
  /** Low and high half of the slot's time. */
  times = new Int32Array(INITIAL_CAPACITY * 2);
  private readonly count: number;
  /** Four words of the slot's series. */
  private ids = new Int32Array(INITIAL_CAPACITY * 4);
  /** The number of the slot's series under the present owner; -1 = to be compared by its id. */
  private series = new Int32Array(INITIAL_CAPACITY);

  constructor(count: number) {
    this.count = count;
  }

  get memoryBytes(): number {
    const arrays = this.times.byteLength + this.ids.byteLength + this.series.byteLength;
    return arrays + this.lists.length * LIST_BYTES + this.size * 8;
  }

  renumbered(): void {
    this.series.fill(-1);
  }

  /** Finds or makes the place of a point; `slot` and `isOtherSeries` say more. */
  place(combination: number, low: number, high: number, number: number, identity: SeriesIdentity): Placed {
    const list = this.list(combination);
    let at = list.length;
    while (at > 0) {
      const slot = list[at - 1]!;
      const slotLow = this.times[slot * 2]!;
      const slotHigh = this.times[slot * 2 + 1]!;
      if (slotLow === low && slotHigh === high) {
        if (this.isSeries(slot, number, identity)) {
          this.slot = slot;
          this.isOtherSeries = false;
          return 'same';
        }
      } else if (!isAfter(slotLow, slotHigh, low, high)) break;
      at--;
    }
    // Of rows of one instant any may be the last: one that is there already stays.
    if (list.length >= this.count && at === 0) return 'none';
    const slot = list.length >= this.count ? this.reuse(list, at) : this.allocate(list, at);
    this.isOtherSeries = number === -1 || this.series[slot] !== number;
    this.times[slot * 2] = low;
    this.times[slot * 2 + 1] = high;
    if (this.isOtherSeries) this.setSeries(slot, number, identity);
    this.slot = slot;
    return 'new';
  }

  /** Copies the slots to a new set of rows, numbered in this order; `combinations[i]` is where slot i goes. */
  pick(slots: Uint32Array, combinations: Int32Array): LastRows {
    const picked = new LastRows(this.count);
    picked.ensure(slots.length);
    picked.times.set(gatherHalves(this.times, slots));
    picked.size = slots.length;
    picked.renumbered();
    for (let row = 0; row < slots.length; row++) {
      const from = slots[row]! * 4;
      picked.ids.set(this.ids.subarray(from, from + 4), row * 4);
      picked.list(combinations[row]!).push(row);
    }
    return picked;
  }

  private list(combination: number): number[] {
    while (this.lists.length <= combination) this.lists.push([]);
    return this.lists[combination]!;
  }

  private isSeries(slot: number, number: number, identity: SeriesIdentity): boolean {
    if (number !== -1 && this.series[slot] === number) return true;
    const { seriesId } = identity;
    for (let word = 0; word < 4; word++) {
      if (this.ids[slot * 4 + word] !== seriesId.readInt32LE(word * 4)) return false;
    }
    this.series[slot] = number;
    return true;
  }

  private setSeries(slot: number, number: number, { seriesId }: SeriesIdentity): void {
    this.series[slot] = number;
    for (let word = 0; word < 4; word++) this.ids[slot * 4 + word] = seriesId.readInt32LE(word * 4);
  }

  /** The oldest row makes room. */
  private reuse(list: number[], at: number): number {
    const slot = list[0]!;
    if (list.length === 1) return slot;
    list.shift();
    list.splice(at - 1, 0, slot);
    return slot;
  }

  private allocate(list: number[], at: number): number {
    const slot = this.size++;
    this.ensure(this.size);
    this.series[slot] = -1;
    if (at === list.length) list.push(slot);
    else list.splice(at, 0, slot);
    return slot;
  }

  private ensure(size: number): void {
    if (size <= this.capacity) return;
    this.capacity = Math.max(size, this.capacity * 2);
    this.times = enlarge(this.times, new Int32Array(this.capacity * 2));
    this.ids = enlarge(this.ids, new Int32Array(this.capacity * 4));
    this.series = enlarge(this.series, new Int32Array(this.capacity));
  }
}
