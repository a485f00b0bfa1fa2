/** Binary and unary operators: types, names, engine SQL (sql.md 8). */
import { type DataType, INT64, UTF8 } from '../types.ts';
import { arithmeticOperator } from './bind-arithmetic.ts';
import { floatConstant, integerConstant } from './bind-literal.ts';
import { logical, toLogical } from './bind-logical.ts';
import { like, regex } from './bind-pattern.ts';
import { cast, coerce } from './cast.ts';
import { compare, distinctFrom } from './comparison.ts';
import { asValue, call, condition, type Expression } from './expression.ts';
import { arrowTypeText } from './functions/arrow-type.ts';
import { isOptional, opened, present } from './functions/optional.ts';
import { castTo, commonType, isFloat, isInteger, isNumber, isText, plain } from './functions/support.ts';
import { negatedInterval } from './interval-arithmetic.ts';
import { errors } from './sql-errors.ts';
import { bitwiseType, comparisonType } from './type-rules.ts';

const COMPARISONS: Readonly<Record<string, string>> = {
  Eq: '=',
  NotEq: '!=',
  Lt: '<',
  LtEq: '<=',
  Gt: '>',
  GtEq: '>=',
};
const ARITHMETIC: Readonly<Record<string, string>> = {
  Plus: '+',
  Minus: '-',
  Multiply: '*',
  Divide: '/',
  Modulo: '%',
};
const BITWISE: Readonly<Record<string, readonly [string, string]>> = {
  BitwiseAnd: ['&', 'bitAnd'],
  BitwiseOr: ['|', 'bitOr'],
  BitwiseXor: ['BIT_XOR', 'bitXor'],
  PGBitwiseXor: ['BIT_XOR', 'bitXor'],
  PGBitwiseShiftLeft: ['<<', 'bitShiftLeft'],
  PGBitwiseShiftRight: ['>>', 'bitShiftRight'],
};
const PATTERNS: Readonly<Record<string, readonly [string, boolean, boolean]>> = {
  PGRegexMatch: ['~', false, false],
  PGRegexIMatch: ['~*', true, false],
  PGRegexNotMatch: ['!~', false, true],
  PGRegexNotIMatch: ['!~*', true, true],
};
const LIKES: Readonly<Record<string, readonly [string, boolean, boolean]>> = {
  PGLikeMatch: ['LIKE', false, false],
  PGILikeMatch: ['ILIKE', true, false],
  PGNotLikeMatch: ['NOT LIKE', false, true],
  PGNotILikeMatch: ['NOT ILIKE', true, true],
};

export function binary(operator: string, left: Expression, right: Expression): Expression {
  if (Object.hasOwn(COMPARISONS, operator)) return compare(COMPARISONS[operator]!, left, right);
  if (operator === 'And' || operator === 'Or') return logical(operator.toUpperCase(), [left, right]);
  if (Object.hasOwn(ARITHMETIC, operator)) return arithmeticOperator(ARITHMETIC[operator]!, left, right);
  if (operator === 'StringConcat') return concatenate(left, right);
  if (Object.hasOwn(BITWISE, operator)) return bitwise(...BITWISE[operator]!, left, right);
  if (Object.hasOwn(PATTERNS, operator)) return regex(...PATTERNS[operator]!, left, right);
  if (Object.hasOwn(LIKES, operator)) return like(...LIKES[operator]!, left, right);
  if (operator === 'Spaceship') return distinctFrom(left, right, true);
  throw errors.notImplemented(`Unsupported SQL binary operator ${operator}`);
}

function concatenate(left: Expression, right: Expression): Expression {
  const name = `${left.name} || ${right.name}`;
  if (left.type.kind === 'list' && right.type.kind === 'list') {
    const type = comparisonType(left.type, right.type);
    // A null list is left out; two of them make one.
    const isNull = isOptional(left.type) && isOptional(right.type);
    const items = (sql: string): string => (isNull ? opened(sql) : sql);
    if (type !== undefined)
      return call(
        isNull ? type : present(type),
        `array_concat(${left.name},${right.name})`,
        [left, right].map((side) => cast(side, isNull ? type : present(type))),
        ([a, b]) => {
          const both = `arrayConcat(${items(a!)}, ${items(b!)})`;
          return isNull ? `if(empty(${a}) AND empty(${b}), [], [${both}])` : both;
        },
      );
  }
  const joined = withItem(left, right, true) ?? withItem(right, left, false);
  if (joined !== undefined) return joined;
  if (
    !isText(plain(left.type)) &&
    !isText(plain(right.type)) &&
    left.type.kind !== 'null' &&
    right.type.kind !== 'null'
  )
    throw errors.planning(
      `Cannot infer common string type for string concat operation ${arrowTypeText(left.type)} || ${arrowTypeText(right.type)}`,
    );
  return call(UTF8, name, [cast(left, UTF8), cast(right, UTF8)], ([a, b]) => `concat(${a}, ${b})`);
}

/** A list and one item more, before or behind it. */
function withItem(list: Expression, item: Expression, isBehind: boolean): Expression | undefined {
  const of = list.type.kind === 'list' ? commonType([list.type.item, item.type]) : undefined;
  if (of === undefined) return undefined;
  const type: DataType = { kind: 'list', item: of };
  const [items, one] = [cast(list, type), asValue(cast(item, of))];
  const name = isBehind
    ? `array_append(${list.name},${item.name})`
    : `array_prepend(${item.name},${list.name})`;
  const push = isBehind ? 'arrayPushBack' : 'arrayPushFront';
  return call(type, name, [items, one], ([a, b]) => `${push}(${a}, ${b})`, { nullable: false });
}

function bitwise(symbol: string, engineName: string, left: Expression, right: Expression): Expression {
  const type = bitwiseType(left.type, right.type);
  if (type === undefined)
    throw errors.planning(
      `Cannot infer common type for bitwise operation ${arrowTypeText(left.type)} ${symbol} ${arrowTypeText(right.type)}`,
    );
  return call(
    type,
    `${left.name} ${symbol} ${right.name}`,
    [coerce(left, type), coerce(right, type)],
    ([a, b]) =>
      castTo(type, `${engineName}(${a}, ${symbol === '<<' || symbol === '>>' ? withinBits(b!, type) : b})`),
  );
}

/** A number is shifted by no more than it has bits: of the distance only the lowest count. */
const withinBits = (distance: string, type: DataType): string =>
  type.kind === 'int' || type.kind === 'uint' ? `bitAnd(${distance}, ${type.bits - 1})` : distance;

/** A sign before a literal is part of it. */
export function unary(operator: string, operand: Expression, isLiteral = false): Expression {
  const type = plain(operand.type);
  switch (operator) {
    case 'Not':
      return condition(`NOT ${operand.name}`, [toLogical(operand, 'NOT')], ([x]) => `NOT ${x}`);
    case 'Plus':
      if (!isNumber(type) && type.kind !== 'interval')
        throw errors.planning(`Unary operator '+' only supports numeric, interval and timestamp types`);
      return operand;
    case 'Minus': {
      const value = operand.constant;
      const name = `(- ${operand.name})`;
      const folded = (negative: Expression): Expression => (isLiteral ? negative : { ...negative, name });
      if (value?.kind === 'integer' && value.value <= 2n ** 63n) return folded(integerConstant(-value.value));
      if (value?.kind === 'float') return folded(floatConstant(-value.value, operand.type));
      if (type.kind === 'interval') return folded(negatedInterval(operand));
      if (isFloat(type) || type.kind === 'int' || type.kind === 'decimal')
        return call(type, name, [operand], ([x]) => castTo(type, `negate(${x})`));
      if (type.kind === 'uint')
        return call(INT64, name, [operand], ([x]) => `toInt64(negate(toInt64(${x})))`);
      if (type.kind === 'null') return { ...cast(operand, INT64), name };
      throw errors.planning(`Negation only supports numeric, interval and timestamp types`);
    }
    case 'BitwiseNot':
    case 'PGBitwiseNot':
      if (!isInteger(type)) break;
      return call(type, `(~ ${operand.name})`, [operand], ([x]) => `bitNot(${x})`);
  }
  throw errors.notImplemented(`Unsupported SQL unary operator ${operator}`);
}
