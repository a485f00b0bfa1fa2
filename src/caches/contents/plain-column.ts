/** Values that an array of numbers holds as they are: floats, and booleans as 0 and 1. */
import type { BlockColumn } from '../../engine/native/block.ts';
import { enlarge, type FieldColumn } from '../../ingest/field-column.ts';
import { Presence } from './presence.ts';
import type { Targets, ValueColumn } from './value-column.ts';

/** What is particular to a type. */
export interface PlainType<Values extends Float64Array | Uint8Array> {
  readonly name: string;
  empty(capacity: number): Values;
  of(field: FieldColumn): Values;
  from(vector: BlockColumn['vector']): Values | undefined;
  vector(values: Values): BlockColumn['vector'];
}

export const FLOATS: PlainType<Float64Array> = {
  name: 'float',
  empty: (capacity) => new Float64Array(capacity),
  of: (field) => field.floats,
  from: (vector) => (vector.kind === 'float64' ? vector.values : undefined),
  vector: (values) => ({ kind: 'float64', values }),
};

export const BOOLEANS: PlainType<Uint8Array> = {
  name: 'boolean',
  empty: (capacity) => new Uint8Array(capacity),
  of: (field) => field.booleans,
  from: (vector) => (vector.kind === 'uint8' ? vector.values : undefined),
  vector: (values) => ({ kind: 'uint8', values }),
};

export class PlainColumn<Values extends Float64Array | Uint8Array> implements ValueColumn {
  private readonly type: PlainType<Values>;
  private readonly presence: Presence;
  private values: Values;

  constructor(type: PlainType<Values>, capacity: number) {
    this.type = type;
    this.presence = new Presence(capacity);
    this.values = type.empty(capacity);
  }

  get memoryBytes(): number {
    return this.values.byteLength + this.presence.flags.byteLength;
  }

  ensure(capacity: number): void {
    this.presence.ensure(capacity);
    if (capacity > this.values.length) this.values = enlarge(this.values, this.type.empty(capacity));
  }

  apply(field: FieldColumn | undefined, targets: Targets): void {
    const values = field && this.type.of(field);
    this.presence.apply(field?.present, targets, (slot, row) => {
      this.values[slot] = values![row]!;
    });
  }

  fill(slot: number, { vector, nulls }: BlockColumn, row: number): void {
    if (this.presence.flags[slot] === 1 || nulls?.[row] === 1) return;
    const values = this.type.from(vector);
    if (values === undefined) throw new TypeError(`a ${this.type.name} cannot be ${vector.kind}`);
    this.presence.flags[slot] = 1;
    this.values[slot] = values[row]!;
  }

  clear(slot: number): void {
    this.presence.flags[slot] = 0;
  }

  gather(slots: Uint32Array): Pick<BlockColumn, 'vector' | 'nulls'> {
    return { vector: this.type.vector(this.gathered(slots)), ...this.presence.nulls(slots) };
  }

  pick(slots: Uint32Array): PlainColumn<Values> {
    const picked = new PlainColumn(this.type, slots.length);
    this.presence.pick(slots, picked.presence);
    picked.values = this.gathered(slots);
    return picked;
  }

  private gathered(slots: Uint32Array): Values {
    const values = this.type.empty(slots.length);
    for (let row = 0; row < slots.length; row++) values[row] = this.values[slots[row]!]!;
    return values;
  }
}
