/** Comparisons: the type in which both sides meet, NaN, structs (sql.md 7.2, 8). */
import { BOOLEAN, type DataType, UTF8 } from '../types.ts';
import { namedField } from './bind-access.ts';
import { cast, coerce } from './cast.ts';
import { widened } from './decimal-cast.ts';
import { call, condition, constant, type Expression } from './expression.ts';
import { arrowTypeText } from './functions/arrow-type.ts';
import { type Decimal, decimalOf, MAXIMUM_DIGITS } from './functions/decimal-type.ts';
import { isNullSql, isOptional } from './functions/optional.ts';
import { isFloat, isNested, isNumber, isText, plain, sameType } from './functions/support.ts';
import { errors } from './sql-errors.ts';
import { comparisonType } from './type-rules.ts';

const FLIPPED: Readonly<Record<string, string>> = {
  '=': '=',
  '!=': '!=',
  '<': '>',
  '<=': '>=',
  '>': '<',
  '>=': '<=',
};
/** Both sides in the type in which they compare, or a planning error. */
export function comparable(operator: string, left: Expression, right: Expression): [Expression, Expression] {
  const type = comparisonType(left.type, right.type);
  if (type === undefined || type.kind === 'struct' || type.kind === 'map')
    throw errors.planning(
      `Cannot infer common argument type for comparison operation ${arrowTypeText(left.type)} ${operator} ${arrowTypeText(right.type)}`,
    );
  const hasDecimal = left.type.kind === 'decimal' || right.type.kind === 'decimal';
  const hasNull = left.type.kind === 'null' || right.type.kind === 'null';
  if (hasDecimal && type.kind === 'decimal' && !hasNull && !sameType(left.type, right.type))
    return comparableDecimals(type, left, right);
  // NaN is asked about, and a decimal cannot be one.
  if (hasDecimal && isFloat(type)) return [cast(left, type), cast(right, type)];
  // The engine compares numbers of different types exactly; columns stay bare, so that its indexes apply.
  if (isNumber(plain(left.type)) && isNumber(plain(right.type))) return [left, right];
  return [coerce(left, type), coerce(right, type)];
}

/**
 * Values that are compared in one type, as those of BETWEEN, IN and CASE are: beside a text, numbers are texts, too
 * (sql.md 7.2).
 */
export function together(values: readonly Expression[]): Expression[] {
  const type = values
    .map((value) => value.type)
    .reduce<DataType | undefined>((met, next) => met && comparisonType(met, next), { kind: 'null' });
  if (type === undefined || !isText(type)) return [...values];
  return values.map((value) => (isNumber(plain(value.type)) ? cast(value, UTF8) : value));
}

/** Decimals (or one and an integer): with their own digits, where both have room in 256 bits. */
function comparableDecimals(type: Decimal, left: Expression, right: Expression): [Expression, Expression] {
  const [a, b] = [decimalOf(plain(left.type))!, decimalOf(plain(right.type))!];
  const wholes = Math.max(a.precision - a.scale, b.precision - b.scale);
  if (wholes + type.scale > MAXIMUM_DIGITS[256]) return [cast(left, type), cast(right, type)];
  const wide = (side: Expression, { scale }: Decimal): Expression =>
    call({ ...type, bits: 256, precision: MAXIMUM_DIGITS[256], scale }, side.name, [side], ([x]) =>
      widened(x!, scale),
    );
  return [wide(left, a), wide(right, b)];
}

export function compare(operator: string, left: Expression, right: Expression): Expression {
  if (left.type.kind === 'struct' && right.type.kind === 'struct')
    return orUnknown(compareStructs(operator, left, right), left, right);
  const sides = [left.type, right.type];
  if (sides.some(({ kind }) => kind === 'null') && sides.some(isNested))
    return constant({ kind: 'null' }, BOOLEAN, `${left.name} ${operator} ${right.name}`);
  const [a, b] = comparable(operator, left, right);
  const render =
    mayBeNan(a) || mayBeNan(b)
      ? ([x, y]: readonly string[]) => totalOrder(operator, x!, y!)
      : isOptional(a.type)
        ? ([x, y]: readonly string[]) => `if(empty(${x}) OR empty(${y}), NULL, ${x} ${operator} ${y})`
        : ([x, y]: readonly string[]) => `(${x} ${operator} ${y})`;
  return condition(`${left.name} ${operator} ${right.name}`, [a, b], render, {
    comparison: normalised(operator, a, b),
  });
}

/** Unknown where one of the sides is null. */
function orUnknown(result: Expression, left: Expression, right: Expression): Expression {
  if (!isOptional(left.type) && !isOptional(right.type)) return result;
  return condition(result.name, [result, left, right], ([test, x, y]) => {
    const nulls = [isNullSql(left.type, x!), isNullSql(right.type, y!)];
    return `if(${nulls.join(' OR ')}, NULL, ${test})`;
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

/** The same equality as the engine joins by: it finds no keys in an `OR`. */
export function joinable(equality: Expression): Expression {
  if (equality.children.some(({ type }) => isOptional(type)))
    return { ...equality, render: ([x, y]) => `(${x} = ${y} AND notEmpty(${x}))` };
  if (!equality.children.some(mayBeNan)) return equality;
  const number = (x: string): string => `if(isNaN(${x}), 0, ${x})`;
  return {
    ...equality,
    render: ([x, y]) => `(isNaN(${x}) = isNaN(${y}) AND ${number(x!)} = ${number(y!)})`,
  };
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

export function distinctFrom(left: Expression, right: Expression, same: boolean): Expression {
  if (left.type.kind === 'struct' && right.type.kind === 'struct') {
    const fields = compareStructs('=', left, right);
    const equal = condition(
      '',
      [fields, left, right],
      ([test, x, y]) =>
        `${same ? '' : 'NOT '}(${isNullSql(left.type, x!)} = ${isNullSql(right.type, y!)} AND ${test})`,
      { nullable: false },
    );
    return { ...equal, name: `${left.name} IS ${same ? 'NOT ' : ''}DISTINCT FROM ${right.name}` };
  }
  const [a, b] = comparable(same ? 'IS NOT DISTINCT FROM' : 'IS DISTINCT FROM', left, right);
  const equal = (x: string, y: string): string =>
    mayBeNan(a) || mayBeNan(b) ? totalOrder('=', x, y) : `${x} = ${y}`;
  return condition(
    `${left.name} IS ${same ? 'NOT ' : ''}DISTINCT FROM ${right.name}`,
    [a, b],
    ([x, y]) => `${same ? '' : 'NOT '}ifNull(${equal(x!, y!)}, isNull(${x}) = isNull(${y}))`,
    { nullable: false },
  );
}

/** Field by field; a null field equals a null one and comes before all others, as Arrow compares structs. */
function compareStructs(operator: string, left: Expression, right: Expression): Expression {
  const [a, b] = [fieldsOf(left), fieldsOf(right)];
  if (a.length !== b.length)
    throw errors.planning(
      `Cannot infer common argument type for comparison operation ${arrowTypeText(left.type)} ${operator} ${arrowTypeText(right.type)}`,
    );
  const name = `${left.name} ${operator} ${right.name}`;
  const not = (operand: Expression): Expression =>
    condition(name, [operand], ([x]) => `NOT (${x})`, { nullable: false });
  switch (operator) {
    case '=':
      return { ...equalFields(a, b), name };
    case '!=':
      return not(equalFields(a, b));
    case '<':
      return { ...lessFields(a, b), name };
    case '>':
      return { ...lessFields(b, a), name };
    case '<=':
      return not(lessFields(b, a));
    default:
      return not(lessFields(a, b));
  }
}

const fieldsOf = (value: Expression): Expression[] =>
  value.type.kind === 'struct' ? value.type.fields.map((field) => namedField(value, field.name)) : [];

type Fields = readonly Expression[];

const equalFields = (a: Fields, b: Fields): Expression =>
  condition(
    '',
    a.map((field, i) => distinctFrom(field, b[i]!, true)),
    (parts) => `(${parts.map((part) => `(${part})`).join(' AND ')})`,
    { nullable: false },
  );

function lessFields(a: Fields, b: Fields): Expression {
  const nulls = a.map((field, i) =>
    condition('', [field, b[i]!], ([x, y]) => `isNull(${x}) AND isNotNull(${y})`, { nullable: false }),
  );
  const less = a.map((field, i) => compare('<', field, b[i]!));
  const same = a.slice(0, -1).map((field, i) => distinctFrom(field, b[i]!, true));
  const count = a.length;
  const print = (parts: readonly string[], i: number): string => {
    const before = `ifNull(${parts[count + i]}, ${parts[i]})`;
    return i + 1 === count ? before : `(${before} OR (${parts[2 * count + i]} AND ${print(parts, i + 1)}))`;
  };
  return condition('', [...nulls, ...less, ...same], (parts) => print(parts, 0), { nullable: false });
}
