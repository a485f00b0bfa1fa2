/** Measurement and tags of a line, by the rules of its syntax. */
import { elementEnd } from './element-end.ts';
import { KeyTags } from './key-tags.ts';
import { ShortTexts } from './short-texts.ts';
import {
  duplicateTag,
  ENDS_WITH_BACKSLASH,
  expectedTagKey,
  expectedTagValue,
  MEASUREMENT_INVALID,
  noEqualsSign,
  STRING_TOO_LARGE,
} from './syntax-messages.ts';
import { context, decodeElement, MAXIMUM_STRING_BYTES } from './text.ts';

export interface SeriesParts {
  readonly measurement: string;
  readonly tagNames: readonly string[];
}

/** What messages show of the line from there on. */
type RestOfLine = (from: number) => Buffer;

const COMMA = 0x2c;
const EQUALS = 0x3d;
/** Up to here it is cheaper to look at each; a line may have a million. */
const FEW_TAGS = 32;
const NO_NAMES: Set<string> = new Set();
const NO_BYTES = Buffer.alloc(0);

const texts = new ShortTexts();
/** New series mostly have the tags of the one before: their names need not be kept twice. */
let lastTagNames: readonly string[] = [];

/** Used again for key after key. Of a key of megabytes each `step` takes one tag, and others may run in between. */
export class SeriesKeyParser {
  readonly tags = new KeyTags();
  /** What is wrong with the key. */
  problem: string | null = null;
  private measurement = '';
  /** The first `count` are this key's. */
  private names: string[] = [];
  private count = 0;
  private bytes: Buffer = NO_BYTES;
  private at = 0;
  private end = 0;
  private tagsStart = 0;
  private manyNames = NO_NAMES;
  private rest: RestOfLine = () => NO_BYTES;

  /** Parses `[start, end)`, all before the first unescaped blank. To be called before the first step. */
  begin(bytes: Buffer, start: number, end: number, rest: RestOfLine): void {
    this.bytes = bytes;
    this.end = end;
    this.rest = rest;
    if (this.names.length > FEW_TAGS) this.names = [];
    this.count = 0;
    this.manyNames = NO_NAMES;
    this.tags.begin();
    this.problem = this.takeMeasurement(start);
  }

  /** The next tag; false: there is none, or a problem. */
  step(): boolean {
    if (this.problem !== null || this.at >= this.end || this.bytes[this.at] !== COMMA) return false;
    this.problem = this.takeTag(this.at + 1);
    return this.problem === null;
  }

  /** How far the key was parsed. */
  get offset(): number {
    return this.at;
  }

  /** Of a key without problems, after the last step. */
  finish(): SeriesParts {
    const { measurement, names, count } = this;
    if (!this.hasNames(lastTagNames)) lastTagNames = names.slice(0, count);
    this.bytes = NO_BYTES;
    return { measurement, tagNames: lastTagNames };
  }

  private takeMeasurement(start: number): string | null {
    const { bytes, end } = this;
    const stop = elementEnd(bytes, start, end, false);
    this.at = stop;
    this.tagsStart = stop + 1;
    const nul = firstNul(bytes, start, stop);
    if (stop === start || nul === start) return MEASUREMENT_INVALID;
    if (nul < stop)
      return `Expected at least one space character, got \`${this.rest(nul).toString('utf8')}\``;
    if (isFarTooLong(start, stop)) return STRING_TOO_LARGE;
    this.measurement = texts.find(bytes, start, stop) ?? decodeElement(bytes, start, stop, 'measurement');
    return checkName(this.measurement, stop - start);
  }

  private takeTag(keyStart: number): string | null {
    const { bytes, end } = this;
    const keyEnd = elementEnd(bytes, keyStart, end, true);
    if (keyEnd === keyStart) return expectedTagKey(context(this.rest(keyStart)));
    if (isFarTooLong(keyStart, keyEnd)) return STRING_TOO_LARGE;
    const key = texts.find(bytes, keyStart, keyEnd) ?? decodeElement(bytes, keyStart, keyEnd, 'key');
    const keyProblem = checkName(key, keyEnd - keyStart);
    if (keyProblem !== null) return keyProblem;
    if (keyEnd >= end || bytes[keyEnd] !== EQUALS) return noEqualsSign(context(this.rest(this.tagsStart)));
    const valueStart = keyEnd + 1;
    const valueEnd = elementEnd(bytes, valueStart, end, false);
    if (valueEnd === valueStart) return expectedTagValue(context(this.rest(valueStart)));
    if (isFarTooLong(valueStart, valueEnd)) return STRING_TOO_LARGE;
    const valueProblem = this.tags.add(bytes, valueStart, valueEnd);
    if (valueProblem !== null) return valueProblem;
    if (!this.addName(key)) return duplicateTag(key);
    this.at = valueEnd;
    return null;
  }

  /** False: it is there already. */
  private addName(name: string): boolean {
    const { names, manyNames, count } = this;
    if (count < FEW_TAGS) for (let tag = 0; tag < count; tag++) if (names[tag] === name) return false;
    if (count >= FEW_TAGS && manyNames.has(name)) return false;
    names[this.count++] = name;
    if (this.count === FEW_TAGS) this.manyNames = new Set(names);
    else if (this.count > FEW_TAGS) manyNames.add(name);
    return true;
  }

  private hasNames(wanted: readonly string[]): boolean {
    const { names, count } = this;
    if (wanted.length !== count) return false;
    for (let tag = 0; tag < count; tag++) if (names[tag] !== wanted[tag]) return false;
    return true;
  }
}

/** Names are short: a call of the platform costs more than to look at each byte. */
const SHORT_BYTES = 64;

function firstNul(bytes: Buffer, start: number, end: number): number {
  if (end - start > SHORT_BYTES) {
    const found = bytes.subarray(start, end).indexOf(0);
    return found === -1 ? end : start + found;
  }
  for (let at = start; at < end; at++) if (bytes[at] === 0) return at;
  return end;
}

/** Too long even if every character is escaped: not worth decoding. */
function isFarTooLong(start: number, end: number): boolean {
  return end - start > 2 * MAXIMUM_STRING_BYTES + 1;
}

/** `rawLength` saves measuring what cannot be too long. */
function checkName(name: string, rawLength: number): string | null {
  if (name.endsWith('\\')) return ENDS_WITH_BACKSLASH;
  if (rawLength > MAXIMUM_STRING_BYTES && Buffer.byteLength(name) > MAXIMUM_STRING_BYTES) {
    return STRING_TOO_LARGE;
  }
  return null;
}
