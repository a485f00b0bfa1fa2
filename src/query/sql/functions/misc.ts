/** Types as text and casts by Arrow's names, and the version. */
import { type DataType, INT64, UTF8 } from '../../types.ts';
import { fromWallClock, isKnownZone } from '../time-zone.ts';
import { arrowTypeText, parseArrowType } from './arrow-type.ts';
import type { BoundArgument, ScalarFunction, TypeContext } from './definition.ts';
import { optional, roomFor } from './optional.ts';
import { isInteger, noMatch, scalar, sqlOf } from './support.ts';
import { fromNs } from './zones.ts';

const FAMILY = 'Other';

function castTarget(args: readonly BoundArgument[], context: TypeContext): DataType {
  if (args.length !== 2) noMatch('arrow_cast', args, context);
  const text = args[1]?.constant?.kind === 'string' ? args[1].constant.value : '';
  if (text === '')
    return context.fail('arrow_cast requires its second argument to be a non-empty constant string');
  const type =
    parseArrowType(text) ??
    context.fail(
      `Unsupported type '${text.slice(0, 100)}'. Must be a supported arrow type name such as 'Int32' or 'Timestamp(ns)'`,
    );
  if (type.kind === 'timestamp' && type.zone !== null && !isKnownZone(type.zone))
    context.fail(`Invalid timezone "${type.zone.slice(0, 100)}": failed to parse timezone`);
  const given = args[0]!.type;
  return given.kind === 'null' ? optional(type) : roomFor(type, given);
}

/** A CAST takes an integer for seconds; here it counts the unit of the type, which is a nanosecond. */
const countsNanoseconds = (args: readonly BoundArgument[], target: DataType): boolean =>
  target.kind === 'timestamp' && target.unit === 'nanosecond' && isInteger(args[0]!.type);

/** The zone whose clock an instant without one is read from. */
function stampedZone([value]: readonly BoundArgument[], target: DataType): string | undefined {
  if (target.kind !== 'timestamp' || target.zone === null) return undefined;
  if (value!.type.kind !== 'timestamp' || value!.type.zone !== null) return undefined;
  return target.zone;
}

export const miscFunctions: readonly ScalarFunction[] = [
  {
    kind: 'scalar',
    name: 'arrow_cast',
    family: FAMILY,
    signature: "arrow_cast(value, 'type')",
    doc: 'The value as an Arrow type: Int8, Utf8, Timestamp(ns, "UTC") or List(Int64).',
    nulls: () => 'kept',
    type: castTarget,
    coerce(args, context) {
      const target = castTarget(args, context);
      if (stampedZone(args, target) !== undefined) return [{ ...target, zone: null } as DataType, undefined];
      return [countsNanoseconds(args, target) ? INT64 : target, undefined];
    },
    print(args, context) {
      const { resultType } = context;
      const zone = stampedZone(args, resultType);
      if (zone !== undefined) return fromWallClock(sqlOf(args, 0), zone);
      return countsNanoseconds(args, resultType) ? fromNs(sqlOf(args, 0)) : sqlOf(args, 0);
    },
  },
  {
    kind: 'scalar',
    name: 'arrow_typeof',
    family: FAMILY,
    signature: 'arrow_typeof(value)',
    doc: 'The Arrow type of the value.',
    nulls: () => 'kept',
    type: (args, context) => (args.length === 1 ? UTF8 : noMatch('arrow_typeof', args, context)),
    print: (args, context) => context.stringLiteral(arrowTypeText(args[0]!.type)),
  },
  scalar(FAMILY, {
    name: 'version',
    signature: 'version()',
    doc: 'The version of the SQL dialect.',
    parameters: [],
    result: UTF8,
    print: (_args, context) => context.stringLiteral(VERSION),
  }),
];

/** What clients parse: the dialect that is spoken, then who speaks it. */
const VERSION = 'Apache DataFusion 51.0.0, spoken by Sluice';
