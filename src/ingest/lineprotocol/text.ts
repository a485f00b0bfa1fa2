/** Bytes of line protocol as text: escapes, context for messages, cuts at character boundaries. */

const SPACE = 0x20;
const COMMA = 0x2c;
const EQUALS = 0x3d;
const BACKSLASH = 0x5c;
const QUOTE = 0x22;

/** Longest measurement, key, tag value or string field, in bytes (`http-api.md` 3.7). */
export const MAXIMUM_STRING_BYTES = 1_048_576;
const MAXIMUM_ORIGINAL_LINE_BYTES = 20;
const MAXIMUM_CONTEXT_CHARACTERS = 10;

export function view(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

export type ElementKind = 'measurement' | 'key';

/** A name or a tag value without its escapes. A backslash before any other character stays. */
export function decodeElement(bytes: Buffer, start: number, end: number, kind: ElementKind): string {
  if (bytes.subarray(start, end).indexOf(BACKSLASH) === -1) return bytes.toString('utf8', start, end);
  const out = Buffer.allocUnsafe(end - start);
  return out.toString('utf8', 0, unescapeElement(bytes, start, end, kind, out, 0));
}

/** Writes a name's or a tag value's bytes without its escapes to `target`; returns where they end there. */
export function unescapeElement(
  bytes: Uint8Array,
  start: number,
  end: number,
  kind: ElementKind,
  target: Uint8Array,
  offset: number,
): number {
  let length = offset;
  for (let at = start; at < end; at++) {
    if (bytes[at] === BACKSLASH && at + 1 < end) {
      const next = bytes[at + 1]!;
      const isEscape =
        next === COMMA || next === SPACE || next === BACKSLASH || (next === EQUALS && kind === 'key');
      if (!isEscape) target[length++] = BACKSLASH;
      target[length++] = next;
      at++;
    } else {
      target[length++] = bytes[at]!;
    }
  }
  return length;
}

/** Writes a string field's bytes without its escapes to `target`; returns how many. */
export function unescapeString(
  bytes: Uint8Array,
  start: number,
  end: number,
  target: Uint8Array,
  offset: number,
): number {
  let length = offset;
  for (let at = start; at < end; ) {
    let byte = bytes[at++]!;
    if (byte === BACKSLASH && at < end) {
      const next = bytes[at]!;
      if (next === BACKSLASH || next === QUOTE) {
        byte = next;
        at++;
      }
    }
    target[length++] = byte;
  }
  return length - offset;
}

/** Text inside a message: the first ten characters when it is longer than ten bytes. */
export function context(bytes: Buffer): string {
  const text = bytes.toString('utf8', 0, 64);
  if (bytes.length <= MAXIMUM_CONTEXT_CHARACTERS) return text;
  return `${[...text].slice(0, MAXIMUM_CONTEXT_CHARACTERS).join('')}...`;
}

/** `original_line` of a line error: at most 20 bytes. */
export function cutOriginalLine(bytes: Buffer): string {
  return cutAtCharacter(bytes, MAXIMUM_ORIGINAL_LINE_BYTES).toString('utf8');
}

/** At most so many bytes, never half a character. */
export function cutAtCharacter(bytes: Buffer, most: number): Buffer {
  if (bytes.length <= most) return bytes;
  let end = most;
  while (end > 0 && (bytes[end]! & 0xc0) === 0x80) end--;
  return bytes.subarray(0, end);
}
