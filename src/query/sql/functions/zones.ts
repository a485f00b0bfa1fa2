/** Time zones in engine SQL: offsets of instants, and local wall clock back to instants. All numbers are Int64 ns. */
import type { DataType } from '../../types.ts';
import type { PrintContext, TypeContext } from './definition.ts';

export const NS_PER_SECOND = 1_000_000_000n;
export const NS_PER_DAY = 86_400n * NS_PER_SECOND;

const UTC_NAMES = new Set([
  'UTC',
  'Etc/UTC',
  'GMT',
  'Etc/GMT',
  'Zulu',
  'Etc/Zulu',
  'Universal',
  'Etc/Universal',
  'UCT',
  'Etc/UCT',
  'GMT0',
  'GMT+0',
  'GMT-0',
  'Etc/GMT0',
  'Etc/GMT+0',
  'Etc/GMT-0',
  'Greenwich',
  'Etc/Greenwich',
  'Z',
]);

/** Minutes east of UTC of a `±HH:MM` zone, or undefined for a name. */
export function fixedOffsetMinutes(zone: string): number | undefined {
  const match = /^([+-])(\d{2}):?(\d{2})$/.exec(zone);
  if (!match) return undefined;
  const minutes = Number(match[2]) * 60 + Number(match[3]);
  return match[1] === '-' ? -minutes : minutes;
}

/** No zone, or one that never differs from UTC. */
export const isUtc = (zone: string | null): boolean =>
  zone === null || UTC_NAMES.has(zone) || fixedOffsetMinutes(zone) === 0;

/** Refuses what is neither an IANA name nor an offset; such text must not reach the engine. */
export function checkZone(zone: string, context: TypeContext): string {
  const offset = fixedOffsetMinutes(zone);
  if (offset !== undefined) {
    if (Math.abs(offset) < 24 * 60 && Math.abs(offset) % 60 === Number(zone.slice(-2))) return zone;
  } else if (/^[A-Z0-9][A-Za-z0-9_+-]*(\/[A-Z0-9][A-Za-z0-9_+-]*)*$/.test(zone)) {
    try {
      new Intl.DateTimeFormat('en', { timeZone: zone });
      return zone;
    } catch {
      // Unknown to the platform: refused below.
    }
  }
  return context.fail(`TZ requires a valid timezone string, got ${JSON.stringify(zone)}`);
}

/** The zone of a timestamp type; null for everything else. */
export const zoneOf = (type: DataType): string | null => (type.kind === 'timestamp' ? type.zone : null);

/** Instant (`DateTime64(9,'UTC')`) to Int64 ns; null stays null. */
export const toNs = (sql: string): string => `toUnixTimestamp64Nano(${sql})`;
export const fromNs = (sql: string): string => `fromUnixTimestamp64Nano(${sql}, 'UTC')`;

/**
 * Remainder that is never negative, as Int64. The divisor must be signed: with an unsigned one the engine reads
 * negative values as huge ones.
 */
export const floorModulo = (value: string, divisor: bigint | number): string =>
  `toInt64(positiveModulo(${value}, toInt64(${divisor})))`;

/** Offset from UTC in ns that the zone has at an instant given in ns. */
export function offsetNs(instantNs: string, zone: string | null, context: PrintContext): string {
  if (zone === null || isUtc(zone)) return 'toInt64(0)';
  const fixed = fixedOffsetMinutes(zone);
  if (fixed !== undefined) return `toInt64(${BigInt(fixed) * 60n * NS_PER_SECOND})`;
  const local = `toTimeZone(${fromNs(instantNs)}, ${context.stringLiteral(checkZone(zone, context))})`;
  return `(toInt64(timeZoneOffset(${local})) * ${NS_PER_SECOND})`;
}

/** The wall clock of an instant as ns, counted as if it were UTC. */
export function localNs(sql: string, zone: string | null, context: PrintContext): string {
  return isUtc(zone) ? toNs(sql) : `(${toNs(sql)} + ${offsetNs(toNs(sql), zone, context)})`;
}

/** What to do with a wall clock that the zone has twice: the earlier instant, or the one with a known offset. */
export type Ambiguity = { readonly earlier: true } | { readonly offsetNs: string; readonly strideNs: bigint };

/**
 * Instant of a wall clock, in ns. Offsets a day before and after stand for both sides of a change; a wall clock
 * that was skipped takes the offset of the day before.
 */
export function instantNs(
  wallNs: string,
  zone: string | null,
  ambiguity: Ambiguity,
  context: PrintContext,
): string {
  if (isUtc(zone)) return wallNs;
  if (fixedOffsetMinutes(zone!) !== undefined) return `(${wallNs} - ${offsetNs(wallNs, zone, context)})`;
  const before = offsetNs(`${wallNs} - ${NS_PER_DAY}`, zone, context);
  const after = offsetNs(`${wallNs} + ${NS_PER_DAY}`, zone, context);
  const holds = (offset: string): string => `${offsetNs(`${wallNs} - ${offset}`, zone, context)} = ${offset}`;
  const earlier = `${wallNs} - greatest(${before}, ${after})`;
  const both =
    'earlier' in ambiguity
      ? earlier
      : `if(${ambiguity.strideNs} > abs(${before} - ${after}), ${earlier}, ${wallNs} - ${ambiguity.offsetNs})`;
  return `multiIf(${before} = ${after}, ${wallNs} - ${before}, ${holds(before)} AND ${holds(after)}, ${both}, ${holds(after)}, ${wallNs} - ${after}, ${wallNs} - ${before})`;
}
