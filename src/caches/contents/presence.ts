/** Which slots of a column have a value. */
import { enlarge } from '../../ingest/field-column.ts';
import type { Targets } from './value-column.ts';

export class Presence {
  /** 1 = has a value. */
  flags: Uint8Array;

  constructor(capacity: number) {
    this.flags = new Uint8Array(capacity);
  }

  ensure(capacity: number): void {
    if (capacity > this.flags.length) this.flags = enlarge(this.flags, new Uint8Array(capacity));
  }

  /**
   * The values of a batch, in its order: `write` puts the one of a row into a slot. `present` (1 = the row has a
   * value) is absent where the batch has none.
   */
  apply(
    present: Uint8Array | undefined,
    { rows, slots, fresh }: Targets,
    write: (slot: number, row: number) => void,
  ): void {
    for (let row = 0; row < rows; row++) {
      const slot = slots[row]!;
      if (slot < 0) continue;
      if (present !== undefined && present[row] === 1) {
        write(slot, row);
        this.flags[slot] = 1;
      } else if (fresh[row] === 1) this.flags[slot] = 0;
    }
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
