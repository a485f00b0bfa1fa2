/** chrono's strftime, specifier by specifier: of one format that is known, or of one in each row. */
import { bound } from '../bound.ts';
import type { PrintContext } from './definition.ts';
import { raiseIf } from './support.ts';
import { floorModulo, NS_PER_SECOND } from './zones.ts';

export interface Moment {
  /** Wall clock as an engine instant, and in ns. */
  readonly local: string;
  readonly wallNs: string;
  readonly utcNs: string;
  readonly offsetNs: string;
}

/** What a value has parts of: one of the parts that it has not makes a format wrong. */
export interface Parts {
  readonly date: boolean;
  readonly zone: boolean;
}

type Print = (moment: Moment) => string;

const padded = (value: string, width: number, fill: string): string =>
  fill === '' ? `toString(${value})` : `leftPad(toString(${value}), ${width}, '${fill}')`;
const subsecond = ({ wallNs }: Moment): string => floorModulo(wallNs, NS_PER_SECOND);
const nineDigits: Print = (moment) => padded(subsecond(moment), 9, '0');
const offset = ({ offsetNs }: Moment, colon: string): string => {
  const minutes = `intDiv(abs(${offsetNs}), 60000000000)`;
  return `concat(if(${offsetNs} < 0, '-', '+'), ${padded(`intDiv(${minutes}, 60)`, 2, '0')}, '${colon}', ${padded(`${minutes} % 60`, 2, '0')})`;
};
const week = ({ local }: Moment, firstDay: number): string =>
  `intDiv(toDayOfYear(${local}) + 6 - (toDayOfWeek(${local}) + ${7 - firstDay}) % 7, 7)`;
const hour12: Print = ({ local }) => `((toHour(${local}) + 11) % 12 + 1)`;

/** Their digits, what they are filled up with, and the value; `%-d`, `%_d` and `%0d` ask for another filling. */
const NUMBERS: Readonly<Record<string, readonly [width: number, fill: string, value: Print]>> = {
  Y: [4, '0', (m) => `toYear(${m.local})`],
  C: [2, '0', (m) => `intDiv(toYear(${m.local}), 100)`],
  y: [2, '0', (m) => `toYear(${m.local}) % 100`],
  q: [1, '', (m) => `toQuarter(${m.local})`],
  m: [2, '0', (m) => `toMonth(${m.local})`],
  d: [2, '0', (m) => `toDayOfMonth(${m.local})`],
  e: [2, ' ', (m) => `toDayOfMonth(${m.local})`],
  w: [1, '', (m) => `(toDayOfWeek(${m.local}) % 7)`],
  u: [1, '', (m) => `toDayOfWeek(${m.local})`],
  U: [2, '0', (m) => week(m, 0)],
  W: [2, '0', (m) => week(m, 1)],
  G: [4, '0', (m) => `toISOYear(${m.local})`],
  g: [2, '0', (m) => `toISOYear(${m.local}) % 100`],
  V: [2, '0', (m) => `toISOWeek(${m.local})`],
  j: [3, '0', (m) => `toDayOfYear(${m.local})`],
  H: [2, '0', (m) => `toHour(${m.local})`],
  k: [2, ' ', (m) => `toHour(${m.local})`],
  I: [2, '0', hour12],
  l: [2, ' ', hour12],
  M: [2, '0', (m) => `toMinute(${m.local})`],
  S: [2, '0', (m) => `toSecond(${m.local})`],
  f: [9, '0', subsecond],
};
const TEXTS: Readonly<Record<string, Print>> = {
  b: (m) => `substring(dateName('month', ${m.local}), 1, 3)`,
  h: (m) => `substring(dateName('month', ${m.local}), 1, 3)`,
  B: (m) => `dateName('month', ${m.local})`,
  a: (m) => `substring(dateName('weekday', ${m.local}), 1, 3)`,
  A: (m) => `dateName('weekday', ${m.local})`,
  P: (m) => `if(toHour(${m.local}) < 12, 'am', 'pm')`,
  p: (m) => `if(toHour(${m.local}) < 12, 'AM', 'PM')`,
  '3f': (m) => `substring(${nineDigits(m)}, 1, 3)`,
  '6f': (m) => `substring(${nineDigits(m)}, 1, 6)`,
  '9f': nineDigits,
  '.3f': (m) => `concat('.', substring(${nineDigits(m)}, 1, 3))`,
  '.6f': (m) => `concat('.', substring(${nineDigits(m)}, 1, 6))`,
  '.9f': (m) => `concat('.', ${nineDigits(m)})`,
  // As short as three, six or nine digits allow; nothing for a whole second.
  '.f': (m) => {
    const digits = nineDigits(m);
    return `multiIf(${digits} = '000000000', '', endsWith(${digits}, '000000'), concat('.', substring(${digits}, 1, 3)), endsWith(${digits}, '000'), concat('.', substring(${digits}, 1, 6)), concat('.', ${digits}))`;
  },
  z: (m) => offset(m, ''),
  ':z': (m) => offset(m, ':'),
  Z: (m) => offset(m, ':'),
  s: (m) => `toString(intDiv(${m.utcNs} - ${floorModulo(m.utcNs, NS_PER_SECOND)}, ${NS_PER_SECOND}))`,
  '%': () => "'%'",
  n: () => String.raw`'\n'`,
  t: () => String.raw`'\t'`,
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
const FILLINGS = [
  ['-', ''],
  ['_', ' '],
  ['0', '0'],
] as const;

/** One specifier, or a piece of text without any. */
const PIECE = String.raw`%[-_0]?[.:]?\d?[A-Za-z%+]|%|[^%]+`;
/** What a time of day has not. */
const OF_DATES = new Set([...'YCyqmdewuUWGgVjbhBaAs']);
const OF_ZONES = new Set(['z', ':z', 'Z']);

const isKnown = (specifier: string, parts: Parts): boolean =>
  (parts.date || !OF_DATES.has(specifier)) && (parts.zone || !OF_ZONES.has(specifier));

function piecesOf(format: string): string[] {
  const pieces: string[] = format.match(new RegExp(PIECE, 'g')) ?? [];
  return pieces.flatMap((piece) => {
    const shorthand = piece.startsWith('%') ? SHORTHANDS[piece.slice(1)] : undefined;
    return shorthand === undefined ? [piece] : piecesOf(shorthand);
  });
}

/** How each specifier that the parts allow prints, by its piece of a format. */
function printers(parts: Parts): Map<string, Print> {
  const found = new Map<string, Print>();
  for (const [specifier, print] of Object.entries(TEXTS))
    if (isKnown(specifier, parts)) found.set(`%${specifier}`, print);
  for (const [specifier, [width, fill, value]] of Object.entries(NUMBERS)) {
    if (!isKnown(specifier, parts)) continue;
    found.set(`%${specifier}`, (moment) => padded(value(moment), width, fill));
    for (const [modifier, other] of FILLINGS)
      found.set(`%${modifier}${specifier}`, (moment) => padded(value(moment), width, other));
  }
  return found;
}

/** The parts of the text, in order; undefined: the format has a specifier that is none. */
export function compileStrftime(format: string, parts: Parts): readonly (string | Print)[] | undefined {
  const known = printers(parts);
  const compiled: (string | Print)[] = [];
  for (const piece of piecesOf(format)) {
    const print = piece.startsWith('%') ? known.get(piece) : piece;
    if (print === undefined) return undefined;
    compiled.push(print);
  }
  return compiled;
}

/** Engine SQL by a format that is a value itself, not null; a specifier that is none fails the statement. */
export function printByRow(format: string, moment: Moment, parts: Parts, context: PrintContext): string {
  const literal = (text: string): string => context.stringLiteral(text);
  const listOf = (texts: readonly string[]): string => `[${texts.map(literal).join(', ')}]`;
  const piece = context.freshName();
  const shorthands = Object.entries(SHORTHANDS).flatMap(([specifier, meaning]) => [
    `${piece} = '%${specifier}'`,
    listOf(piecesOf(meaning)),
  ]);
  const pieces = `arrayFlatten(arrayMap(${piece} -> multiIf(${shorthands.join(', ')}, [${piece}]), extractAll(${format}, ${literal(PIECE)})))`;
  const known = printers(parts);
  const values = [...known].map(([text, print]) => `${piece} = '${text}', ${print(moment)}`);
  const list = context.freshName();
  const isWrong = `arrayExists(${piece} -> startsWith(${piece}, '%') AND ${piece} NOT IN (${listOf([...known.keys()]).slice(1, -1)}), ${list})`;
  const text = `arrayStringConcat(arrayMap(${piece} -> ifNull(multiIf(${values.join(', ')}, ${piece}), ''), ${list}))`;
  return bound(
    list,
    pieces,
    raiseIf(isWrong, 'Cast error: Format error: invalid format of to_char', text, context),
  );
}
