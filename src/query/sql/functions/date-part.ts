/** date_trunc and date_part. A zoned value is seen by the wall clock of its zone. */
import { type DataType, FLOAT64, INT32, INT64, TIMESTAMP_NS } from '../../types.ts';
import { arrowTypeText } from './arrow-type.ts';
import type {
  BoundArgument,
  PrintContext,
  PrintedArgument,
  ScalarFunction,
  TypeContext,
} from './definition.ts';
import { spanParts } from './span-part.ts';
import { checkParameters, coerceParameters, constantText } from './support.ts';
import { floorModulo, fromNs, instantNs, localNs, NS_PER_DAY, NS_PER_SECOND, toNs, zoneOf } from './zones.ts';

const SHAPE = { parameters: ['text', 'timestamp'] } as const;

const canonicalUnit = (text: string): string => text.toLowerCase().replaceAll(/['"]/g, '');

const partName = (args: readonly BoundArgument[], name: string, context: TypeContext): string =>
  canonicalUnit(constantText(args[0], `The first argument of ${name}`, context));

const FIXED_UNITS: Readonly<Record<string, { ns: bigint; originNs?: bigint }>> = {
  nanosecond: { ns: 1n },
  microsecond: { ns: 1_000n },
  millisecond: { ns: 1_000_000n },
  second: { ns: NS_PER_SECOND },
  minute: { ns: 60n * NS_PER_SECOND },
  hour: { ns: 3_600n * NS_PER_SECOND },
  day: { ns: NS_PER_DAY },
  // 1970-01-05 was a Monday.
  week: { ns: 7n * NS_PER_DAY, originNs: 4n * NS_PER_DAY },
};

/** First month of the calendar unit that contains the instant. */
const CALENDAR_UNITS: Readonly<Record<string, (t: string) => string>> = {
  month: (t) => `toMonth(${t})`,
  quarter: (t) => `(toQuarter(${t}) * 3 - 2)`,
  year: () => '1',
};

/** Wall clock ns floored to the unit. */
function truncated(unit: string, wall: string): string {
  const fixed = Object.hasOwn(FIXED_UNITS, unit) ? FIXED_UNITS[unit] : undefined;
  if (fixed) {
    const shifted = fixed.originNs ? `${wall} - ${fixed.originNs}` : wall;
    return `(${wall} - ${floorModulo(shifted, fixed.ns)})`;
  }
  const instant = fromNs(wall);
  return toNs(
    `addMonths(${fromNs('toInt64(0)')}, (toInt64(toYear(${instant})) - 1970) * 12 + ${CALENDAR_UNITS[unit]!(instant)} - 1)`,
  );
}

const isUnit = (unit: string): boolean =>
  Object.hasOwn(FIXED_UNITS, unit) || Object.hasOwn(CALENDAR_UNITS, unit);

const withinMinute = (wall: string, divisor: number): string =>
  `intDiv(${floorModulo(wall, 60n * NS_PER_SECOND)}, ${divisor})`;

/** Fields of a wall clock: ns since 1970 and the same as an engine instant. */
const PARTS: Readonly<Record<string, (wall: string, instant: string) => string>> = {
  year: (_w, t) => `toYear(${t})`,
  quarter: (_w, t) => `toQuarter(${t})`,
  month: (_w, t) => `toMonth(${t})`,
  week: (_w, t) => `toISOWeek(${t})`,
  day: (_w, t) => `toDayOfMonth(${t})`,
  hour: (w) => `intDiv(${floorModulo(w, NS_PER_DAY)}, 3600000000000)`,
  minute: (w) => `intDiv(${floorModulo(w, 3_600n * NS_PER_SECOND)}, 60000000000)`,
  second: (w) => withinMinute(w, 1_000_000_000),
  millisecond: (w) => withinMinute(w, 1_000_000),
  microsecond: (w) => withinMinute(w, 1_000),
  nanosecond: (w) => floorModulo(w, 60n * NS_PER_SECOND),
  // 1970-01-01 was a Thursday: Sunday = 0 here, Monday = 0 for isodow (as DataFusion 51).
  dow: (w) => floorModulo(`intDiv(${w} - ${floorModulo(w, NS_PER_DAY)}, ${NS_PER_DAY}) + 4`, 7),
  isodow: (w) => floorModulo(`intDiv(${w} - ${floorModulo(w, NS_PER_DAY)}, ${NS_PER_DAY}) + 3`, 7),
  doy: (_w, t) => `toDayOfYear(${t})`,
};

const PART_ALIASES: Readonly<Record<string, string>> = {
  years: 'year',
  quarters: 'quarter',
  months: 'month',
  weeks: 'week',
  days: 'day',
  hours: 'hour',
  minutes: 'minute',
  seconds: 'second',
  milliseconds: 'millisecond',
  microseconds: 'microsecond',
  nanoseconds: 'nanosecond',
  ms: 'millisecond',
  us: 'microsecond',
  ns: 'nanosecond',
};
const canonicalPart = (part: string): string =>
  Object.hasOwn(PART_ALIASES, part) ? PART_ALIASES[part]! : part;

function partType(args: readonly BoundArgument[], context: TypeContext): DataType {
  const spans = args[1] === undefined ? undefined : spanParts(args[1].type);
  if (spans === undefined || args.length !== 2) checkParameters('date_part', SHAPE, args, context);
  const part = canonicalPart(partName(args, 'date_part', context));
  const known = spans ?? PARTS;
  if (part === 'epoch') return FLOAT64;
  if (!Object.hasOwn(known, part)) {
    const of = spans === undefined ? '' : `: ${arrowTypeText(args[1]!.type)}`;
    return context.fail(`Date part '${part}' not supported${of}`);
  }
  // Up to 6e10 within a minute: more than Int32 holds.
  return part === 'nanosecond' ? INT64 : INT32;
}

function printPart(args: readonly PrintedArgument[], context: PrintContext): string {
  const part = canonicalPart(partName(args, 'date_part', context));
  const time = args[1]!;
  const spans = spanParts(time.type);
  if (spans !== undefined) {
    const value = spans[part]!(time.sql);
    if (part === 'epoch') return `toFloat64(${value})`;
    // A long duration may hold more of a small unit than Int32 can: null, as in DataFusion.
    return part === 'nanosecond' ? `toInt64(${value})` : `accurateCastOrNull(${value}, 'Int32')`;
  }
  if (part === 'epoch') return `(${toNs(time.sql)} / 1e9)`;
  const wall = localNs(time.sql, zoneOf(time.type), context);
  const value = PARTS[part]!(wall, fromNs(wall));
  return part === 'nanosecond' ? `toInt64(${value})` : `toInt32(${value})`;
}

export const datePartFunctions: readonly ScalarFunction[] = [
  {
    kind: 'scalar',
    name: 'date_trunc',
    aliases: ['datetrunc'],
    family: 'Time',
    signature: "date_trunc('unit', timestamp)",
    doc: 'The timestamp truncated to year, quarter, month, week (from Monday), day, hour, minute, second, millisecond or microsecond.',
    type(args, context) {
      checkParameters('date_trunc', SHAPE, args, context);
      const unit = partName(args, 'date_trunc', context);
      if (!isUnit(unit)) context.fail(`Unsupported date_trunc granularity: '${unit}'`);
      return args[1]!.type.kind === 'timestamp' ? args[1]!.type : TIMESTAMP_NS;
    },
    coerce: (args) => coerceParameters(SHAPE, args),
    bins: ([unit, time]) => {
      const name = unit?.constant?.kind === 'string' ? canonicalUnit(unit.constant.value) : '';
      const fixed = Object.hasOwn(FIXED_UNITS, name) ? FIXED_UNITS[name] : undefined;
      if (fixed === undefined || time === undefined || zoneOf(time.type) !== null) return undefined;
      return { strideNs: fixed.ns, originNs: fixed.originNs ?? 0n };
    },
    print(args, context) {
      const unit = partName(args, 'date_trunc', context);
      const zone = zoneOf(args[1]!.type);
      const wall = truncated(unit, localNs(args[1]!.sql, zone, context));
      return fromNs(instantNs(wall, zone, { earlier: true }, context));
    },
  },
  {
    kind: 'scalar',
    name: 'date_part',
    aliases: ['datepart'],
    family: 'Time',
    signature: "date_part('part', timestamp)",
    doc: 'A field: year, quarter, month, week (ISO), day, hour, minute, second, millisecond, microsecond, nanosecond (these four within the minute), dow (Sunday 0), isodow (Monday 0), doy, epoch (seconds, Float64). Int32, nanosecond Int64. `EXTRACT(part FROM timestamp)` is the same. Of a time of day its own fields; of an interval what its months, days and nanoseconds hold; of a duration all of it in the unit.',
    type: partType,
    coerce: (args) =>
      coerceParameters(SHAPE, args).map((target, index) =>
        index === 1 && spanParts(args[1]!.type) !== undefined ? undefined : target,
      ),
    print: printPart,
  },
];
