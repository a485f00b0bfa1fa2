import type { BlockColumn } from '../../engine/native/block.ts';
import { enlarge, type FieldColumn } from '../../ingest/field-column.ts';
import { result, splitBigInt } from '../../ingest/lineprotocol/int64.ts';
import { Presence } from './presence.ts';
import type { Targets, ValueColumn } from './value-column.ts';

/** Integers of both kinds: low and high half of slot i at 2i and 2i + 1. */
export class WholeColumn implements ValueColumn {
  private readonly type: 'integer' | 'uinteger';
  private readonly presence: Presence;
  private halves: Int32Array;

  constructor(type: 'integer' | 'uinteger', capacity: number) {
    this.type = type;
    this.presence = new Presence(capacity);
    this.halves = new Int32Array(capacity * 2);
  }

  get memoryBytes(): number {
    return this.halves.byteLength + this.presence.flags.byteLength;
  }

  ensure(capacity: number): void {
    this.presence.ensure(capacity);
    if (capacity * 2 > this.halves.length) this.halves = enlarge(this.halves, new Int32Array(capacity * 2));
  }

  apply(field: FieldColumn | undefined, targets: Targets): void {
    this.presence.apply(field?.present, targets, (slot, row) => {
      this.halves[slot * 2] = field!.halves[row * 2]!;
      this.halves[slot * 2 + 1] = field!.halves[row * 2 + 1]!;
    });
  }

  fill(slot: number, { vector, nulls }: BlockColumn, row: number): void {
    if (this.presence.flags[slot] === 1 || nulls?.[row] === 1) return;
    if (vector.kind !== 'int64' && vector.kind !== 'uint64') {
      throw new TypeError(`an integer cannot be ${vector.kind}`);
    }
    this.presence.flags[slot] = 1;
    splitBigInt(vector.values[row]!);
    this.halves[slot * 2] = result.low;
    this.halves[slot * 2 + 1] = result.high;
  }

  clear(slot: number): void {
    this.presence.flags[slot] = 0;
  }

  gather(slots: Uint32Array): Pick<BlockColumn, 'vector' | 'nulls'> {
    const { buffer } = gatherHalves(this.halves, slots);
    const vector =
      this.type === 'integer'
        ? { kind: 'int64' as const, values: new BigInt64Array(buffer) }
        : { kind: 'uint64' as const, values: new BigUint64Array(buffer) };
    return { vector, ...this.presence.nulls(slots) };
  }

  pick(slots: Uint32Array): WholeColumn {
    const picked = new WholeColumn(this.type, slots.length);
    this.presence.pick(slots, picked.presence);
    picked.halves = gatherHalves(this.halves, slots);
    return picked;
  }
}

/** The pairs of these slots, in this order. */
export function gatherHalves(halves: Int32Array, slots: Uint32Array): Int32Array<ArrayBuffer> {
  const gathered = new Int32Array(slots.length * 2);
  for (let row = 0; row < slots.length; row++) {
    const slot = slots[row]!;
    gathered[row * 2] = halves[slot * 2]!;
    gathered[row * 2 + 1] = halves[slot * 2 + 1]!;
  }
  return gathered;
}
