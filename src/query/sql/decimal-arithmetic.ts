/** `+ - * / %` of decimals: how many digits the result has, and the engine's way to compute exactly those. */
import { nullableEngineType } from '../representation.ts';
import type { DataType } from '../types.ts';
import { isInteger } from './functions/support.ts';

type Decimal = Extract<DataType, { kind: 'decimal' }>;
const MAXIMUM_DIGITS = 38;

const decimal = (precision: number, scale: number): Decimal => ({
  kind: 'decimal',
  bits: 128,
  precision: Math.min(MAXIMUM_DIGITS, precision),
  scale: Math.min(MAXIMUM_DIGITS, scale),
});

/** An integer beside a decimal is a decimal without fraction. */
const DIGITS_OF_BITS: Readonly<Record<number, number>> = { 8: 3, 16: 5, 32: 10, 64: 20 };
export function asDecimal(type: DataType): Decimal | undefined {
  if (type.kind === 'decimal') return type;
  return type.kind === 'int' || type.kind === 'uint' ? decimal(DIGITS_OF_BITS[type.bits]!, 0) : undefined;
}

/** The type of a result, as Arrow's arithmetic gives it; undefined when no decimal is computed. */
export function decimalResult(operator: string, left: DataType, right: DataType): Decimal | undefined {
  const [a, b] = [asDecimal(left), asDecimal(right)];
  if (a === undefined || b === undefined || (isInteger(left) && isInteger(right))) return undefined;
  const scale = Math.max(a.scale, b.scale);
  const wholes = [a.precision - a.scale, b.precision - b.scale] as const;
  switch (operator) {
    case '*':
      return decimal(a.precision + b.precision + 1, a.scale + b.scale);
    case '/': {
      // Four more digits than the dividend has.
      const more = Math.min(MAXIMUM_DIGITS, a.scale + 4);
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
    `toDecimal256(${sql}, ${operator === '%' ? type.scale : (asDecimal(side)?.scale ?? 0)})`;
  const [x, y] = [wide(a, left), wide(b, right)];
  const result =
    operator === '/' ? `divideDecimal(${x}, ${y}, ${type.scale})` : `${ENGINE[operator]}(${x}, ${y})`;
  return `CAST(${result} AS ${nullableEngineType(type)})`;
}
