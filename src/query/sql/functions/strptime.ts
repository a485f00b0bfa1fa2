/** Reading times from text: RFC 3339 forms, and chrono's strptime formats translated to a pattern with groups. */
import type { BoundArgument, PrintContext, PrintedArgument, TypeContext } from './definition.ts';
import { raiseIf } from './support.ts';
import { toNs } from './zones.ts';

/** What a specifier matches, and how its group enters the time. */
const SPECIFIERS: Readonly<Record<string, { pattern: string; field: string }>> = {
  Y: { pattern: '(-?[0-9]{4})', field: 'year' },
  y: { pattern: '([0-9]{2})', field: 'shortYear' },
  m: { pattern: '([0-9]{1,2})', field: 'month' },
  b: { pattern: '(?i:(Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec))', field: 'monthName' },
  B: {
    pattern: '(?i:(January|February|March|April|May|June|July|August|September|October|November|December))',
    field: 'monthName',
  },
  h: { pattern: '(?i:(Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec))', field: 'monthName' },
  // The date says which day of the week it is.
  a: { pattern: '(?i:(Mon|Tue|Wed|Thu|Fri|Sat|Sun))', field: 'weekday' },
  A: { pattern: '(?i:(Monday|Tuesday|Wednesday|Thursday|Friday|Saturday|Sunday))', field: 'weekday' },
  d: { pattern: '([0-9]{1,2})', field: 'day' },
  e: { pattern: ' ?([0-9]{1,2})', field: 'day' },
  j: { pattern: '([0-9]{1,3})', field: 'dayOfYear' },
  H: { pattern: '([0-9]{1,2})', field: 'hour' },
  k: { pattern: ' ?([0-9]{1,2})', field: 'hour' },
  I: { pattern: '([0-9]{1,2})', field: 'hour12' },
  l: { pattern: ' ?([0-9]{1,2})', field: 'hour12' },
  p: { pattern: '([AaPp][Mm])', field: 'meridiem' },
  P: { pattern: '([AaPp][Mm])', field: 'meridiem' },
  M: { pattern: '([0-9]{1,2})', field: 'minute' },
  S: { pattern: '([0-9]{1,2})', field: 'second' },
  f: { pattern: '([0-9]{1,9})', field: 'nanosecond' },
  '.f': { pattern: '(?:\\.([0-9]{1,9}))?', field: 'fraction' },
  '3f': { pattern: '([0-9]{3})', field: 'fraction' },
  '6f': { pattern: '([0-9]{6})', field: 'fraction' },
  '9f': { pattern: '([0-9]{9})', field: 'fraction' },
  '.3f': { pattern: '\\.([0-9]{3})', field: 'fraction' },
  '.6f': { pattern: '\\.([0-9]{6})', field: 'fraction' },
  '.9f': { pattern: '\\.([0-9]{9})', field: 'fraction' },
  z: { pattern: '([+-][0-9]{2}:?[0-9]{2})', field: 'offset' },
  ':z': { pattern: '([+-][0-9]{2}:?[0-9]{2})', field: 'offset' },
  '#z': { pattern: '(Z|[+-][0-9]{2}(?::?[0-9]{2})?)', field: 'offset' },
  s: { pattern: '(-?[0-9]{1,11})', field: 'epoch' },
};
const SHORTHANDS: Readonly<Record<string, string>> = {
  T: '%H:%M:%S',
  X: '%H:%M:%S',
  F: '%Y-%m-%d',
  D: '%m/%d/%y',
  x: '%m/%d/%y',
  R: '%H:%M',
  r: '%I:%M:%S %p',
  v: '%e-%b-%Y',
  c: '%a %b %e %H:%M:%S %Y',
  '+': '%Y-%m-%dT%H:%M:%S%.f%#z',
};

export interface TimePattern {
  readonly pattern: string;
  /** Field of each capture group, in order. */
  readonly fields: readonly string[];
}

/** Translates a chrono format; fails planning for a specifier that cannot be read. */
export function compileFormat(format: string, context: TypeContext): TimePattern {
  const fields: string[] = [];
  const expanded = format.replaceAll(/%([TXFDxRrvc+])/g, (_all, letter: string) => SHORTHANDS[letter] ?? '');
  const pattern = expanded.replaceAll(
    /%([.:#]?\d?[A-Za-z%])|[^%]|%/gs,
    (piece: string, specifier: string | undefined) => {
      if (specifier === undefined) {
        if (piece === '%') context.fail(`Invalid timestamp format: ${format}`);
        return piece.replaceAll(/[^A-Za-z0-9 ]/g, '\\$&');
      }
      if (specifier === '%') return '%';
      const known = Object.hasOwn(SPECIFIERS, specifier) ? SPECIFIERS[specifier] : undefined;
      if (!known) return context.fail(`Unsupported specifier %${specifier} in timestamp format ${format}`);
      fields.push(known.field);
      return known.pattern;
    },
  );
  return { pattern: `^${pattern}$`, fields };
}

const MONTHS = "['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec']";

/** Int64 ns of a text that matches the pattern; null where it does not or names no real time. */
function readPattern(text: string, { pattern, fields }: TimePattern, context: PrintContext): string {
  const groups = `extractGroups(assumeNotNull(${text}), ${context.stringLiteral(pattern)})`;
  const group = (field: string): string | undefined => {
    const index = fields.indexOf(field);
    return index < 0 ? undefined : `(${groups})[${index + 1}]`;
  };
  const number = (field: string, otherwise: string): string => {
    const found = group(field);
    return found === undefined ? otherwise : `toInt64OrZero(${found})`;
  };
  const matches = `match(assumeNotNull(${text}), ${context.stringLiteral(pattern)})`;
  const fraction = group('fraction');
  const nanos = fraction ? `toInt64OrZero(rightPad(${fraction}, 9, '0'))` : number('nanosecond', '0');
  const offset = group('offset');
  const offsetSeconds = offset
    ? `(if(startsWith(${offset}, '-'), -1, 1) * (toInt64OrZero(substring(${offset}, 2, 2)) * 3600 + toInt64OrZero(substring(replaceAll(${offset}, ':', ''), 4, 2)) * 60))`
    : '0';
  if (fields.includes('epoch')) {
    return `if(isNull(${text}) OR NOT ${matches}, NULL, ${number('epoch', '0')} * 1000000000 + ${nanos})`;
  }
  const short = group('shortYear');
  const year = short
    ? `(toInt64OrZero(${short}) + if(toInt64OrZero(${short}) < 70, 2000, 1900))`
    : number('year', '1970');
  const monthName = group('monthName');
  const month = monthName
    ? `toInt64(indexOf(${MONTHS}, lower(substring(${monthName}, 1, 3))))`
    : number('month', '1');
  const day = number('day', '1');
  const dayOfYear = group('dayOfYear');
  const date = dayOfYear
    ? `addDays(makeDate32(${year}, 1, 1), ${number('dayOfYear', '1')} - 1)`
    : `makeDate32(${year}, ${month}, ${day})`;
  const meridiem = group('meridiem');
  const hour = group('hour12')
    ? `(${number('hour12', '0')} % 12 + if(lower(${meridiem ?? "'am'"}) = 'pm', 12, 0))`
    : number('hour', '0');
  const [minute, second] = [number('minute', '0'), number('second', '0')];
  // The engine rolls 30 February over, so the date is compared with what was written.
  const real = dayOfYear
    ? `toYear(${date}) = ${year} AND ${number('dayOfYear', '1')} > 0`
    : `toYear(${date}) = ${year} AND toMonth(${date}) = ${month} AND toDayOfMonth(${date}) = ${day}`;
  const valid = `${matches} AND ${real} AND ${hour} < 24 AND ${minute} < 60 AND ${second} < 60`;
  const seconds = `toInt64(toInt32(${date})) * 86400 + ${hour} * 3600 + ${minute} * 60 + ${second} - ${offsetSeconds}`;
  return `if(isNull(${text}) OR NOT (${valid}), NULL, (${seconds}) * 1000000000 + ${nanos})`;
}

const RFC3339 =
  '^[0-9]{4}-[0-9]{2}-[0-9]{2}([T ]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\\.[0-9]{1,9})?)?( ?(Z|z|[+-][0-9]{2}:?[0-9]{2}))?)?$';

/** Int64 ns of RFC 3339-like text, null where it is not that. */
function readStandard(text: string, context: PrintContext): string {
  const value = `parseDateTime64BestEffortOrNull(${text}, 9, 'UTC')`;
  return `if(ifNull(match(${text}, ${context.stringLiteral(RFC3339)}), false), ${toNs(value)}, NULL)`;
}

/** Int64 ns of a text by the first format that fits (none given: RFC 3339-like); else the statement fails. */
export function readTime(
  text: PrintedArgument,
  formats: readonly BoundArgument[],
  patterns: readonly TimePattern[],
  context: PrintContext,
): string {
  const value =
    formats.length === 0
      ? readStandard(text.sql, context)
      : `coalesce(${patterns.map((pattern) => readPattern(text.sql, pattern, context)).join(', ')}, NULL)`;
  const shown = text.constant?.kind === 'string' ? text.constant.value : '…';
  const message = `Execution error: Error parsing timestamp from '${shown}': input does not match the expected format`;
  return raiseIf(`isNotNull(${text.sql}) AND isNull(${value})`, message, value, context);
}
