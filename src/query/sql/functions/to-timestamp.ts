/** Between numbers, texts and instants: to_timestamp and its kin, from_unixtime, to_unixtime, to_date, make_date. */
import { DATE32, type DataType, INT64, TIMESTAMP_NS, type TimeUnit, UTF8 } from '../../types.ts';
import { bound } from '../bound.ts';
import { MAXIMUM_TIME, MINIMUM_TIME } from '../time-range.ts';
import { NS_PER_UNIT } from '../time-unit.ts';
import type {
  BoundArgument,
  PrintContext,
  PrintedArgument,
  ScalarFunction,
  TypeContext,
} from './definition.ts';
import { readTime } from './strptime.ts';
import { compileStrptime, type TimePattern } from './strptime-format.ts';
import { constantText, isFloat, isInteger, isText, noMatch, raiseIf, scalar, sqlOf } from './support.ts';
import { checkZone, fromNs, NS_PER_DAY, NS_PER_SECOND, toNs } from './zones.ts';

/** What the formats say that a text may look like: known ones compiled, those of a column as they are. */
function formatsOf<T extends BoundArgument>(
  args: readonly T[],
  name: string,
  context: TypeContext,
): (TimePattern | T)[] {
  return args.slice(1).flatMap<TimePattern | T>((format) => {
    if (format.constant === undefined && isText(format.type)) return [format];
    const known = constantText(format, `A format of ${name}`, context);
    return compileStrptime(known, context) ?? [];
  });
}

const isMoment = ({ kind }: DataType): boolean => kind === 'timestamp' || kind === 'date' || kind === 'null';

/** Texts and tags with formats are read by them, without any they are cast; formats of others do not count. */
function checkCall(
  name: string,
  args: readonly BoundArgument[],
  numbers: (type: DataType) => boolean,
  context: TypeContext,
): DataType {
  const type = args[0]?.type;
  if (type === undefined || !(isText(type) || isMoment(type) || numbers(type))) noMatch(name, args, context);
  formatsOf(args, name, context);
  return type;
}

const coerceText =
  (unformatted: DataType) =>
  (args: readonly BoundArgument[]): readonly (DataType | undefined)[] =>
    args.map(({ type }, index) => {
      if (type.kind === 'null') return unformatted;
      if (!isText(type)) return undefined;
      return index === 0 && args.length === 1 ? unformatted : UTF8;
    });

/** Int64 ns of a text that is read by formats, or of an instant or a day. */
function nsOf(args: readonly PrintedArgument[], name: string, context: PrintContext): string {
  const [value] = args;
  if (value!.type.kind === 'date') return `(toInt64(toInt32(${value!.sql})) * ${NS_PER_DAY})`;
  if (value!.type.kind === 'timestamp') return toNs(value!.sql);
  const ns = context.freshName();
  const outside = `${ns} < ${MINIMUM_TIME} OR ${ns} > ${MAXIMUM_TIME}`;
  const message =
    'Execution error: Error parsing timestamp: a text names a day beyond 64 bits of nanoseconds';
  return bound(
    ns,
    readTime(value!, formatsOf(args, name, context), context),
    raiseIf(outside, message, `toInt64(${ns})`, context),
  );
}

/** An integer that counts a unit as Int64 ns; beyond their range the statement fails. */
function unitsToNs(sql: string, factor: bigint, context: PrintContext): string {
  if (factor === 1n) return `toInt64(${sql})`;
  const limit = 9_223_372_036_854_775_807n / factor;
  const overflow = `toInt64(${sql}) > ${limit} OR toInt64(${sql}) < -${limit}`;
  const message = 'Arrow error: Arithmetic overflow: timestamp out of range';
  return raiseIf(overflow, message, `(toInt64(${sql}) * ${factor})`, context);
}

function toTimestamp(name: string, unit: TimeUnit, doc: string): ScalarFunction {
  const factor = NS_PER_UNIT[unit];
  return {
    kind: 'scalar',
    name,
    family: 'Time',
    signature: `${name}(value[, format, …])`,
    doc,
    type(args, context) {
      const type = checkCall(name, args, isInteger, context);
      // DataFusion's to_timestamp counts seconds then, InfluxDB's nanoseconds.
      if (name === 'to_timestamp' && isInteger(type) && args.length > 1) noMatch(name, args, context);
      return { kind: 'timestamp', unit, zone: type.kind === 'timestamp' ? type.zone : null };
    },
    coerce: coerceText(TIMESTAMP_NS),
    print(args, context) {
      const value = args[0]!;
      if (isInteger(value.type)) return fromNs(unitsToNs(value.sql, factor, context));
      const ns = nsOf(args, name, context);
      return fromNs(factor === 1n ? ns : `(intDiv(${ns}, ${factor}) * ${factor})`);
    },
  };
}

const toUnixtime: ScalarFunction = {
  kind: 'scalar',
  name: 'to_unixtime',
  family: 'Time',
  signature: 'to_unixtime(value[, format, …])',
  doc: 'Whole seconds since 1970 of a timestamp, date, text or number.',
  type(args, context) {
    checkCall('to_unixtime', args, (type) => isInteger(type) || isFloat(type), context);
    return INT64;
  },
  coerce: (args) =>
    isFloat(args[0]!.type) || isInteger(args[0]!.type) ? [INT64] : coerceText(TIMESTAMP_NS)(args),
  print(args, context) {
    const value = args[0]!;
    return isInteger(value.type)
      ? value.sql
      : `intDiv(${nsOf(args, 'to_unixtime', context)}, ${NS_PER_SECOND})`;
  },
};

const toDate: ScalarFunction = {
  kind: 'scalar',
  name: 'to_date',
  family: 'Time',
  signature: 'to_date(value[, format, …])',
  doc: 'The date of a text (YYYY-MM-DD or by the first format that fits), a timestamp, or a number of days since 1970.',
  type(args, context) {
    checkCall('to_date', args, isInteger, context);
    return DATE32;
  },
  coerce: (args) => (isText(args[0]!.type) ? coerceText(DATE32)(args) : [DATE32]),
  print(args, context) {
    const value = args[0]!;
    if (value.type.kind === 'date') return value.sql;
    const [ns, days] = [context.freshName(), context.freshName()];
    const outside = `${days} < ${MINIMUM_DAY} OR ${days} > ${MAXIMUM_DAY}`;
    const message = 'Execution error: a text names a day before 1900 or after 2299';
    const floored = `toInt64(intDiv(${ns} - positiveModulo(${ns}, toInt128(${NS_PER_DAY})), ${NS_PER_DAY}))`;
    const date = bound(days, floored, raiseIf(outside, message, fromDays(days), context));
    return bound(ns, readTime(value, formatsOf(args, 'to_date', context), context), date);
  },
};

/** The days that the engine's dates reach. */
const [MINIMUM_DAY, MAXIMUM_DAY] = [-25_567, 120_529];

/** Date32 of days since 1970. */
export const fromDays = (days: string): string => `addDays(toDate32('1970-01-01'), ${days})`;

export const toTimestampFunctions: readonly ScalarFunction[] = [
  toTimestamp(
    'to_timestamp',
    'nanosecond',
    'A timestamp from text (RFC 3339-like, or by the first format that fits; formats may be columns), a time, or integer nanoseconds since 1970.',
  ),
  toTimestamp('to_timestamp_nanos', 'nanosecond', 'A timestamp in nanoseconds; integers count nanoseconds.'),
  toTimestamp(
    'to_timestamp_micros',
    'microsecond',
    'A timestamp in microseconds; integers count microseconds.',
  ),
  toTimestamp(
    'to_timestamp_millis',
    'millisecond',
    'A timestamp in milliseconds; integers count milliseconds.',
  ),
  toTimestamp('to_timestamp_seconds', 'second', 'A timestamp in seconds; integers count seconds.'),
  scalar('Time', {
    name: 'from_unixtime',
    signature: "from_unixtime(seconds[, 'zone'])",
    doc: 'The timestamp of integer seconds since 1970, shown in the zone when there is one.',
    parameters: ['integer', 'text'],
    required: 1,
    result: (args, context) => ({
      kind: 'timestamp',
      unit: 'second',
      zone:
        args[1] === undefined
          ? null
          : checkZone(constantText(args[1], 'The zone of from_unixtime', context), context),
    }),
    print: (args, context) => fromNs(unitsToNs(sqlOf(args, 0), NS_PER_UNIT.second, context)),
  }),
  toUnixtime,
  toDate,
  {
    kind: 'scalar',
    family: 'Time',
    name: 'make_date',
    signature: 'make_date(year, month, day)',
    doc: 'A date from its parts, integers or their text; an impossible date is an error.',
    type(args, context) {
      const fits = ({ type }: BoundArgument): boolean =>
        isInteger(type) || isText(type) || type.kind === 'null';
      return args.length === 3 && args.every(fits) ? DATE32 : noMatch('make_date', args, context);
    },
    coerce: () => [INT64, INT64, INT64],
    print(args, context) {
      const [year, month, day] = args.map((argument) => argument.sql);
      const date = `makeDate32(${year}, ${month}, ${day})`;
      const wrong = `toYear(${date}) != ${year} OR toMonth(${date}) != ${month} OR toDayOfMonth(${date}) != ${day}`;
      return raiseIf(wrong, 'Execution error: Unable to parse date from year, month and day', date, context);
    },
  },
];
