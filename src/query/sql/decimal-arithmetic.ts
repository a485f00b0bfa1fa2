/** `+ - * / %` of decimals: how many digits the result has, and the engine's way to compute exactly those. */
import { nullableEngineType } from '../representation.ts';
import type { DataType } from '../types.ts';
import { arrowTypeText } from './functions/arrow-type.ts';
import {
  type Decimal,
  decimalOf,
  decimalOfIntegers,
  MAXIMUM_DIGITS,
  widerDecimal,
} from './functions/decimal-type.ts';
import { isInteger } from './functions/support.ts';
import { stringLiteral } from './literals.ts';
import { errors } from './sql-errors.ts';

/** An integer beside a decimal is a decimal without fraction; a small decimal beside a large one becomes a large one. */
function operands(left: DataType, right: DataType): readonly [Decimal, Decimal] | undefined {
  if (isInteger(left) && isInteger(right)) {
    const both = decimalOfIntegers(left, right);
    return both && [both, both];
  }
  const [a, b] = [decimalOf(left), decimalOf(right)];
  if (a === undefined || b === undefined) return undefined;
  if (left.kind === 'decimal' && right.kind === 'decimal' && a.bits !== b.bits) {
    const both = widerDecimal(a, b)!;
    return [both, both];
  }
  return [a, b];
}

/** The type of a result, as Arrow's arithmetic gives it; undefined when no decimal is computed. */
export function decimalResult(operator: string, left: DataType, right: DataType): Decimal | undefined {
  const sides = operands(left, right);
  if (sides === undefined) return undefined;
  const [a, b] = sides;
  const bits = Math.max(a.bits, b.bits) as Decimal['bits'];
  const limit = MAXIMUM_DIGITS[bits];
  const decimal = (precision: number, scale: number): Decimal => ({
    kind: 'decimal',
    bits,
    precision: Math.min(limit, precision),
    scale,
  });
  const scale = Math.max(a.scale, b.scale);
  const wholes = [a.precision - a.scale, b.precision - b.scale] as const;
  switch (operator) {
    case '*':
      if (a.scale + b.scale > limit)
        throw errors.planning(
          `Cannot get result type for decimal operation ${arrowTypeText(a)} * ${arrowTypeText(b)}: Invalid argument error: Output scale of ${arrowTypeText(a)} * ${arrowTypeText(b)} would exceed max scale of ${limit}`,
        );
      return decimal(a.precision + b.precision + 1, a.scale + b.scale);
    case '/': {
      // Four more digits than the dividend has.
      const more = Math.min(limit, a.scale + 4);
      return decimal(a.precision - a.scale + b.scale + more, more);
    }
    case '%':
      return decimal(scale + Math.min(...wholes), scale);
    default:
      return decimal(scale + Math.max(...wholes) + 1, scale);
  }
}

const ENGINE: Readonly<Record<string, string>> = {
  '+': 'plus',
  '-': 'minus',
  '*': 'multiply',
  '%': 'modulo',
};

/** Both sides in 256 bits, so that no step between overflows. */
export function printDecimal(
  operator: string,
  type: Decimal,
  [left, right]: readonly [DataType, DataType],
  [a, b]: readonly [string, string],
): string {
  // The engine's remainder wants both in the same scale.
  const wide = (sql: string, side: DataType): string =>
    `toDecimal256(${sql}, ${operator === '%' ? type.scale : (decimalOf(side)?.scale ?? 0)})`;
  const [x, y] = [wide(a, left), wide(b, right)];
  // The engine divides by what stands in the place of a null, which is zero.
  const divided = `if(isNull(${y}), NULL, divideDecimal(${x}, ifNull(${y}, 1), ${type.scale}))`;
  const result = operator === '/' ? divided : `${ENGINE[operator]}(${x}, ${y})`;
  const typed = `CAST(${result} AS ${nullableEngineType(type)})`;
  return type.bits === 128 || operator === '/' ? typed : checked(operator, type, [a, b], typed);
}

/** The engine's 256 bits overflow unseen: it is asked first how large the numbers are, about. */
function checked(operator: string, type: Decimal, sides: readonly string[], result: string): string {
  const [a, b] = sides.map((sql) => `toFloat64(${sql})`);
  const sizes =
    operator === '*' ? [`(${a} * ${b})`] : [a, b, ...(operator === '%' ? [] : [`(${a} ${operator} ${b})`])];
  // 2²⁵⁵ is 5.789e76.
  const limit = `5.78e${76 - type.scale}`;
  const large = sizes.map((size) => `abs(${size}) >= ${limit}`).join(' OR ');
  const message = stringLiteral(
    'Arrow error: Arithmetic overflow: a decimal is out of the range of its type',
  );
  return `if(throwIf(ifNull(${large}, 0), ${message}) = 0, ${result}, NULL)`;
}
