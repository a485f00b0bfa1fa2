/** range and generate_series: numbers, dates and instants in steps. */
import { DATE32, type DataType, INT64, INTERVAL } from '../../types.ts';
import type { BoundArgument, PrintContext, PrintedArgument, ScalarFunction } from './definition.ts';
import { checkStep, instantRange, MAXIMUM_ITEMS } from './instant-range.ts';
import { asArray, LIST_FAMILY, listOf } from './list-support.ts';
import { ABSENT, isOptional, optional, present } from './optional.ts';
import { isInteger, isText, noMatch } from './support.ts';

const instant = (type: DataType): boolean => type.kind === 'timestamp' || type.kind === 'date';

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
  const size = `abs(toFloat64(${stop}) - toFloat64(${start})) / abs(toFloat64(${safe})) > ${MAXIMUM_ITEMS} AND ((${stop} > ${start}) = (${safe} > 0))`;
  const guarded = third === undefined ? '' : `step can't be 0 for function ${name}(start [, stop, step])`;
  const zero =
    guarded === ''
      ? undefined
      : `throwIf(ifNull(${args[2]!.sql} = 0, false), ${context.stringLiteral(`Execution error: ${guarded}`)})`;
  const large = `throwIf(ifNull(${size}, false), ${context.stringLiteral(`Execution error: ${name} of more than ${MAXIMUM_ITEMS} items`)})`;
  const checks = [zero, large].filter((check) => check !== undefined).map((check) => `${check} = 1`);
  return `if(${checks.join(' OR ')}, [], ${values})`;
}

/** What a call lists; undefined: its arguments do not fit. */
function itemOf(args: readonly BoundArgument[]): DataType | undefined {
  const isNull = ({ type }: BoundArgument): boolean => type.kind === 'null';
  if (args.every((argument) => isInteger(argument.type) || isNull(argument))) return INT64;
  const [start, stop, step] = args;
  const ends = [start!, stop!];
  const isTime = ends.every(
    (end) => end !== undefined && (instant(end.type) || isText(end.type) || isNull(end)),
  );
  if (!isTime || (step !== undefined && step.type.kind !== 'interval' && !isNull(step))) return undefined;
  // Texts are days, as in DataFusion.
  const item = ends.find((end) => instant(end.type))?.type ?? DATE32;
  if (item.kind === 'timestamp') return step === undefined ? undefined : { ...item, unit: 'nanosecond' };
  return item;
}

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
      const item = itemOf(args) ?? noMatch(name, args, context);
      checkStep(args[2], item, name, context);
      return args.some((argument) => argument.nullable) ? optional(listOf(item)) : listOf(item);
    },
    coerce(args) {
      const item = itemOf(args)!;
      if (!instant(item)) return args.map(() => INT64);
      return args.map(({ type }, index) =>
        index === 2 ? INTERVAL : type.kind === item.kind ? undefined : item,
      );
    },
    print(args, context) {
      const { resultType } = context;
      if (args.some(({ constant }) => constant?.kind === 'null')) return asArray(ABSENT, resultType);
      const ofInstants = resultType.kind === 'list' && instant(resultType.item);
      const values = ofInstants
        ? instantRange(args, name, inclusive, context)
        : numbers(args, name, inclusive, context);
      const list = asArray(values, present(resultType));
      if (!isOptional(resultType)) return list;
      const nulls = args.filter((argument) => argument.nullable).map(({ sql }) => `isNull(${sql})`);
      return nulls.length === 0 ? `[${list}]` : `if(${nulls.join(' OR ')}, [], [${list}])`;
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
