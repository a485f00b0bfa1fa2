/** Bytes of many series keys in one array: an array for each would be work for the garbage collector. */

const SLAB_BYTES = 262_144;
/** Of a series id, which has its place behind the key. */
const ID_BYTES = 16;

export class KeySlab {
  readonly bytes: Uint8Array;
  /** The same bytes, four at a time. */
  readonly words: Int32Array;
  private used = 0;

  /** Has room for a key of at least so many bytes. */
  constructor(keyBytes: number) {
    const { buffer } = new Uint8Array(Math.max(SLAB_BYTES, aligned(keyBytes) + ID_BYTES));
    this.bytes = new Uint8Array(buffer);
    this.words = new Int32Array(buffer);
  }

  /** Copies a key; returns where it begins, a multiple of four, or -1 when there is no room. */
  put(key: Uint8Array): number {
    const start = this.used;
    const end = start + aligned(key.length) + ID_BYTES;
    if (end > this.bytes.length) return -1;
    this.bytes.set(key, start);
    this.used = end;
    return start;
  }

  /** Where in `words` the series id of a key begins. */
  idWord(start: number, keyBytes: number): number {
    return (start + aligned(keyBytes)) >> 2;
  }
}

const aligned = (bytes: number): number => (bytes + 3) & ~3;
