/** The bins between two instants, numbered from 0. */
import type { FillMark } from './expression.ts';
import { floorDivide } from './interval-text.ts';
import { timestampLiteral } from './literals.ts';
import { errors } from './sql-errors.ts';
import { isUtc } from './time-zone.ts';
import { wallclockBins } from './wallclock-bins.ts';
import { NS_PER_DAY } from './functions/zones.ts';

export interface Bins {
  readonly count: number;
  /** Engine SQL of a bin's number. */
  numberOf(binSql: string): string;
  /** Engine SQL of a number's bin. */
  instantOf(numberSql: string): string;
}

const MAXIMUM_BINS = 10_000_000n;
/** Uneven bins are written into the statement. */
const MAXIMUM_LISTED = 20_000;

export function binsBetween(
  mark: Extract<FillMark, { kind: 'bin' }>,
  range: { readonly lower: bigint; readonly upper: bigint },
): Bins {
  const stride = mark.stride.constant;
  if (stride?.kind !== 'interval')
    throw errors.planning('stride argument to DATE_BIN_GAPFILL for gap fill query must evaluate to a scalar');
  if (stride.months !== 0) throw errors.planning('gap filling does not support month intervals');
  const strideNs = BigInt(stride.days) * NS_PER_DAY + stride.ns;
  if (strideNs <= 0n) throw errors.planning('DATE_BIN_GAPFILL stride must be positive');
  const origin = mark.origin === undefined ? 0n : originOf(mark.origin.constant);
  const zone = mark.time.type.kind === 'timestamp' ? mark.time.type.zone : null;
  if (mark.wallclock && zone !== null && !isUtc(zone)) {
    const listed = wallclockBins({
      ...range,
      zone,
      strideNs,
      origin,
      hasDays: stride.days !== 0,
      limit: MAXIMUM_LISTED,
    });
    if (listed === undefined) throw tooMany(BigInt(MAXIMUM_LISTED));
    return listedBins(listed);
  }
  const floor = (ns: bigint): bigint => origin + floorDivide(ns - origin, strideNs) * strideNs;
  const first = floor(range.lower);
  const count = range.upper < range.lower ? 0n : (floor(range.upper) - first) / strideNs + 1n;
  if (count > MAXIMUM_BINS) throw tooMany(MAXIMUM_BINS);
  return {
    count: Number(count),
    numberOf: (bin) => `intDiv(toUnixTimestamp64Nano(${bin}) - toInt64(${first}), toInt64(${strideNs}))`,
    instantOf: (number) => `addNanoseconds(${timestampLiteral(first)}, ${number} * toInt64(${strideNs}))`,
  };
}

const tooMany = (limit: bigint) =>
  errors.tooComplex(
    `gap filling would make more than ${limit} bins a series: use a larger interval or narrower bounds`,
  );

function originOf(constant: { readonly kind: string } | undefined): bigint {
  if (constant?.kind !== 'timestamp')
    throw errors.planning('origin argument to DATE_BIN_GAPFILL for gap fill query must evaluate to a scalar');
  return (constant as { readonly ns: bigint } & { readonly kind: string }).ns;
}

function listedBins(instants: readonly bigint[]): Bins {
  const list = `[${instants.map((ns) => `toInt64(${ns})`).join(', ')}]`;
  const numbers = `[${instants.map((_, i) => `toInt64(${i})`).join(', ')}]`;
  return {
    count: instants.length,
    numberOf: (bin) => `transform(toUnixTimestamp64Nano(${bin}), ${list}, ${numbers}, toInt64(-1))`,
    instantOf: (number) => `fromUnixTimestamp64Nano(arrayElement(${list}, ${number} + 1), 'UTC')`,
  };
}
