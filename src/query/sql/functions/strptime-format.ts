/** chrono's strptime formats as one pattern with groups, and what of a time they say. */
import type { TypeContext } from './definition.ts';

export type Field =
  | 'year'
  | 'shortYear'
  | 'month'
  | 'monthName'
  | 'day'
  | 'dayOfYear'
  | 'weekdayName'
  | 'weekday'
  | 'sunday0'
  | 'quarter'
  | 'hour'
  | 'hour12'
  | 'meridiem'
  | 'minute'
  | 'second'
  | 'nanosecond'
  | 'fraction'
  | 'offset'
  | 'epoch';

interface Item {
  readonly field: Field;
  /** Digits that a number may have; with two equal ones it has exactly so many. */
  readonly digits?: readonly [least: number, most: number];
  /** Of anything else. */
  readonly pattern?: string;
}

const digits = (field: Field, least: number, most: number): Item => ({ field, digits: [least, most] });
const MONTHS = 'Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec';
const LONG_MONTHS = 'January|February|March|April|May|June|July|August|September|October|November|December';
const WEEKDAYS = 'Mon|Tue|Wed|Thu|Fri|Sat|Sun';
const LONG_WEEKDAYS = 'Monday|Tuesday|Wednesday|Thursday|Friday|Saturday|Sunday';
const HOURS_OFFSET = '[+-](?:[01][0-9]|2[0-3])';
const OFFSET = String.raw`${HOURS_OFFSET}[:\s]*[0-5][0-9]`;

export const ITEMS: Readonly<Record<string, Item>> = {
  Y: digits('year', 4, 4),
  y: digits('shortYear', 1, 2),
  q: digits('quarter', 1, 1),
  m: digits('month', 1, 2),
  b: { field: 'monthName', pattern: `(?i:(${MONTHS}))` },
  h: { field: 'monthName', pattern: `(?i:(${MONTHS}))` },
  B: { field: 'monthName', pattern: `(?i:(${LONG_MONTHS}|${MONTHS}))` },
  d: digits('day', 1, 2),
  e: digits('day', 1, 2),
  j: digits('dayOfYear', 1, 3),
  a: { field: 'weekdayName', pattern: `(?i:(${WEEKDAYS}))` },
  A: { field: 'weekdayName', pattern: `(?i:(${LONG_WEEKDAYS}|${WEEKDAYS}))` },
  u: digits('weekday', 1, 1),
  w: digits('sunday0', 1, 1),
  H: digits('hour', 1, 2),
  k: digits('hour', 1, 2),
  I: digits('hour12', 1, 2),
  l: digits('hour12', 1, 2),
  p: { field: 'meridiem', pattern: '([AaPp][Mm])' },
  P: { field: 'meridiem', pattern: '([AaPp][Mm])' },
  M: digits('minute', 1, 2),
  S: digits('second', 1, 2),
  f: digits('nanosecond', 1, 9),
  '.f': { field: 'fraction', pattern: String.raw`(?:\.([0-9]{1,9})[0-9]*)?` },
  '3f': { field: 'fraction', pattern: '([0-9]{3})' },
  '6f': { field: 'fraction', pattern: '([0-9]{6})' },
  '9f': { field: 'fraction', pattern: '([0-9]{9})' },
  '.3f': { field: 'fraction', pattern: String.raw`\.([0-9]{3})` },
  '.6f': { field: 'fraction', pattern: String.raw`\.([0-9]{6})` },
  '.9f': { field: 'fraction', pattern: String.raw`\.([0-9]{9})` },
  z: { field: 'offset', pattern: String.raw`\s*(${OFFSET})` },
  ':z': { field: 'offset', pattern: String.raw`\s*(${OFFSET})` },
  '#z': { field: 'offset', pattern: String.raw`\s*([Zz]|${HOURS_OFFSET}(?:[:\s]*[0-5][0-9])?)` },
  // What `%+` ends with.
  zulu: { field: 'offset', pattern: String.raw`\s*([Zz]|[Uu][Tt][Cc]|${OFFSET})` },
  s: digits('epoch', 1, 18),
};
export const SHORTHANDS: Readonly<Record<string, readonly string[]>> = {
  T: ['%H', ':', '%M', ':', '%S'],
  X: ['%H', ':', '%M', ':', '%S'],
  F: ['%Y', '-', '%m', '-', '%d'],
  D: ['%m', '/', '%d', '/', '%y'],
  x: ['%m', '/', '%d', '/', '%y'],
  R: ['%H', ':', '%M'],
  r: ['%I', ':', '%M', ':', '%S', ' ', '%p'],
  v: ['%e', '-', '%b', '-', '%Y'],
  c: ['%a', ' ', '%b', ' ', '%e', ' ', '%H', ':', '%M', ':', '%S', ' ', '%Y'],
  '+': ['%Y', '-', '%m', '-', '%d', '%T_', '%H', ':', '%M', ':', '%S', '%.f', '%zulu'],
};
/** The mark between day and time in `%+`. */
export const TIME_MARK = '%T_';
/** Those that chrono reads and we do not. */
export const UNREAD = new Set([...'CgGUVWZ', '::z', ':::z']);

/** Of each of these a format may say one. */
export const TWICE: readonly (readonly Field[])[] = [
  ['year', 'shortYear'],
  ['month', 'monthName', 'dayOfYear'],
  ['day', 'dayOfYear'],
  ['weekday', 'weekdayName', 'sunday0'],
  ['hour', 'hour12'],
  ['nanosecond', 'fraction'],
  ['meridiem'],
  ['minute'],
  ['second'],
  ['offset'],
  ['epoch'],
  ['quarter'],
];

/** What may stand beside seconds since 1970. */
export const WITH_EPOCH: ReadonlySet<Field> = new Set(['epoch', 'fraction', 'nanosecond', 'offset']);

export interface TimePattern {
  readonly pattern: string;
  /** Field of each capture group, in order. */
  readonly fields: readonly Field[];
}

/** The parts that a text has, as engine SQL: a part that it has not is 0, or an empty text. */
export interface Read {
  /** Whether the format says it: `1`, `0` or a condition. */
  readonly has: (field: Field) => string;
  readonly group: (field: Field) => string;
  readonly number: (field: Field) => string;
}

/** Undefined: no text fits, as the format has a specifier that is none or says no whole day. */
export function compileStrptime(format: string, context: TypeContext): TimePattern | undefined {
  const pieces = piecesOf(format);
  if (pieces === undefined) return undefined;
  const specifiers = pieces.filter((piece) => piece.startsWith('%') && piece !== TIME_MARK);
  const unread = specifiers.find((piece) => UNREAD.has(piece.slice(1)));
  const items = specifiers.map((piece) => ITEMS[piece.slice(1)]);
  if (unread === undefined && items.includes(undefined)) return undefined;
  const fields = items.flatMap((item) => (item === undefined ? [] : [item.field]));
  const has = (...wanted: readonly Field[]): boolean => wanted.every((field) => fields.includes(field));
  const byMonth = (has('month') || has('monthName')) && has('day');
  const isDay = (has('year') || has('shortYear')) && (byMonth || has('dayOfYear'));
  const refuse = (what: string): never => context.fail(`${what} in timestamp format ${format}`);
  if (unread !== undefined) refuse(`Unsupported specifier ${unread}`);
  if (!isDay && !has('epoch')) return undefined;
  if (TWICE.some((alike) => fields.filter((field) => alike.includes(field)).length > 1))
    refuse('A part of a time that is said twice');
  if (has('epoch') && fields.some((field) => !WITH_EPOCH.has(field))) refuse('Parts of a day beside %s');
  if (!byMonth && has('quarter')) refuse('A quarter without a month');
  const nanos = has('fraction') || has('nanosecond');
  if (!has('epoch') && nanos && !has('second')) refuse('A fraction of seconds without seconds');
  return { pattern: patternOf(pieces), fields };
}

/** One specifier, spaces, or a piece of text without any. */
export const PIECE = String.raw`%[-_0]?(?::{1,3}|[.#])?\d?[A-Za-z%+]|%|\s+|[^%\s]+`;
/** Those that may have a filling: `%-d`. */
export const FILLED = [...Object.keys(ITEMS).filter((key) => ITEMS[key]!.digits !== undefined), ...'CgGUVW'];

/** Text as it is, spaces, and specifiers; undefined: one is none. */
function piecesOf(format: string): string[] | undefined {
  const pieces: string[] = [];
  for (const piece of format.match(new RegExp(PIECE, 'g')) ?? []) {
    if (!piece.startsWith('%')) {
      pieces.push(piece);
      continue;
    }
    const bare = piece.replace(/^%[-_0]/, '%');
    const specifier = bare.slice(1);
    if (bare !== piece && !FILLED.includes(specifier)) return undefined;
    if (specifier === '%') pieces.push('%%');
    else if (specifier === 'n' || specifier === 't') pieces.push(' ');
    else pieces.push(...(SHORTHANDS[specifier] ?? [bare]));
  }
  return pieces.map((piece) => (piece === '%%' ? '\u0000' : piece));
}

const isSpace = (piece: string): boolean => piece.trim() === '';
const itemOf = (piece: string | undefined): Item | undefined =>
  piece?.startsWith('%') ? ITEMS[piece.slice(1)] : undefined;

function patternOf(pieces: readonly string[]): string {
  const parts = pieces.map((piece, i) => {
    if (piece === TIME_MARK) return '[Tt ]';
    if (piece === '\u0000') return '%';
    if (isSpace(piece)) return String.raw`\s*`;
    const item = itemOf(piece);
    if (item === undefined) return piece.replaceAll(/[!-/:-@[-`{-~]/g, '\\$&');
    if (item.digits === undefined) return item.pattern!;
    const next = pieces.slice(i + 1).find((other) => !isSpace(other));
    return String.raw`\s*${numberPattern(item.digits, itemOf(next)?.digits !== undefined)}`;
  });
  return `^${parts.join('')}$`;
}

/** As many digits as there are, never fewer so that a number behind it has some. */
function numberPattern([least, most]: readonly [number, number], beforeNumber: boolean): string {
  if (least === most) return `([0-9]{${most}})`;
  if (!beforeNumber) return `([0-9]{${least},${most}})`;
  return String.raw`([0-9]{${most}}|[0-9]{${least},${most - 1}}\s)`;
}
