/**
 * How the engine carries an interval: one Int128, months·2⁹⁶ + days·2⁶⁴ + nanoseconds, each part signed. As each
 * part lies within half of the next one's step, numbers order as Arrow orders intervals (months, then days, then
 * nanoseconds), and one that is null is just null.
 */
export interface IntervalValue {
  readonly months: number;
  readonly days: number;
  readonly ns: bigint;
}

export function packInterval({ months, days, ns }: IntervalValue): bigint {
  return (BigInt(months) << 96n) + (BigInt(days) << 64n) + ns;
}

export function unpackInterval(packed: bigint): IntervalValue {
  const ns = BigInt.asIntN(64, packed);
  const days = BigInt.asIntN(32, (packed - ns) >> 64n);
  const months = (packed - ns - (days << 64n)) >> 96n;
  return { months: Number(months), days: Number(days), ns };
}

/** Whether each part fits its number. */
export function isInterval({ months, days, ns }: IntervalValue): boolean {
  return (months | 0) === months && (days | 0) === days && BigInt.asIntN(64, ns) === ns;
}

/** Engine SQL of the parts: conversions to a smaller number keep its lowest bits, with their sign. */
export const intervalNanoseconds = (sql: string): string => `toInt64(${sql})`;
const withoutNanoseconds = (sql: string): string => `(${sql} - toInt64(${sql}))`;
export const intervalDays = (sql: string): string => `toInt32(bitShiftRight(${withoutNanoseconds(sql)}, 64))`;
/** Half a step of days more, so that negative days do not borrow from the months. */
export const intervalMonths = (sql: string): string =>
  `toInt32(bitShiftRight(${withoutNanoseconds(sql)} + bitShiftLeft(toInt128(1), 95), 96))`;
