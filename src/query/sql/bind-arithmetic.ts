/** `+ - * / %` of numbers, instants, intervals and durations (sql.md 8). */
import { nullableEngineType } from '../representation.ts';
import { type DataType, INT64 } from '../types.ts';
import { integerConstant } from './bind-literal.ts';
import { movesAsUtc } from './calendar-steps.ts';
import { boundAll } from './bound.ts';
import { cast, coerce } from './cast.ts';
import { decimalResult, printDecimal } from './decimal-arithmetic.ts';
import { asValue, call, constant, type Expression } from './expression.ts';
import { floatRemainder } from './float-remainder.ts';
import { arrowTypeText } from './functions/arrow-type.ts';
import { castTo, isFloat, isInteger, sameType } from './functions/support.ts';
import { addOrSubtractIntervals, instantPlusInterval } from './interval-arithmetic.ts';
import { addInterval, negateInterval } from './interval-text.ts';
import { errors } from './sql-errors.ts';
import { type Arithmetic, arithmetic, needsResultCast } from './type-rules.ts';

/** Calls nest deeper than brackets before the engine's parser gives up. */
const ENGINE_ARITHMETIC: Readonly<Record<string, string>> = {
  '+': 'plus',
  '-': 'minus',
  '*': 'multiply',
  '/': 'divide',
  '%': 'modulo',
};
export function arithmeticOperator(operator: string, left: Expression, right: Expression): Expression {
  const name = `${left.name} ${operator} ${right.name}`;
  const rule = arithmetic(operator, left.type, right.type);
  if (rule === undefined)
    throw errors.planning(
      `Cannot coerce arithmetic expression ${arrowTypeText(left.type)} ${operator} ${arrowTypeText(right.type)} to valid types`,
    );
  const folded = foldArithmetic(operator, rule, left, right);
  if (folded !== undefined) return { ...folded, name };
  if (rule.form === 'number') return numberArithmetic(operator, rule.type, left, right, name);
  const sign = operator === '-' ? '-' : '';
  switch (rule.form) {
    case 'instant_interval':
      return instantPlusInterval(coerce(left, rule.type), right, operator === '-', rule.type, name);
    case 'interval_instant':
      return instantPlusInterval(coerce(right, rule.type), left, false, rule.type, name);
    case 'instant_duration':
    case 'duration_instant': {
      const [instant, duration] = rule.form === 'instant_duration' ? [left, right] : [right, left];
      const ns = cast(duration, { kind: 'duration', unit: 'nanosecond' });
      return call(
        rule.type,
        name,
        [cast(instant, rule.type), ns],
        ([t, d]) => `addNanoseconds(${t}, ${sign}(${d}))`,
      );
    }
    case 'instants': {
      const type: DataType = { kind: 'timestamp', unit: 'nanosecond', zone: null };
      return call(
        rule.type,
        name,
        [coerce(left, type), coerce(right, type)].map((side) => cast(side, { ...type, zone: zoneOf(side) })),
        ([a, b]) => `(toUnixTimestamp64Nano(${a}) - toUnixTimestamp64Nano(${b}))`,
      );
    }
    case 'durations':
      return call(
        rule.type,
        name,
        [cast(left, rule.type), cast(right, rule.type)],
        ([a, b]) => `(${a} ${operator} ${b})`,
      );
    case 'intervals':
      return addOrSubtractIntervals(
        operator === '-' ? '-' : '+',
        rule.type,
        name,
        cast(left, rule.type),
        cast(right, rule.type),
      );
  }
}

const zoneOf = (expression: Expression): string | null =>
  expression.type.kind === 'timestamp' ? expression.type.zone : null;

function foldArithmetic(
  operator: string,
  rule: Arithmetic,
  left: Expression,
  right: Expression,
): Expression | undefined {
  const minus = operator === '-';
  if (left.constant === undefined || right.constant === undefined) return undefined;
  if (rule.form === 'number' && sameType(rule.type, INT64)) {
    if (left.constant.kind !== 'integer' || right.constant.kind !== 'integer') return undefined;
    const [a, b] = [left.constant.value, right.constant.value];
    if (operator === '/' || operator === '%') {
      // The engine raises for zero when, and only when, the expression is evaluated.
      if (b === 0n || (b === -1n && operator === '/')) return undefined;
      return integerConstant(operator === '/' ? a / b : a % b);
    }
    return integerConstant(BigInt.asIntN(64, operator === '+' ? a + b : minus ? a - b : a * b));
  }
  if (rule.form === 'instant_interval' || rule.form === 'interval_instant') {
    const [instant, interval] = rule.form === 'instant_interval' ? [left, right] : [right, left];
    const base = cast(instant, rule.type).constant;
    if (base?.kind !== 'timestamp' || interval.constant?.kind !== 'interval') return undefined;
    if (!movesAsUtc(rule.type)) return undefined;
    const ns = addInterval(base.ns, minus ? negateInterval(interval.constant) : interval.constant);
    if (BigInt.asIntN(64, ns) !== ns)
      throw errors.planning('Overflow of a timestamp outside its range of 64 bits of nanoseconds');
    return constant({ kind: 'timestamp', ns }, rule.type, '');
  }
  return undefined;
}

function numberArithmetic(
  operator: string,
  type: DataType,
  left: Expression,
  right: Expression,
  name: string,
): Expression {
  const decimals = type.kind === 'decimal' && decimalResult(operator, left.type, right.type) !== undefined;
  const operands =
    decimals || type.kind === 'duration' ? [left, right] : [coerce(left, type), coerce(right, type)];
  const print = (a: string, b: string): string =>
    decimals
      ? printDecimal(operator, type, [left.type, right.type], [a, b])
      : printNumber(operator, type, a, b);
  const divides = (operator === '/' || operator === '%') && !isFloat(type);
  const divisor = right.constant?.kind === 'integer' ? right.constant.value : undefined;
  // Beside a null the engine divides all the same: by zero that would fail.
  const guards = divides && left.nullable && (divisor === undefined || divisor === 0n);
  // The engine folds constants while it analyses: a division by zero must fail when, and only when, it is evaluated.
  const lazy = (sql: string): string => (divides && divisor === 0n ? `materialize(${sql})` : sql);
  return call(type, name, operands.map(asValue), ([a, b]) => {
    if (!guards) return print(a!, lazy(b!));
    if (left.kind === 'column' || left.constant !== undefined)
      return print(a!, `if(isNull(${a}), NULL, ${lazy(b!)})`);
    return boundAll(
      { dividend: a!, divisor: lazy(b!) },
      print('dividend', 'if(isNull(dividend), NULL, divisor)'),
    );
  });
}

function printNumber(operator: string, type: DataType, a: string, b: string): string {
  const integers = isInteger(type);
  const sql =
    operator === '/' && (integers || type.kind === 'duration')
      ? `intDiv(${a}, ${b})`
      : operator === '%' && isFloat(type)
        ? floatRemainder(a, b)
        : `${ENGINE_ARITHMETIC[operator]}(${a}, ${b})`;
  if (type.kind === 'decimal') return `CAST(${sql} AS ${nullableEngineType(type)})`;
  if (type.kind === 'duration') return `toInt64(${sql})`;
  const unsignedDifference = type.kind === 'uint' && operator === '-';
  return needsResultCast(type) || unsignedDifference ? castTo(type, sql) : sql;
}
