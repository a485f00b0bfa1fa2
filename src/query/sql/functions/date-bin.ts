/** date_bin and date_bin_wallclock: exact nanosecond floors, calendar months by month numbers. */
import { type DataType, INTERVAL, TIMESTAMP_NS } from '../../types.ts';
import type {
  BoundArgument,
  EqualBins,
  PrintContext,
  PrintedArgument,
  ScalarFunction,
  TypeContext,
} from './definition.ts';
import { checkParameters, isText, noMatch } from './support.ts';
import {
  floorModulo,
  fromNs,
  instantNs,
  isUtc,
  localNs,
  NS_PER_DAY,
  offsetNs,
  toNs,
  zoneOf,
} from './zones.ts';

interface Stride {
  readonly months: number;
  readonly ns: bigint;
  readonly hasDays: boolean;
}

function strideOf(argument: BoundArgument, name: string, context: TypeContext): Stride {
  const constant = argument.constant;
  if (constant?.kind !== 'interval') {
    return context.fail(`${name.toUpperCase()} only supports literal values for the stride argument`);
  }
  const ns = BigInt(constant.days) * NS_PER_DAY + constant.ns;
  if (constant.months !== 0 && ns !== 0n) {
    context.fail(
      `${name.toUpperCase()} stride does not support combination of month, day and nanosecond intervals`,
    );
  }
  if (constant.months === 0 && ns === 0n) context.fail(`${name.toUpperCase()} stride must be non-zero`);
  if (constant.months < 0 || ns < 0n) context.fail(`${name.toUpperCase()} stride must be positive`);
  return { months: constant.months, ns, hasDays: constant.days !== 0 };
}

/** Floor to a multiple of the stride from the origin, also before the origin. */
function floorNs(value: string, stride: bigint, origin: string): string {
  // Unsigned, which makes no difference to the subtraction, and a call less for the engine to plan.
  if (origin === '0') return `(${value} - positiveModulo(${value}, toInt64(${stride})))`;
  return `(${value} - ${floorModulo(`${value} - ${origin}`, stride)})`;
}

/** Months since year 0 of an instant. */
const monthNumber = (sql: string): string => `(toInt64(toYear(${sql})) * 12 + toMonth(${sql}))`;

/** Calendar bins: the origin plus whole strides of months, one stride less when that lies after the value. */
function floorMonths(value: string, stride: number, originNs: string): string {
  const instant = fromNs(value);
  const origin = fromNs(originNs === '0' ? 'toInt64(0)' : originNs);
  const distance = `(${monthNumber(instant)} - ${monthNumber(origin)})`;
  const whole = `(${distance} - ${floorModulo(distance, stride)})`;
  const bin = `addMonths(${origin}, ${whole})`;
  return toNs(`if(${bin} > ${instant}, addMonths(${origin}, ${whole} - ${stride}), ${bin})`);
}

function typeOfBin(name: string, args: readonly BoundArgument[], context: TypeContext): DataType {
  if (args.length < 2 || args.length > 3) noMatch(name, args, context);
  const [stride, ...times] = args;
  if (!(stride!.type.kind === 'interval' || stride!.type.kind === 'null' || isText(stride!.type))) {
    noMatch(name, args, context);
  }
  checkParameters(name, { parameters: ['timestamp', 'timestamp'], required: 1 }, times, context);
  return times[0]!.type.kind === 'timestamp' ? times[0]!.type : TIMESTAMP_NS;
}

const coerceBin = (args: readonly BoundArgument[]): readonly (DataType | undefined)[] =>
  args.map((argument, index) => {
    const wanted = index === 0 ? 'interval' : 'timestamp';
    if (argument.type.kind === wanted) return undefined;
    return index === 0 ? INTERVAL : TIMESTAMP_NS;
  });

const originNs = (argument: PrintedArgument | undefined): string => {
  if (argument === undefined) return '0';
  if (argument.constant?.kind === 'timestamp') return `${argument.constant.ns}`;
  return toNs(argument.sql);
};

const dateBin: ScalarFunction = {
  kind: 'scalar',
  name: 'date_bin',
  family: 'Time',
  signature: 'date_bin(interval, timestamp[, origin])',
  doc: 'The start of the bin that contains the timestamp, counted from the origin (default 1970-01-01T00:00:00Z); months by the calendar.',
  type: (args, context) => typeOfBin('date_bin', args, context),
  coerce: coerceBin,
  bins: equalBins,
  print(args, context) {
    const stride = strideOf(args[0]!, 'date_bin', context);
    const value = toNs(args[1]!.sql);
    const origin = originNs(args[2]);
    return fromNs(
      stride.months === 0 ? floorNs(value, stride.ns, origin) : floorMonths(value, stride.months, origin),
    );
  },
};

function equalBins([stride, , origin]: readonly BoundArgument[]): EqualBins | undefined {
  if (stride?.constant?.kind !== 'interval' || stride.constant.months !== 0) return undefined;
  const strideNs = BigInt(stride.constant.days) * NS_PER_DAY + stride.constant.ns;
  if (origin === undefined) return { strideNs, originNs: 0n };
  return origin.constant?.kind === 'timestamp' ? { strideNs, originNs: origin.constant.ns } : undefined;
}

function printWallclock(args: readonly PrintedArgument[], context: PrintContext): string {
  const [interval, time, origin] = args;
  const stride = strideOf(interval!, 'date_bin_wallclock', context);
  if (stride.months !== 0) {
    context.fail('date_bin_wallclock does not support month intervals');
  }
  const zone = zoneOf(time!.type);
  if (isUtc(zone)) return dateBin.print(args, context);
  const wall = floorNs(localNs(time!.sql, zone, context), stride.ns, originNs(origin));
  const ambiguity = stride.hasDays
    ? ({ earlier: true } as const)
    : { offsetNs: offsetNs(toNs(time!.sql), zone, context), strideNs: stride.ns };
  return fromNs(instantNs(wall, zone, ambiguity, context));
}

export const dateBinFunctions: readonly ScalarFunction[] = [
  dateBin,
  {
    kind: 'scalar',
    name: 'date_bin_wallclock',
    family: 'Time',
    signature: 'date_bin_wallclock(interval, timestamp[, origin])',
    doc: 'As `date_bin`, by the local wall clock of the zone of the timestamp; the origin is a local time without zone.',
    type(args, context) {
      const type = typeOfBin('date_bin_wallclock', args, context);
      if (args[2] !== undefined && zoneOf(args[2].type) !== null) {
        context.fail('date_bin_wallclock origin must not have a time zone');
      }
      return type;
    },
    coerce: coerceBin,
    print: printWallclock,
  },
];
