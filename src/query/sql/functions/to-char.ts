/** to_char: instants, dates and times of day by a strftime format, durations in one of two forms. */
import { bound } from '../bound.ts';
import { spanText } from '../span-text.ts';
import { TIMESTAMP_NS, UTF8 } from '../../types.ts';
import type {
  BoundArgument,
  PrintContext,
  PrintedArgument,
  ScalarFunction,
  TypeContext,
} from './definition.ts';
import { compileStrftime, type Moment, type Parts, printByRow } from './strftime.ts';
import { checkParameters, coerceParameters, isText, noMatch } from './support.ts';
import { fromNs, localNs, offsetNs, toNs, zoneOf } from './zones.ts';

const SHAPE = { parameters: ['timestamp', 'text'] } as const;

const isKind = (args: readonly BoundArgument[], kind: 'time' | 'duration'): boolean =>
  args[0]?.type.kind === kind;

/** The format, where the statement says it. */
const formatOf = ([, format]: readonly BoundArgument[]): string | undefined =>
  format?.constant?.kind === 'string' ? format.constant.value : undefined;

const partsOf = (args: readonly BoundArgument[]): Parts => ({
  date: !isKind(args, 'time'),
  zone: zoneOf(args[0]!.type) !== null,
});

function compiled(args: readonly BoundArgument[], format: string, context: TypeContext) {
  return (
    compileStrftime(format, partsOf(args)) ??
    context.fail(`Cast error: Format error: invalid format ${format}`)
  );
}

function printFormatted(args: readonly PrintedArgument[], context: PrintContext): string {
  const [value, format] = args as readonly [PrintedArgument, PrintedArgument];
  const zone = zoneOf(value.type);
  // A time of day is one of 1970-01-01.
  const instant = value.type.kind === 'time' ? fromNs(value.sql) : value.sql;
  const momentOf = (utcNs: string, wallNs: string): Moment => ({
    wallNs,
    utcNs,
    local: fromNs(wallNs),
    offsetNs: offsetNs(utcNs, zone, context),
  });
  const text = formatOf(args);
  if (text !== undefined) {
    const moment = momentOf(toNs(instant), localNs(instant, zone, context));
    const parts = compiled(args, text, context).map((part) =>
      typeof part === 'string' ? context.stringLiteral(part) : part(moment),
    );
    return `if(isNull(${value.sql}), NULL, concat('', ${parts.join(', ') || "''"}))`;
  }
  const [utc, wall] = [context.freshName(), context.freshName()];
  // Beside a format of its own, no value is no text, as in DataFusion.
  const known = `if(isNull(${value.sql}), '', ifNull(${format.sql}, ''))`;
  const body = printByRow(known, momentOf(utc, wall), partsOf(args), context);
  const printed = bound(utc, toNs(instant), bound(wall, localNs(instant, zone, context), body));
  return `multiIf(isNull(${format.sql}), NULL, isNull(${value.sql}), '', ${printed})`;
}

/** `iso8601`, and for every other text `1 days 2 hours 3 mins 4.567 secs`. */
function printDuration([value, format]: readonly PrintedArgument[]): string {
  const { type, sql } = value!;
  const form = (pretty: boolean): string => spanText(type, pretty)!(sql);
  const nothing = formatOf([value!, format!]) === undefined ? "''" : 'NULL';
  return `multiIf(isNull(${format!.sql}), NULL, isNull(${sql}), ${nothing}, lower(${format!.sql}) = 'iso8601', ${form(false)}, ${form(true)})`;
}

export const toCharFunctions: readonly ScalarFunction[] = [
  {
    kind: 'scalar',
    name: 'to_char',
    aliases: ['date_format'],
    family: 'Time',
    signature: 'to_char(value, format)',
    doc: 'The timestamp (or date, or time of day) as text by a strftime format (`%Y-%m-%d %H:%M:%S%.3f`, …), which may be a column; zone specifiers need a zoned value. A duration by `pretty` or `iso8601`.',
    type(args, context) {
      const other = isKind(args, 'time') || isKind(args, 'duration');
      if (args.length !== 2 || !other) checkParameters('to_char', SHAPE, args, context);
      const { type } = args[1]!;
      if (!isText(type) && type.kind !== 'null') noMatch('to_char', args, context);
      const format = formatOf(args);
      if (format !== undefined && !isKind(args, 'duration')) compiled(args, format, context);
      return UTF8;
    },
    coerce: (args) =>
      coerceParameters(SHAPE, args).map((type, index) => {
        if (index > 0) return type;
        return ['time', 'duration', 'timestamp'].includes(args[0]!.type.kind) ? undefined : TIMESTAMP_NS;
      }),
    print(args, context) {
      if (args[1]!.constant?.kind === 'null') return 'CAST(NULL AS Nullable(String))';
      return isKind(args, 'duration') ? printDuration(args) : printFormatted(args, context);
    },
  },
];
