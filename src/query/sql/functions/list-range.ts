/** range and generate_series: numbers, dates and instants in steps. */
import { type DataType, INT64, TIMESTAMP_NS } from '../../types.ts';
import type {
  BoundArgument,
  PrintContext,
  PrintedArgument,
  ScalarFunction,
  TypeContext,
} from './definition.ts';
import { asArray, LIST_FAMILY, listOf } from './list-support.ts';
import { isInteger, isText, noMatch, raiseIf } from './support.ts';
import { NS_PER_DAY, toNs } from './zones.ts';

const ITEMS = 16_777_216;

const instant = (type: DataType): boolean => type.kind === 'timestamp' || type.kind === 'date';

interface Step {
  readonly months: number;
  readonly days: number;
  /** With those of the days. */
  readonly ns: bigint;
}

function stepOf(argument: BoundArgument | undefined, name: string, context: TypeContext): Step {
  if (argument === undefined) return { months: 0, days: 1, ns: NS_PER_DAY };
  const constant = argument.constant;
  if (constant?.kind !== 'interval') return context.fail(`The step of ${name} must be a constant interval`);
  const ns = BigInt(constant.days) * NS_PER_DAY + constant.ns;
  if (constant.months !== 0 && ns !== 0n)
    context.fail(`The step of ${name} cannot mix months with days or time`);
  if (constant.months === 0 && ns === 0n)
    context.fail(`Cannot generate date range with zero interval for ${name}`);
  return { months: constant.months, days: constant.days, ns };
}

/** Whole numbers; the end is excluded, or included one step on. */
function numbers(
  args: readonly PrintedArgument[],
  name: string,
  inclusive: boolean,
  context: PrintContext,
): string {
  const [first, second, third] = args.map((argument) => `assumeNotNull(${argument.sql})`);
  const [start, stop, step] = [
    second === undefined ? 'toInt64(0)' : first!,
    second ?? first!,
    third ?? 'toInt64(1)',
  ];
  const safe = `if(${step} = 0, toInt64(1), ${step})`;
  const end = inclusive ? `(${stop} + if(${safe} > 0, 1, -1))` : stop;
  const values = `range(${start}, toInt64(${end}), ${safe})`;
  const size = `abs(toFloat64(${stop}) - toFloat64(${start})) / abs(toFloat64(${safe})) > ${ITEMS} AND ((${stop} > ${start}) = (${safe} > 0))`;
  const guarded = third === undefined ? '' : `step can't be 0 for function ${name}(start [, stop, step])`;
  const zero =
    guarded === ''
      ? undefined
      : `throwIf(ifNull(${args[2]!.sql} = 0, false), ${context.stringLiteral(`Execution error: ${guarded}`)})`;
  const large = `throwIf(ifNull(${size}, false), ${context.stringLiteral(`Execution error: ${name} of more than ${ITEMS} items`)})`;
  const checks = [zero, large].filter((check) => check !== undefined).map((check) => `${check} = 1`);
  return `if(${checks.join(' OR ')}, [], ${values})`;
}

/** Instants: by nanoseconds or by months from the start. */
function instants(
  args: readonly PrintedArgument[],
  name: string,
  inclusive: boolean,
  context: PrintContext,
): string {
  const [start, stop] = args.map((argument) => `assumeNotNull(${argument.sql})`) as [string, string];
  const step = stepOf(args[2], name, context);
  const type = context.resultType.kind === 'list' ? context.resultType.item : TIMESTAMP_NS;
  const isDate = type.kind === 'date';
  const ns = (sql: string): string => (isDate ? `(toInt64(toInt32(${sql})) * ${NS_PER_DAY})` : toNs(sql));
  const [at, value] = [context.freshName(), context.freshName()];
  const forward = step.months > 0 || step.ns > 0n;
  const months = `(toInt64(toYear(${stop})) * 12 + toMonth(${stop}) - toInt64(toYear(${start})) * 12 - toMonth(${start}))`;
  const distance =
    step.months === 0
      ? `intDiv(${ns(stop)} - ${ns(start)}, ${step.ns})`
      : `intDiv(${months}, ${step.months})`;
  const count = `toInt64(least(greatest(${distance} + 2, 0), ${ITEMS}))`;
  const shifted =
    step.months !== 0
      ? `addMonths(${start}, ${at} * ${step.months})`
      : isDate
        ? `toDate32(fromUnixTimestamp64Nano(${ns(start)} + ${at} * ${step.ns}, 'UTC'), 'UTC')`
        : `addNanoseconds(${start}, ${at} * toInt64(${step.ns}))`;
  const kept = `${value} ${forward ? '<' : '>'}${inclusive ? '=' : ''} ${stop}`;
  const values = `arrayFilter(${value} -> ${kept}, arrayMap(${at} -> ${shifted}, range(${count})))`;
  return raiseGuard(`${distance} > ${ITEMS - 2}`, name, values, context);
}

/** `raiseIf` gives a nullable value, which a list cannot be. */
const raiseGuard = (condition: string, name: string, value: string, context: PrintContext): string =>
  `if(${raiseIf(condition, `Execution error: ${name} of more than ${ITEMS} items`, '0', context)} = 1, [], ${value})`;

function series(name: string, aliases: readonly string[], doc: string, inclusive: boolean): ScalarFunction {
  return {
    kind: 'scalar',
    name,
    aliases,
    family: LIST_FAMILY,
    signature: `${name}([start, ]stop[, step])`,
    doc,
    type(args, context) {
      if (args.length < 1 || args.length > 3) noMatch(name, args, context);
      const ends = args.slice(0, 2);
      if (args.every((argument) => isInteger(argument.type) || argument.type.kind === 'null'))
        return listOf(INT64);
      const times = ends.every((argument) => instant(argument.type) || isText(argument.type));
      const first = ends.find((argument) => instant(argument.type));
      const interval = args[2] === undefined || args[2].type.kind === 'interval';
      if (args.length < 2 || !times || first === undefined || !interval) noMatch(name, args, context);
      if (args[2] === undefined && first!.type.kind !== 'date') noMatch(name, args, context);
      const step = stepOf(args[2], name, context);
      if (first!.type.kind === 'date' && step.months === 0 && step.days === 0)
        context.fail('Cannot generate date range less than 1 day.');
      return listOf(first!.type);
    },
    coerce(args) {
      const first = args.slice(0, 2).find((argument) => instant(argument.type));
      if (first === undefined) return args.map(() => INT64);
      return args.map((argument, index) =>
        index < 2 && argument.type.kind !== first.type.kind ? first.type : undefined,
      );
    },
    print(args, context) {
      const ofInstants = args.some((argument) => instant(argument.type));
      const values = ofInstants
        ? instants(args, name, inclusive, context)
        : numbers(args, name, inclusive, context);
      const nulls = args.filter((argument) => argument.nullable);
      const guarded =
        nulls.length === 0
          ? values
          : `if(${nulls.map((argument) => `isNull(${argument.sql})`).join(' OR ')}, [], ${values})`;
      return asArray(guarded, context.resultType);
    },
  };
}

export const rangeFunctions: readonly ScalarFunction[] = [
  series(
    'range',
    [],
    'The numbers (or instants, with an interval as step) from start to before stop.',
    false,
  ),
  series(
    'generate_series',
    [],
    'The numbers (or instants, with an interval as step) from start to stop.',
    true,
  ),
];
