/** The syntax of one line: positions and numbers into reused arrays, no objects. Knows nothing of schemas. */
import { skipBlank } from './blank.ts';
import { BEFORE_LEAP, leap } from './leap.ts';
import { LineEnd } from './line-end.ts';
import { LongKey } from './long-key.ts';
import { NumberScanner } from './number-scanner.ts';
import { SeriesKeyParser } from './parse-series-key.ts';
import type { SeriesKeyCache } from './series-key-cache.ts';
import { NO_KEY, type SeriesKeys } from './series-keys.ts';
import {
  badTimestamp,
  ENDS_WITH_BACKSLASH,
  expectedSpace,
  NO_FIELDS,
  STRING_TOO_LARGE,
  trailingContent,
} from './syntax-messages.ts';
import { context, cutAtCharacter, decodeElement, MAXIMUM_STRING_BYTES, view } from './text.ts';
import type { WidthLimit } from './width-limit.ts';

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

const STRING_STOPS = [QUOTE, BACKSLASH];

const TRUE_SPELLINGS = ['true', 'True', 'TRUE', 't', 'T'].map((text) => Buffer.from(text));
const FALSE_SPELLINGS = ['false', 'False', 'FALSE', 'f', 'F'].map((text) => Buffer.from(text));

/** Blank bytes and comments, bytes of a bad line, or of fields of a line, that one step passes over. */
const STEP_BYTES = 65_536;
/** A message shows no more of a line, which may be as long as the body. */
const SHOWN_BYTES = 65_536;
/** A key of more bytes is looked at in steps. */
const LONG_KEY_BYTES = 65_536;

/** Above that of a string that is not too large, every character escaped. */
const LONGEST_STRING_BYTES = 2 * MAXIMUM_STRING_BYTES + 3;

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
const parser = new SeriesKeyParser();

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
  /** The number of the line's key, and among which: they change from line to line. */
  key = NO_KEY;
  seriesKeys: SeriesKeys;
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
  private readonly cache: SeriesKeyCache;
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
  /** Of the same keys as `key`. */
  private lastKey = NO_KEY;
  private longKey: LongKey | null = null;
  /** The field that a line of many bytes goes on with; -1 = there is none such. */
  private fieldsAt = -1;
  private lastFieldCount = 0;
  private readonly rest = (from: number) => this.restOfLine(from);

  constructor(bytes: Uint8Array, keys: SeriesKeyCache, width: WidthLimit) {
    this.bytes = bytes;
    this.width = width;
    this.text = view(bytes);
    this.words = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    this.end = bytes.length;
    this.cache = keys;
    this.seriesKeys = keys.current;
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
    if (this.isInside) {
      this.goOn();
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
    if (!this.scan(at)) this.leave();
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

  /** False: the line is bad, or so long that it goes on in other steps. */
  private scan(start: number): boolean {
    const { lastKey, seriesKeys } = this;
    if (lastKey !== NO_KEY) {
      const follower = seriesKeys.followerOf(lastKey);
      if (follower !== NO_KEY) {
        const end = seriesKeys.endAt(follower, this.words, this.bytes, start);
        if (end !== -1 && this.bytes[end] === SPACE) {
          this.key = this.lastKey = follower;
          return this.scanBehindKey(end);
        }
      }
    }
    const end = this.scanKey(start);
    return end !== -1 && this.scanBehindKey(end);
  }

  private scanBehindKey(start: number): boolean {
    const { bytes } = this;
    let at = start;
    if (bytes[at] !== SPACE) return this.fail(expectedSpace(this.restOfLine(at).toString('utf8')));
    while (bytes[at] === SPACE) at++;
    return this.scanFromField(at);
  }

  private scanFromField(start: number): boolean {
    const at = this.scanFields(start);
    return at >= 0 && !this.isCut && this.scanTail(at);
  }

  /** Returns where measurement and tags end, or -1 after an error and when the key is long. */
  private scanKey(start: number): number {
    const { bytes, text, words, cache } = this;
    const near = start + LONG_KEY_BYTES;
    const end = this.hashKey(start, Math.min(this.end, near));
    if (end === near) {
      this.longKey = new LongKey({
        bytes,
        start,
        end: this.end,
        words,
        cache,
        width: this.width,
        rest: this.rest,
      });
      return -1;
    }
    const key = cache.current.find(words, bytes, start, end, this.keyHash);
    if (key !== NO_KEY) {
      this.setKey(cache.current, key);
      return end;
    }
    parser.begin(text, start, end, this.rest);
    while (parser.step());
    if (parser.problem !== null) {
      this.fail(parser.problem);
      return -1;
    }
    const parts = parser.finish();
    const keys = cache.roomFor(end - start, parts, parser.tags);
    this.setKey(keys, keys.add(bytes, start, end, this.keyHash, parts, parser.tags));
    return end;
  }

  private setKey(keys: SeriesKeys, key: number): void {
    if (keys !== this.seriesKeys) this.seriesKeys = keys;
    else if (this.lastKey !== NO_KEY) keys.setFollower(this.lastKey, key);
    this.key = this.lastKey = key;
  }

  /** A line was looked at in part: the next step goes on with it. */
  private get isInside(): boolean {
    return this.longKey !== null || this.fieldsAt !== -1;
  }

  private goOn(): void {
    const { longKey, fieldsAt } = this;
    this.isBlank = false;
    let isGood = false;
    if (longKey === null) {
      this.fieldsAt = -1;
      isGood = this.scanFromField(fieldsAt);
    } else if (!longKey.step()) {
      this.longKey = null;
      if (longKey.problem !== null) this.fail(longKey.problem);
      else {
        this.setKey(longKey.keys, longKey.key);
        this.isCut = longKey.isCut;
        isGood = !this.isCut && this.scanBehindKey(longKey.end);
      }
    }
    if (!isGood) this.leave();
  }

  /** A bad line, or one that is not looked at to its end yet. */
  private leave(): void {
    if (this.isInside) this.isBlank = true;
    else this.skipLine(this.lineStart);
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

  /** Returns where the fields end, or -1 after an error and when there are more than one step takes. */
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
      if (
        this.fieldCount > columns &&
        this.fieldCount > this.width.columnsOf(this.seriesKeys.headOf(this.key).measurement)
      ) {
        this.isCut = true;
        return at;
      }
      if (at - start > STEP_BYTES) {
        this.fieldsAt = at;
        return -1;
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
      leapAt = at + BEFORE_LEAP;
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
