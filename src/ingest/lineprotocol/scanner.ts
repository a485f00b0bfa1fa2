/** The syntax of one line: positions and numbers into reused arrays, no objects. Knows nothing of schemas. */
import { crc32 } from 'node:zlib';
import { skipBlank } from './blank.ts';
import { BEFORE_LEAP, leap } from './leap.ts';
import { LineEnd } from './line-end.ts';
import { NumberScanner } from './number-scanner.ts';
import { parseSeriesKey, type SeriesKey, type SeriesKeyCache } from './series-key.ts';
import {
  badTimestamp,
  ENDS_WITH_BACKSLASH,
  expectedSpace,
  NO_FIELDS,
  STRING_TOO_LARGE,
  trailingContent,
} from './syntax-messages.ts';
import { context, cutAtCharacter, decodeElement, MAXIMUM_STRING_BYTES, view } from './text.ts';

export const FLOAT = 0;
export const INTEGER = 1;
export const UNSIGNED = 2;
export const STRING = 3;
export const BOOLEAN = 4;

const TAB = 0x09;
const NEWLINE = 0x0a;
const SPACE = 0x20;
const QUOTE = 0x22;
const HASH = 0x23;
const COMMA = 0x2c;
const EQUALS = 0x3d;
const BACKSLASH = 0x5c;
const SMALL_I = 0x69;

const KEY_ENDS = [SPACE, NEWLINE, TAB, BACKSLASH];
const KEY_STOPS = [...KEY_ENDS, COMMA, EQUALS];
const STRING_STOPS = [QUOTE, BACKSLASH];

const TRUE_SPELLINGS = ['true', 'True', 'TRUE', 't', 'T'].map((text) => Buffer.from(text));
const FALSE_SPELLINGS = ['false', 'False', 'FALSE', 'f', 'F'].map((text) => Buffer.from(text));

/** Blank bytes and comments, or bytes of a bad line, that one step passes over. */
const STEP_BYTES = 65_536;
/** A message shows no more of a line, which may be as long as the body. */
const SHOWN_BYTES = 65_536;
/** A key of more bytes may have a million tags. */
const LONG_KEY_BYTES = 65_536;

/** Above that of a name or string that is not too large, every character escaped. */
const LONGEST_STRING_BYTES = 2 * MAXIMUM_STRING_BYTES + 3;

/** How many columns a line may name. */
export interface WidthLimit {
  /** Of tags, or of fields, that any line may name. */
  readonly columns: number;
  /** For a table that may have more; asked for a line that names more. */
  readonly columnsOf: (measurement: string) => number;
}

/** What a line stages. Kept from request to request: a small write would else make little but arrays. */
type LineStage = Pick<
  LineScanner,
  'keyStart' | 'keyEnd' | 'keyEscaped' | 'keyRepeats' | 'kind' | 'low' | 'high' | 'float' | 'stringEscaped'
>;

function newStage(size: number): LineStage {
  return {
    keyStart: new Int32Array(size),
    keyEnd: new Int32Array(size),
    keyEscaped: new Uint8Array(size),
    keyRepeats: new Uint8Array(size),
    kind: new Uint8Array(size),
    low: new Int32Array(size),
    high: new Int32Array(size),
    float: new Float64Array(size),
    stringEscaped: new Uint8Array(size),
  };
}

let spareStage: LineStage | undefined;

/**
 * Call `next()` until false; after each true, `error` or the staged line is valid until the next call, unless
 * `isBlank`: then there was none yet.
 */
export class LineScanner {
  readonly bytes: Uint8Array;
  readonly text: Buffer;
  /** 1-based over lines that are neither blank nor comments. */
  lineNumber = 0;
  lineStart = 0;
  error: string | null = null;
  isBlank = false;
  /** The line names more columns than any may; of them one more than that is staged, and the rest is not looked at. */
  isCut = false;
  key!: SeriesKey;
  fieldCount = 0;
  keyStart: Int32Array;
  keyEnd: Int32Array;
  keyEscaped: Uint8Array;
  /** 1 = the key is spelled as the key of the same field in the line before. */
  keyRepeats: Uint8Array;
  kind: Uint8Array;
  /** Integers: halves. Strings: the range between the quotes. Booleans: 0 or 1 in `low`. */
  low: Int32Array;
  high: Int32Array;
  float: Float64Array;
  stringEscaped: Uint8Array;
  hasTimestamp = false;
  readonly timestamp = new NumberScanner();

  private readonly end: number;
  private readonly keys: SeriesKeyCache;
  private readonly width: WidthLimit;
  private readonly number = new NumberScanner();
  private readonly words: DataView;
  private position = 0;
  private readonly lineEnd = new LineEnd();
  private knowsLineEnd = false;
  /** How far the bad line was looked at whose end was not found yet; -1 = there is none. */
  private skippedTo = -1;
  /** Of the key that was looked at last. */
  private keyHash = 0;
  private lastKey: SeriesKey | undefined;
  private lastFieldCount = 0;
  private readonly rest = (from: number) => this.restOfLine(from);

  constructor(bytes: Uint8Array, keys: SeriesKeyCache, width: WidthLimit) {
    this.bytes = bytes;
    this.width = width;
    this.text = view(bytes);
    this.words = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    this.end = bytes.length;
    this.keys = keys;
    const stage = spareStage ?? newStage(64);
    spareStage = undefined;
    this.keyStart = stage.keyStart;
    this.keyEnd = stage.keyEnd;
    this.keyEscaped = stage.keyEscaped;
    this.keyRepeats = stage.keyRepeats;
    this.kind = stage.kind;
    this.low = stage.low;
    this.high = stage.high;
    this.float = stage.float;
    this.stringEscaped = stage.stringEscaped;
  }

  /** Lends the arrays to the next scanner; this one is done. */
  release(): void {
    const { keyStart, keyEnd, keyEscaped, keyRepeats, kind, low, high, float, stringEscaped } = this;
    spareStage = { keyStart, keyEnd, keyEscaped, keyRepeats, kind, low, high, float, stringEscaped };
  }

  /** Moves to the next line, or over some of what is before it; false at the end. */
  next(): boolean {
    if (this.skippedTo !== -1) {
      this.isBlank = true;
      this.skipLine(this.skippedTo);
      return true;
    }
    let at = this.position;
    this.isBlank = false;
    // Most lines begin with a letter right here.
    if (!(this.bytes[at]! > HASH)) {
      const stop = Math.min(this.end, at + STEP_BYTES);
      at = skipBlank(this.text, at, stop);
      if (at >= this.end) return false;
      if (at >= stop) {
        this.position = at;
        this.isBlank = true;
        return true;
      }
    }
    this.lineNumber++;
    this.lineStart = at;
    this.knowsLineEnd = false;
    this.error = null;
    this.isCut = false;
    this.lastFieldCount = this.fieldCount;
    this.fieldCount = 0;
    this.hasTimestamp = false;
    if (!this.scan(at)) this.skipLine(at);
    return true;
  }

  /** From here to the end of the staged line, without its newline, as far as a message shows it. */
  restOfLine(from: number): Buffer {
    const most = from + SHOWN_BYTES;
    const end = this.endBefore(most);
    return end === -1 || end > most
      ? cutAtCharacter(this.text.subarray(from), SHOWN_BYTES)
      : this.text.subarray(from, end);
  }

  /** Slow: for messages, and for what comes after a bad line. */
  private endBefore(stop: number): number {
    if (!this.knowsLineEnd) this.lineEnd.begin(this.text, this.lineStart, this.end);
    this.knowsLineEnd = true;
    return this.lineEnd.before(stop);
  }

  /** Passes over a bad line, which was looked at up to here, or some of it. */
  private skipLine(from: number): void {
    const stop = from + STEP_BYTES;
    const end = this.endBefore(stop);
    this.skippedTo = end === -1 ? stop : -1;
    this.position = end === -1 ? stop : end + 1;
  }

  /** Offset up to which the body has been read. */
  get offset(): number {
    return Math.min(this.position, this.end);
  }

  private scan(start: number): boolean {
    const { bytes } = this;
    const follower = this.lastKey?.follower;
    let at: number;
    if (follower?.standsAt(this.words, bytes, start) && bytes[start + follower.length] === SPACE) {
      this.key = follower;
      at = start + follower.length;
    } else {
      at = this.scanKey(start);
      if (at === -1) return false;
      if (this.lastKey !== undefined) this.lastKey.follower = this.key;
    }
    this.lastKey = this.key;
    if (this.isCut) return false;
    if (bytes[at] !== SPACE) return this.fail(expectedSpace(this.restOfLine(at).toString('utf8')));
    while (bytes[at] === SPACE) at++;
    at = this.scanFields(at);
    return at >= 0 && !this.isCut && this.scanTail(at);
  }

  /** Returns where measurement and tags end, or -1 after an error. */
  private scanKey(start: number): number {
    const { bytes } = this;
    const near = start + LONG_KEY_BYTES;
    let at = this.hashKey(start, Math.min(this.end, near));
    if (at === near) {
      const stop = this.longKeyStop(start);
      if (stop === -1) return -1;
      at = this.hashLongKey(start, stop);
    }
    const hash = this.keyHash;
    const key = this.keys.find(this.words, bytes, start, at, hash);
    if (key !== undefined) {
      this.key = key;
      return at;
    }
    const parts = parseSeriesKey(this.text, start, at, this.rest);
    if (typeof parts === 'string') {
      this.fail(parts);
      return -1;
    }
    this.key = this.keys.add(bytes.subarray(start, at), hash, parts);
    return at;
  }

  /** Returns where the key ends, at `stop` at the latest. */
  private hashKey(start: number, stop: number): number {
    const { bytes } = this;
    let at = start;
    let hash = 0x811c9dc5;
    for (; at < stop; at++) {
      const byte = bytes[at]!;
      if (byte === SPACE || byte === NEWLINE || byte === TAB) break;
      hash = Math.imul(hash ^ byte, 0x01000193);
      if (byte === BACKSLASH && ++at < stop) hash = Math.imul(hash ^ bytes[at]!, 0x01000193);
    }
    this.keyHash = hash;
    return Math.min(at, stop);
  }

  /** The same for a key that was looked at up to `near` without finding its end: `keyHash` is that of the first part. */
  private hashLongKey(start: number, stop: number): number {
    const { text } = this;
    const first = this.keyHash;
    let at = start;
    let leapAt = start;
    for (; at < stop; at++) {
      if (at >= leapAt) {
        at = leap(text, at, stop, KEY_ENDS);
        leapAt = at + BEFORE_LEAP;
      }
      const byte = text[at];
      if (byte === BACKSLASH) at++;
      else if (byte === SPACE || byte === NEWLINE || byte === TAB) break;
    }
    at = Math.min(at, stop);
    this.keyHash = crc32(text.subarray(start + LONG_KEY_BYTES, at), first >>> 0) | 0;
    return at;
  }

  /**
   * How far a long key is looked at: to the end of the body, or to where one tag more than any line may have ends.
   * -1 after an error before that, or in a name or value that is too long.
   */
  private longKeyStop(start: number): number {
    const { bytes, end, width } = this;
    let commas = 0;
    let isTagName = false;
    let at = start;
    let leapAt = start;
    for (let tooLong = start + LONGEST_STRING_BYTES; at < tooLong; at++) {
      if (at >= leapAt) {
        at = leap(this.text, at, Math.min(end, tooLong), KEY_STOPS);
        leapAt = at + BEFORE_LEAP;
        if (at >= tooLong) break;
      }
      if (at >= end) return end;
      const byte = bytes[at];
      if (byte === SPACE || byte === NEWLINE || byte === TAB) return end;
      if (byte === BACKSLASH) at++;
      else if (byte === COMMA) {
        if (commas++ > width.columns) break;
        isTagName = true;
        tooLong = at + LONGEST_STRING_BYTES;
      } else if (byte === EQUALS && isTagName) {
        isTagName = false;
        tooLong = at + LONGEST_STRING_BYTES;
      }
    }
    const parts = parseSeriesKey(this.text, start, Math.min(at, end), this.rest);
    if (typeof parts === 'string') {
      this.fail(parts);
      return -1;
    }
    this.isCut = parts.tagNames.length > width.columnsOf(parts.measurement);
    return this.isCut ? at : end;
  }

  /** Returns where the fields end, or -1 after an error. */
  private scanFields(start: number): number {
    const { bytes } = this;
    const { columns } = this.width;
    let at = start;
    for (;;) {
      const next = this.scanField(at);
      if (next === -1) return -1;
      if (next === -2) {
        if (this.fieldCount === 0) {
          this.fail(NO_FIELDS);
          return -1;
        }
        // The comma before what is no field is left over, too.
        return at - 1;
      }
      at = next;
      if (bytes[at] !== COMMA) return at;
      at++;
      if (this.fieldCount > columns && this.fieldCount > this.width.columnsOf(this.key.measurement)) {
        this.isCut = true;
        return at;
      }
    }
  }

  /** Returns where the field ends; -1 after an error of the line, -2 when there is no field. */
  private scanField(start: number): number {
    const field = this.fieldCount;
    let at: number;
    if (field < this.lastFieldCount && this.repeatsKey(field, start)) {
      at = start + this.keyEnd[field]! - this.keyStart[field]!;
      this.keyRepeats[field] = 1;
    } else {
      at = this.scanFieldKey(start, field);
      if (at < 0) return at;
    }
    this.keyStart[field] = start;
    this.keyEnd[field] = at;
    const valueEnd = this.scanValue(at + 1, field);
    if (valueEnd >= 0) this.fieldCount++;
    return valueEnd;
  }

  /** Whether the key of this field in the line before, which had no escape, stands here, too. */
  private repeatsKey(field: number, start: number): boolean {
    const { bytes, words } = this;
    const before = this.keyStart[field]!;
    const length = this.keyEnd[field]! - before;
    const stop = start + length;
    if (this.keyEscaped[field] === 1 || stop >= this.end || bytes[stop] !== EQUALS) return false;
    const shift = before - start;
    let at = start;
    for (const last = stop - 4; at <= last; at += 4) {
      if (words.getInt32(at, true) !== words.getInt32(at + shift, true)) return false;
    }
    for (; at < stop; at++) {
      if (bytes[at] !== bytes[at + shift]) return false;
    }
    return true;
  }

  /** Returns where the key ends; -1 after an error of the line, -2 when there is no field. */
  private scanFieldKey(start: number, field: number): number {
    const { bytes, end } = this;
    let at = start;
    let escaped = 0;
    for (; at < end; at++) {
      const byte = bytes[at];
      if (byte === EQUALS) break;
      if (byte === BACKSLASH) {
        escaped = 1;
        at++;
      } else if (byte === SPACE || byte === COMMA || byte === NEWLINE || byte === TAB) break;
    }
    const keyEnd = Math.min(at, end);
    if (escaped === 1 && decodeElement(this.text, start, keyEnd, 'key').endsWith('\\')) {
      this.fail(ENDS_WITH_BACKSLASH);
      return -1;
    }
    if (keyEnd - start > MAXIMUM_STRING_BYTES) {
      this.fail(STRING_TOO_LARGE);
      return -1;
    }
    if (at >= end || bytes[at] !== EQUALS || at === start) return -2;
    if (field === this.keyStart.length) this.grow();
    this.keyEscaped[field] = escaped;
    this.keyRepeats[field] = 0;
    return at;
  }

  private scanValue(start: number, field: number): number {
    const { bytes } = this;
    const first = bytes[start]!;
    if (first === 0x2d || (first >= 0x30 && first <= 0x39)) {
      // Most numbers are integers of a few digits: they stay in registers.
      let at = start;
      let value = 0;
      for (const last = start + 9; at < last; at++) {
        const digit = bytes[at]! - 0x30;
        if (!(digit >= 0 && digit <= 9)) break;
        value = (value * 10 + digit) | 0;
      }
      if (at > start && bytes[at] === SMALL_I) {
        this.kind[field] = INTEGER;
        this.low[field] = value;
        this.high[field] = 0;
        return at + 1;
      }
      return this.scanNumber(start, field);
    }
    if (first === QUOTE) return this.scanString(start + 1, field);
    return this.scanBoolean(start, field);
  }

  private scanNumber(start: number, field: number): number {
    const { number } = this;
    const after = number.scanField(this.bytes, this.text, start, this.end);
    if (number.error !== null) {
      this.fail(number.error);
      return -1;
    }
    if (after === start) return -2;
    this.kind[field] = number.kind;
    this.low[field] = number.low;
    this.high[field] = number.high;
    this.float[field] = number.value;
    return after;
  }

  private scanString(start: number, field: number): number {
    const { bytes, end } = this;
    let escapes = 0;
    let at = start;
    const stop = Math.min(end, start + LONGEST_STRING_BYTES);
    let leapAt = start + BEFORE_LEAP;
    for (; at < stop && bytes[at] !== QUOTE; at++) {
      if (at >= leapAt) {
        at = leap(this.text, at, stop, STRING_STOPS);
        leapAt = at + BEFORE_LEAP;
        if (at >= stop || bytes[at] === QUOTE) break;
      }
      if (bytes[at] !== BACKSLASH) continue;
      const next = bytes[at + 1];
      if (next === QUOTE || next === BACKSLASH) {
        escapes++;
        at++;
      }
    }
    if (at - start - escapes > MAXIMUM_STRING_BYTES) {
      this.fail(STRING_TOO_LARGE);
      return -1;
    }
    if (at >= end) return -2;
    this.kind[field] = STRING;
    this.low[field] = start;
    this.high[field] = at;
    this.stringEscaped[field] = escapes === 0 ? 0 : 1;
    return at + 1;
  }

  private scanBoolean(start: number, field: number): number {
    for (const [value, spellings] of [TRUE_SPELLINGS, FALSE_SPELLINGS].entries()) {
      for (const spelling of spellings) {
        if (!spelling.every((byte, index) => this.bytes[start + index] === byte)) continue;
        this.kind[field] = BOOLEAN;
        this.low[field] = 1 - value;
        return start + spelling.length;
      }
    }
    return -2;
  }

  private scanTail(start: number): boolean {
    const { bytes, end } = this;
    let at = start;
    while (bytes[at] === SPACE) at++;
    if (at > start && at < end && bytes[at] !== NEWLINE) {
      const after = this.timestamp.scanTimestamp(bytes, at, end);
      if (after === -1) {
        return this.fail(badTimestamp(this.text.toString('latin1', at, this.timestamp.end)));
      }
      if (after > at) {
        this.hasTimestamp = true;
        at = after;
        while (bytes[at] === SPACE) at++;
      } else {
        at = start;
      }
    }
    if (at < end && bytes[at] !== NEWLINE) {
      return this.fail(trailingContent(context(this.restOfLine(at))));
    }
    this.position = at + 1;
    return true;
  }

  private fail(message: string): false {
    this.error = message;
    return false;
  }

  private grow(): void {
    const size = this.keyStart.length * 2;
    const larger = <T extends Int32Array | Uint8Array | Float64Array>(from: T, to: T): T => {
      to.set(from);
      return to;
    };
    this.keyStart = larger(this.keyStart, new Int32Array(size));
    this.keyEnd = larger(this.keyEnd, new Int32Array(size));
    this.keyEscaped = larger(this.keyEscaped, new Uint8Array(size));
    this.keyRepeats = larger(this.keyRepeats, new Uint8Array(size));
    this.kind = larger(this.kind, new Uint8Array(size));
    this.low = larger(this.low, new Int32Array(size));
    this.high = larger(this.high, new Int32Array(size));
    this.float = larger(this.float, new Float64Array(size));
    this.stringEscaped = larger(this.stringEscaped, new Uint8Array(size));
  }
}
