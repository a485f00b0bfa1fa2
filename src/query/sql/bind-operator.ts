/** Binary and unary operators: types, names, engine SQL (sql.md 8). */
import { BOOLEAN, type DataType, INT64, UTF8 } from '../types.ts';
import { integerConstant, intervalConstant } from './bind-literal.ts';
import { cast, coerce } from './cast.ts';
import { asValue, call, condition, constant, type Expression } from './expression.ts';
import { arrowTypeText } from './functions/arrow-type.ts';
import { castTo, isFloat, isInteger, isNumber, isText, plain, sameType } from './functions/support.ts';
import { addInterval, addIntervals, negateInterval } from './interval-text.ts';
import { stringLiteral } from './literals.ts';
import { errors } from './sql-errors.ts';
import { type Arithmetic, arithmetic, comparisonType, needsResultCast } from './type-rules.ts';

const COMPARISONS: Readonly<Record<string, string>> = {
  Eq: '=',
  NotEq: '!=',
  Lt: '<',
  LtEq: '<=',
  Gt: '>',
  GtEq: '>=',
};
const FLIPPED: Readonly<Record<string, string>> = {
  '=': '=',
  '!=': '!=',
  '<': '>',
  '<=': '>=',
  '>': '<',
  '>=': '<=',
};
const ARITHMETIC: Readonly<Record<string, string>> = {
  Plus: '+',
  Minus: '-',
  Multiply: '*',
  Divide: '/',
  Modulo: '%',
};
/** Calls nest deeper than brackets before the engine's parser gives up. */
const ENGINE_ARITHMETIC: Readonly<Record<string, string>> = {
  '+': 'plus',
  '-': 'minus',
  '*': 'multiply',
  '/': 'divide',
  '%': 'modulo',
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
  if (Object.hasOwn(LIKES, operator)) return like(...LIKES[operator]!, left, right, '\\');
  if (operator === 'Spaceship') return distinctFrom(left, right, true);
  throw errors.notImplemented(`Unsupported SQL binary operator ${operator}`);
}

/** Both sides in the type in which they compare, or a planning error. */
export function comparable(operator: string, left: Expression, right: Expression): [Expression, Expression] {
  const type = comparisonType(left.type, right.type);
  if (type === undefined || type.kind === 'struct' || type.kind === 'map')
    throw errors.planning(
      `Cannot infer common argument type for comparison operation ${arrowTypeText(left.type)} ${operator} ${arrowTypeText(right.type)}`,
    );
  // The engine compares numbers of different types exactly; columns stay bare, so that its indexes apply.
  if (isNumber(plain(left.type)) && isNumber(plain(right.type))) return [left, right];
  return [coerce(left, type), coerce(right, type)];
}

export function compare(operator: string, left: Expression, right: Expression): Expression {
  const [a, b] = comparable(operator, left, right);
  const render =
    mayBeNan(a) || mayBeNan(b)
      ? ([x, y]: readonly string[]) => totalOrder(operator, x!, y!)
      : ([x, y]: readonly string[]) => `(${x} ${operator} ${y})`;
  return condition(`${left.name} ${operator} ${right.name}`, [a, b], render, {
    comparison: normalised(operator, a, b),
  });
}

/** Stored numbers are never NaN: only what is computed from them can be. */
function mayBeNan(expression: Expression): boolean {
  if (!isFloat(plain(expression.type)) || expression.column?.source !== undefined) return false;
  const value = expression.constant;
  if (value === undefined) return true;
  return value.kind === 'float' && Number.isNaN(value.value);
}

/** NaN equals itself and is greater than every number; a null stays unknown. */
function totalOrder(operator: string, x: string, y: string): string {
  const both = `isNaN(${x}) AND isNaN(${y})`;
  const rightOnly = `isNaN(${y}) AND NOT isNaN(${x})`;
  switch (operator) {
    case '=':
      return `(${x} = ${y} OR (${both}))`;
    case '!=':
      return `(NOT (${x} = ${y} OR (${both})))`;
    case '<':
      return `(${x} < ${y} OR (${rightOnly}))`;
    case '<=':
      return `(${x} <= ${y} OR (${rightOnly}) OR (${both}))`;
    default:
      return totalOrder(FLIPPED[operator]!, y, x);
  }
}

/** The column first, where one side is a column and the other a constant. */
function normalised(
  operator: string,
  left: Expression,
  right: Expression,
): NonNullable<Expression['comparison']> {
  return left.constant !== undefined && right.constant === undefined
    ? { operator: FLIPPED[operator]!, operands: [right, left] }
    : { operator, operands: [left, right] };
}

export function toCondition(expression: Expression, where: string): Expression {
  const type = plain(expression.type);
  if (type.kind === 'boolean') return expression;
  if (type.kind === 'null') return cast(expression, BOOLEAN);
  throw errors.planning(
    `Cannot create ${where} with non-boolean predicate '${expression.name}' returning ${arrowTypeText(expression.type)}`,
  );
}

/** AND and OR take whole chains, so that a long one does not nest. */
export function logical(operator: string, operands: readonly Expression[]): Expression {
  const flat = operands.flatMap((operand) =>
    operand.comparison?.operator === operator ? operand.children : [toLogical(operand, operator)],
  );
  return condition(
    operands.map((operand) => operand.name).join(` ${operator} `),
    flat,
    (children) => `(${children.join(` ${operator} `)})`,
    { comparison: { operator, operands: [] } },
  );
}

function toLogical(expression: Expression, operator: string): Expression {
  const type = plain(expression.type);
  if (type.kind === 'boolean') return expression;
  if (type.kind === 'null') return cast(expression, BOOLEAN);
  throw errors.planning(
    `Cannot infer common argument type for logical boolean operation ${arrowTypeText(expression.type)} ${operator} Boolean`,
  );
}

export function distinctFrom(left: Expression, right: Expression, same: boolean): Expression {
  const [a, b] = comparable(same ? 'IS NOT DISTINCT FROM' : 'IS DISTINCT FROM', left, right);
  return condition(
    `${left.name} IS ${same ? 'NOT ' : ''}DISTINCT FROM ${right.name}`,
    [a, b],
    ([x, y]) =>
      same
        ? `ifNull(${x} = ${y}, isNull(${x}) = isNull(${y}))`
        : `ifNull(${x} != ${y}, isNull(${x}) != isNull(${y}))`,
    { nullable: false },
  );
}

function arithmeticOperator(operator: string, left: Expression, right: Expression): Expression {
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
      return call(
        rule.type,
        name,
        [left, right],
        ([a, b]) =>
          `CAST(tuple(${[1, 2, 3].map((i) => `tupleElement(${a}, ${i}) ${operator} tupleElement(${b}, ${i})`).join(', ')}) AS Tuple(months Int32, days Int32, nanos Int64))`,
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
    const ns = addInterval(base.ns, minus ? negateInterval(interval.constant) : interval.constant);
    if (BigInt.asIntN(64, ns) !== ns)
      throw errors.planning('Overflow of a timestamp outside its range of 64 bits of nanoseconds');
    return constant({ kind: 'timestamp', ns }, rule.type, '');
  }
  if (rule.form === 'intervals' && left.constant.kind === 'interval' && right.constant.kind === 'interval')
    return intervalConstant(
      addIntervals(left.constant, minus ? negateInterval(right.constant) : right.constant),
    );
  return undefined;
}

function numberArithmetic(
  operator: string,
  type: DataType,
  left: Expression,
  right: Expression,
  name: string,
): Expression {
  const integers = isInteger(type);
  const operands = type.kind === 'duration' ? [left, right] : [coerce(left, type), coerce(right, type)];
  // The engine folds constants while it analyses: a division by zero must fail when, and only when, it is evaluated.
  const lazy =
    integers &&
    (operator === '/' || operator === '%') &&
    right.constant?.kind === 'integer' &&
    right.constant.value === 0n;
  return call(type, name, operands.map(asValue), ([a, divisor]) => {
    const b = lazy ? `materialize(${divisor})` : divisor;
    const sql =
      operator === '/' && (integers || type.kind === 'duration')
        ? `intDiv(${a}, ${b})`
        : `${ENGINE_ARITHMETIC[operator]}(${a}, ${b})`;
    if (type.kind === 'decimal') return `CAST(${sql} AS Nullable(Decimal(${type.precision}, ${type.scale})))`;
    if (type.kind === 'duration') return `toInt64(${sql})`;
    const unsignedDifference = type.kind === 'uint' && operator === '-';
    return needsResultCast(type) || unsignedDifference ? castTo(type, sql) : sql;
  });
}

function instantPlusInterval(
  instant: Expression,
  interval: Expression,
  negative: boolean,
  type: DataType,
  name: string,
): Expression {
  const wrap = (sql: string): string => (type.kind === 'date' ? `toDate32(${sql}, 'UTC')` : sql);
  const start = (sql: string): string => (type.kind === 'date' ? `toDateTime64(${sql}, 9, 'UTC')` : sql);
  if (interval.constant?.kind === 'interval') {
    const { months, days, ns } = negative ? negateInterval(interval.constant) : interval.constant;
    return call(type, name, [instant], ([t]) => {
      let sql = start(t!);
      if (months !== 0) sql = `addMonths(${sql}, ${months})`;
      const rest = BigInt(days) * 86_400_000_000_000n + ns;
      if (rest !== 0n) sql = `addNanoseconds(${sql}, toInt64(${rest}))`;
      return wrap(sql);
    });
  }
  const sign = negative ? '-' : '';
  return call(type, name, [instant, interval], ([t, i]) =>
    wrap(
      `addNanoseconds(addDays(addMonths(${start(t!)}, ${sign}tupleElement(${i}, 1)), ${sign}tupleElement(${i}, 2)), ${sign}tupleElement(${i}, 3))`,
    ),
  );
}

function concatenate(left: Expression, right: Expression): Expression {
  const name = `${left.name} || ${right.name}`;
  if (left.type.kind === 'list' && right.type.kind === 'list') {
    const type = comparisonType(left.type, right.type);
    if (type !== undefined)
      return call(type, name, [cast(left, type), cast(right, type)], ([a, b]) => `arrayConcat(${a}, ${b})`);
  }
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

function bitwise(symbol: string, engineName: string, left: Expression, right: Expression): Expression {
  const rule = arithmetic('*', left.type, right.type);
  if (rule === undefined || !isInteger(rule.type))
    throw errors.planning(
      `Cannot infer common type for bitwise operation ${arrowTypeText(left.type)} ${symbol} ${arrowTypeText(right.type)}`,
    );
  const { type } = rule;
  return call(
    type,
    `${left.name} ${symbol} ${right.name}`,
    [coerce(left, type), coerce(right, type)],
    ([a, b]) => castTo(type, `${engineName}(${a}, ${b})`),
  );
}

function texts(symbol: string, left: Expression, right: Expression): [Expression, Expression] {
  for (const side of [left, right])
    if (!isText(plain(side.type)) && side.type.kind !== 'null')
      throw errors.planning(
        `Cannot infer common argument type for regex operation ${arrowTypeText(left.type)} ${symbol} ${arrowTypeText(right.type)}`,
      );
  const text = (side: Expression): Expression => (side.type.kind === 'null' ? cast(side, UTF8) : side);
  return [text(left), text(right)];
}

export function regex(
  symbol: string,
  insensitive: boolean,
  negated: boolean,
  left: Expression,
  right: Expression,
): Expression {
  const [value, pattern] = texts(symbol, left, right);
  if (pattern.constant?.kind === 'string') checkPattern(pattern.constant.value);
  // RE2 in the engine lets a dot match a newline; Rust's regex does not.
  const flags = stringLiteral(insensitive ? '(?i-s)' : '(?-s)');
  return condition(`${left.name} ${symbol} ${right.name}`, [value, pattern], ([v, p]) => {
    const full =
      pattern.constant?.kind === 'string'
        ? stringLiteral((insensitive ? '(?i-s)' : '(?-s)') + pattern.constant.value)
        : `concat(${flags}, ${p})`;
    return `${negated ? 'NOT ' : ''}match(${v}, ${full})`;
  });
}

function checkPattern(pattern: string): void {
  const bare = pattern.replace(/\\[\s\S]/g, '').replace(/\[(?:\\.|[^\]])*\]/g, '');
  if (/\(\?(?:=|!|<=|<!)/.test(bare))
    throw errors.planning(
      'Regular expression did not compile: look-around, including look-ahead and look-behind, is not supported',
    );
}

export function like(
  symbol: string,
  insensitive: boolean,
  negated: boolean,
  left: Expression,
  right: Expression,
  escapeCharacter: string,
): Expression {
  const [value, pattern] = texts(symbol, left, right);
  let shown = pattern;
  if (escapeCharacter !== '\\') {
    if (pattern.constant?.kind !== 'string')
      throw errors.notImplemented('LIKE with ESCAPE and a pattern that is not constant');
    shown = constant(
      { kind: 'string', value: reescape(pattern.constant.value, escapeCharacter) },
      UTF8,
      pattern.name,
    );
  }
  return condition(
    `${left.name} ${symbol} ${right.name}`,
    [value, shown],
    ([v, p]) => `${negated ? 'NOT ' : ''}${insensitive ? 'ilike' : 'like'}(${v}, ${p})`,
  );
}

/** The same pattern with a backslash as its escape. */
function reescape(pattern: string, escapeCharacter: string): string {
  let out = '';
  for (let i = 0; i < pattern.length; i++) {
    if (pattern[i] === escapeCharacter && i + 1 < pattern.length) {
      i++;
      out += /[%_\\]/.test(pattern[i]!) ? `\\${pattern[i]}` : pattern[i];
    } else out += pattern[i] === '\\' ? '\\\\' : pattern[i];
  }
  return out;
}

export function unary(operator: string, operand: Expression): Expression {
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
      if (value?.kind === 'integer' && value.value <= 2n ** 63n) return integerConstant(-value.value);
      if (value?.kind === 'float')
        return constant({ kind: 'float', value: -value.value }, operand.type, `Float64(${-value.value})`);
      if (value?.kind === 'interval') return intervalConstant(negateInterval(value));
      const name = `(- ${operand.name})`;
      if (isFloat(type) || type.kind === 'int' || type.kind === 'decimal')
        return call(type, name, [operand], ([x]) => castTo(type, `negate(${x})`));
      if (type.kind === 'uint')
        return call(INT64, name, [operand], ([x]) => `toInt64(negate(toInt64(${x})))`);
      if (type.kind === 'null') return cast(operand, INT64);
      throw errors.planning(`Negation only supports numeric, interval and timestamp types`);
    }
    case 'BitwiseNot':
    case 'PGBitwiseNot':
      if (!isInteger(type)) break;
      return call(type, `(~ ${operand.name})`, [operand], ([x]) => `bitNot(${x})`);
  }
  throw errors.notImplemented(`Unsupported SQL unary operator ${operator}`);
}
