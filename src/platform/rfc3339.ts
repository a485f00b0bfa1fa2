/** RFC 3339 instants, to the nanosecond. The only reader of them. */

const GRAMMAR =
  /^(\d{4})-(\d{2})-(\d{2})[Tt ](\d{2}):(\d{2}):(\d{2})(?:\.(\d+))?(?:[Zz]|([+-])(\d{2}):(\d{2}))$/;
const NS_PER_MS = 1_000_000n;
const NS_PER_SECOND = 1_000_000_000n;

/** `syntax`: it does not look like one; `range`: it does, but there is no such day or time of day. */
export type Rfc3339Problem = 'syntax' | 'range';

/** Nanoseconds since the epoch; digits beyond the ninth are dropped. Years 0000 to 9999, no leap seconds. */
export function readRfc3339(text: string): bigint | Rfc3339Problem {
  const match = GRAMMAR.exec(text);
  if (match === null) return 'syntax';
  const number = (group: number) => Number(match[group] ?? 0);
  const [year, month, day] = [number(1), number(2), number(3)];
  const [hour, minute, second] = [number(4), number(5), number(6)];
  const [offsetHour, offsetMinute] = [number(9), number(10)];
  if (hour > 23 || minute > 59 || second > 59 || offsetHour > 23 || offsetMinute > 59) return 'range';
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  // The day is rolled over into the next month where there is no such day.
  if (date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day) return 'range';
  const offsetMinutes = (offsetHour * 60 + offsetMinute) * (match[8] === '-' ? -1 : 1);
  const ms = date.getTime() + ((hour * 60 + minute - offsetMinutes) * 60 + second) * 1000;
  return BigInt(ms) * NS_PER_MS + BigInt((match[7] ?? '').slice(0, 9).padEnd(9, '0'));
}

/** The whole millisecond that an instant lies in. */
export function wholeMs(ns: bigint): number {
  return Number((ns - (((ns % NS_PER_MS) + NS_PER_MS) % NS_PER_MS)) / NS_PER_MS);
}

/** In UTC with nine digits; of an instant between the years 0000 and 9999. */
export function printRfc3339(ns: bigint): string {
  const fraction = ((ns % NS_PER_SECOND) + NS_PER_SECOND) % NS_PER_SECOND;
  const seconds = Number((ns - fraction) / NS_PER_SECOND);
  return `${new Date(seconds * 1000).toISOString().slice(0, 19)}.${String(fraction).padStart(9, '0')}Z`;
}
