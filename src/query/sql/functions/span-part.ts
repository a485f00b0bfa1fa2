/** date_part of what has no date: times of day, intervals, durations. */
import { intervalDays, intervalMonths, intervalNanoseconds } from '../../interval-carrier.ts';
import type { DataType, TimeUnit } from '../../types.ts';
import { NS_PER_DAY } from './zones.ts';

const PER_SECOND: Record<TimeUnit, bigint> = {
  second: 1n,
  millisecond: 1_000n,
  microsecond: 1_000_000n,
  nanosecond: 1_000_000_000n,
};
const HOUR_NS = 3_600_000_000_000n;
const MINUTE_NS = 60_000_000_000n;

type Part = (sql: string) => string;
type Parts = Readonly<Record<string, Part>>;

/** Toward zero, as intervals and durations are taken apart. */
const whole = (value: string, divisor: bigint): string =>
  divisor === 1n ? value : `intDiv(${value}, toInt64(${divisor}))`;

/** What stands after the last full minute, counted in a unit. */
const withinMinute = (value: (sql: string) => string): Parts => ({
  second: (x) => whole(`${value(x)} % toInt64(${MINUTE_NS})`, 1_000_000_000n),
  millisecond: (x) => whole(`${value(x)} % toInt64(${MINUTE_NS})`, 1_000_000n),
  microsecond: (x) => whole(`${value(x)} % toInt64(${MINUTE_NS})`, 1_000n),
  nanosecond: (x) => `${value(x)} % toInt64(${MINUTE_NS})`,
});

const TIME_PARTS: Parts = {
  hour: (x) => whole(x, HOUR_NS),
  minute: (x) => `${whole(x, MINUTE_NS)} % 60`,
  ...withinMinute((x) => `(${x})`),
  epoch: (x) => `(${x}) / 1e9`,
};

/** Months, days and nanoseconds are kept apart: hours are all that the nanoseconds hold. */
const INTERVAL_PARTS: Parts = {
  year: (x) => whole(intervalMonths(x), 12n),
  month: (x) => `${intervalMonths(x)} % 12`,
  week: (x) => whole(intervalDays(x), 7n),
  day: intervalDays,
  hour: (x) => whole(intervalNanoseconds(x), HOUR_NS),
  minute: (x) => `${whole(intervalNanoseconds(x), MINUTE_NS)} % 60`,
  ...withinMinute(intervalNanoseconds),
  // A month counts 30 days.
  epoch: (x) =>
    `(${intervalMonths(x)} * 2592000. + ${intervalDays(x)} * 86400. + ${intervalNanoseconds(x)} / 1e9)`,
};

/** A duration has no calendar: each part is all of it in that unit. */
function durationParts(unit: TimeUnit): Parts {
  const perSecond = PER_SECOND[unit];
  const inSeconds =
    (seconds: bigint): Part =>
    (x) =>
      whole(`(${x})`, seconds * perSecond);
  const inFractions =
    (count: bigint): Part =>
    (x) =>
      count >= perSecond ? `(${x}) * ${count / perSecond}` : whole(`(${x})`, perSecond / count);
  return {
    week: inSeconds(7n * (NS_PER_DAY / 1_000_000_000n)),
    day: inSeconds(NS_PER_DAY / 1_000_000_000n),
    hour: inSeconds(3_600n),
    minute: inSeconds(60n),
    second: inSeconds(1n),
    millisecond: inFractions(1_000n),
    microsecond: inFractions(1_000_000n),
    nanosecond: inFractions(1_000_000_000n),
    epoch: (x) => `(${x}) / ${Number(perSecond)}.`,
  };
}

/** Undefined: not one of these types. */
export function spanParts(type: DataType): Parts | undefined {
  switch (type.kind) {
    case 'time':
      return TIME_PARTS;
    case 'interval':
      return INTERVAL_PARTS;
    case 'duration':
      return durationParts(type.unit);
  }
  return undefined;
}
