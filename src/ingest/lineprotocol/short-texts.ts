/**
 * Names and tag values that were decoded lately: new series mostly have the values of others, and a string that is
 * there already is neither made nor hashed again, and takes no memory of its own.
 */

/** A power of two. A text that finds its place taken replaces what is there. */
const PLACES = 4096;
const MAXIMUM_BYTES = 64;
const BACKSLASH = 0x5c;

export class ShortTexts {
  private readonly places: string[] = new Array<string>(PLACES).fill('');

  /** The bytes `[start, end)` as text; null when they are long, hold a backslash or are not ASCII. */
  find(bytes: Buffer, start: number, end: number): string | null {
    const length = end - start;
    if (length > MAXIMUM_BYTES) return null;
    let hash = 0x811c9dc5;
    for (let at = start; at < end; at++) {
      const byte = bytes[at]!;
      if (byte >= 0x80 || byte === BACKSLASH) return null;
      hash = Math.imul(hash ^ byte, 0x01000193);
    }
    const place = (hash ^ (hash >>> 15)) & (PLACES - 1);
    const kept = this.places[place]!;
    if (kept.length === length && stands(kept, bytes, start)) return kept;
    const text = bytes.toString('latin1', start, end);
    this.places[place] = text;
    return text;
  }
}

function stands(text: string, bytes: Uint8Array, start: number): boolean {
  for (let index = 0; index < text.length; index++) {
    if (text.charCodeAt(index) !== bytes[start + index]) return false;
  }
  return true;
}
