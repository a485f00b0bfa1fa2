/**
 * The key of a line that is so long that to look at all of it in one go would keep the event loop: in steps, between
 * which others may run.
 */
import { crc32 } from 'node:zlib';
import { BEFORE_LEAP, leap } from './leap.ts';
import { SeriesKeyParser } from './parse-series-key.ts';
import type { SeriesKeyCache } from './series-key-cache.ts';
import { NO_KEY, type SeriesKeys } from './series-keys.ts';
import { MAXIMUM_STRING_BYTES, view } from './text.ts';
import type { WidthLimit } from './width-limit.ts';

const TAB = 0x09;
const NEWLINE = 0x0a;
const SPACE = 0x20;
const COMMA = 0x2c;
const EQUALS = 0x3d;
const BACKSLASH = 0x5c;
const ENDS = [SPACE, NEWLINE, TAB, BACKSLASH];
const STOPS = [...ENDS, COMMA, EQUALS];

/** Bytes of a step. */
const STEP_BYTES = 65_536;
/** Above that of a name or value that is not too large, every character escaped. */
const LONGEST_ELEMENT_BYTES = 2 * MAXIMUM_STRING_BYTES + 3;

export interface LongKeySource {
  readonly bytes: Uint8Array;
  readonly start: number;
  /** Of the body. */
  readonly end: number;
  /** View of the same bytes. */
  readonly words: DataView;
  readonly cache: SeriesKeyCache;
  readonly width: WidthLimit;
  readonly rest: (from: number) => Buffer;
}

export class LongKey {
  problem: string | null = null;
  /** It has more tags than the line may name columns: one more than that is taken, and the rest is not looked at. */
  isCut = false;
  /** Of a key without problems: where it ends, its number, and among which. */
  end = 0;
  key = NO_KEY;
  keys: SeriesKeys;
  private readonly source: LongKeySource;
  private readonly text: Buffer;
  private readonly steps: Iterator<void>;

  constructor(source: LongKeySource) {
    this.source = source;
    this.text = view(source.bytes);
    this.keys = source.cache.current;
    this.steps = this.run();
  }

  /** Does some of it; false: it is done. */
  step(): boolean {
    return this.steps.next().done !== true;
  }

  private *run(): Generator<void> {
    const { start, words, cache } = this.source;
    const { text } = this;
    yield* this.findEnd();
    if (this.problem !== null) return;
    const { end } = this;
    const hash = crc32(text.subarray(start, end)) | 0;
    yield;
    this.keys = cache.current;
    this.key = this.keys.find(words, text, start, end, hash);
    if (this.key !== NO_KEY) return;
    const parser = new SeriesKeyParser();
    yield* this.parse(parser, end);
    if (this.problem !== null) return;
    const parts = parser.finish();
    this.keys = cache.roomFor(end - start, parts, parser.tags);
    this.key = this.keys.add(text, start, end, hash, parts, parser.tags);
    yield;
    if (!this.isCut) this.keys.prepareId(this.key);
    yield;
  }

  /** The end of the key, unless a name or value is too long or there is one tag more than any line may have. */
  private *findEnd(): Generator<void> {
    const { bytes, start, end, width } = this.source;
    let commas = 0;
    let isTagName = false;
    let at = start;
    let leapAt = start;
    let nextAt = start + STEP_BYTES;
    for (let tooLong = start + LONGEST_ELEMENT_BYTES; at < tooLong; at++) {
      if (at >= leapAt) {
        at = leap(this.text, at, Math.min(end, tooLong), STOPS);
        leapAt = at + BEFORE_LEAP;
        if (at >= tooLong) break;
      }
      if (at >= nextAt) {
        nextAt = at + STEP_BYTES;
        yield;
      }
      const byte = at < end ? bytes[at] : NEWLINE;
      if (byte === SPACE || byte === NEWLINE || byte === TAB) {
        this.end = Math.min(at, end);
        return;
      }
      if (byte === BACKSLASH) {
        at++;
        leapAt = at + BEFORE_LEAP;
      } else if (byte === COMMA) {
        if (commas++ > width.columns) break;
        isTagName = true;
        tooLong = at + LONGEST_ELEMENT_BYTES;
      } else if (byte === EQUALS && isTagName) {
        isTagName = false;
        tooLong = at + LONGEST_ELEMENT_BYTES;
      }
    }
    yield;
    const parser = new SeriesKeyParser();
    yield* this.parse(parser, Math.min(at, end));
    if (this.problem !== null) return;
    const { measurement, tagNames } = parser.finish();
    this.isCut = tagNames.length > width.columnsOf(measurement);
    if (this.isCut) this.end = Math.min(at, end);
    else yield* this.findFarEnd(at);
  }

  private *parse(parser: SeriesKeyParser, end: number): Generator<void> {
    const { start, rest } = this.source;
    parser.begin(this.text, start, end, rest);
    for (let nextAt = start + STEP_BYTES; parser.step(); ) {
      if (parser.offset < nextAt) continue;
      nextAt = parser.offset + STEP_BYTES;
      yield;
    }
    this.problem = parser.problem;
  }

  /** The end of the key of a table that may have so many columns. */
  private *findFarEnd(from: number): Generator<void> {
    const { end } = this.source;
    const { text } = this;
    let at = from;
    let leapAt = from;
    let nextAt = from + STEP_BYTES;
    for (; at < end; at++) {
      if (at >= leapAt) {
        at = leap(text, at, end, ENDS);
        leapAt = at + BEFORE_LEAP;
      }
      if (at >= nextAt) {
        nextAt = at + STEP_BYTES;
        yield;
      }
      const byte = text[at];
      if (byte === BACKSLASH) {
        at++;
        leapAt = at + BEFORE_LEAP;
      } else if (byte === SPACE || byte === NEWLINE || byte === TAB) break;
    }
    this.end = Math.min(at, end);
  }
}
