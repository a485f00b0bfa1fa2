import type { BlockColumn } from '../../engine/native/block.ts';
import { enlarge, type FieldColumn } from '../../ingest/field-column.ts';
import { Presence } from './presence.ts';
import type { Targets, ValueColumn } from './value-column.ts';

export class BooleanColumn implements ValueColumn {
  private readonly presence: Presence;
  private values: Uint8Array;

  constructor(capacity: number) {
    this.presence = new Presence(capacity);
    this.values = new Uint8Array(capacity);
  }

  get memoryBytes(): number {
    return this.values.byteLength + this.presence.flags.byteLength;
  }

  ensure(capacity: number): void {
    this.presence.ensure(capacity);
    if (capacity > this.values.length) this.values = enlarge(this.values, new Uint8Array(capacity));
  }

  apply(field: FieldColumn | undefined, { rows, slots, fresh }: Targets): void {
    const { flags } = this.presence;
    for (let row = 0; row < rows; row++) {
      const slot = slots[row]!;
      if (slot < 0) continue;
      if (field !== undefined && field.present[row] === 1) {
        flags[slot] = 1;
        this.values[slot] = field.booleans[row]!;
      } else if (fresh[row] === 1) flags[slot] = 0;
    }
  }

  fill(slot: number, { vector, nulls }: BlockColumn, row: number): void {
    if (this.presence.flags[slot] === 1 || nulls?.[row] === 1) return;
    if (vector.kind !== 'uint8') throw new TypeError(`a boolean cannot be ${vector.kind}`);
    this.presence.flags[slot] = 1;
    this.values[slot] = vector.values[row]!;
  }

  clear(slot: number): void {
    this.presence.flags[slot] = 0;
  }

  gather(slots: Uint32Array): Pick<BlockColumn, 'vector' | 'nulls'> {
    const values = new Uint8Array(slots.length);
    for (let row = 0; row < slots.length; row++) values[row] = this.values[slots[row]!]!;
    return { vector: { kind: 'uint8', values }, ...this.presence.nulls(slots) };
  }

  pick(slots: Uint32Array): BooleanColumn {
    const picked = new BooleanColumn(slots.length);
    this.presence.pick(slots, picked.presence);
    for (let row = 0; row < slots.length; row++) picked.values[row] = this.values[slots[row]!]!;
    return picked;
  }
}
