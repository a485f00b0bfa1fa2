/** The instant of the query, and zones as facts of a type. */
import { DATE32, type DataType, TIMESTAMP_NS } from '../../types.ts';
import type { BoundArgument, ScalarFunction, TypeContext } from './definition.ts';
import { checkParameters, coerceParameters, constantText, scalar, sqlOf } from './support.ts';
import { fromDays } from './to-timestamp.ts';
import { checkZone, fromNs, localNs, NS_PER_DAY, zoneOf } from './zones.ts';

const floorDays = (ns: bigint): bigint => (ns - (((ns % NS_PER_DAY) + NS_PER_DAY) % NS_PER_DAY)) / NS_PER_DAY;
const TZ_SHAPE = { parameters: ['timestamp', 'text'], required: 1 } as const;

function tzType(args: readonly BoundArgument[], context: TypeContext): DataType {
  checkParameters('tz', TZ_SHAPE, args, context);
  const zone = args.length === 1 ? 'UTC' : checkZone(constantText(args[1], 'TZ time zone', context), context);
  const type = args[0]!.type;
  return { kind: 'timestamp', unit: type.kind === 'timestamp' ? type.unit : 'nanosecond', zone };
}

export const nowFunctions: readonly ScalarFunction[] = [
  scalar('Time', {
    name: 'now',
    aliases: ['current_timestamp'],
    signature: 'now()',
    doc: 'The instant of the query: one value for all of it.',
    parameters: [],
    result: { kind: 'timestamp', unit: 'nanosecond', zone: '+00:00' },
    print: (_args, context) => context.timestampLiteral(context.nowNs),
  }),
  scalar('Time', {
    name: 'current_date',
    aliases: ['today'],
    signature: 'current_date()',
    doc: 'The date of the query in UTC.',
    parameters: [],
    result: DATE32,
    print: (_args, context) => fromDays(`${floorDays(context.nowNs)}`),
  }),
  scalar('Time', {
    name: 'current_time',
    signature: 'current_time()',
    doc: 'The time of day of the query in UTC.',
    parameters: [],
    result: { kind: 'time', unit: 'nanosecond' },
    print: (_args, context) => `toInt64(${context.nowNs - floorDays(context.nowNs) * NS_PER_DAY})`,
  }),
  {
    kind: 'scalar',
    name: 'tz',
    family: 'Time',
    signature: "tz(timestamp[, 'zone'])",
    doc: 'The same instant, shown in the zone (default UTC).',
    type: tzType,
    coerce: (args) => coerceParameters(TZ_SHAPE, args),
    // The engine carries instants; the zone is a fact of the type only.
    print: (args) => sqlOf(args, 0),
  },
  scalar('Time', {
    name: 'to_local_time',
    signature: 'to_local_time(timestamp)',
    doc: 'The local wall clock of a zoned timestamp, without zone; others stay as they are.',
    parameters: ['timestamp'],
    result: ([time]) => (time!.type.kind === 'timestamp' ? { ...time!.type, zone: null } : TIMESTAMP_NS),
    print(args, context) {
      const zone = zoneOf(args[0]!.type);
      return zone === null ? sqlOf(args, 0) : fromNs(localNs(sqlOf(args, 0), zone, context));
    },
  }),
];
