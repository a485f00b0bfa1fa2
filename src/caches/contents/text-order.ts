/** The order of texts by their UTF-8 bytes, which is the engine's; that of JavaScript differs above U+D7FF. */

const BEYOND_PLAIN = /[\ud800-\uffff]/;

export function isPlainText(text: string): boolean {
  return !BEYOND_PLAIN.test(text);
}

export function compareTexts(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let at = 0; at < length; at++) {
    const left = a.charCodeAt(at);
    const right = b.charCodeAt(at);
    if (left !== right) return rank(left) - rank(right);
  }
  return a.length - b.length;
}

/** Halves of characters beyond U+FFFF come after everything else. */
function rank(unit: number): number {
  return unit < 0xd800 ? unit : unit < 0xe000 ? unit + 0x2000 : unit - 0x800;
}
