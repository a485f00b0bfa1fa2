/** One tag of a cache's rows, by slots: numbers into the values that occur. */
import type { BlockColumn } from '../../engine/native/block.ts';
import { enlarge } from '../../ingest/field-column.ts';
import { TextHeap } from './text-heap.ts';

/** A string and its map entry, roughly; the characters come on top. */
const VALUE_BYTES = 100;

export class TagColumn {
  /** Number 0 is "no such tag". */
  private readonly values: (string | null)[] = [null];
  private readonly numberOf = new Map<string, number>();
  private bySlot: Uint32Array;
  private readonly texts = new TextHeap();
  private valueBytes = 0;

  constructor(capacity: number) {
    this.bySlot = new Uint32Array(capacity);
  }

  get memoryBytes(): number {
    return this.bySlot.byteLength + this.valueBytes + this.texts.memoryBytes;
  }

  ensure(capacity: number): void {
    if (capacity > this.bySlot.length) this.bySlot = enlarge(this.bySlot, new Uint32Array(capacity));
  }

  set(slot: number, value: string | null): void {
    this.bySlot[slot] = value === null ? 0 : this.number(value);
  }

  get(slot: number): string | null {
    return this.values[this.bySlot[slot]!]!;
  }

  /** Of the type `Nullable(String)`, in one of two shapes: encoders render a value of a dictionary only once. */
  gather(slots: Uint32Array): Pick<BlockColumn, 'vector' | 'nulls'> {
    // Where hardly any value comes twice a dictionary is only in the way.
    return slots.length < this.values.length * 2 ? this.asTexts(slots) : this.asDictionary(slots);
  }

  private asTexts(slots: Uint32Array): Pick<BlockColumn, 'vector' | 'nulls'> {
    const nulls = new Uint8Array(slots.length);
    const numbers = new Uint32Array(slots.length);
    for (let row = 0; row < slots.length; row++) {
      const number = this.bySlot[slots[row]!]!;
      numbers[row] = number;
      if (number === 0) nulls[row] = 1;
    }
    return { vector: this.texts.pick(numbers), nulls };
  }

  private asDictionary(slots: Uint32Array): Pick<BlockColumn, 'vector'> {
    const indexOf = new Uint32Array(this.values.length);
    const dictionary: (string | null)[] = [null];
    const indexes = new Uint32Array(slots.length);
    for (let row = 0; row < slots.length; row++) {
      const number = this.bySlot[slots[row]!]!;
      if (number === 0) continue;
      let index = indexOf[number]!;
      if (index === 0) {
        index = dictionary.push(this.values[number]!) - 1;
        indexOf[number] = index;
      }
      indexes[row] = index;
    }
    return { vector: { kind: 'dictionary', dictionary, indexes } };
  }

  pick(slots: Uint32Array): TagColumn {
    const picked = new TagColumn(slots.length);
    for (let row = 0; row < slots.length; row++) picked.set(row, this.get(slots[row]!));
    return picked;
  }

  private number(value: string): number {
    let number = this.numberOf.get(value);
    if (number === undefined) {
      number = this.values.push(value) - 1;
      this.numberOf.set(value, number);
      this.texts.add(value);
      this.valueBytes += VALUE_BYTES + value.length * 2;
    }
    return number;
  }
}

/** The text of a tag as the engine gives it. */
export function tagText({ vector, nulls }: BlockColumn, row: number): string | null {
  if (vector.kind === 'dictionary') return vector.dictionary[vector.indexes[row]!] ?? null;
  if (vector.kind !== 'string') throw new TypeError(`a tag cannot be ${vector.kind}`);
  if (nulls?.[row] === 1) return null;
  const { bytes, offsets } = vector;
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString(
    'utf8',
    offsets[row]!,
    offsets[row + 1]!,
  );
}
