/** UTC offsets of IANA zones and fixed zones, looked up once per quarter of an hour. */

const QUARTER_SECS = 900;

/** Seconds east of UTC at an instant given in seconds since the epoch. */
export type ZoneOffset = (epochSecs: number) => number;

/** `zone`: an IANA name, `UTC`, or a fixed offset such as `+02:00`. An unknown name counts as UTC. */
export function zoneOffset(zone: string): ZoneOffset {
  const fixed = /^([+-])(\d{2}):?(\d{2})$/.exec(zone);
  if (fixed) {
    const secs = (Number(fixed[2]) * 60 + Number(fixed[3])) * 60 * (fixed[1] === '-' ? -1 : 1);
    return () => secs;
  }
  if (zone === 'UTC' || zone === 'Z') return () => 0;
  let format: Intl.DateTimeFormat;
  try {
    format = new Intl.DateTimeFormat('en-US', {
      timeZone: zone,
      hourCycle: 'h23',
      era: 'short',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
  } catch {
    return () => 0;
  }
  let cachedQuarter = Number.NaN;
  let cachedOffset = 0;
  return (epochSecs) => {
    const quarter = Math.floor(epochSecs / QUARTER_SECS);
    if (quarter !== cachedQuarter) {
      cachedQuarter = quarter;
      cachedOffset = offsetAt(format, quarter * QUARTER_SECS);
    }
    return cachedOffset;
  };
}

function offsetAt(format: Intl.DateTimeFormat, epochSecs: number): number {
  const parts = new Map(format.formatToParts(epochSecs * 1000).map((part) => [part.type, part.value]));
  const number = (type: Intl.DateTimeFormatPartTypes) => Number(parts.get(type));
  const year = parts.get('era') === 'BC' ? 1 - number('year') : number('year');
  const local = new Date(0);
  local.setUTCFullYear(year, number('month') - 1, number('day'));
  local.setUTCHours(number('hour'), number('minute'), number('second'));
  return Math.round(local.getTime() / 1000) - epochSecs;
}
