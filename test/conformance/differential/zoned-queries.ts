/** Times in zones, over changes of the clock: the naive evaluator asks the platform's own calendar. */
import fc from 'fast-check';
import type { Row, Value } from './expression.ts';
import type { Query } from './query-parts.ts';

const ZONES = [
  'Europe/Berlin',
  'America/New_York',
  'Australia/Lord_Howe',
  'Asia/Kolkata',
  'America/St_Johns',
  'UTC',
  '+05:30',
];
const MINUTE = 60;
const DAY = 86_400;

const formats = new Map<string, Intl.DateTimeFormat>();

/** Seconds east of UTC at an instant in seconds. */
function offsetAt(zone: string, second: number): number {
  if (zone === 'UTC') return 0;
  if (zone === '+05:30') return 330 * MINUTE;
  let format = formats.get(zone);
  if (format === undefined) {
    format = new Intl.DateTimeFormat('en-US', { timeZone: zone, timeZoneName: 'longOffset' });
    formats.set(zone, format);
  }
  const text = format.formatToParts(second * 1000).find(({ type }) => type === 'timeZoneName')!.value;
  const [, sign, hours, minutes] = /GMT(?:([+-])(\d\d):(\d\d))?/.exec(text)!;
  if (sign === undefined) return 0;
  return (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes)) * MINUTE;
}

const plain = (second: number): string => new Date(second * 1000).toISOString().slice(0, 19);

function zoned(zone: string, second: number): string {
  if (zone === 'UTC') return `${plain(second)}Z`;
  const offset = offsetAt(zone, second);
  const minutes = Math.abs(offset) / MINUTE;
  const digits = (value: number): string => String(value).padStart(2, '0');
  return `${plain(second + offset)}${offset < 0 ? '-' : '+'}${digits(Math.floor(minutes / 60))}:${digits(minutes % 60)}`;
}

/** The instants whose wall clock is this, earliest first. */
function instantsOf(zone: string, wall: number): number[] {
  const offsets = new Set([offsetAt(zone, wall - DAY), offsetAt(zone, wall + DAY)]);
  return [...offsets]
    .map((offset) => wall - offset)
    .filter((second) => second + offsetAt(zone, second) === wall)
    .toSorted((a, b) => a - b);
}

/** sql.md 9.3, step 3. */
function backFromWall(zone: string, wall: number, stride: number, offset: number): number {
  const [first, second] = instantsOf(zone, wall);
  if (first === undefined) return wall - offsetAt(zone, wall - DAY - offsetAt(zone, wall - DAY));
  if (second === undefined || stride >= DAY || stride > second - first) return first;
  return wall - offset;
}

const floor = (value: number, step: number): number => Math.floor(value / step) * step;

interface Function {
  readonly sql: (value: string, zone: string) => string;
  readonly evaluate: (second: number, zone: string) => Value;
}

const wallOf = (second: number, zone: string): Date => new Date((second + offsetAt(zone, second)) * 1000);
const inZone = (value: string, zone: string): string => `tz(${value}, '${zone}')`;
const part = (name: string, of: (wall: Date) => number): Function => ({
  sql: (value, zone) => `date_part('${name}', ${inZone(value, zone)})`,
  evaluate: (second, zone) => of(wallOf(second, zone)),
});
const wallclock = (interval: string, stride: number): Function => ({
  sql: (value, zone) => `date_bin_wallclock(INTERVAL '${interval}', ${inZone(value, zone)})`,
  evaluate: (second, zone) => {
    if (zone === 'UTC') return zoned(zone, floor(second, stride));
    const offset = offsetAt(zone, second);
    return zoned(zone, backFromWall(zone, floor(second + offset, stride), stride, offset));
  },
});

const FUNCTIONS: readonly Function[] = [
  { sql: inZone, evaluate: (second, zone) => zoned(zone, second) },
  {
    sql: (value, zone) => `to_local_time(${inZone(value, zone)})`,
    evaluate: (second, zone) => plain(second + offsetAt(zone, second)),
  },
  part('hour', (wall) => wall.getUTCHours()),
  part('day', (wall) => wall.getUTCDate()),
  part('dow', (wall) => wall.getUTCDay()),
  part('month', (wall) => wall.getUTCMonth() + 1),
  part('minute', (wall) => wall.getUTCMinutes()),
  {
    sql: (value, zone) => `date_bin(INTERVAL '6 hours', ${inZone(value, zone)})`,
    evaluate: (second, zone) => zoned(zone, floor(second, 6 * 3600)),
  },
  {
    // At midnight no zone of the list changes its clock.
    sql: (value, zone) => `date_trunc('day', ${inZone(value, zone)})`,
    evaluate: (second, zone) =>
      zoned(zone, instantsOf(zone, floor(second + offsetAt(zone, second), DAY))[0]!),
  },
  {
    sql: (value, zone) => `date_trunc('month', ${inZone(value, zone)})`,
    evaluate: (second, zone) => {
      const wall = wallOf(second, zone);
      return zoned(zone, instantsOf(zone, Date.UTC(wall.getUTCFullYear(), wall.getUTCMonth(), 1) / 1000)[0]!);
    },
  },
  wallclock('1 day', DAY),
  wallclock('6 hours', 6 * 3600),
  wallclock('1 hour', 3600),
  wallclock('15 minutes', 900),
];

/** Minutes from the rows' times to the changes of the clock in 2026 (and to anywhere). */
const CHANGES = [
  Date.UTC(2026, 2, 8, 7),
  Date.UTC(2026, 2, 29, 1),
  Date.UTC(2026, 3, 4, 15),
  Date.UTC(2026, 9, 3, 15, 30),
  Date.UTC(2026, 9, 25, 1),
  Date.UTC(2026, 10, 1, 6),
].map((time) => (time - Date.UTC(2026, 0, 1)) / 60_000);
const shift = fc.oneof(
  fc.integer({ min: -1_000_000, max: 1_000_000 }),
  fc
    .tuple(fc.constantFrom(...CHANGES), fc.integer({ min: -180, max: 180 }))
    .map(([change, beside]) => change + beside),
);

export const inZones: fc.Arbitrary<Query> = fc
  .array(fc.tuple(fc.constantFrom(...FUNCTIONS), fc.constantFrom(...ZONES), shift), {
    minLength: 1,
    maxLength: 3,
  })
  .map((items) => ({
    sql: `SELECT ${items
      .map(([{ sql }, zone, minutes], i) => `${sql(`time + INTERVAL '${minutes} minutes'`, zone)} AS c${i}`)
      .join(', ')} FROM m ORDER BY time`,
    evaluate: (rows: readonly Row[]) =>
      rows.map((row) =>
        items.map(([{ evaluate }, zone, minutes]) =>
          evaluate(Date.parse(`${row.time}Z`) / 1000 + minutes * MINUTE, zone),
        ),
      ),
  }));
