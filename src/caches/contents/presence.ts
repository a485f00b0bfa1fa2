/** Which slots of a column have a value. */
import { enlarge } from '../../ingest/field-column.ts';

export class Presence {
  /** 1 = has a value. */
  flags: Uint8Array;

  constructor(capacity: number) {
    this.flags = new Uint8Array(capacity);
  }

  ensure(capacity: number): void {
    if (capacity > this.flags.length) this.flags = enlarge(this.flags, new Uint8Array(capacity));
  }

  /** As a block marks nulls; absent when there is none. */
  nulls(slots: Uint32Array): { nulls?: Uint8Array } {
    const nulls = new Uint8Array(slots.length);
    for (let row = 0; row < slots.length; row++) nulls[row] = this.flags[slots[row]!]! ^ 1;
    return { nulls };
  }

  pick(slots: Uint32Array, target: Presence): void {
    for (let row = 0; row < slots.length; row++) target.flags[row] = this.flags[slots[row]!]!;
  }
}
