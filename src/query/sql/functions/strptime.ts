/** Texts read by chrono's strptime formats, in engine SQL. */
import { bound } from '../bound.ts';
import type { PrintContext, PrintedArgument } from './definition.ts';
import type { Field, TimePattern } from './strptime-format.ts';
import { raiseIf } from './support.ts';

const MONTHS = "['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec']";
const WEEKDAYS = "['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun']";

/** The parts that a text has, as engine SQL; what the format does not say is 0. */
interface Read {
  readonly has: (field: Field) => boolean;
  readonly group: (field: Field) => string;
  readonly number: (field: Field) => string;
}

/** Int128 ns since 1970 of a text that fits the pattern and is a real time, else null. */
function readPattern(text: string, { pattern, fields, hasTime }: TimePattern, context: PrintContext): string {
  const groups = context.freshName();
  const has = (field: Field): boolean => fields.includes(field);
  const group = (field: Field): string => `${groups}[${fields.indexOf(field) + 1}]`;
  const number = (field: Field): string =>
    has(field) ? `toInt64OrZero(trimRight(${group(field)}))` : 'toInt64(0)';
  const read: Read = { has, group, number };
  const value = has('epoch')
    ? `toInt128(${number('epoch')}) * 1000000000 + ${nanoseconds(read)}`
    : readDay(read, hasTime, context);
  return bound(
    groups,
    `extractGroups(ifNull(${text}, ''), ${context.stringLiteral(pattern)})`,
    `if(empty(${groups}), NULL, ${value})`,
  );
}

const nanoseconds = ({ has, group, number }: Read): string =>
  has('fraction') ? `toInt64OrZero(rightPad(${group('fraction')}, 9, '0'))` : number('nanosecond');

/** A format that says no whole time of day means midnight, whatever else of it is said. */
function readDay(read: Read, hasTime: boolean, context: PrintContext): string {
  const { has, group, number } = read;
  const short = number('shortYear');
  const year = has('year') ? number('year') : `(${short} + if(${short} < 70, 2000, 1900))`;
  const month = has('monthName')
    ? `toInt64(indexOf(${MONTHS}, lower(substring(${group('monthName')}, 1, 3))))`
    : number('month');
  const isLeap = `(${year} % 4 = 0 AND (${year} % 100 != 0 OR ${year} % 400 = 0))`;
  const lastDay = `[31, if(${isLeap}, 29, 28), 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][${month}]`;
  const days = context.freshName();
  const [date, isDate] = has('dayOfYear')
    ? [
        `(${epochDays(year, '1', '1')} + ${number('dayOfYear')} - 1)`,
        `${number('dayOfYear')} BETWEEN 1 AND if(${isLeap}, 366, 365)`,
      ]
    : [
        epochDays(year, month, number('day')),
        `${month} BETWEEN 1 AND 12 AND ${number('day')} BETWEEN 1 AND ${lastDay}`,
      ];
  const weekday = `(positiveModulo(${days} + 3, 7) + 1)`;
  const said: Partial<Record<Field, string>> = {
    weekdayName: `indexOf(${WEEKDAYS}, lower(substring(${group('weekdayName')}, 1, 3))) = ${weekday}`,
    weekday: `${number('weekday')} = ${weekday}`,
    sunday0: `${number('sunday0')} = ${weekday} % 7`,
    quarter: `${number('quarter')} = intDiv(${month} + 2, 3)`,
    hour: `${number('hour')} < 24`,
    hour12: `${number('hour12')} BETWEEN 1 AND 12`,
    minute: `${number('minute')} < 60`,
    second: `${number('second')} <= 60`,
  };
  if (has('hour') && has('meridiem')) said.meridiem = `(${number('hour')} >= 12) = ${isAfternoon(read)}`;
  const conditions = Object.entries(said).flatMap(([field, condition]) =>
    has(field as Field) ? [condition] : [],
  );
  const seconds = hasTime ? `${days} * 86400 + ${clockSeconds(read)}` : `${days} * 86400`;
  const value = `toInt128(${seconds}) * 1000000000 + ${hasTime ? nanoseconds(read) : 0}`;
  return bound(days, date, `if(${[`${year} > 0`, isDate, ...conditions].join(' AND ')}, ${value}, NULL)`);
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
  const hour = has('hour') ? number('hour') : `(${number('hour12')} % 12 + if(${isAfternoon(read)}, 12, 0))`;
  const clock = `${hour} * 3600 + ${number('minute')} * 60 + ${number('second')}`;
  if (!has('offset')) return clock;
  const sign = `if(startsWith(${group('offset')}, '-'), -1, 1)`;
  const digits = `replaceRegexpAll(${group('offset')}, '[^0-9]', '')`;
  return `${clock} - ${sign} * (toInt64OrZero(substring(${digits}, 1, 2)) * 3600 + toInt64OrZero(substring(${digits}, 3, 2)) * 60)`;
}

/** Int128 ns of a text by the first pattern that fits; where none does, the statement fails. */
export function readTime(
  text: PrintedArgument,
  patterns: readonly TimePattern[],
  context: PrintContext,
): string {
  const shown = text.constant?.kind === 'string' ? text.constant.value : '…';
  const message = `Execution error: Error parsing timestamp from '${shown}': input does not match the expected format`;
  const read = patterns.map((pattern) => readPattern(text.sql, pattern, context));
  const ns = context.freshName();
  return bound(
    ns,
    `coalesce(${[...read, 'CAST(NULL AS Nullable(Int128))'].join(', ')})`,
    raiseIf(`isNotNull(${text.sql}) AND isNull(${ns})`, message, ns, context),
  );
}
