/** Interval texts and exact interval arithmetic on constants. */
import { type IntervalValue, isInterval } from '../interval-carrier.ts';

const SECOND = 1_000_000_000n;
const DAY_NS = 86_400n * SECOND;
/** Unit → [months, days, ns] of one. */
const UNITS: Readonly<Record<string, readonly [number, number, bigint]>> = {
  nanosecond: [0, 0, 1n],
  ns: [0, 0, 1n],
  microsecond: [0, 0, 1_000n],
  us: [0, 0, 1_000n],
  millisecond: [0, 0, 1_000_000n],
  ms: [0, 0, 1_000_000n],
  second: [0, 0, SECOND],
  sec: [0, 0, SECOND],
  s: [0, 0, SECOND],
  minute: [0, 0, 60n * SECOND],
  min: [0, 0, 60n * SECOND],
  m: [0, 0, 60n * SECOND],
  hour: [0, 0, 3600n * SECOND],
  hr: [0, 0, 3600n * SECOND],
  h: [0, 0, 3600n * SECOND],
  day: [0, 1, 0n],
  d: [0, 1, 0n],
  week: [0, 7, 0n],
  w: [0, 7, 0n],
  month: [1, 0, 0n],
  mon: [1, 0, 0n],
  year: [12, 0, 0n],
  y: [12, 0, 0n],
  decade: [120, 0, 0n],
  century: [1200, 0, 0n],
  centurie: [1200, 0, 0n],
};

/** `'1 day 2.5 hours'`, `'1'` with a leading unit, `'01:02:03.5'`; undefined when it is no interval. */
export function parseInterval(text: string, leadingUnit?: string): IntervalValue | undefined {
  const source = text.trim().toLowerCase();
  if (source === '') return undefined;
  const tokens =
    source.match(/[+-]?\d+:\d{2}(?::\d{2}(?:\.\d+)?)?|[+-]?(?:\d+\.?\d*|\.\d+)|[a-z]+|\S/g) ?? [];
  let months = 0;
  let days = 0;
  let ns = 0n;
  for (let i = 0; i < tokens.length; i++) {
    const token = tokens[i]!;
    const clock = /^([+-]?)(\d+):(\d{2})(?::(\d{2})(?:\.(\d{1,9})\d*)?)?$/.exec(token);
    if (clock) {
      const [, sign, hour, minute, second = '0', fraction = ''] = clock;
      const value =
        (BigInt(hour!) * 3600n + BigInt(minute!) * 60n + BigInt(second)) * SECOND +
        BigInt(fraction.padEnd(9, '0') || '0');
      ns += sign === '-' ? -value : value;
      continue;
    }
    if (!/^[+-]?[\d.]/.test(token)) return undefined;
    const next = tokens[i + 1];
    const unitName = next !== undefined && /^[a-z]/.test(next) ? next : undefined;
    if (unitName !== undefined) i++;
    const unit = unitOf(unitName ?? leadingUnit ?? 'second');
    if (unit === undefined) return undefined;
    const [monthsPart, daysPart, nsPart] = scale(token, unit);
    months += monthsPart;
    days += daysPart;
    ns += nsPart;
  }
  return isInterval({ months, days, ns }) ? { months, days, ns } : undefined;
}

function unitOf(name: string): readonly [number, number, bigint] | undefined {
  const lower = name.toLowerCase();
  if (Object.hasOwn(UNITS, lower)) return UNITS[lower];
  const singular = lower.replace(/s$/, '');
  return Object.hasOwn(UNITS, singular) ? UNITS[singular] : undefined;
}

/** `'1.5'` of a unit; a fraction spills into the smaller parts (a month has 30 days). */
function scale(number: string, unit: readonly [number, number, bigint]): [number, number, bigint] {
  const negative = number.startsWith('-');
  const [whole = '0', fraction = ''] = number.replace(/^[+-]/, '').split('.');
  const unitDigits = fraction.slice(0, 15);
  const numerator = BigInt((whole || '0') + unitDigits);
  const denominator = 10n ** BigInt(unitDigits.length);
  const monthsExact = BigInt(unit[0]) * numerator;
  const months = monthsExact / denominator;
  const daysExact = BigInt(unit[1]) * numerator + (monthsExact % denominator) * 30n;
  const days = daysExact / denominator;
  const ns = (unit[2] * numerator + (daysExact % denominator) * DAY_NS) / denominator;
  const sign = negative ? -1 : 1;
  return [sign * Number(months), sign * Number(days), BigInt(sign) * ns];
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
    const day = floorDivide(ns, DAY_NS);
    const rest = ns - day * DAY_NS;
    const date = new Date(Number(day) * 86_400_000);
    const month = date.getUTCFullYear() * 12 + date.getUTCMonth() + interval.months;
    const year = Math.floor(month / 12);
    const last = new Date(0);
    last.setUTCFullYear(year, (((month % 12) + 12) % 12) + 1, 0);
    const target = new Date(0);
    target.setUTCFullYear(year, ((month % 12) + 12) % 12, Math.min(date.getUTCDate(), last.getUTCDate()));
    result = BigInt(target.getTime() / 86_400_000) * DAY_NS + rest;
  }
  return result + BigInt(interval.days) * DAY_NS + interval.ns;
}

export function floorDivide(a: bigint, b: bigint): bigint {
  const quotient = a / b;
  return a % b !== 0n && a < 0n !== b < 0n ? quotient - 1n : quotient;
}
