/** What stands between lines: blanks, empty lines and comments. */

import type { Turns } from '../../platform/turns.ts';

const TAB = 0x09;
const NEWLINE = 0x0a;
const SPACE = 0x20;
const HASH = 0x23;
/** Most comments are short: to call for the end of each of millions is slow, to look at each byte of one is, too. */
const NEAR_BYTES = 64;
/** After so many bytes it is looked whether others should run. */
const STEP_BYTES = 65_536;

/** The offset of the first byte of a line, or one at or behind `stop`. */
export function skipBlank(bytes: Buffer, start: number, stop: number): number {
  let at = start;
  for (; at < stop; at++) {
    const byte = bytes[at];
    if (byte === HASH) at = commentEnd(bytes, at);
    else if (byte !== SPACE && byte !== NEWLINE && byte !== TAB) break;
  }
  return at;
}

/** True when every line is blank or a comment. Lets others run now and then. */
export async function isBlank(bytes: Buffer, turns: Turns): Promise<boolean> {
  const { length } = bytes;
  let stop = Math.min(length, STEP_BYTES);
  let at = skipBlank(bytes, 0, stop);
  if (at >= stop && at < length) await turns.begin();
  for (; at >= stop && at < length; at = skipBlank(bytes, at, stop)) {
    if (turns.isOver) await turns.goOn();
    stop = Math.min(length, at + STEP_BYTES);
  }
  return at >= length;
}

function commentEnd(bytes: Buffer, start: number): number {
  const near = Math.min(bytes.length, start + NEAR_BYTES);
  for (let at = start; at < near; at++) if (bytes[at] === NEWLINE) return at;
  const found = bytes.indexOf(NEWLINE, near);
  return found === -1 ? bytes.length : found;
}
