/** Interval texts and exact interval arithmetic on constants. */
import { type IntervalValue, isInterval } from '../interval-carrier.ts';
import {
  FRACTION_DIGITS,
  INTERVAL_PAIR,
  INTERVAL_TEXT,
  INTERVAL_UNITS,
  type IntervalUnit,
} from './interval-grammar.ts';
import { NS_PER_DAY } from './functions/zones.ts';

const WHOLE = new RegExp(INTERVAL_TEXT);
const PAIR = new RegExp(INTERVAL_PAIR, 'g');
const PER_ONE = 10n ** BigInt(FRACTION_DIGITS);
const UNITS = new Map(INTERVAL_UNITS.flatMap((unit) => unit.names.map((name) => [name, unit] as const)));

/** `'1 day 2.5 hours'`; an amount at the end without a unit is of the given one. Undefined when it is no interval. */
export function parseInterval(text: string, lastUnit: 'month' | 'second'): IntervalValue | undefined {
  const source = text.toLowerCase();
  if (!WHOLE.test(source)) return undefined;
  const seen = new Set<IntervalUnit>();
  let [months, days, ns] = [0n, 0n, 0n];
  for (const [, sign, digits = '', fraction = '', name = ''] of source.matchAll(PAIR)) {
    if (digits === '' && fraction === '') continue;
    const unit = UNITS.get(name === '' ? lastUnit : name)!;
    if (seen.has(unit)) return undefined;
    seen.add(unit);
    const signed = (value: string): bigint => BigInt(value) * (sign === '-' ? -1n : 1n);
    const [whole, part] = [signed(digits || '0'), signed(fraction.padEnd(FRACTION_DIGITS, '0'))];
    const amount = (ofOne = 0n, ofFraction = 0n): bigint => whole * ofOne + (part * ofFraction) / PER_ONE;
    months += amount(unit.months, unit.fraction.months);
    days += amount(unit.days, unit.fraction.days);
    ns += amount(unit.ns, unit.fraction.ns);
  }
  const value = { months: Number(months), days: Number(days), ns };
  return isInterval(value) ? value : undefined;
}

export function negateInterval(value: IntervalValue): IntervalValue {
  return { months: -value.months, days: -value.days, ns: -value.ns };
}

export function addIntervals(left: IntervalValue, right: IntervalValue): IntervalValue {
  return { months: left.months + right.months, days: left.days + right.days, ns: left.ns + right.ns };
}

/** Calendar months (clamped to the month's end), then days, then nanoseconds: all in UTC, exact. */
export function addInterval(ns: bigint, interval: IntervalValue): bigint {
  let result = ns;
  if (interval.months !== 0) {
    const day = floorDivide(ns, NS_PER_DAY);
    const rest = ns - day * NS_PER_DAY;
    const date = new Date(Number(day) * 86_400_000);
    const month = date.getUTCFullYear() * 12 + date.getUTCMonth() + interval.months;
    const year = Math.floor(month / 12);
    const last = new Date(0);
    last.setUTCFullYear(year, (((month % 12) + 12) % 12) + 1, 0);
    const target = new Date(0);
    target.setUTCFullYear(year, ((month % 12) + 12) % 12, Math.min(date.getUTCDate(), last.getUTCDate()));
    result = BigInt(target.getTime() / 86_400_000) * NS_PER_DAY + rest;
  }
  return result + BigInt(interval.days) * NS_PER_DAY + interval.ns;
}

export function floorDivide(a: bigint, b: bigint): bigint {
  const quotient = a / b;
  return a % b !== 0n && a < 0n !== b < 0n ? quotient - 1n : quotient;
}
