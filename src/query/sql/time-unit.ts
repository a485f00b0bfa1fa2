/** The units in which instants, times of day and durations are counted. */
import type { DataType, TimeUnit } from '../types.ts';

export const NS_PER_UNIT: Readonly<Record<TimeUnit, bigint>> = {
  second: 1_000_000_000n,
  millisecond: 1_000_000n,
  microsecond: 1_000n,
  nanosecond: 1n,
};

/** An integer counts the unit of the timestamp; signed ones cast to nanoseconds are seconds (sql.md 7.2). */
export const nsPerInteger = (from: DataType, unit: TimeUnit): bigint =>
  unit === 'nanosecond' && from.kind === 'int' ? NS_PER_UNIT.second : NS_PER_UNIT[unit];
