/** Between numbers, texts and instants: to_timestamp and its kin, from_unixtime, to_unixtime, to_date, make_date. */
import { DATE32, type DataType, INT64, type TimeUnit, UTF8 } from '../../types.ts';
import { NS_PER_UNIT } from '../time-unit.ts';
import type {
  BoundArgument,
  PrintContext,
  PrintedArgument,
  ScalarFunction,
  TypeContext,
} from './definition.ts';
import { compileFormat, readTime, type TimePattern } from './strptime.ts';
import { constantText, isFloat, isInteger, isText, noMatch, raiseIf, scalar, sqlOf } from './support.ts';
import { checkZone, floorModulo, fromNs, NS_PER_DAY, toNs } from './zones.ts';

const patternsOf = (args: readonly BoundArgument[], name: string, context: TypeContext): TimePattern[] =>
  args.slice(1).map((format) => compileFormat(constantText(format, `A format of ${name}`, context), context));

/** Text in any form, or a value that is a time already, as Int64 ns. */
function nsOf(args: readonly PrintedArgument[], name: string, context: PrintContext): string {
  const value = args[0]!;
  if (value.type.kind === 'utf8')
    return readTime(value, args.slice(1), patternsOf(args, name, context), context);
  if (value.type.kind === 'date') return `(toInt64(toInt32(${value.sql})) * ${NS_PER_DAY})`;
  return toNs(value.sql);
}

const timeOrText = (type: DataType): boolean =>
  isText(type) || type.kind === 'timestamp' || type.kind === 'date' || type.kind === 'null';

/** Null and tags become text; the rest stays. */
const coerceText = (args: readonly BoundArgument[]): readonly (DataType | undefined)[] =>
  args.map((argument) =>
    argument.type.kind === 'null' || argument.type.kind === 'dictionary' ? UTF8 : undefined,
  );

/** An integer that counts a unit as Int64 ns; beyond their range the statement fails. */
function unitsToNs(sql: string, factor: bigint, context: PrintContext): string {
  if (factor === 1n) return `toInt64(${sql})`;
  const limit = 9_223_372_036_854_775_807n / factor;
  const overflow = `toInt64(${sql}) > ${limit} OR toInt64(${sql}) < -${limit}`;
  const message = 'Arrow error: Arithmetic overflow: timestamp out of range';
  return raiseIf(overflow, message, `(toInt64(${sql}) * ${factor})`, context);
}

function toTimestamp(name: string, unit: TimeUnit, formats: boolean, doc: string): ScalarFunction {
  const factor = NS_PER_UNIT[unit];
  return {
    kind: 'scalar',
    name,
    family: 'Time',
    signature: `${name}(value${formats ? '[, format, …]' : ''})`,
    doc,
    type(args, context) {
      const type = args[0]?.type;
      const fits = type !== undefined && (timeOrText(type) || isInteger(type));
      if (!fits || (args.length > 1 && !(formats && isText(type)))) noMatch(name, args, context);
      patternsOf(args, name, context);
      return { kind: 'timestamp', unit, zone: type.kind === 'timestamp' ? type.zone : null };
    },
    coerce: coerceText,
    print(args, context) {
      const value = args[0]!;
      if (isInteger(value.type)) {
        return fromNs(unitsToNs(value.sql, factor, context));
      }
      const ns = nsOf(args, name, context);
      return fromNs(factor === 1n ? ns : `(${ns} - ${floorModulo(ns, factor)})`);
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
    const type = args[0]?.type;
    const number = type !== undefined && (isInteger(type) || isFloat(type));
    if (type === undefined || !(number || timeOrText(type))) noMatch('to_unixtime', args, context);
    if (args.length > 1 && !isText(type)) noMatch('to_unixtime', args, context);
    patternsOf(args, 'to_unixtime', context);
    return INT64;
  },
  coerce: coerceText,
  print(args, context) {
    const value = args[0]!;
    if (isInteger(value.type) || isFloat(value.type)) return `toInt64(${value.sql})`;
    return `intDiv(${nsOf(args, 'to_unixtime', context)}, 1000000000)`;
  },
};

const toDate: ScalarFunction = {
  kind: 'scalar',
  name: 'to_date',
  family: 'Time',
  signature: 'to_date(value[, format, …])',
  doc: 'The date of a text (YYYY-MM-DD or by the first format that fits), a timestamp, or a number of days since 1970.',
  type(args, context) {
    const type = args[0]?.type;
    if (type === undefined || !(isInteger(type) || timeOrText(type))) noMatch('to_date', args, context);
    if (args.length > 1 && !isText(type)) noMatch('to_date', args, context);
    patternsOf(args, 'to_date', context);
    return DATE32;
  },
  coerce: coerceText,
  print(args, context) {
    const value = args[0]!;
    if (value.type.kind === 'date') return value.sql;
    if (isInteger(value.type)) return fromDays(`toInt64(${value.sql})`);
    const ns = nsOf(args, 'to_date', context);
    return fromDays(`intDiv(${ns} - ${floorModulo(ns, NS_PER_DAY)}, ${NS_PER_DAY})`);
  },
};

/** Date32 of days since 1970. */
export const fromDays = (days: string): string => `addDays(toDate32('1970-01-01'), ${days})`;

export const toTimestampFunctions: readonly ScalarFunction[] = [
  toTimestamp(
    'to_timestamp',
    'nanosecond',
    false,
    'A timestamp from text (RFC 3339-like), a time, or integer nanoseconds since 1970.',
  ),
  toTimestamp(
    'to_timestamp_nanos',
    'nanosecond',
    true,
    'A timestamp in nanoseconds; integers count nanoseconds.',
  ),
  toTimestamp(
    'to_timestamp_micros',
    'microsecond',
    true,
    'A timestamp in microseconds; integers count microseconds.',
  ),
  toTimestamp(
    'to_timestamp_millis',
    'millisecond',
    true,
    'A timestamp in milliseconds; integers count milliseconds.',
  ),
  toTimestamp('to_timestamp_seconds', 'second', true, 'A timestamp in seconds; integers count seconds.'),
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
