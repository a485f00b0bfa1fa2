/** Strings as JSON text and as CSV fields, byte by byte. */
import type { ByteSink } from './byte-sink.ts';

const QUOTE = 34;
const BACKSLASH = 92;
const HEX = '0123456789abcdef';

/** For each byte: 0 = as it is, 1 = `\u00xx`, else the letter after the backslash. */
const JSON_ESCAPE = new Uint8Array(256);
JSON_ESCAPE.fill(1, 0, 32);
for (const [code, letter] of [
  [8, 'b'],
  [9, 't'],
  [10, 'n'],
  [12, 'f'],
  [13, 'r'],
  [QUOTE, '"'],
  [BACKSLASH, '\\'],
] as const)
  JSON_ESCAPE[code] = letter.charCodeAt(0);

/** Writes UTF-8 bytes as a JSON string; non-ASCII text stays as it is. */
export function writeJsonString(sink: ByteSink, source: Uint8Array, from: number, to: number): void {
  sink.reserve((to - from) * 6 + 2);
  const { buffer } = sink;
  let { position } = sink;
  buffer[position++] = QUOTE;
  for (let index = from; index < to; index++) {
    const byte = source[index]!;
    const letter = JSON_ESCAPE[byte]!;
    if (letter === 0) {
      buffer[position++] = byte;
      continue;
    }
    buffer[position++] = BACKSLASH;
    if (letter !== 1) {
      buffer[position++] = letter;
      continue;
    }
    position += buffer.write(`u00${HEX[byte >> 4]}${HEX[byte & 15]}`, position, 'latin1');
  }
  buffer[position++] = QUOTE;
  sink.position = position;
}

/** Writes a CSV field, in quotes only where a comma, a quote or an end of line asks for it (RFC 4180). */
export function writeCsvField(sink: ByteSink, source: Uint8Array, from: number, to: number): void {
  if (!needsQuotes(source, from, to)) {
    sink.bytes(source, from, to);
    return;
  }
  sink.reserve((to - from) * 2 + 2);
  const { buffer } = sink;
  let { position } = sink;
  buffer[position++] = QUOTE;
  for (let index = from; index < to; index++) {
    const byte = source[index]!;
    if (byte === QUOTE) buffer[position++] = QUOTE;
    buffer[position++] = byte;
  }
  buffer[position++] = QUOTE;
  sink.position = position;
}

function needsQuotes(source: Uint8Array, from: number, to: number): boolean {
  for (let index = from; index < to; index++) {
    const byte = source[index]!;
    if (byte === 44 || byte === QUOTE || byte === 10 || byte === 13) return true;
  }
  return false;
}

/** Lower-case hexadecimal, as arrow-rs shows binary values. */
export function writeHex(sink: ByteSink, source: Uint8Array, from: number, to: number): void {
  sink.reserve((to - from) * 2);
  for (let index = from; index < to; index++) {
    const byte = source[index]!;
    sink.buffer[sink.position++] = HEX.charCodeAt(byte >> 4);
    sink.buffer[sink.position++] = HEX.charCodeAt(byte & 15);
  }
}
