/** Where a line that cannot be parsed ends: the only way back into step after a bad line. */

/**
 * The offset of the `\n` that ends the line, or `end`. A newline counts only outside a quoted field value:
 * after the first space, a quote opens or closes one when a value is expected (more `=` than `,` so far).
 */
export function findLineEnd(bytes: Uint8Array, start: number, end: number): number {
  let quoted = false;
  let inFields = false;
  let expected = 0;
  for (let at = start; at < end; at++) {
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
