/** Which decimal holds the values of two types. */
import type { DataType } from '../../types.ts';

export type Decimal = Extract<DataType, { kind: 'decimal' }>;

export const MAXIMUM_DIGITS: Readonly<Record<Decimal['bits'], number>> = { 128: 38, 256: 76 };

const DIGITS_OF_BITS: Readonly<Record<number, number>> = { 8: 3, 16: 5, 32: 10, 64: 20 };

/** A decimal, or an integer as one without fraction. */
export function decimalOf(type: DataType): Decimal | undefined {
  if (type.kind === 'decimal') return type;
  if (type.kind !== 'int' && type.kind !== 'uint') return undefined;
  return { kind: 'decimal', bits: 128, precision: DIGITS_OF_BITS[type.bits]!, scale: 0 };
}

/** The same, and a floating-point number with the digits that DataFusion takes for it. */
function approximately(type: DataType): Decimal | undefined {
  if (type.kind !== 'float') return decimalOf(type);
  const scale = type.bits === 64 ? 15 : 7;
  return { kind: 'decimal', bits: 128, precision: 2 * scale, scale };
}

/** What holds every integer of 64 bits, with a sign and without. */
const ANY_INTEGER: Decimal = { kind: 'decimal', bits: 128, precision: 20, scale: 0 };

/** The decimal that an unsigned number of 64 bits and a signed one meet in: no integer holds both. */
export function decimalOfIntegers(left: DataType, right: DataType): Decimal | undefined {
  const isLarge = (type: DataType): boolean => type.kind === 'uint' && type.bits === 64;
  const meet = (isLarge(left) && right.kind === 'int') || (left.kind === 'int' && isLarge(right));
  return meet ? ANY_INTEGER : undefined;
}

/** Undefined: neither is a decimal nor needs to be one, or one of them is no number. */
export function widerDecimal(left: DataType, right: DataType): Decimal | undefined {
  const integers = decimalOfIntegers(left, right);
  if (integers !== undefined) return integers;
  if (left.kind !== 'decimal' && right.kind !== 'decimal') return undefined;
  const [a, b] = [approximately(left), approximately(right)];
  if (a === undefined || b === undefined) return undefined;
  const bits = Math.max(a.bits, b.bits) as Decimal['bits'];
  const scale = Math.max(a.scale, b.scale);
  const wholes = Math.max(a.precision - a.scale, b.precision - b.scale);
  return { kind: 'decimal', bits, precision: Math.min(MAXIMUM_DIGITS[bits], wholes + scale), scale };
}
