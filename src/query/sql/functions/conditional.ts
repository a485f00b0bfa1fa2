/** Choosing among values: coalesce, nullif, nvl, nvl2, greatest, least. */
import type { DataType } from '../../types.ts';
import type { BoundArgument, PrintedArgument, ScalarFunction, TypeContext } from './definition.ts';
import { ABSENT, isNotNullSql, isOptional, optional } from './optional.ts';
import { castTo, commonType, isNested, noMatch, sameType, sqlOf } from './support.ts';

const FAMILY = 'Conditional';

/** The common type of the values at the given positions. */
function shared(name: string, args: readonly BoundArgument[], context: TypeContext, values = args): DataType {
  const common = commonType(values.map((argument) => argument.type)) ?? noMatch(name, args, context);
  return common;
}

const coerceAll = (
  args: readonly BoundArgument[],
  common: DataType | undefined,
  isValue: (index: number) => boolean = () => true,
): readonly (DataType | undefined)[] =>
  args.map((argument, index) =>
    isValue(index) && common !== undefined && common.kind !== 'null' && !sameType(common, argument.type)
      ? common
      : undefined,
  );

const commonOf = (args: readonly BoundArgument[]): DataType | undefined =>
  commonType(args.map((argument) => argument.type));

function choice(
  name: string,
  aliases: readonly string[],
  signature: string,
  doc: string,
  count: { minimum: number; maximum: number },
  print: ScalarFunction['print'],
): ScalarFunction {
  return {
    kind: 'scalar',
    name,
    aliases,
    family: FAMILY,
    signature,
    doc,
    type(args, context) {
      if (args.length < count.minimum || args.length > count.maximum) noMatch(name, args, context);
      return shared(name, args, context);
    },
    nulls: () => 'kept',
    coerce: (args) => coerceAll(args, commonOf(args)),
    print,
  };
}

/** The first list, map or struct that is not null. */
const firstNested = (args: readonly PrintedArgument[]): string => {
  const [first, ...rest] = args;
  if (rest.length === 0 || !isOptional(first!.type)) return first!.sql;
  return `if(notEmpty(${first!.sql}), ${first!.sql}, ${firstNested(rest)})`;
};

const MANY = { minimum: 1, maximum: 1000 };
const TWO = { minimum: 2, maximum: 2 };

/** NaN is the greatest number of all, as in DataFusion's total order; nulls are ignored. */
const extreme =
  (name: 'greatest' | 'least'): ScalarFunction['print'] =>
  (args, context) => {
    const values = args.map((argument) => argument.sql);
    if (values.length === 1) return values[0]!;
    if (context.resultType.kind !== 'float')
      return castTo(context.resultType, `${name}(${values.join(', ')})`);
    if (name === 'greatest') {
      const anyNan = values.map((value) => `ifNull(isNaN(${value}), 0)`).join(' OR ');
      return `if(${anyNan}, nan, greatest(${values.join(', ')}))`;
    }
    const real = values.map((value) => `if(isNaN(${value}), NULL, ${value})`);
    return `coalesce(least(${real.join(', ')}), ${values.join(', ')})`;
  };

export const conditionalFunctions: readonly ScalarFunction[] = [
  choice('coalesce', [], 'coalesce(value[, …])', 'The first value that is not null.', MANY, (args) => {
    if (isNested(args[0]!.type)) return firstNested(args);
    return `coalesce(${args.map((argument) => argument.sql).join(', ')})`;
  }),
  {
    ...choice('nullif', [], 'nullif(a, b)', 'Null when both are equal, else the first.', TWO, (args) => {
      const [a, b] = [sqlOf(args, 0), sqlOf(args, 1)];
      const { type } = args[0]!;
      if (!isNested(type)) return `if(ifNull(${a} = ${b}, false), NULL, ${a})`;
      // Of two nulls the first is one already.
      return `if(${a} = ${b}, ${ABSENT}, ${isOptional(type) ? a : `[${a}]`})`;
    }),
    type: (args, context) =>
      args.length === 2 ? optional(shared('nullif', args, context)) : noMatch('nullif', args, context),
  },
  choice('nvl', ['ifnull'], 'nvl(a, b)', 'The first unless it is null, else the second.', TWO, (args) =>
    isNested(args[0]!.type) ? firstNested(args) : `ifNull(${sqlOf(args, 0)}, ${sqlOf(args, 1)})`,
  ),
  {
    kind: 'scalar',
    name: 'nvl2',
    family: FAMILY,
    signature: 'nvl2(value, if_not_null, if_null)',
    doc: 'The second value when the first is not null, else the third.',
    type(args, context) {
      if (args.length !== 3) noMatch('nvl2', args, context);
      return shared('nvl2', args, context, args.slice(1));
    },
    nulls: () => 'kept',
    coerce: (args) => coerceAll(args, commonOf(args.slice(1)), (index) => index > 0),
    print: (args) =>
      `if(${isNotNullSql(args[0]!.type, sqlOf(args, 0))}, ${sqlOf(args, 1)}, ${sqlOf(args, 2)})`,
  },
  choice(
    'greatest',
    [],
    'greatest(value[, …])',
    'The greatest value; nulls are ignored.',
    MANY,
    extreme('greatest'),
  ),
  choice('least', [], 'least(value[, …])', 'The smallest value; nulls are ignored.', MANY, extreme('least')),
];
