/** Zone names: IANA, UTC-like, or a fixed `±HH:MM`. Only names that pass here reach the engine. */

const UTC_LIKE = new Set([
  'UTC',
  'Etc/UTC',
  'GMT',
  'Etc/GMT',
  'Zulu',
  'Etc/Zulu',
  'UCT',
  'Etc/UCT',
  'Universal',
  'Etc/Universal',
  'Greenwich',
  'Etc/Greenwich',
  'Z',
  '+00:00',
  '-00:00',
  '+0000',
  '+00',
]);
const known = new Map<string, string>(
  [...Intl.supportedValuesOf('timeZone')].map((name) => [name.toLowerCase(), name]),
);

export const isUtc = (zone: string): boolean => UTC_LIKE.has(zone);

/** Nanoseconds to add to UTC for a fixed offset; undefined for named zones. */
export function zoneOffsetNs(zone: string): bigint | undefined {
  const match = /^([+-])(\d{2}):?(\d{2})?$/.exec(zone);
  if (match === null) return undefined;
  const minutes = Number(match[2]) * 60 + Number(match[3] ?? '0');
  if (minutes >= 24 * 60) return undefined;
  return BigInt(match[1] === '-' ? -minutes : minutes) * 60_000_000_000n;
}

export function isKnownZone(zone: string): boolean {
  if (isUtc(zone) || zoneOffsetNs(zone) !== undefined) return true;
  if (known.has(zone.toLowerCase())) return true;
  if (!/^[A-Za-z][A-Za-z0-9_+\-/]{0,63}$/.test(zone)) return false;
  try {
    // Aliases such as `US/Pacific` are valid though not in the list of canonical names.
    new Intl.DateTimeFormat('en', { timeZone: zone });
    return true;
  } catch {
    return false;
  }
}

/** The name that the engine is told. */
export function engineZone(zone: string): string {
  return isUtc(zone) ? 'UTC' : (known.get(zone.toLowerCase()) ?? zone);
}

/** The instant at which the zone's wall clock shows what the given one shows in UTC. */
export function fromWallClock(sql: string, zone: string): string {
  if (isUtc(zone)) return sql;
  const fixed = zoneOffsetNs(zone);
  if (fixed !== undefined) return `addNanoseconds(${sql}, ${-fixed})`;
  const name = `'${engineZone(zone)}'`;
  return `toTimeZone(addNanoseconds(toDateTime64(formatDateTime(${sql}, '%Y-%m-%d %H:%i:%S', 'UTC'), 9, ${name}), positiveModulo(toUnixTimestamp64Nano(${sql}), 1000000000)), 'UTC')`;
}
