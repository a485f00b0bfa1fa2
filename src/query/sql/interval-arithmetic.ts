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
import { movesAsUtc, onWall, OUT_OF_RANGE } from './calendar-steps.ts';
import { call, type Expression } from './expression.ts';
import { NS_PER_DAY } from './functions/zones.ts';
import { addIntervals, negateInterval } from './interval-text.ts';
import { stringLiteral } from './literals.ts';
import { errors } from './sql-errors.ts';

const OVERFLOW = 'Arithmetic overflow of a part of an interval';

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
