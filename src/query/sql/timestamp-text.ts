/** Timestamp texts (sql.md 4.1) as exact nanoseconds since the epoch. */
import { MAXIMUM_TIME, MINIMUM_TIME } from './time-range.ts';

const PATTERN =
  /^(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?\s*(Z|z|UTC|[+-]\d{2}:?\d{2}|[+-]\d{2})?)?$/;

/** A text that says its zone is an instant, whatever zone it is shown in. */
export const ENDS_IN_ZONE = /:[0-9.]+\s*([Zz]|UTC|[+-][0-9]{2}(:?[0-9]{2})?)\s*$/;

/** Undefined when the text is no timestamp or does not fit 64 bits of nanoseconds. */
export function parseTimestamp(text: string): bigint | undefined {
  const match = PATTERN.exec(text.trim());
  if (match === null) return undefined;
  const [, year, month, day, hour = '0', minute = '0', second = '0', fraction = '', zone] = match;
  const date = epochDays(Number(year), Number(month), Number(day));
  if (date === undefined) return undefined;
  if (Number(hour) > 23 || Number(minute) > 59 || Number(second) > 59) return undefined;
  let seconds = BigInt(date) * 86_400n + BigInt(Number(hour) * 3600 + Number(minute) * 60 + Number(second));
  if (zone !== undefined && /^[+-]/.test(zone)) {
    const digits = zone.slice(1).replace(':', '');
    const offset = BigInt(Number(digits.slice(0, 2)) * 3600 + Number(digits.slice(2) || '0') * 60);
    if (offset >= 86_400n) return undefined;
    seconds += zone[0] === '-' ? offset : -offset;
  }
  const ns = seconds * 1_000_000_000n + BigInt(fraction.padEnd(9, '0') || '0');
  return ns < MINIMUM_TIME || ns > MAXIMUM_TIME ? undefined : ns;
}

/** Days since the epoch of a proleptic Gregorian date; undefined when there is no such day. */
function epochDays(year: number, month: number, day: number): number | undefined {
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  if (date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day) return undefined;
  return Math.round(date.getTime() / 86_400_000);
}

/** Time of day in ns, or undefined. */
export function parseTimeOfDay(text: string): bigint | undefined {
  const match = /^(\d{2}):(\d{2})(?::(\d{2})(?:\.(\d{1,9}))?)?$/.exec(text.trim());
  if (match === null) return undefined;
  const [, hour, minute, second = '0', fraction = ''] = match;
  if (Number(hour) > 23 || Number(minute) > 59 || Number(second) > 59) return undefined;
  return (
    BigInt(Number(hour) * 3600 + Number(minute) * 60 + Number(second)) * 1_000_000_000n +
    BigInt(fraction.padEnd(9, '0') || '0')
  );
}
