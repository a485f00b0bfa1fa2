import type { BlockColumn } from '../../engine/native/block.ts';
import { enlarge, type FieldColumn } from '../../ingest/field-column.ts';
import { Presence } from './presence.ts';
import type { Targets, ValueColumn } from './value-column.ts';

const SMALLEST_HEAP_BYTES = 4096;

/** UTF-8 on a heap of the column's own; a slot keeps its place there for as long as its texts fit. */
export class StringColumn implements ValueColumn {
  private readonly presence: Presence;
  private starts: Uint32Array;
  private lengths: Uint32Array;
  private rooms: Uint32Array;
  private heap: Uint8Array = new Uint8Array(SMALLEST_HEAP_BYTES);
  private used = 0;
  private roomBytes = 0;

  constructor(capacity: number) {
    this.presence = new Presence(capacity);
    this.starts = new Uint32Array(capacity);
    this.lengths = new Uint32Array(capacity);
    this.rooms = new Uint32Array(capacity);
  }

  get memoryBytes(): number {
    return this.heap.byteLength + this.starts.byteLength * 3 + this.presence.flags.byteLength;
  }

  ensure(capacity: number): void {
    this.presence.ensure(capacity);
    if (capacity <= this.starts.length) return;
    this.starts = enlarge(this.starts, new Uint32Array(capacity));
    this.lengths = enlarge(this.lengths, new Uint32Array(capacity));
    this.rooms = enlarge(this.rooms, new Uint32Array(capacity));
  }

  apply(field: FieldColumn | undefined, targets: Targets): void {
    this.presence.apply(field?.present, targets, (slot, row) =>
      this.set(slot, field!.bytes, field!.stringStart(row), field!.ends[row]!),
    );
  }

  fill(slot: number, { vector, nulls }: BlockColumn, row: number): void {
    if (this.presence.flags[slot] === 1 || nulls?.[row] === 1) return;
    if (vector.kind !== 'string') throw new TypeError(`a string cannot be ${vector.kind}`);
    this.set(slot, vector.bytes, vector.offsets[row]!, vector.offsets[row + 1]!);
  }

  clear(slot: number): void {
    this.presence.flags[slot] = 0;
  }

  gather(slots: Uint32Array): Pick<BlockColumn, 'vector' | 'nulls'> {
    const { flags } = this.presence;
    const offsets = new Uint32Array(slots.length + 1);
    let length = 0;
    for (let row = 0; row < slots.length; row++) {
      const slot = slots[row]!;
      if (flags[slot] === 1) length += this.lengths[slot]!;
      offsets[row + 1] = length;
    }
    const bytes = new Uint8Array(length);
    for (let row = 0; row < slots.length; row++) {
      const slot = slots[row]!;
      if (flags[slot] === 1) {
        const start = this.starts[slot]!;
        bytes.set(this.heap.subarray(start, start + this.lengths[slot]!), offsets[row]!);
      }
    }
    return { vector: { kind: 'string', bytes, offsets }, ...this.presence.nulls(slots) };
  }

  pick(slots: Uint32Array): StringColumn {
    const picked = new StringColumn(slots.length);
    for (let row = 0; row < slots.length; row++) {
      const slot = slots[row]!;
      if (this.presence.flags[slot] === 0) continue;
      const start = this.starts[slot]!;
      picked.set(row, this.heap, start, start + this.lengths[slot]!);
    }
    return picked;
  }

  private set(slot: number, source: Uint8Array, start: number, end: number): void {
    const length = end - start;
    if (length > this.rooms[slot]!) this.move(slot, length);
    const to = this.starts[slot]!;
    this.heap.set(source.subarray(start, end), to);
    this.lengths[slot] = length;
    this.presence.flags[slot] = 1;
  }

  /** Gives the slot a new, larger place. */
  private move(slot: number, length: number): void {
    this.roomBytes -= this.rooms[slot]!;
    this.rooms[slot] = 0;
    // What the slot holds is void: it must not be carried along.
    this.presence.flags[slot] = 0;
    if (this.used + length > this.heap.length) this.rearrange(length);
    this.starts[slot] = this.used;
    this.rooms[slot] = length;
    this.used += length;
    this.roomBytes += length;
  }

  /** Puts the places end to end, on a larger heap if they need one. */
  private rearrange(more: number): void {
    const needed = this.roomBytes + more;
    const heap = new Uint8Array(Math.max(needed * 2, this.heap.length));
    let used = 0;
    for (let slot = 0; slot < this.rooms.length; slot++) {
      const room = this.rooms[slot]!;
      if (room === 0) continue;
      const start = this.starts[slot]!;
      heap.set(this.heap.subarray(start, start + room), used);
      this.starts[slot] = used;
      used += room;
    }
    this.heap = heap;
    this.used = used;
  }
}
