/** Which type two operands meet in (sql.md 7.2, 8). */
import {
  type DataType,
  DURATION_NS,
  FLOAT64,
  INT64,
  INTERVAL,
  TIMESTAMP_NS,
  UINT64,
  UTF8,
} from '../types.ts';
import { decimalResult } from './decimal-arithmetic.ts';
import { arrowTypeText } from './functions/arrow-type.ts';
import { decimalOfIntegers, widerDecimal } from './functions/decimal-type.ts';
import { isOptional, optional, roomFor } from './functions/optional.ts';
import {
  commonStruct,
  isFloat,
  isInteger,
  isNested,
  isNumber,
  isText,
  plain,
  sameType,
} from './functions/support.ts';

/** The type in which a comparison happens; undefined = the two cannot be compared. */
export function comparisonType(leftType: DataType, rightType: DataType): DataType | undefined {
  const left = plain(leftType);
  const right = plain(rightType);
  if (left.kind === 'null') return right;
  if (right.kind === 'null') return left;
  if (arrowTypeText(left) === arrowTypeText(right)) return roomFor(left, right);
  if (isNumber(left) && isNumber(right)) return numericType(left, right);
  for (const [a, b] of [
    [left, right],
    [right, left],
  ] as const) {
    if (a.kind === 'timestamp' && (isText(b) || b.kind === 'date' || b.kind === 'timestamp')) return a;
    if (a.kind === 'date' && isText(b)) return a;
    if (a.kind === 'time' && (isText(b) || b.kind === 'time')) return { kind: 'time', unit: 'nanosecond' };
    if (a.kind === 'interval' && (isText(b) || b.kind === 'interval')) return a;
    if (a.kind === 'duration' && b.kind === 'duration') return DURATION_NS;
    if (a.kind === 'interval' && b.kind === 'duration') return INTERVAL;
    if (isNumber(a) && isText(b)) return UTF8;
    if (isText(a) && (isText(b) || b.kind === 'binary')) return UTF8;
    if (a.kind === 'binary' && b.kind === 'binary') return a;
    if (a.kind === 'list' && b.kind === 'list') {
      const item = comparisonType(a.item, b.item);
      return eitherOptional(a, b, item && { kind: 'list', item });
    }
  }
  return undefined;
}

/** The common type of the branches of CASE, of set operations, of lists; undefined = none. */
export function unionType(leftType: DataType, rightType: DataType): DataType | undefined {
  if (arrowTypeText(leftType) === arrowTypeText(rightType)) return roomFor(leftType, rightType);
  const left = plain(leftType);
  const right = plain(rightType);
  if (left.kind === 'null') return optional(rightType);
  if (right.kind === 'null') return optional(leftType);
  if (isText(left) ? right.kind === 'boolean' : isText(right) && left.kind === 'boolean') return undefined;
  if (isText(left) && !isNested(right)) return isOfTime(right) ? right : UTF8;
  if (isText(right) && !isNested(left)) return isOfTime(left) ? left : UTF8;
  if (left.kind === 'struct' || right.kind === 'struct')
    return eitherOptional(left, right, commonStruct(left, right, unionType));
  if (left.kind === 'list' && right.kind === 'list') {
    const item = unionType(left.item, right.item);
    return eitherOptional(left, right, item && { kind: 'list', item });
  }
  return widerDecimal(left, right) ?? comparisonType(left, right);
}

const isOfTime = ({ kind }: DataType): boolean => kind === 'timestamp' || kind === 'date' || kind === 'time';

/** The common type of a column of VALUES, where texts beside numbers are numbers. */
export function valuesType(left: DataType, right: DataType): DataType | undefined {
  if (isNumber(left) && isText(right)) return left;
  return isText(left) && isNumber(right) ? right : unionType(left, right);
}

/** `unionType` of any number of them; of none it is the type of null. */
export function unionOf([first, ...others]: readonly DataType[]): DataType | undefined {
  return others.reduce<DataType | undefined>(
    (common, type) => (common === undefined ? undefined : unionType(common, type)),
    first ?? { kind: 'null' },
  );
}

/** What two types have in common may be null where one of them may. */
const eitherOptional = (
  left: DataType,
  right: DataType,
  common: DataType | undefined,
): DataType | undefined => (common && (isOptional(left) || isOptional(right)) ? optional(common) : common);

/** The wider of two number types. */
function numericType(left: DataType, right: DataType): DataType {
  if (left.kind === 'decimal' || right.kind === 'decimal') {
    const float = isFloat(left) ? left : isFloat(right) ? right : undefined;
    if (float !== undefined) return float;
    return widerDecimal(left, right)!;
  }
  if (left.kind === 'float' || right.kind === 'float') {
    const bits = Math.max(left.kind === 'float' ? left.bits : 32, right.kind === 'float' ? right.bits : 32);
    return bits === 64 ? FLOAT64 : { kind: 'float', bits: 32 };
  }
  const decimal = widerDecimal(left, right);
  if (decimal !== undefined) return decimal;
  const a = left as { kind: 'int' | 'uint'; bits: 8 | 16 | 32 | 64 };
  const b = right as { kind: 'int' | 'uint'; bits: 8 | 16 | 32 | 64 };
  if (a.kind === b.kind) return a.bits >= b.bits ? a : b;
  const signed = a.kind === 'int' ? a : b;
  const unsigned = a.kind === 'int' ? b : a;
  if (unsigned.bits < signed.bits) return signed;
  return unsigned.bits === 8
    ? { kind: 'int', bits: 16 }
    : unsigned.bits === 16
      ? { kind: 'int', bits: 32 }
      : INT64;
}

/** The type of `& | # << >>`; undefined = not for these two. */
export function bitwiseType(leftType: DataType, rightType: DataType): DataType | undefined {
  const [left, right] = [plain(leftType), plain(rightType)];
  if (decimalOfIntegers(left, right) !== undefined) return UINT64;
  const rule = arithmetic('*', left, right);
  return rule !== undefined && isInteger(rule.type) ? rule.type : undefined;
}

/** How `+ - * / %` of two types is done; undefined = not at all. */
export type Arithmetic =
  | { readonly form: 'number'; readonly type: DataType }
  | { readonly form: 'instant_interval'; readonly type: DataType }
  | { readonly form: 'interval_instant'; readonly type: DataType }
  | { readonly form: 'instant_duration'; readonly type: DataType }
  | { readonly form: 'duration_instant'; readonly type: DataType }
  | { readonly form: 'instants'; readonly type: DataType }
  | { readonly form: 'intervals'; readonly type: DataType }
  | { readonly form: 'durations'; readonly type: DataType };

export function arithmetic(
  operator: string,
  leftType: DataType,
  rightType: DataType,
): Arithmetic | undefined {
  const left = plain(leftType);
  const right = plain(rightType);
  if (left.kind === 'null' && right.kind === 'null') return { form: 'number', type: INT64 };
  // A null beside a decimal is one like it.
  const [a, b] = [left.kind === 'null' ? right : left, right.kind === 'null' ? left : right];
  const decimals =
    a.kind === 'decimal' || b.kind === 'decimal' || isInteger(left)
      ? decimalResult(operator, a, b)
      : undefined;
  if (decimals !== undefined) return { form: 'number', type: decimals };
  if (isNumber(left) && (isNumber(right) || right.kind === 'null'))
    return { form: 'number', type: right.kind === 'null' ? left : numericType(left, right) };
  if (left.kind === 'null' && isNumber(right)) return { form: 'number', type: right };
  const additive = operator === '+' || operator === '-';
  if (!additive) {
    if ((operator === '*' || operator === '/') && left.kind === 'duration' && isNumber(right))
      return { form: 'number', type: DURATION_NS };
    return undefined;
  }
  const instant = (type: DataType): boolean => type.kind === 'timestamp' || type.kind === 'date';
  if (instant(left) || isText(left)) {
    const base = isText(left) ? TIMESTAMP_NS : left;
    if (right.kind === 'interval') return { form: 'instant_interval', type: base };
    if (right.kind === 'duration')
      return { form: 'instant_duration', type: base.kind === 'date' ? TIMESTAMP_NS : base };
    const meets = instant(right) || isText(right) || right.kind === 'null';
    if (operator === '-' && meets && (instant(left) || instant(right)))
      return { form: 'instants', type: DURATION_NS };
  }
  if (operator === '+' && (instant(right) || isText(right))) {
    const base = isText(right) ? TIMESTAMP_NS : right;
    if (left.kind === 'interval') return { form: 'interval_instant', type: base };
    if (left.kind === 'duration')
      return { form: 'duration_instant', type: base.kind === 'date' ? TIMESTAMP_NS : base };
  }
  if (operator === '-' && (isText(left) || left.kind === 'null') && instant(right))
    return { form: 'instants', type: DURATION_NS };
  // A null beside one of them is one of them.
  const both = (kind: DataType['kind']): boolean =>
    [left, right].every((type) => type.kind === kind || type.kind === 'null');
  if (both('interval')) return { form: 'intervals', type: left.kind === 'null' ? right : left };
  if (both('duration')) return { form: 'durations', type: DURATION_NS };
  const either = (kind: DataType['kind']): boolean => left.kind === kind || right.kind === kind;
  if (either('interval') && either('duration')) return { form: 'intervals', type: INTERVAL };
  return undefined;
}

/** Sum and difference of unsigned numbers stay unsigned; the engine would widen or sign them. */
export const needsResultCast = (type: DataType): boolean =>
  !(sameType(type, INT64) || sameType(type, FLOAT64) || sameType(type, UINT64));
