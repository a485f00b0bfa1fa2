/** Where a line that cannot be parsed ends: the only way back into step after a bad line. */

/** Few lines are longer: those are looked at in larger steps. */
const NEAR_BYTES = 4096;

/**
 * Looks for the offset of the `\n` that ends the line, or the end of the body. A newline counts only outside a quoted
 * field value: after the first space, a quote opens or closes one when a value is expected (more `=` than `,` so far).
 */
export class LineEnd {
  private bytes: Buffer = NO_BYTES;
  private end = 0;
  private at = 0;
  private lookAt = 0;
  private quoted = false;
  private inFields = false;
  private expected = 0;
  /** The next one behind `lookAt`. */
  private quote = -1;
  /** Between here and the next newline is what may hide it. */
  private isMixed = false;
  private found = -1;

  /** Of the line that begins here; `end` is the end of the body. */
  begin(bytes: Buffer, start: number, end: number): void {
    this.bytes = bytes;
    this.end = end;
    this.at = start;
    this.lookAt = start + NEAR_BYTES;
    this.quoted = false;
    this.inFields = false;
    this.expected = 0;
    this.quote = -1;
    this.isMixed = false;
    this.found = -1;
  }

  /** -1: not before `stop`; from there it goes on when it is asked again. */
  before(stop: number): number {
    if (this.found === -1) this.found = this.look(stop);
    return this.found;
  }

  private look(stop: number): number {
    const { bytes, end } = this;
    const last = Math.min(stop, end);
    let { at } = this;
    for (; at < last; at++) {
      if (at >= this.lookAt) {
        at = this.leap(at);
        if (this.found !== -1) return this.found;
        this.lookAt = at + NEAR_BYTES;
      }
      switch (bytes[at]) {
        case 0x5c:
          at++;
          break;
        case 0x20:
          this.inFields = true;
          break;
        case 0x3d:
          if (this.inFields && !this.quoted) this.expected++;
          break;
        case 0x2c:
          if (this.inFields && !this.quoted) this.expected--;
          break;
        case 0x22:
          if (this.inFields && this.expected > 0) this.quoted = !this.quoted;
          break;
        case 0x0a:
          if (!this.quoted) return at;
      }
    }
    this.at = at;
    return at >= end ? end : -1;
  }

  /** Passes over what is of no interest, in one step however long it is; `found` may be known then. */
  private leap(at: number): number {
    const { bytes, end } = this;
    if (this.quoted) {
      if (this.quote < at) this.quote = indexOrEnd(bytes, 0x22, at, end);
      const next = indexOrEnd(bytes, 0x5c, at, this.quote);
      if (next === end) this.found = end;
      return next;
    }
    if (this.isMixed) return at;
    const newline = indexOrEnd(bytes, 0x0a, at, end);
    const hides = (byte: number) => indexOrEnd(bytes, byte, at, newline) < newline;
    this.isMixed = hides(0x5c) || (hides(0x22) && (this.inFields || hides(0x20)));
    if (!this.isMixed) this.found = newline;
    return at;
  }
}

const NO_BYTES = Buffer.alloc(0);

function indexOrEnd(bytes: Buffer, byte: number, start: number, end: number): number {
  const found = bytes.subarray(start, end).indexOf(byte);
  return found === -1 ? end : start + found;
}
