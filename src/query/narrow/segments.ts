/** Neighbouring rows of one group each: segment i goes from the end of the one before to `ends[i]`. */
export class Segments {
  ends = new Int32Array(64);
  /** Of the group of each. */
  slots = new Int32Array(64);
  count = 0;

  clear(): void {
    this.count = 0;
  }

  add(end: number, slot: number): void {
    if (this.count === this.ends.length) {
      this.ends = doubled(this.ends);
      this.slots = doubled(this.slots);
    }
    this.ends[this.count] = end;
    this.slots[this.count++] = slot;
  }
}

function doubled(values: Int32Array<ArrayBuffer>): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(values.length * 2);
  larger.set(values);
  return larger;
}
