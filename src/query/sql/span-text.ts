/** Times of day, durations and intervals as text, as the encoders of results write them (`results/instants.ts`). */
import { intervalDays, intervalMonths, intervalNanoseconds } from '../interval-carrier.ts';
import type { DataType, TimeUnit } from '../types.ts';

const DIGITS: Record<TimeUnit, number> = { second: 0, millisecond: 3, microsecond: 6, nanosecond: 9 };

const padded = (value: string, width: number): string => `leftPad(toString(${value}), ${width}, '0')`;

/** `01:02:03`, with three, six or nine digits of a fraction where there is one. */
function timeText(ns: string): string {
  const clock = [3_600_000_000_000n, 60_000_000_000n, 1_000_000_000n].map((unit, index) =>
    padded(`intDiv(${ns}, ${unit})${index === 0 ? '' : ' % 60'}`, 2),
  );
  const fraction = (divisor: number, digits: number): string =>
    `concat('.', ${padded(`intDiv(${ns} % 1000000000, ${divisor})`, digits)})`;
  const digits = `multiIf(${ns} % 1000000000 = 0, '', ${ns} % 1000000 = 0, ${fraction(1_000_000, 3)}, ${ns} % 1000 = 0, ${fraction(1_000, 6)}, ${fraction(1, 9)})`;
  return `concat(${clock.join(", ':', ")}, ${digits})`;
}

/** ISO 8601 with seconds as the largest unit; zero is `P0D`. */
function durationText(value: string, unit: TimeUnit): string {
  const digits = DIGITS[unit];
  const perSecond = 10n ** BigInt(digits);
  const magnitude = `abs(${value})`;
  const fraction =
    digits === 0
      ? "''"
      : `if(${magnitude} % ${perSecond} = 0, '', concat('.', replaceRegexpOne(${padded(`${magnitude} % ${perSecond}`, digits)}, '0+$', '')))`;
  return `if(${value} = 0, 'P0D', concat(if(${value} < 0, '-', ''), 'PT', toString(intDiv(${magnitude}, ${perSecond})), ${fraction}, 'S'))`;
}

/** `1 days 2 hours 3 mins 4.567 secs`: all of them, each with the sign, and all digits of the unit. */
function prettyDuration(value: string, unit: TimeUnit): string {
  const digits = DIGITS[unit];
  const perSecond = 10n ** BigInt(digits);
  const part = (seconds: bigint, modulo: bigint | undefined): string => {
    const whole = `intDiv(${value}, toInt64(${seconds * perSecond}))`;
    return `toString(${modulo === undefined ? whole : `${whole} % ${modulo}`})`;
  };
  const rest = `(${value} % toInt64(${60n * perSecond}))`;
  const fraction = digits === 0 ? '' : `, '.', ${padded(`abs(${rest}) % ${perSecond}`, digits)}`;
  const seconds = `if(${rest} < 0, '-', ''), toString(intDiv(abs(${rest}), ${perSecond}))${fraction}`;
  return `concat(${part(86_400n, undefined)}, ' days ', ${part(3600n, 24n)}, ' hours ', ${part(60n, 60n)}, ' mins ', ${seconds}, ' secs')`;
}

/** `1 mons 2 days 3 hours 4 mins 5.000000000 secs`, each part only where it is not zero. */
function intervalText(interval: string): string {
  const ns = intervalNanoseconds(interval);
  const part = (value: string, name: string): string =>
    `if(${value} = 0, '', concat(toString(${value}), ' ${name} '))`;
  // A divisor beyond 32 bits would be unsigned to the engine, and a negative rest huge.
  const rest = `${ns} % toInt64(60000000000)`;
  const seconds = `concat(if(${rest} < 0, '-', ''), toString(intDiv(abs(${rest}), 1000000000)), '.', ${padded(`abs(${rest}) % 1000000000`, 9)}, ' secs')`;
  const parts = [
    part(intervalMonths(interval), 'mons'),
    part(intervalDays(interval), 'days'),
    part(`intDiv(${ns}, toInt64(3600000000000))`, 'hours'),
    part(`intDiv(${ns}, toInt64(60000000000)) % 60`, 'mins'),
    `if(${rest} = 0, '', ${seconds})`,
  ];
  return `trimRight(concat(${parts.join(', ')}))`;
}

/** Undefined: another type. `pretty`: durations in words. */
export function spanText(type: DataType, pretty = false): ((sql: string) => string) | undefined {
  switch (type.kind) {
    case 'time':
      return timeText;
    case 'duration':
      return (sql) => (pretty ? prettyDuration : durationText)(`(${sql})`, type.unit);
    case 'interval':
      return intervalText;
  }
  return undefined;
}
