/** Functions that only make sense over a window. */
import { type DataType, FLOAT64, INT64, UINT64 } from '../../types.ts';
import type {
  BoundArgument,
  PrintContext,
  PrintedArgument,
  TypeContext,
  WindowFunction,
  WindowSpecification,
} from './definition.ts';
import {
  castTo,
  commonType,
  constantInteger,
  firstType,
  isFloat,
  isInteger,
  isNested,
  noMatch,
  sameType,
} from './support.ts';
import { isNotNullSql, optional } from './optional.ts';
import { toNs } from './zones.ts';

const FAMILY = 'Window';

/** The window with another frame: partition and order as written. */
function framed(over: WindowSpecification, frame: string): string {
  const partition = over.partitionSql.length > 0 ? `PARTITION BY ${over.partitionSql.join(', ')} ` : '';
  const order = over.orderSql.length > 0 ? `ORDER BY ${over.orderSql.join(', ')} ` : '';
  return `(${partition}${order}${frame})`;
}
const ALL_ROWS = 'ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING';
const BEFORE = 'ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING';
const AFTER = 'ROWS BETWEEN 1 FOLLOWING AND UNBOUNDED FOLLOWING';

/** The engine ranks over the whole partition only, whatever frame was written. */
function ranking(name: string, type: DataType, doc: string): WindowFunction {
  return {
    kind: 'window',
    name,
    family: FAMILY,
    signature: `${name}()`,
    doc,
    type: (args, context) => (args.length === 0 ? type : noMatch(name, args, context)),
    // Ranks have their own frame in the engine: none is written.
    print: (_args, over, context) =>
      castTo(context.resultType, `${name}() OVER ${framed(over, name === 'row_number' ? ALL_ROWS : '')}`),
  };
}

const nullable = (argument: PrintedArgument): string =>
  isNested(argument.type) ? argument.sql : `toNullable(${argument.sql})`;

/** lag and lead; the same with the sign of the offset turned around. */
function shifted(name: 'lag' | 'lead', doc: string): WindowFunction {
  return {
    kind: 'window',
    name,
    family: FAMILY,
    signature: `${name}(value[, offset[, default]])`,
    doc,
    type(args, context) {
      if (args.length < 1 || args.length > 3) noMatch(name, args, context);
      offsetOf(args, name, context);
      const values = [args[0]!, ...args.slice(2)].map((argument) => argument.type);
      return optional(commonType(values) ?? noMatch(name, args, context));
    },
    coerce(args) {
      const values = commonType([args[0]!, ...args.slice(2)].map((argument) => argument.type));
      const common = values && optional(values);
      return args.map((argument, index) =>
        index !== 1 && common !== undefined && !sameType(common, argument.type) ? common : undefined,
      );
    },
    print(args, over, context) {
      const value = args[0]!;
      const offset = offsetOf(args, name, context);
      const back = (name === 'lag') === offset >= 0n;
      const distance = offset < 0n ? -offset : offset;
      if (context.ignoreNulls && distance > 0n) return withoutNulls(value, args[2], over, back, distance);
      const engine = back ? 'lagInFrame' : 'leadInFrame';
      const otherwise = args[2] === undefined ? '' : `, ${nullable(args[2])}`;
      return `${engine}(${nullable(value)}, ${distance}${otherwise}) OVER ${framed(over, ALL_ROWS)}`;
    },
  };
}

/** None is 1, a null is the row itself. */
function offsetOf([, offset]: readonly BoundArgument[], name: string, context: TypeContext): bigint {
  if (offset === undefined) return 1n;
  return offset.constant?.kind === 'null' ? 0n : constantInteger(offset, `The offset of ${name}`, context);
}

/** The n-th value before or after this row that is not null. */
function withoutNulls(
  value: PrintedArgument,
  otherwise: PrintedArgument | undefined,
  over: WindowSpecification,
  back: boolean,
  distance: bigint,
): string {
  // groupArray leaves nulls out, so positions count values only.
  const collect = isNested(value.type)
    ? `groupArrayIf(${value.sql}, ${isNotNullSql(value.type, value.sql)})`
    : `groupArray(${nullable(value)})`;
  const values = `${collect} OVER ${framed(over, back ? BEFORE : AFTER)}`;
  const found = `arrayElementOrNull(${values}, ${back ? -distance : distance})`;
  return otherwise === undefined ? found : `if(length(${values}) >= ${distance}, ${found}, ${otherwise.sql})`;
}

const numeric = (type: DataType): boolean => isInteger(type) || isFloat(type);

/** Previous value that is not null. */
const previous = (sql: string, over: WindowSpecification): string =>
  `anyLast(toNullable(${sql})) OVER ${framed(over, BEFORE)}`;

function difference(name: string, doc: string, nonNegative: boolean): WindowFunction {
  return {
    kind: 'window',
    name,
    family: FAMILY,
    signature: `${name}(number)`,
    doc,
    type(args, context) {
      if (args.length !== 1 || !(numeric(args[0]!.type) || args[0]!.type.kind === 'null'))
        noMatch(name, args, context);
      return firstType(args);
    },
    coerce: (args) => [args[0]?.type.kind === 'null' ? INT64 : undefined],
    print([x], over, context) {
      const change = castTo(context.resultType, `(${x!.sql}) - ${previous(x!.sql, over)}`);
      if (!nonNegative) return change;
      return `if((${x!.sql}) < ${previous(x!.sql, over)}, NULL, ${change})`;
    },
  };
}

function derivative(name: string, doc: string, nonNegative: boolean): WindowFunction {
  return {
    kind: 'window',
    name,
    family: FAMILY,
    signature: `${name}(number, time[, unit])`,
    doc,
    type(args, context): DataType {
      const [x, time] = args;
      if (args.length < 2 || args.length > 3 || !numeric(x!.type) || time!.type.kind !== 'timestamp') {
        noMatch(name, args, context);
      }
      unitNs(args, name, context);
      return FLOAT64;
    },
    print(args, over, context) {
      const [x, time] = args as [PrintedArgument, PrintedArgument];
      const now = toNs(time.sql);
      // Times of rows without a value are not points of the curve.
      const then = `anyLastIf(toNullable(${now}), isNotNull(${x.sql})) OVER ${framed(over, BEFORE)}`;
      const change = `toFloat64((${x.sql}) - ${previous(x.sql, over)})`;
      const rate = `(${change} / (toFloat64(${now} - ${then}) / ${unitNs(args, name, context)}))`;
      return nonNegative ? `if(${rate} < 0, NULL, ${rate})` : rate;
    },
  };
}

function unitNs(args: readonly BoundArgument[], name: string, context: TypeContext): bigint {
  const unit = args[2];
  if (unit === undefined) return 1_000_000_000n;
  if (unit.constant?.kind !== 'interval' || unit.constant.months !== 0) {
    return context.fail(`${name} unit must be a constant interval without months`);
  }
  const ns = BigInt(unit.constant.days) * 86_400_000_000_000n + unit.constant.ns;
  return ns > 0n ? ns : context.fail(`${name} unit must be positive`);
}

function printTiles(
  [n]: readonly PrintedArgument[],
  over: WindowSpecification,
  context: PrintContext,
): string {
  return `toUInt64(ntile(${constantInteger(n, 'ntile', context)}) OVER ${framed(over, ALL_ROWS)})`;
}

export const windowFunctions: readonly WindowFunction[] = [
  ranking('row_number', UINT64, 'The number of the row in its partition, from 1.'),
  ranking('rank', UINT64, 'The rank with gaps after ties.'),
  ranking('dense_rank', UINT64, 'The rank without gaps.'),
  ranking('percent_rank', FLOAT64, '(rank - 1) / (rows - 1).'),
  ranking('cume_dist', FLOAT64, 'The share of rows up to this one and its ties.'),
  {
    kind: 'window',
    name: 'ntile',
    family: FAMILY,
    signature: 'ntile(n)',
    doc: 'The number of the row’s group when the partition is cut into n groups of about the same size.',
    type(args, context) {
      if (args.length !== 1) noMatch('ntile', args, context);
      if (constantInteger(args[0], 'The argument of ntile', context) <= 0n) {
        context.fail('NTILE requires a positive integer');
      }
      return UINT64;
    },
    print: printTiles,
  },
  shifted('lag', 'The value `offset` rows before (default 1), or the default.'),
  shifted('lead', 'The value `offset` rows after (default 1), or the default.'),
  difference('difference', 'The change from the previous value that is not null.', false),
  difference('non_negative_difference', 'As `difference`; a negative change is null.', true),
  derivative('derivative', 'The change per unit of time (default 1 s) from the previous value.', false),
  derivative('non_negative_derivative', 'As `derivative`; a negative rate is null.', true),
];
