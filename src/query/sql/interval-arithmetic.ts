/** Sums of intervals, and intervals added to instants. */
import {
  intervalDays,
  intervalMonths,
  intervalNanoseconds,
  type IntervalValue,
  isInterval,
} from '../interval-carrier.ts';
import type { DataType } from '../types.ts';
import { intervalConstant } from './bind-literal.ts';
import { call, type Expression } from './expression.ts';
import { fixedOffsetMinutes, fromNs, isUtc, NS_PER_DAY, toNs } from './functions/zones.ts';
import { addIntervals, negateInterval } from './interval-text.ts';
import { stringLiteral } from './literals.ts';
import { errors } from './sql-errors.ts';
import { type Step, zonedSteps } from './zoned-steps.ts';

const OVERFLOW = 'Arithmetic overflow of a part of an interval';
const OUT_OF_RANGE = 'Timestamp out of range';
const FAILURE = `Arrow error: Compute error: ${OUT_OF_RANGE}`;

export function addOrSubtractIntervals(
  operator: '+' | '-',
  type: DataType,
  name: string,
  left: Expression,
  right: Expression,
): Expression {
  const [a, b] = [left.constant, right.constant];
  if (a?.kind === 'interval' && b?.kind === 'interval')
    return { ...checkedConstant(addIntervals(a, operator === '-' ? negateInterval(b) : b)), name };
  return call(type, name, [left, right], ([x, y]) => checkedSum(operator, x!, y!));
}

export function negatedInterval(operand: Expression): Expression {
  if (operand.constant?.kind === 'interval') return checkedConstant(negateInterval(operand.constant));
  return call(operand.type, `(- ${operand.name})`, [operand], ([x]) => checkedSum('-', 'toInt128(0)', x!));
}

function checkedConstant(value: IntervalValue): Expression {
  if (!isInterval(value)) throw errors.planning(OVERFLOW);
  return intervalConstant(value);
}

/** A part that does not fit its number changes the parts before it. */
function checkedSum(operator: '+' | '-', x: string, y: string): string {
  const sum = `(${x} ${operator} ${y})`;
  const differs = [intervalMonths, intervalDays].map(
    (part) => `${part(sum)} != toInt64(${part(x)}) ${operator} ${part(y)}`,
  );
  return `if(throwIf(ifNull(${differs.join(' OR ')}, 0), ${stringLiteral(`Arrow error: ${OVERFLOW}`)}) = 0, ${sum}, NULL)`;
}

/** Months and days by the calendar of the zone, then nanoseconds. */
export function instantPlusInterval(
  instant: Expression,
  interval: Expression,
  negative: boolean,
  type: DataType,
  name: string,
): Expression {
  const isDate = type.kind === 'date';
  const start = (sql: string): string => (isDate ? `toDateTime64(${sql}, 9, 'UTC')` : sql);
  const wrap = (sql: string): string => (isDate ? `toDate32(${sql}, 'UTC')` : sql);
  if (interval.constant?.kind === 'interval') {
    const given = negative ? negateInterval(interval.constant) : interval.constant;
    const { months, days, ns } = isDate ? { ...given, ns: given.ns - (given.ns % NS_PER_DAY) } : given;
    // Where a day is always as long, the engine checks the sum itself.
    const inDays = movesAsUtc(type) ? 0 : days;
    const rest = ns + BigInt(days - inDays) * NS_PER_DAY;
    if (BigInt.asIntN(64, rest) !== rest) throw errors.planning(OUT_OF_RANGE);
    return call(type, name, [instant], ([t]) => {
      const moved = onWall(start(t!), type, String(months), String(inDays));
      return wrap(rest === 0n ? moved : `addNanoseconds(${moved}, toInt64(${rest}))`);
    });
  }
  const sign = negative ? '-' : '';
  return call(type, name, [instant, interval], ([t, i]) => {
    const [months, days] = [intervalMonths(i!), intervalDays(i!)];
    const moved = onWall(start(t!), type, `${sign}${months}`, `${sign}${days}`);
    const ns = intervalNanoseconds(i!);
    // A day has no hours: only whole days move it.
    return isDate
      ? wrap(`addDays(${moved}, ${sign}intDiv(${ns}, ${NS_PER_DAY}))`)
      : wrap(`addNanoseconds(${moved}, ${sign}${ns})`);
  });
}

/** Moves an instant by months and days of the calendar as its zone shows it. */
function onWall(instant: string, type: DataType, months: string, days: string): string {
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
