/** Where the values of a key's tags lie, while it is parsed: in its spelling, or without their escapes here. */
import { BEFORE_LEAP, leap } from './leap.ts';
import { ENDS_WITH_BACKSLASH, STRING_TOO_LARGE } from './syntax-messages.ts';
import { MAXIMUM_STRING_BYTES, unescapeElement } from './text.ts';

const BACKSLASH = 0x5c;
const ESCAPES = [BACKSLASH];
const FEW_TAGS = 32;
/** What a larger key took is given back. */
const KEPT_BYTES = 65_536;

export class KeyTags {
  count = 0;
  /** Value i is `[starts[i], ends[i])` of what its key was parsed from; complemented: of `unescaped`. */
  starts = new Int32Array(FEW_TAGS);
  ends = new Int32Array(FEW_TAGS);
  unescaped: Uint8Array = new Uint8Array(0);
  unescapedBytes = 0;

  begin(): void {
    this.count = 0;
    this.unescapedBytes = 0;
    if (this.unescaped.length > KEPT_BYTES) this.unescaped = new Uint8Array(0);
  }

  /** The next tag's value. Returns what is wrong with it, or null. */
  add(bytes: Buffer, start: number, end: number): string | null {
    let at = start;
    const near = Math.min(end, start + BEFORE_LEAP);
    while (at < near && bytes[at] !== BACKSLASH) at++;
    if (at === near) at = leap(bytes, at, end, ESCAPES);
    if (at === end) {
      if (end - start > MAXIMUM_STRING_BYTES) return STRING_TOO_LARGE;
      this.put(start, end);
      return null;
    }
    this.ensure(end - start);
    const from = this.unescapedBytes;
    const to = unescapeElement(bytes, start, end, 'key', this.unescaped, from);
    if (this.unescaped[to - 1] === BACKSLASH) return ENDS_WITH_BACKSLASH;
    if (to - from > MAXIMUM_STRING_BYTES) return STRING_TOO_LARGE;
    this.unescapedBytes = to;
    this.put(~from, ~to);
    return null;
  }

  private put(start: number, end: number): void {
    const place = this.count++;
    if (place === this.starts.length) {
      this.starts = larger(this.starts);
      this.ends = larger(this.ends);
    }
    this.starts[place] = start;
    this.ends[place] = end;
  }

  private ensure(more: number): void {
    const needed = this.unescapedBytes + more;
    if (needed <= this.unescaped.length) return;
    const grown = new Uint8Array(
      Math.max(256, needed, Math.min(this.unescaped.length * 2, needed + KEPT_BYTES)),
    );
    grown.set(this.unescaped.subarray(0, this.unescapedBytes));
    this.unescaped = grown;
  }
}

function larger(array: Int32Array): Int32Array<ArrayBuffer> {
  const copy = new Int32Array(array.length * 2);
  copy.set(array);
  return copy;
}
