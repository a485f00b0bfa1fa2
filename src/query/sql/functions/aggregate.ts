/** Plain aggregates: counts, sums, extremes, bits and booleans. */
import { nullableEngineType } from '../../representation.ts';
import { BOOLEAN, type DataType, FLOAT64, INT64, UINT64 } from '../../types.ts';
import { engineCall } from './aggregate-call.ts';
import { MAXIMUM_DIGITS } from './decimal-type.ts';
import type {
  AggregateFunction,
  AggregateModifiers,
  BoundArgument,
  PrintContext,
  PrintedArgument,
} from './definition.ts';
import { extremeList, isOrdered } from './extreme-list.ts';
import { bind } from './list-support.ts';
import { isNotNullSql, isOptional, optional } from './optional.ts';
import {
  castTo,
  checkParameters,
  coerceParameters,
  firstType,
  isInteger,
  isNested,
  noMatch,
  type ParameterKind,
  plain,
  sqlOf,
} from './support.ts';

const FAMILY = 'Aggregate';
const NUMBER = { parameters: ['number'] } as const;

interface AggregateRow {
  readonly name: string;
  readonly aliases?: readonly string[];
  readonly signature: string;
  readonly doc: string;
  readonly parameters: readonly ParameterKind[];
  readonly required?: number;
  readonly result: DataType | ((args: readonly BoundArgument[]) => DataType);
  readonly family?: string;
  readonly window?: boolean;
  readonly emptyValue?: '0';
  print(args: readonly PrintedArgument[], modifiers: AggregateModifiers, context: PrintContext): string;
}

/** An aggregate whose arguments are described by kinds. */
export function aggregate(row: AggregateRow): AggregateFunction {
  const { parameters, required, result, ...rest } = row;
  const shape = { parameters, ...(required === undefined ? {} : { required }) };
  return {
    kind: 'aggregate',
    family: FAMILY,
    ...rest,
    type(args, context) {
      checkParameters(row.name, shape, args, context);
      return typeof result === 'function' ? result(args) : result;
    },
    coerce: (args) => coerceParameters(shape, args),
  };
}

const sumType = (args: readonly BoundArgument[]): DataType => {
  const type = firstType(args);
  if (type.kind === 'uint') return UINT64;
  if (type.kind === 'float') return FLOAT64;
  if (type.kind === 'decimal')
    return { ...type, precision: Math.min(MAXIMUM_DIGITS[type.bits], type.precision + 10) };
  return type.kind === 'duration' ? type : INT64;
};

/** Durations have a sum and a mean, too. */
const summable = (row: AggregateFunction): AggregateFunction => ({
  ...row,
  type(args, context) {
    const duration = args.length === 1 && args[0]!.type.kind === 'duration';
    return duration ? args[0]!.type : row.type(args, context);
  },
  coerce: (args, context) => (args[0]?.type.kind === 'duration' ? [] : (row.coerce?.(args, context) ?? [])),
});

/** Minimum and maximum keep the type; text, times, booleans and lists are ordered too. */
function extreme(name: 'min' | 'max', doc: string): AggregateFunction {
  return {
    kind: 'aggregate',
    name,
    family: FAMILY,
    signature: `${name}(value)`,
    doc,
    type(args, context) {
      if (args.length !== 1 || !isOrdered(args[0]!.type)) noMatch(name, args, context);
      return optional(plain(firstType(args)));
    },
    // A list of none or one, as of no rows there is none.
    coerce: ([argument]) => [optional(plain(argument!.type))],
    print([x], modifiers, context) {
      if (x!.type.kind === 'list') return extremeList(name, x!, modifiers);
      const value = engineCall(
        { name, args: [x!.sql], orNull: !x!.nullable, ignoreDistinct: true },
        modifiers,
      );
      if (name === 'min' || x!.type.kind !== 'float' || x!.stored) return value;
      // The engine passes over NaN, which is the greatest number of all.
      const nan = { name: 'max', args: [`ifNull(isNaN(${x!.sql}), 0)`], ignoreDistinct: true };
      return castTo(context.resultType, `if(${engineCall(nan, modifiers)} = 1, nan, ${value})`);
    },
  };
}

/** Bitwise aggregates: the engine's are 0 (or all ones) over nothing, SQL's are null. */
function bits(name: string, engineName: string, doc: string): AggregateFunction {
  return {
    kind: 'aggregate',
    name,
    family: FAMILY,
    signature: `${name}(integer)`,
    doc,
    type(args, context) {
      if (args.length !== 1 || !isInteger(firstType(args))) noMatch(name, args, context);
      return firstType(args);
    },
    print: ([x], modifiers, context) =>
      castTo(context.resultType, engineCall({ name: engineName, args: [x!.sql], orNull: true }, modifiers)),
  };
}

function booleans(name: string, engineName: 'min' | 'max', doc: string): AggregateFunction {
  return aggregate({
    name,
    signature: `${name}(boolean)`,
    doc,
    parameters: ['boolean'],
    result: BOOLEAN,
    print: ([x], modifiers) =>
      engineCall({ name: engineName, args: [x!.sql], orNull: true, ignoreDistinct: true }, modifiers),
  });
}

const count: AggregateFunction = {
  kind: 'aggregate',
  name: 'count',
  family: FAMILY,
  signature: 'count(* | value)',
  doc: 'The number of rows, or of values that are not null; 0 over nothing.',
  emptyValue: '0',
  type: () => INT64,
  print(args, modifiers) {
    const nullable = args.filter(({ type, nullable }) => (isNested(type) ? isOptional(type) : nullable));
    const present = nullable.map(({ type, sql }) => isNotNullSql(type, sql));
    if (modifiers.distinct && args.length > 0) {
      const call = {
        name: 'uniqExact',
        args: args.map((argument) => argument.sql),
        ignoreDistinct: true,
        ...(present.length > 0 && (args.length > 1 || isNested(args[0]!.type))
          ? { condition: present.join(' AND ') }
          : {}),
      };
      return `toInt64(${engineCall(call, modifiers)})`;
    }
    if (args.length === 1 && present.length === 1 && !isNested(args[0]!.type)) {
      return `toInt64(${engineCall({ name: 'count', args: [sqlOf(args, 0)] }, modifiers)})`;
    }
    const call = {
      name: 'count',
      args: [],
      ignoreDistinct: true,
      ...(present.length > 0 ? { condition: present.join(' AND ') } : {}),
    };
    return `toInt64(${engineCall(call, modifiers)})`;
  },
};

/** The mean of the one or two in the middle, NaN being the greatest number. */
function middle(value: string, modifiers: AggregateModifiers, context: PrintContext): string {
  const item = context.freshName();
  const values = engineCall({ name: 'groupArray', args: [value] }, modifiers);
  const sorted = `arraySort(${item} -> tuple(isNaN(${item}), ${item}), ${values})`;
  const mean = (name: string): string => {
    const at = (place: string): string => `arrayElementOrNull(${name}, ${place})`;
    return `(${at(`intDiv(length(${name}) + 1, 2)`)} + ${at(`intDiv(length(${name}), 2) + 1`)}) / 2`;
  };
  return castTo(context.resultType, bind(sorted, mean, context));
}

/** The lower and upper middle value; their mean, truncated for integers. */
const median = aggregate({
  name: 'median',
  signature: 'median(number)',
  doc: 'The middle value; of an even number of values the mean of the two in the middle, in the type of the argument.',
  parameters: ['number'],
  result: firstType,
  print([x], modifiers, context) {
    // To the engine NaN is beside the numbers, not above them.
    if (context.resultType.kind === 'float' && !x!.stored) return middle(x!.sql, modifiers, context);
    const half = (name: string): string =>
      engineCall({ name, parameters: '0.5', args: [x!.sql], orNull: true }, modifiers);
    const [low, high] = [half('quantileExactLow'), half('quantileExactHigh')];
    if (isInteger(context.resultType)) return castTo(context.resultType, `intDiv(${low} + ${high}, 2)`);
    return castTo(context.resultType, `((${low} + ${high}) / 2)`);
  },
});

const mean: AggregateFunction = summable({
  kind: 'aggregate',
  family: FAMILY,
  name: 'avg',
  aliases: ['mean'],
  signature: 'avg(number)',
  doc: 'The mean as Float64; of decimals as a decimal with four more digits, of durations as a duration.',
  type(args, context) {
    checkParameters('avg', NUMBER, args, context);
    const type = firstType(args);
    if (type.kind !== 'decimal') return FLOAT64;
    const more = (digits: number): number => Math.min(MAXIMUM_DIGITS[type.bits], digits + 4);
    return { ...type, precision: more(type.precision), scale: more(type.scale) };
  },
  coerce(args) {
    const type = firstType(args);
    return [type.kind === 'decimal' ? type : FLOAT64];
  },
  print([x], modifiers, { resultType }) {
    const engine = (name: string, arg: string): string =>
      engineCall({ name, args: [arg], orNull: !x!.nullable }, modifiers);
    if (resultType.kind === 'duration')
      return `toInt64(intDiv(${engine('sum', `toInt128(${x!.sql})`)}, greatest(ifNull(${engine('count', x!.sql)}, 0), 1)))`;
    if (resultType.kind !== 'decimal') return engine('avg', x!.sql);
    // The engine divides where the result is null, too.
    const count = `greatest(ifNull(${engine('count', x!.sql)}, 0), 1)`;
    const mean = `divideDecimal(${engine('sum', x!.sql)}, toDecimal128(${count}, 0), ${resultType.scale})`;
    return `CAST(${mean} AS ${nullableEngineType(resultType)})`;
  },
});

export const basicAggregates: readonly AggregateFunction[] = [
  count,
  summable(
    aggregate({
      name: 'sum',
      signature: 'sum(number)',
      doc: 'The sum: Int64, UInt64, Float64, a decimal or a duration; integers wrap on overflow.',
      parameters: ['number'],
      result: sumType,
      print([x], modifiers, { resultType }) {
        const sum = engineCall({ name: 'sum', args: [x!.sql], orNull: !x!.nullable }, modifiers);
        return resultType.kind === 'decimal' ? `CAST(${sum} AS ${nullableEngineType(resultType)})` : sum;
      },
    }),
  ),
  mean,
  extreme(
    'min',
    'The smallest value; text is ordered bytewise, false before true, lists item by item with nulls last.',
  ),
  extreme(
    'max',
    'The largest value; text is ordered bytewise, false before true, lists item by item with nulls last.',
  ),
  median,
  bits('bit_and', 'groupBitAnd', 'Bitwise AND of all values.'),
  bits('bit_or', 'groupBitOr', 'Bitwise OR of all values.'),
  bits('bit_xor', 'groupBitXor', 'Bitwise XOR of all values.'),
  booleans('bool_and', 'min', 'Whether all values are true.'),
  booleans('bool_or', 'max', 'Whether any value is true.'),
];
