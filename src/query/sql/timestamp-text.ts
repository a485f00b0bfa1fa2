/** Timestamp texts (sql.md 4.1) as exact nanoseconds since the epoch. */
import { zoneOffset } from '../results/zone-offset.ts';
import { MAXIMUM_TIME, MINIMUM_TIME } from './time-range.ts';
import { isKnownZone } from './time-zone.ts';

const PATTERN =
  /^(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2})(?:[.,](\d+))?)?\s*(Z|z|UTC|[+-]\d{2}:?\d{2}|[+-]\d{2}|[A-Z][A-Za-z0-9_+/-]*)?)?$/;

/** A text that says its zone is an instant, whatever zone it is shown in. */
export const ENDS_IN_ZONE = /:[0-9.]+\s*([Zz]|UTC|[+-][0-9]{2}(:?[0-9]{2})?|[A-Z][A-Za-z0-9_+/-]*)\s*$/;

/** Undefined when the text is no timestamp or does not fit 64 bits of nanoseconds. */
export function parseTimestamp(text: string): bigint | undefined {
  const match = PATTERN.exec(text.trim());
  if (match === null) return undefined;
  const [, year, month, day, hour = '0', minute = '0', second = '0', fraction = '', zone] = match;
  const date = epochDays(Number(year), Number(month), Number(day));
  if (date === undefined) return undefined;
  if (Number(hour) > 23 || Number(minute) > 59 || Number(second) > 59) return undefined;
  const wallSecs = date * 86_400 + Number(hour) * 3600 + Number(minute) * 60 + Number(second);
  const secs = instantSecs(wallSecs, zone);
  if (secs === undefined) return undefined;
  const ns = BigInt(secs) * 1_000_000_000n + BigInt(fraction.slice(0, 9).padEnd(9, '0'));
  return ns < MINIMUM_TIME || ns > MAXIMUM_TIME ? undefined : ns;
}

const DAY_SECS = 86_400;

/** Zones whose names have no `/`; other short names are none to DataFusion, though the platform may know them. */
const SHORT_NAMES = new Set(
  'CET CST6CDT Cuba EET EST EST5EDT Egypt Eire GB GMT GMT0 Greenwich HST Hongkong Iceland Iran Israel Jamaica Japan Kwajalein Libya MET MST MST7MDT NZ Navajo PRC PST8PDT Poland Portugal ROC ROK Singapore Turkey UCT Universal WET Zulu'.split(
    ' ',
  ),
);

/** When the zone's clock shows it; undefined where it does so never or twice, and for a zone that there is not. */
function instantSecs(wallSecs: number, zone: string | undefined): number | undefined {
  if (zone === undefined || /^(?:Z|UTC)$/i.test(zone)) return wallSecs;
  if (/^[+-]/.test(zone)) {
    const digits = zone.slice(1).replace(':', '');
    const offset = Number(digits.slice(0, 2)) * 3600 + Number(digits.slice(2) || '0') * 60;
    return offset >= DAY_SECS ? undefined : zone[0] === '-' ? wallSecs + offset : wallSecs - offset;
  }
  if (!(zone.includes('/') || SHORT_NAMES.has(zone)) || !isKnownZone(zone)) return undefined;
  const offset = zoneOffset(zone);
  const instants = new Set(
    [-DAY_SECS, DAY_SECS]
      .map((distance) => wallSecs - offset(wallSecs + distance))
      .filter((instant) => instant + offset(instant) === wallSecs),
  );
  return instants.size === 1 ? [...instants][0] : undefined;
}

/** Days since the epoch of a proleptic Gregorian date; undefined when there is no such day. */
function epochDays(year: number, month: number, day: number): number | undefined {
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  if (date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day) return undefined;
  return Math.round(date.getTime() / 86_400_000);
}

/** Time of day in ns, or undefined. */
export function parseTimeOfDay(text: string): bigint | undefined {
  const match = /^(\d{2}):(\d{2})(?::(\d{2})(?:\.(\d{1,9}))?)?$/.exec(text.trim());
  if (match === null) return undefined;
  const [, hour, minute, second = '0', fraction = ''] = match;
  if (Number(hour) > 23 || Number(minute) > 59 || Number(second) > 59) return undefined;
  return (
    BigInt(Number(hour) * 3600 + Number(minute) * 60 + Number(second)) * 1_000_000_000n +
    BigInt(fraction.padEnd(9, '0') || '0')
  );
}
