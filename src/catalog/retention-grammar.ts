/**
 * Periods as people write them (`http-api.md` 7): InfluxDB Core's human-time and the Enterprise form, both at
 * once. They differ in the month and year: `1month`, `1M` = 30.44 d and `1y` = 365.25 d in human-time; `mo` = 30 d
 * and, beside nothing but the Enterprise units without spaces, `y` = 365 d.
 */
import * as errors from '../errors/catalog/catalog.ts';

const SECOND = 1_000_000_000n;
const DAY = 86_400n * SECOND;
const MAXIMUM_NS = 2n ** 63n - 1n;

const UNITS: ReadonlyMap<string, bigint> = new Map(
  (
    [
      [1n, 'ns nsec nanos nanosec nanosecond nanoseconds'],
      [1_000n, 'us usec µs micros microsecond microseconds'],
      [1_000_000n, 'ms msec millis millisecond milliseconds'],
      [SECOND, 's sec secs second seconds'],
      [60n * SECOND, 'm min mins minute minutes'],
      [3_600n * SECOND, 'h hr hrs hour hours'],
      [DAY, 'd day days'],
      [7n * DAY, 'w wk wks week weeks'],
      [30n * DAY, 'mo'],
      [2_630_016n * SECOND, 'M month months'],
      [31_557_600n * SECOND, 'y yr yrs year years'],
    ] as const
  ).flatMap(([ns, names]) => names.split(' ').map((name) => [name, ns] as const)),
);
const ENTERPRISE_FORM = /^(\d+(h|d|w|mo|y))+$/;
const ENTERPRISE_YEAR = 365n * DAY;

/**
 * Nanoseconds of a period; null for `none` (infinite). Zero is a period: everything is expired.
 * Throws `human_time` (400) for anything else.
 */
export function parseRetention(text: string): bigint | null {
  return text === 'none' ? null : parseHumanTime(text);
}

/** As `parseRetention`, without `none`. */
export function parseHumanTime(text: string): bigint {
  if (text.trim() === '') throw errors.humanTime('value was empty');
  // A lone `1y` is in both grammars; the Enterprise product is the one that documents it.
  const isEnterprise = ENTERPRISE_FORM.test(text);
  if (text.trim() === '0') return 0n;
  let total = 0n;
  let offset = 0;
  const part = /\s*(\d+)\s*([A-Za-zµ]+)\s*/y;
  while (offset < text.length) {
    part.lastIndex = offset;
    const match = part.exec(text);
    if (match === null) throw unexpected(text, offset);
    const [whole, digits = '', unit = ''] = match;
    const ns = isEnterprise && unit === 'y' ? ENTERPRISE_YEAR : UNITS.get(unit);
    if (ns === undefined) {
      throw errors.humanTime(
        `unknown time unit "${unit}", supported units: ns, us, ms, sec, min, hours, days, weeks, months, years (and few variations)`,
      );
    }
    if (digits.length > 20) throw errors.humanTime('number is too large');
    total += BigInt(digits) * ns;
    if (total > MAXIMUM_NS) throw errors.humanTime('number is too large');
    offset += whole.length;
  }
  return total;
}

function unexpected(text: string, from: number): Error {
  const rest = text.slice(from);
  const number = /^\s*\d+\s*/.exec(rest);
  if (number === null) return errors.humanTime(`expected number at ${from}`);
  if (number[0].length === rest.length) {
    return errors.humanTime(`time unit needed, for example ${number[0].trim()}sec or ${number[0].trim()}ms`);
  }
  return errors.humanTime(`invalid character at ${from + number[0].length}`);
}

/** The shortest exact spelling in units that both grammars read alike; `none` for infinite. */
export function formatRetention(retentionNs: bigint | null): string {
  if (retentionNs === null) return 'none';
  if (retentionNs === 0n) return '0s';
  let rest = retentionNs;
  let text = '';
  for (const [unit, ns] of [
    ['d', DAY],
    ['h', 3_600n * SECOND],
    ['m', 60n * SECOND],
    ['s', SECOND],
    ['ms', 1_000_000n],
    ['us', 1_000n],
    ['ns', 1n],
  ] as const) {
    if (rest >= ns) text += `${rest / ns}${unit}`;
    rest %= ns;
  }
  return text;
}
