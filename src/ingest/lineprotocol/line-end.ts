/** Where a line that cannot be parsed ends: the only way back into step after a bad line. */

/** Few lines are longer: those are looked at in larger steps. */
const NEAR_BYTES = 4096;

/**
 * The offset of the `\n` that ends the line, or `end`. A newline counts only outside a quoted field value:
 * after the first space, a quote opens or closes one when a value is expected (more `=` than `,` so far).
 */
export function findLineEnd(bytes: Buffer, start: number, end: number): number {
  let quoted = false;
  let inFields = false;
  let expected = 0;
  let lookAt = start + NEAR_BYTES;
  /** The next one behind `lookAt`. */
  let quote = -1;
  /** Between here and the next newline is what may hide it. */
  let isMixed = false;
  for (let at = start; at < end; at++) {
    if (at >= lookAt) {
      if (quoted) {
        if (quote < at) quote = indexOrEnd(bytes, 0x22, at, end);
        at = indexOrEnd(bytes, 0x5c, at, quote);
        if (at === end) return end;
      } else if (!isMixed) {
        const newline = indexOrEnd(bytes, 0x0a, at, end);
        const hides = (byte: number) => indexOrEnd(bytes, byte, at, newline) < newline;
        isMixed = hides(0x5c) || (hides(0x22) && (inFields || hides(0x20)));
        if (!isMixed) return newline;
      }
      lookAt = at + NEAR_BYTES;
    }
    switch (bytes[at]) {
      case 0x5c:
        at++;
        break;
      case 0x20:
        inFields = true;
        break;
      case 0x3d:
        if (inFields && !quoted) expected++;
        break;
      case 0x2c:
        if (inFields && !quoted) expected--;
        break;
      case 0x22:
        if (inFields && expected > 0) quoted = !quoted;
        break;
      case 0x0a:
        if (!quoted) return at;
    }
  }
  return end;
}

function indexOrEnd(bytes: Buffer, byte: number, start: number, end: number): number {
  const found = bytes.subarray(start, end).indexOf(byte);
  return found === -1 ? end : start + found;
}
