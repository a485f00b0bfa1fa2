/** Casts between numbers and what counts a unit: instants, times of day, days, durations. */
import type { DataType, TimeUnit } from '../types.ts';
import { arrowTypeText } from './functions/arrow-type.ts';
import { isInteger, isText } from './functions/support.ts';
import { textToInstant, textToInstantOf, textToTime } from './instant-cast.ts';
import { stringLiteral } from './literals.ts';
import { NS_PER_UNIT, nsPerInteger } from './time-unit.ts';
import { fromWallClock, isUtc } from './time-zone.ts';
import { NS_PER_DAY } from './functions/zones.ts';

type Render = (sql: string) => string;
type Timestamp = Extract<DataType, { kind: 'timestamp' }>;
type TimeOfDay = Extract<DataType, { kind: 'time' }>;

/** An Int64 of how many units it is; undefined: the type counts none. */
export function countOf(type: DataType): Render | undefined {
  switch (type.kind) {
    case 'timestamp':
      return (sql) => divided(`toUnixTimestamp64Nano(${sql})`, NS_PER_UNIT[type.unit]);
    case 'time':
      return (sql) => divided(sql, NS_PER_UNIT[type.unit]);
    case 'duration':
      return (sql) => sql;
    case 'date':
      return (sql) => `(toInt64(toInt32(${sql}))${type.bits === 64 ? ' * 86400000' : ''})`;
    default:
      return undefined;
  }
}

const divided = (sql: string, divisor: bigint): string =>
  divisor === 1n ? sql : `intDiv(${sql}, ${divisor})`;

/** Undefined: there is no such cast. */
export function toTimestamp(source: DataType, target: Timestamp, attempt: boolean): Render | undefined {
  if (source.kind === 'timestamp')
    return NS_PER_UNIT[source.unit] >= NS_PER_UNIT[target.unit]
      ? (sql) => sql
      : (sql) => shortened(sql, target.unit);
  if (source.kind === 'date') {
    // The day begins by the clock of the zone.
    return (sql) => fromWallClock(`toDateTime64(${sql}, 9, 'UTC')`, target.zone ?? 'UTC');
  }
  if (isText(source)) {
    const { zone } = target;
    const instant = zone === null || isUtc(zone) ? textToInstant(attempt) : textToInstantOf(zone, attempt);
    return (sql) => floored(instant(sql), target.unit);
  }
  return isInteger(source)
    ? integerToTimestamp(nsPerInteger(source, target.unit), target, attempt)
    : undefined;
}

function integerToTimestamp(factor: bigint, target: Timestamp, attempt: boolean): Render {
  if (factor === 1n) return (sql) => `fromUnixTimestamp64Nano(toInt64(${sql}), 'UTC')`;
  const limit = 9_223_372_036_854_775_807n / factor;
  const message = stringLiteral(`Cast error: a value is out of the range of ${arrowTypeText(target)}`);
  return (sql) => {
    const value = `toInt64(${sql})`;
    const overflow = `ifNull(${value} > ${limit} OR ${value} < -${limit}, 0)`;
    const ns = `fromUnixTimestamp64Nano(${value} * ${factor}, 'UTC')`;
    return attempt ? `if(${overflow}, NULL, ${ns})` : `if(throwIf(${overflow}, ${message}) = 0, ${ns}, NULL)`;
  };
}

/** A number with a fraction counts the unit of the timestamp, which a signed integer does not (`nsPerInteger`). */
export const wholeToTimestamp = (target: Timestamp, attempt: boolean): Render =>
  integerToTimestamp(NS_PER_UNIT[target.unit], target, attempt);

/** An instant without what is smaller than the unit; before 1970 that is a later one. */
const shortened = (sql: string, unit: TimeUnit): string =>
  `fromUnixTimestamp64Nano(intDiv(toUnixTimestamp64Nano(${sql}), ${NS_PER_UNIT[unit]}) * ${NS_PER_UNIT[unit]}, 'UTC')`;

const floored = (sql: string, unit: TimeUnit): string =>
  unit === 'nanosecond'
    ? sql
    : `fromUnixTimestamp64Nano(toUnixTimestamp64Nano(${sql}) - positiveModulo(toUnixTimestamp64Nano(${sql}), ${NS_PER_UNIT[unit]}), 'UTC')`;

/** Undefined: there is no such cast. Numbers count the unit, in 32 bits those of the coarse ones. */
export function toTimeOfDay(source: DataType, target: TimeOfDay, attempt: boolean): Render | undefined {
  const factor = NS_PER_UNIT[target.unit];
  const inUnit = (ns: string): string => (factor === 1n ? ns : `(intDiv(${ns}, ${factor}) * ${factor})`);
  if (source.kind === 'timestamp')
    return (sql) => inUnit(`toInt64(positiveModulo(toUnixTimestamp64Nano(${sql}), toInt64(${NS_PER_DAY})))`);
  if (source.kind === 'time') return NS_PER_UNIT[source.unit] >= factor ? (sql) => sql : (sql) => inUnit(sql);
  if (isText(source)) {
    const ofText = textToTime(arrowTypeText(target), attempt);
    return (sql) => inUnit(ofText(sql));
  }
  const bits = target.unit === 'second' || target.unit === 'millisecond' ? 32 : 64;
  if (source.kind !== 'int' || source.bits !== bits) return undefined;
  const message = stringLiteral(`Cast error: a value is out of the range of ${arrowTypeText(target)}`);
  return (sql) => {
    const outside = `ifNull(${sql} < 0 OR ${sql} >= ${NS_PER_DAY / factor}, 0)`;
    return `if(throwIf(${outside}, ${message}) = 0, toInt64(${sql}) * ${factor}, NULL)`;
  };
}

export const toDuration = (from: TimeUnit, to: TimeUnit): Render => {
  const [a, b] = [NS_PER_UNIT[from], NS_PER_UNIT[to]];
  return (sql) => (a === b ? sql : a > b ? `(${sql}) * ${a / b}` : `intDiv(${sql}, ${b / a})`);
};
