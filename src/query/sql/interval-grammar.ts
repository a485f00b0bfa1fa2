/** Texts of intervals as Arrow reads them: `1 year 2 months`, `1.5days -2 hrs`. One grammar for constants and columns. */

const SECOND = 1_000_000_000n;
const DAY = 86_400n * SECOND;

/** What a whole one of a unit is, and what its fraction spills into: days of 24 hours, months of 30 days, years into months only. */
export interface IntervalUnit {
  readonly months?: bigint;
  readonly days?: bigint;
  readonly ns?: bigint;
  readonly fraction: { readonly months?: bigint; readonly days?: bigint; readonly ns?: bigint };
  readonly names: readonly string[];
}

const years = (count: bigint, ...names: string[]): IntervalUnit => ({
  months: 12n * count,
  fraction: { months: 12n * count },
  names,
});
const days = (count: bigint, ...names: string[]): IntervalUnit => ({
  days: count,
  fraction: { ns: DAY * count },
  names,
});
const nanoseconds = (ns: bigint, ...names: string[]): IntervalUnit => ({ ns, fraction: { ns }, names });

export const INTERVAL_UNITS: readonly IntervalUnit[] = [
  years(100n, 'c', 'cent', 'cents', 'century', 'centuries'),
  years(10n, 'dec', 'decs', 'decade', 'decades'),
  years(1n, 'y', 'yr', 'yrs', 'year', 'years'),
  { months: 1n, fraction: { days: 30n }, names: ['mon', 'mons', 'month', 'months'] },
  days(7n, 'w', 'week', 'weeks'),
  days(1n, 'd', 'day', 'days'),
  nanoseconds(3600n * SECOND, 'h', 'hr', 'hrs', 'hour', 'hours'),
  nanoseconds(60n * SECOND, 'm', 'min', 'mins', 'minute', 'minutes'),
  nanoseconds(SECOND, 's', 'sec', 'secs', 'second', 'seconds'),
  nanoseconds(1_000_000n, ...['ms', 'msec', 'msecs', 'msecond', 'mseconds', 'millisecond', 'milliseconds']),
  nanoseconds(1_000n, ...['us', 'usec', 'usecs', 'usecond', 'useconds', 'microsecond', 'microseconds']),
  nanoseconds(1n, 'nanosecond', 'nanoseconds'),
];

/** Digits after the point; more are an error. */
export const FRACTION_DIGITS = 15;

const AMOUNT = String.raw`-?(?:0*[0-9]{1,19}|0*[0-9]{0,19}\.[0-9]{1,${FRACTION_DIGITS}})`;
const NAME = `(?:${INTERVAL_UNITS.flatMap(({ names }) => names).join('|')})`;
/** Of the whole text, in small letters. One blank stands between pairs; only the last may lack a unit. */
export const INTERVAL_TEXT = String.raw`^(?:${AMOUNT}\s?${NAME}\s)*${AMOUNT}(?:\s?${NAME})?$`;
/** Sign, digits, digits of the fraction, unit. Between pairs it finds nothing but blanks. */
export const INTERVAL_PAIR = String.raw`(-?)([0-9]*)\.?([0-9]*)\s?([a-z]*)`;
