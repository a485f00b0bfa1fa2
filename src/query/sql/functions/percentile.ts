/** Percentiles, approximate and exact. */
import type { DataType } from '../../types.ts';
import { FLOAT64 } from '../../types.ts';
import { engineCall } from './aggregate-call.ts';
import type {
  AggregateFunction,
  AggregateModifiers,
  BoundArgument,
  PrintContext,
  PrintedArgument,
  TypeContext,
} from './definition.ts';
import { heldSingly, percentileOfFew } from './few-values.ts';
import { castTo, constantNumber, firstType, isInteger, isNumber, noMatch, plain } from './support.ts';

const FAMILY = 'Statistics';

/** Values up to which the engine's sample holds them all. */
const SAMPLE = 8192;
/** Centroids of a digest when the statement names no number. */
const CENTROIDS = 100;

type NumberOf = (
  percentile: number,
  x: PrintedArgument,
  modifiers: AggregateModifiers,
  context: PrintContext,
) => string;

/**
 * Few values are what the reference's digest holds one by one, more are all sampled: exact, with interpolation. Of
 * many a sketch with an error of a thousandth of the ranks. (The engine's t-digest keeps 32-bit numbers, and would
 * show `22.700000762939453`.)
 */
const approximate =
  (centroids: number): NumberOf =>
  (percentile, { sql }, modifiers, context) => {
    const few = heldSingly(centroids);
    const engine = (name: string, parameters?: string): string =>
      engineCall(
        { name, args: [sql], orNull: true, ...(parameters === undefined ? {} : { parameters }) },
        modifiers,
      );
    const values = engineCall(
      { name: 'groupArraySorted', parameters: String(few + 1), args: [`toFloat64(${sql})`] },
      modifiers,
    );
    const sampled = `if(ifNull(${engine('count')}, 0) <= ${SAMPLE}, ${engine('quantile', String(percentile))}, toFloat64(${engine('quantileGK', `1000, ${percentile}`)}))`;
    return `if(length(${values}) <= ${few}, ${percentileOfFew(percentile, values, context)}, ${sampled})`;
  };

/** An integer is cut off, and at the end of its type where the number, a float, lies past it. */
function inType(type: DataType, sql: string): string {
  if (!isInteger(type)) return castTo(type, sql);
  const bits = type.kind === 'int' ? 63n : 64n;
  const whole = castTo(type, `trunc(${sql})`);
  if (!('bits' in type) || type.bits !== 64) return whole;
  return `if(${sql} >= ${2n ** bits}., ${castTo(type, String(2n ** bits - 1n))}, ${whole})`;
}

function constantPercentile(name: string, argument: BoundArgument | undefined, context: TypeContext): number {
  const p = constantNumber(argument, `The percentile of ${name}`, context);
  if (!(p >= 0 && p <= 1))
    context.fail(`Percentile value must be between 0.0 and 1.0 inclusive, ${p} is invalid`);
  return p;
}

function constantCentroids(name: string, argument: BoundArgument | undefined, context: TypeContext): number {
  if (argument === undefined) return CENTROIDS;
  const { constant, type } = argument;
  if (!isInteger(type)) return context.fail(`The number of centroids of ${name} must be a constant integer`);
  if (constant?.kind !== 'integer')
    return context.fail(`The number of centroids of ${name} must be a literal`);
  if (constant.value <= 0n)
    return context.fail(`The number of centroids of ${name} must be greater than 0, got ${constant.value}`);
  return Number(constant.value);
}

/** Decimals become floats; a bare null counts as an integer. */
const numberType = (args: readonly BoundArgument[]): DataType => {
  const type = plain(firstType(args));
  return type.kind === 'decimal' ? FLOAT64 : type;
};
const withoutDecimals = (args: readonly BoundArgument[]): readonly (DataType | undefined)[] => [
  args[0]?.type.kind === 'decimal' ? FLOAT64 : undefined,
];
const isNumberOrNull = ({ type }: BoundArgument): boolean => isNumber(plain(type)) || type.kind === 'null';

/** Percentile of the arguments' place: `(x, p)` or `(p) WITHIN GROUP (ORDER BY x)`, where `x` comes as order. */
function percentile(row: {
  name: string;
  aliases?: readonly string[];
  doc: string;
  signature: string;
  maximumArguments: number;
  type(args: readonly BoundArgument[]): DataType;
  number(args: readonly BoundArgument[], context: TypeContext): NumberOf;
}): AggregateFunction {
  return {
    kind: 'aggregate',
    name: row.name,
    ...(row.aliases === undefined ? {} : { aliases: row.aliases }),
    family: FAMILY,
    ordersArgument: true,
    signature: row.signature,
    doc: row.doc,
    type(args, context) {
      if (args.length < 2 || args.length > row.maximumArguments || !isNumberOrNull(args[0]!))
        noMatch(row.name, args, context);
      constantPercentile(row.name, args[1], context);
      row.number(args, context);
      return row.type(args);
    },
    coerce: withoutDecimals,
    print(args, modifiers, context) {
      const p = constantPercentile(row.name, args[1], context);
      const descending = modifiers.orderBy[0]?.descending === true;
      const printed = row.number(args, context)(descending ? 1 - p : p, args[0]!, modifiers, context);
      return inType(context.resultType, printed);
    },
  };
}

/** The engine weighs with whole numbers: thousandths of a fraction count. */
const wholeWeight = ({ sql, type }: PrintedArgument): string => {
  const weight = `greatest(ifNull(${sql}, 0), 0)`;
  return `toUInt64(${isInteger(plain(type)) ? weight : `least(toFloat64(${weight}) * 1000, 1e18)`})`;
};

const WEIGHTED = 'approx_percentile_cont_with_weight';

const weighted: AggregateFunction = {
  kind: 'aggregate',
  name: WEIGHTED,
  family: FAMILY,
  ordersArgument: true,
  signature:
    'approx_percentile_cont_with_weight(number, weight, percentile[, centroids]) or approx_percentile_cont_with_weight(weight, percentile[, centroids]) WITHIN GROUP (ORDER BY number)',
  doc: 'The approximate percentile of values that count as often as their weight says.',
  type(args, context) {
    if (args.length < 3 || args.length > 4 || !args.slice(0, 2).every(isNumberOrNull))
      noMatch(WEIGHTED, args, context);
    constantPercentile(WEIGHTED, args[2], context);
    constantCentroids(WEIGHTED, args[3], context);
    return numberType(args);
  },
  coerce: withoutDecimals,
  print([x, weight, p, centroids], modifiers, context) {
    const given = constantPercentile(WEIGHTED, p, context);
    const level = modifiers.orderBy[0]?.descending === true ? 1 - given : given;
    const { constant } = weight!;
    // What all weigh one is what weighs nothing.
    if ((constant?.kind === 'integer' || constant?.kind === 'float') && Number(constant.value) === 1) {
      const number = approximate(constantCentroids(WEIGHTED, centroids, context));
      return inType(context.resultType, number(level, x!, modifiers, context));
    }
    const printed = engineCall(
      {
        name: 'quantileExactWeighted',
        parameters: String(level),
        args: [x!.sql, wholeWeight(weight!)],
        orNull: true,
      },
      modifiers,
    );
    return castTo(context.resultType, printed);
  },
};

const APPROXIMATE = 'approx_percentile_cont';

export const percentileAggregates: readonly AggregateFunction[] = [
  {
    kind: 'aggregate',
    name: 'approx_median',
    family: FAMILY,
    signature: 'approx_median(number)',
    doc: 'The approximate median, in the type of the argument.',
    type(args, context) {
      if (args.length !== 1 || !isNumberOrNull(args[0]!)) noMatch('approx_median', args, context);
      return numberType(args);
    },
    coerce: withoutDecimals,
    print: ([x], modifiers, context) =>
      inType(context.resultType, approximate(CENTROIDS)(0.5, x!, modifiers, context)),
  },
  percentile({
    name: APPROXIMATE,
    signature:
      'approx_percentile_cont(number, percentile[, centroids]) or approx_percentile_cont(percentile[, centroids]) WITHIN GROUP (ORDER BY number)',
    doc: 'The approximate percentile, in the type of the argument.',
    maximumArguments: 3,
    type: numberType,
    number: (args, context) => approximate(constantCentroids(APPROXIMATE, args[2], context)),
  }),
  percentile({
    name: 'percentile_cont',
    aliases: ['quantile_cont'],
    signature: 'percentile_cont(percentile) WITHIN GROUP (ORDER BY number)',
    doc: 'The exact percentile with linear interpolation, a float.',
    maximumArguments: 2,
    type: (args) => (plain(firstType(args)).kind === 'float' ? numberType(args) : FLOAT64),
    number: () => (level, x, modifiers) =>
      engineCall(
        {
          name: 'quantileExactInclusive',
          parameters: String(level),
          args: [x.sql],
          orNull: true,
        },
        modifiers,
      ),
  }),
  weighted,
];
