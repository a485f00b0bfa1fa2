/** Where a name or a value of a tag ends. */
import { BEFORE_LEAP, leap } from './leap.ts';
import { view } from './text.ts';

const COMMA = 0x2c;
const EQUALS = 0x3d;
const BACKSLASH = 0x5c;
const ENDS = [BACKSLASH, COMMA];
const ENDS_OF_NAME = [...ENDS, EQUALS];

/** The first comma in `[start, end)`, or equals sign behind a name, that is not escaped; `end` when there is none. */
export function elementEnd(bytes: Uint8Array, start: number, end: number, endsAtEquals: boolean): number {
  let leapAt = start + BEFORE_LEAP;
  for (let at = start; at < end; at++) {
    if (at >= leapAt) {
      at = leap(view(bytes), at, end, endsAtEquals ? ENDS_OF_NAME : ENDS);
      leapAt = at + BEFORE_LEAP;
    }
    const byte = bytes[at];
    if (byte === BACKSLASH) {
      at++;
      leapAt = at + BEFORE_LEAP;
    } else if (byte === COMMA || (endsAtEquals && byte === EQUALS)) return at;
  }
  return end;
}
