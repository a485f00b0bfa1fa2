/** to_char: chrono's strftime, specifier by specifier, from exact ns of the wall clock. */
import { TIMESTAMP_NS, UTF8 } from '../../types.ts';
import type { BoundArgument, PrintContext, ScalarFunction, TypeContext } from './definition.ts';
import { checkParameters, coerceParameters, constantText } from './support.ts';
import { floorModulo, fromNs, localNs, NS_PER_SECOND, offsetNs, toNs, zoneOf } from './zones.ts';

interface Moment {
  /** Wall clock as an engine instant, and in ns. */
  readonly local: string;
  readonly wallNs: string;
  readonly utcNs: string;
  readonly offsetNs: string;
}

const padded = (value: string, width: number, fill = '0'): string =>
  `leftPad(toString(${value}), ${width}, '${fill}')`;
const hour12 = (local: string): string => `((toHour(${local}) + 11) % 12 + 1)`;
const subsecond = (moment: Moment): string => padded(floorModulo(moment.wallNs, NS_PER_SECOND), 9);
const offset = (moment: Moment, colon: string): string => {
  const minutes = `intDiv(abs(${moment.offsetNs}), 60000000000)`;
  return `concat(if(${moment.offsetNs} < 0, '-', '+'), ${padded(`intDiv(${minutes}, 60)`, 2)}, '${colon}', ${padded(`${minutes} % 60`, 2)})`;
};
const week = (moment: Moment, firstDay: number): string =>
  padded(
    `intDiv(toDayOfYear(${moment.local}) + 6 - (toDayOfWeek(${moment.local}) + ${7 - firstDay}) % 7, 7)`,
    2,
  );
const dayNumber = (local: string): string => `(toDayOfWeek(${local}) % 7)`;

const SPECIFIERS: Readonly<Record<string, (moment: Moment) => string>> = {
  Y: (m) => padded(`toYear(${m.local})`, 4),
  C: (m) => padded(`intDiv(toYear(${m.local}), 100)`, 2),
  y: (m) => padded(`toYear(${m.local}) % 100`, 2),
  q: (m) => `toString(toQuarter(${m.local}))`,
  m: (m) => padded(`toMonth(${m.local})`, 2),
  b: (m) => `substring(dateName('month', ${m.local}), 1, 3)`,
  h: (m) => `substring(dateName('month', ${m.local}), 1, 3)`,
  B: (m) => `dateName('month', ${m.local})`,
  d: (m) => padded(`toDayOfMonth(${m.local})`, 2),
  e: (m) => padded(`toDayOfMonth(${m.local})`, 2, ' '),
  a: (m) => `substring(dateName('weekday', ${m.local}), 1, 3)`,
  A: (m) => `dateName('weekday', ${m.local})`,
  w: (m) => `toString(${dayNumber(m.local)})`,
  u: (m) => `toString(toDayOfWeek(${m.local}))`,
  U: (m) => week(m, 0),
  W: (m) => week(m, 1),
  G: (m) => padded(`toISOYear(${m.local})`, 4),
  g: (m) => padded(`toISOYear(${m.local}) % 100`, 2),
  V: (m) => padded(`toISOWeek(${m.local})`, 2),
  j: (m) => padded(`toDayOfYear(${m.local})`, 3),
  H: (m) => padded(`toHour(${m.local})`, 2),
  k: (m) => padded(`toHour(${m.local})`, 2, ' '),
  I: (m) => padded(hour12(m.local), 2),
  l: (m) => padded(hour12(m.local), 2, ' '),
  P: (m) => `if(toHour(${m.local}) < 12, 'am', 'pm')`,
  p: (m) => `if(toHour(${m.local}) < 12, 'AM', 'PM')`,
  M: (m) => padded(`toMinute(${m.local})`, 2),
  S: (m) => padded(`toSecond(${m.local})`, 2),
  f: subsecond,
  '3f': (m) => `substring(${subsecond(m)}, 1, 3)`,
  '6f': (m) => `substring(${subsecond(m)}, 1, 6)`,
  '9f': subsecond,
  '.3f': (m) => `concat('.', substring(${subsecond(m)}, 1, 3))`,
  '.6f': (m) => `concat('.', substring(${subsecond(m)}, 1, 6))`,
  '.9f': (m) => `concat('.', ${subsecond(m)})`,
  // As short as three, six or nine digits allow; nothing for a whole second.
  '.f': (m) =>
    `multiIf(${subsecond(m)} = '000000000', '', endsWith(${subsecond(m)}, '000000'), concat('.', substring(${subsecond(m)}, 1, 3)), endsWith(${subsecond(m)}, '000'), concat('.', substring(${subsecond(m)}, 1, 6)), concat('.', ${subsecond(m)}))`,
  z: (m) => offset(m, ''),
  ':z': (m) => offset(m, ':'),
  Z: (m) => offset(m, ':'),
  s: (m) => `toString(intDiv(${m.utcNs} - ${floorModulo(m.utcNs, 1000000000)}, 1000000000))`,
};

const SHORTHANDS: Readonly<Record<string, string>> = {
  T: '%H:%M:%S',
  X: '%H:%M:%S',
  R: '%H:%M',
  r: '%I:%M:%S %p',
  F: '%Y-%m-%d',
  D: '%m/%d/%y',
  x: '%m/%d/%y',
  v: '%e-%b-%Y',
  c: '%a %b %e %H:%M:%S %Y',
  '+': '%Y-%m-%dT%H:%M:%S%.f%:z',
};
/** What a time of day has. */
const CLOCK = new Set([...'HkIlPpMSf', '3f', '6f', '9f', '.f', '.3f', '.6f', '.9f']);
const ZONED = new Set(['z', ':z', 'Z']);

type Piece = { readonly literal: string } | { readonly specifier: string };

/** Cuts a format into literal text and specifiers; fails planning for one that is unknown. */
function parseFormat(format: string, zoned: boolean, context: TypeContext): Piece[] {
  const expanded = format.replaceAll(/%([TXRrFDxvc+])/g, (_all, letter: string) => SHORTHANDS[letter] ?? '');
  return (expanded.match(/%[.:]?\d?[A-Za-z%]|%|[^%]+/gs) ?? []).map((piece): Piece => {
    if (!piece.startsWith('%')) return { literal: piece };
    const specifier = piece.slice(1);
    if (specifier === '%') return { literal: '%' };
    if (specifier === 'n') return { literal: '\n' };
    if (specifier === 't') return { literal: '\t' };
    const known = Object.hasOwn(SPECIFIERS, specifier) && (zoned || !ZONED.has(specifier));
    return known ? { specifier } : context.fail(`Cast error: Format error: invalid format ${format}`);
  });
}

const SHAPE = { parameters: ['timestamp', 'text'] } as const;
const formatText = (args: readonly BoundArgument[], context: TypeContext): string =>
  constantText(args[1], 'The format of to_char', context);

const isTime = (args: readonly BoundArgument[]): boolean => args[0]?.type.kind === 'time';

const isNullFormat = (args: readonly BoundArgument[]): boolean => args[1]?.constant?.kind === 'null';

function piecesOf(args: readonly BoundArgument[], context: TypeContext): Piece[] {
  const format = formatText(args, context);
  const pieces = parseFormat(format, zoneOf(args[0]!.type) !== null, context);
  if (isTime(args) && pieces.some((piece) => 'specifier' in piece && !CLOCK.has(piece.specifier)))
    context.fail(`Cast error: Format error: invalid format ${format} of a time of day`);
  return pieces;
}

function printFormatted(
  sql: string,
  zone: string | null,
  pieces: readonly Piece[],
  context: PrintContext,
): string {
  const wallNs = localNs(sql, zone, context);
  const moment: Moment = {
    wallNs,
    local: fromNs(wallNs),
    utcNs: toNs(sql),
    offsetNs: offsetNs(toNs(sql), zone, context),
  };
  const parts = pieces.map((piece) =>
    'literal' in piece ? context.stringLiteral(piece.literal) : SPECIFIERS[piece.specifier]!(moment),
  );
  return `if(isNull(${sql}), NULL, concat('', ${parts.join(', ') || "''"}))`;
}

export const toCharFunctions: readonly ScalarFunction[] = [
  {
    kind: 'scalar',
    name: 'to_char',
    aliases: ['date_format'],
    family: 'Time',
    signature: "to_char(timestamp, 'format')",
    doc: 'The timestamp (or date, or time of day) as text by a strftime format (`%Y-%m-%d %H:%M:%S%.3f`, …); zone specifiers need a zoned value.',
    type(args, context) {
      if (args.length !== 2 || !isTime(args)) checkParameters('to_char', SHAPE, args, context);
      if (!isNullFormat(args)) piecesOf(args, context);
      return UTF8;
    },
    coerce: (args) =>
      coerceParameters(SHAPE, args).map((type, index) =>
        index > 0 ? type : isTime(args) || args[0]!.type.kind === 'timestamp' ? undefined : TIMESTAMP_NS,
      ),
    print(args, context) {
      if (isNullFormat(args)) return 'CAST(NULL AS Nullable(String))';
      const { sql, type } = args[0]!;
      // A time of day is one of 1970-01-01.
      const instant = type.kind === 'time' ? fromNs(sql) : sql;
      return printFormatted(instant, zoneOf(type), piecesOf(args, context), context);
    },
  },
];
