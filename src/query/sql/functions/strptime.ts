/** Texts read by chrono's strptime formats, in engine SQL. */
import { bound } from '../bound.ts';
import type { PrintContext, PrintedArgument } from './definition.ts';
import type { Field, Read, TimePattern } from './strptime-format.ts';
import { readByRow } from './strptime-rows.ts';
import { raiseIf } from './support.ts';

const MONTHS = "['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec']";
const WEEKDAYS = "['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun']";

const digitsOf = (sql: string): string => `toInt64OrZero(trimRight(${sql}))`;

/** Int128 ns since 1970 of a text that fits the pattern and is a real time, else null. */
function readPattern(text: string, { pattern, fields }: TimePattern, context: PrintContext): string {
  const groups = context.freshName();
  const has = (field: Field): boolean => fields.includes(field);
  const group = (field: Field): string => (has(field) ? `${groups}[${fields.indexOf(field) + 1}]` : "''");
  const read: Read = {
    has: (field) => (has(field) ? '1' : '0'),
    group,
    number: (field) => (has(field) ? digitsOf(group(field)) : 'toInt64(0)'),
  };
  return bound(
    groups,
    `extractGroups(ifNull(${text}, ''), ${context.stringLiteral(pattern)})`,
    `if(empty(${groups}), NULL, ${readFields(read, context)})`,
  );
}

const every = (...conditions: readonly string[]): string =>
  conditions.includes('0') ? '0' : conditions.filter((one) => one !== '1').join(' AND ') || '1';
const any = (...conditions: readonly string[]): string =>
  conditions.includes('1') ? '1' : `(${conditions.filter((one) => one !== '0').join(' OR ') || '0'})`;
/** What is known now is not asked. */
const choose = (condition: string, yes: string, no: string): string =>
  condition === '1' ? yes : condition === '0' || condition === '(0)' ? no : `if(${condition}, ${yes}, ${no})`;

/** Null where the parts are no real time, or no whole day. */
export function readFields(read: Read, context: PrintContext): string {
  const { has, number } = read;
  const epoch = `toInt128(${number('epoch')}) * 1000000000 + ${nanoseconds(read)}`;
  return choose(has('epoch'), epoch, readDay(read, context));
}

const nanoseconds = ({ has, group, number }: Read): string =>
  choose(has('fraction'), `toInt64OrZero(rightPad(${group('fraction')}, 9, '0'))`, number('nanosecond'));

/** A format that says no whole time of day means midnight, whatever else of it is said. */
function readDay(read: Read, context: PrintContext): string {
  const { has, group, number } = read;
  const short = number('shortYear');
  const year = choose(has('year'), number('year'), `(${short} + if(${short} < 70, 2000, 1900))`);
  const month = choose(
    has('monthName'),
    `toInt64(indexOf(${MONTHS}, lower(substring(${group('monthName')}, 1, 3))))`,
    number('month'),
  );
  const isLeap = `(${year} % 4 = 0 AND (${year} % 100 != 0 OR ${year} % 400 = 0))`;
  const lastDay = `[31, if(${isLeap}, 29, 28), 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][${month}]`;
  const days = context.freshName();
  const byYear = has('dayOfYear');
  const date = choose(
    byYear,
    `(${epochDays(year, '1', '1')} + ${number('dayOfYear')} - 1)`,
    epochDays(year, month, number('day')),
  );
  const isDate = choose(
    byYear,
    `${number('dayOfYear')} BETWEEN 1 AND if(${isLeap}, 366, 365)`,
    `${month} BETWEEN 1 AND 12 AND ${number('day')} BETWEEN 1 AND ${lastDay}`,
  );
  const weekday = `(positiveModulo(${days} + 3, 7) + 1)`;
  const said: readonly (readonly [when: string, condition: string])[] = [
    [
      has('weekdayName'),
      `indexOf(${WEEKDAYS}, lower(substring(${group('weekdayName')}, 1, 3))) = ${weekday}`,
    ],
    [has('weekday'), `${number('weekday')} = ${weekday}`],
    [has('sunday0'), `${number('sunday0')} = ${weekday} % 7`],
    [has('quarter'), `${number('quarter')} = intDiv(${month} + 2, 3)`],
    [has('hour'), `${number('hour')} < 24`],
    [has('hour12'), `${number('hour12')} BETWEEN 1 AND 12`],
    [has('minute'), `${number('minute')} < 60`],
    [has('second'), `${number('second')} <= 60`],
    [every(has('hour'), has('meridiem')), `(${number('hour')} >= 12) = ${isAfternoon(read)}`],
  ];
  const conditions = said.flatMap(([when, condition]) =>
    when === '0' ? [] : [when === '1' ? condition : `(NOT (${when}) OR ${condition})`],
  );
  const hasDay = every(
    any(has('year'), has('shortYear')),
    any(has('dayOfYear'), every(has('day'), any(has('month'), has('monthName')))),
  );
  const hasTime = every(has('minute'), any(has('hour'), every(has('hour12'), has('meridiem'))));
  const midnight = `toInt128(${days} * 86400) * 1000000000`;
  const clock = `toInt128(${days} * 86400 + ${clockSeconds(read)}) * 1000000000 + ${nanoseconds(read)}`;
  const valid = every(hasDay, `${year} > 0`, `(${isDate})`, ...conditions);
  return bound(days, date, `if(${valid}, ${choose(hasTime, clock, midnight)}, NULL)`);
}

/** Days since 1970 of a date in the years from 1 on. */
function epochDays(year: string, month: string, day: string): string {
  // Years that begin with March have their leap day last.
  const march = `(${year} - (${month} <= 2))`;
  const dayOfYear = `intDiv(153 * (${month} + if(${month} > 2, -3, 9)) + 2, 5) + ${day} - 1`;
  return `(${march} * 365 + intDiv(${march}, 4) - intDiv(${march}, 100) + intDiv(${march}, 400) + ${dayOfYear} - 719468)`;
}

const isAfternoon = ({ group }: Read): string => `(lower(${group('meridiem')}) = 'pm')`;

/** Seconds of the day in UTC. */
function clockSeconds(read: Read): string {
  const { has, group, number } = read;
  const hour = choose(
    has('hour'),
    number('hour'),
    `(${number('hour12')} % 12 + if(${isAfternoon(read)}, 12, 0))`,
  );
  const clock = `${hour} * 3600 + ${number('minute')} * 60 + ${number('second')}`;
  const sign = `if(startsWith(${group('offset')}, '-'), -1, 1)`;
  const digits = `replaceRegexpAll(${group('offset')}, '[^0-9]', '')`;
  const offset = `${sign} * (toInt64OrZero(substring(${digits}, 1, 2)) * 3600 + toInt64OrZero(substring(${digits}, 3, 2)) * 60)`;
  return has('offset') === '0' ? clock : `${clock} - ${offset}`;
}

/** A format that is known, or the argument that has one for each row. */
export type TimeFormat = TimePattern | PrintedArgument;

/** Int128 ns of a text by the first format that fits; where none does, the statement fails. */
export function readTime(
  text: PrintedArgument,
  formats: readonly TimeFormat[],
  context: PrintContext,
): string {
  const shown = text.constant?.kind === 'string' ? text.constant.value : '…';
  const message = `Execution error: Error parsing timestamp from '${shown}': input does not match the expected format`;
  const read = formats.map((format) =>
    'pattern' in format
      ? readPattern(text.sql, format, context)
      : readByRow(text.sql, format.sql, (parts) => readFields(parts, context), context),
  );
  const ns = context.freshName();
  return bound(
    ns,
    `coalesce(${[...read, 'CAST(NULL AS Nullable(Int128))'].join(', ')})`,
    raiseIf(`isNotNull(${text.sql}) AND isNull(${ns})`, message, ns, context),
  );
}
