/** The values of a key's tags as bytes, read from its spelling: nobody keeps them as strings. */
import { elementEnd } from './element-end.ts';
import { unescapeElement, view } from './text.ts';

const BACKSLASH = 0x5c;
const FEW_TAGS = 32;
/** A call costs more than the copy of a few bytes. */
const SHORT_BYTES = 32;
/** What a larger key took is given back. */
const KEPT_BYTES = 65_536;
const NO_BYTES = new Uint8Array(0);

/** Of one key at a time, until the next is read. */
export class TagTexts {
  /** Value i is `bytes[starts[i], ends[i])`. */
  bytes: Uint8Array = NO_BYTES;
  starts = new Int32Array(FEW_TAGS);
  ends = new Int32Array(FEW_TAGS);
  private unescaped: Uint8Array = NO_BYTES;

  /** `spelling` is `measurement,name=value,…` with so many tags, without errors. */
  read({
    spelling,
    tagNames,
  }: {
    readonly spelling: Uint8Array;
    readonly tagNames: readonly string[];
  }): void {
    const count = tagNames.length;
    if (count > this.starts.length) {
      this.starts = new Int32Array(count * 2);
      this.ends = new Int32Array(count * 2);
    }
    this.bytes = spelling;
    const { length } = spelling;
    let at = elementEnd(spelling, 0, length, false);
    for (let index = 0; index < count; index++) {
      const start = elementEnd(spelling, at + 1, length, true) + 1;
      at = elementEnd(spelling, start, length, false);
      this.starts[index] = start;
      this.ends[index] = at;
    }
    if (spelling.includes(BACKSLASH)) this.unescape(spelling, count);
  }

  lengthOf(index: number): number {
    return this.ends[index]! - this.starts[index]!;
  }

  text(index: number): string {
    return view(this.bytes).toString('utf8', this.starts[index], this.ends[index]);
  }

  copy(index: number, target: Uint8Array, offset: number): void {
    const start = this.starts[index]!;
    const end = this.ends[index]!;
    const { bytes } = this;
    if (end - start > SHORT_BYTES) target.set(bytes.subarray(start, end), offset);
    else for (let at = start, to = offset; at < end; ) target[to++] = bytes[at++]!;
  }

  private unescape(spelling: Uint8Array, count: number): void {
    const isKept = this.unescaped.length >= spelling.length && this.unescaped.length <= KEPT_BYTES;
    if (!isKept) this.unescaped = new Uint8Array(Math.max(KEPT_BYTES, spelling.length));
    const { unescaped } = this;
    let to = 0;
    for (let index = 0; index < count; index++) {
      const end = unescapeElement(spelling, this.starts[index]!, this.ends[index]!, 'key', unescaped, to);
      this.starts[index] = to;
      this.ends[index] = end;
      to = end;
    }
    this.bytes = unescaped;
  }
}
