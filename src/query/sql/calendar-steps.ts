/** Instants moved by months and days of the calendar as their zone shows it. */
import type { DataType } from '../types.ts';
import { fixedOffsetMinutes, fromNs, isUtc, toNs } from './functions/zones.ts';
import { stringLiteral } from './literals.ts';
import { type Step, zonedSteps } from './zoned-steps.ts';

export const OUT_OF_RANGE = 'Timestamp out of range';
const FAILURE = `Arrow error: Compute error: ${OUT_OF_RANGE}`;

/** Engine SQL; `months` and `days` are too, and `0` says that there are none. */
export function onWall(instant: string, type: DataType, months: string, days: string): string {
  if (months === '0' && days === '0') return instant;
  const move = (sql: string): string => {
    const later = months === '0' ? sql : `addMonths(${sql}, ${months})`;
    return days === '0' ? later : `addDays(${later}, ${days})`;
  };
  const zone = type.kind === 'timestamp' ? type.zone : null;
  const minutes = zone === null || isUtc(zone) ? 0 : fixedOffsetMinutes(zone);
  const moved =
    minutes === undefined
      ? fromNs(zonedSteps(toNs(instant), zone!, steps(months, days), FAILURE))
      : minutes === 0
        ? move(instant)
        : `addMinutes(${move(`addMinutes(${instant}, ${minutes})`)}, ${-minutes})`;
  // The engine's calendar wraps around unseen: about 584 years beside what was asked for.
  const distance = `toFloat64(${toNs(moved)}) - toFloat64(${toNs(instant)})`;
  const expected = `((${months}) * 2.629746e15 + (${days}) * 8.64e13)`;
  const wrapped = `ifNull(abs(${distance} - ${expected}) > 1e17, 0)`;
  return `if(throwIf(${wrapped}, ${stringLiteral(FAILURE)}) = 0, ${moved}, NULL)`;
}

const steps = (months: string, days: string): readonly Step[] =>
  [
    { add: 'addMonths' as const, amount: months },
    { add: 'addDays' as const, amount: days },
  ].filter(({ amount }) => amount !== '0');

/** Whether an instant of this type moves by months and days as one in UTC does. */
export const movesAsUtc = (type: DataType): boolean => type.kind !== 'timestamp' || isUtc(type.zone);
