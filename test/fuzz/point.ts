/** Random points and all the ways to spell them in line protocol. */
import { oneOf, type Random } from '../support/seeded-random.ts';

export type PointValue = number | bigint | string | boolean | { readonly unsigned: bigint };

export interface Point {
  readonly table: string;
  readonly tags: readonly (readonly [string, string])[];
  readonly fields: readonly (readonly [string, PointValue])[];
  readonly time: bigint;
}

/** What needs an escape, looks like syntax, is long in UTF-8, or is nothing special. */
const CHARACTERS = [
  ...'abcxyz01.-+_:;#"\'(){}[]<>|&%$!?*~^`@/\r,= ,= \\',
  'é',
  'ß',
  '日',
  '😀',
  '\u2028',
  '\u0085',
  '\u0001',
];
const TYPES = ['float', 'integer', 'unsigned', 'string', 'boolean'] as const;
const WORDS = [
  'true',
  'F',
  '1i',
  '-0',
  '1e3',
  'NaN',
  'null',
  '""',
  '_',
  'time ',
  'Time',
  '__proto__',
  'constructor',
];

const below = (random: Random, limit: number) => Math.floor(random() * limit);

function text(random: Random, least: number, most: number, more: readonly string[] = []): string {
  const alphabet = [...CHARACTERS, ...more];
  const length = least + below(random, most - least + 1);
  return Array.from({ length }, () => oneOf(random, alphabet)).join('');
}

/** A backslash at the end cannot be said, and `#` or a blank at the start of a table is not one. */
function name(random: Random): string {
  const whole = below(random, 10) === 0 ? oneOf(random, WORDS) : text(random, 1, 9);
  return whole.replace(/\\+$/, '') || 'n';
}

function tableName(random: Random): string {
  const whole = name(random).replace(/^[# ]+/, '');
  return whole === '' ? 't' : whole;
}

function uint64(random: Random): bigint {
  const bits = below(random, 65);
  const value = (BigInt(below(random, 2 ** 32)) << 32n) | BigInt(below(random, 2 ** 32));
  return bits === 64 ? value : value & ((1n << BigInt(bits)) - 1n);
}

const int64 = (random: Random) =>
  BigInt.asIntN(64, below(random, 2) === 0 ? uint64(random) : -uint64(random));

function double(random: Random): number {
  const view = new DataView(new ArrayBuffer(8));
  for (;;) {
    if (below(random, 2) === 0) return (below(random, 2_000_001) - 1_000_000) / 10 ** below(random, 9);
    view.setBigUint64(0, uint64(random) | (BigInt(below(random, 2)) << 63n));
    const value = view.getFloat64(0);
    if (Number.isFinite(value)) return value;
  }
}

function value(random: Random, type: (typeof TYPES)[number]): PointValue {
  if (type === 'float') return double(random);
  if (type === 'integer') return int64(random);
  if (type === 'unsigned') return { unsigned: uint64(random) };
  if (type === 'boolean') return below(random, 2) === 0;
  return text(random, 0, 20, ['\n', '\t', '\0', '\\\\', '\n#', '\nm f=1']);
}

/** The type of a field goes with its name, so that no two points of one request are at odds. */
export function randomPoint(random: Random): Point {
  const fields = new Map<string, PointValue>();
  for (let count = 1 + below(random, 4); count > 0; count--) {
    const type = oneOf(random, TYPES);
    fields.set(`${type} ${name(random)}`, value(random, type));
  }
  const tags = new Map<string, string>();
  for (let count = below(random, 4); count > 0; count--) tags.set(`tag ${name(random)}`, name(random));
  return { table: tableName(random), tags: [...tags], fields: [...fields], time: int64(random) };
}

/** Escapes what has to be escaped; what may be, now and then. A backslash is doubled where it would be one half of an escape. */
function escaped(random: Random, whole: string, must: RegExp, may?: RegExp): string {
  const characters = [...whole];
  return characters
    .map((character, index) => {
      if (must.test(character)) return `\\${character}`;
      if (character === '\\') {
        const next = characters[index + 1];
        // Alone it stays what it is only before a character that takes no escape.
        return next === undefined || /[\\,= "]/.test(next) || below(random, 2) === 0 ? '\\\\' : '\\';
      }
      return may?.test(character) && below(random, 3) === 0 ? `\\${character}` : character;
    })
    .join('');
}

const printTable = (random: Random, whole: string) => escaped(random, whole, /[ ,]/);
const printKey = (random: Random, whole: string) => escaped(random, whole, /[ ,=]/);
const printTagValue = (random: Random, whole: string) => escaped(random, whole, /[ ,]/, /=/);

function printDouble(random: Random, of: number): string {
  if (Object.is(of, -0)) return oneOf(random, ['-0', '-0.0', '-0e0', '-00']);
  const plain = String(of);
  const spellings = [
    plain,
    of.toExponential(),
    plain.replace('e', 'E'),
    `${of < 0 ? '-' : ''}00${plain.replace('-', '')}`,
  ];
  // `1.5e-7` with a minus of its own must not lose it.
  if (/e/.test(plain)) spellings.pop();
  else
    spellings.push(
      plain.includes('.') ? `${plain}000` : `${plain}.0`,
      `${plain}e0`,
      `${plain}E+00`,
      `${plain}e-0`,
    );
  return oneOf(random, spellings);
}

function printValue(random: Random, of: PointValue): string {
  if (typeof of === 'number') return printDouble(random, of);
  if (typeof of === 'bigint')
    return `${of < 0n ? '-' : ''}${oneOf(random, ['', '', '0', '000'])}${of < 0n ? -of : of}i`;
  if (typeof of === 'boolean')
    return oneOf(random, of ? ['t', 'T', 'true', 'True', 'TRUE'] : ['f', 'F', 'false', 'False', 'FALSE']);
  if (typeof of === 'string') {
    const quoted = [...of].map((character, index, all) => {
      if (character === '"') return '\\"';
      if (character !== '\\') return character;
      const next = all[index + 1];
      return next === undefined || next === '"' || next === '\\' || below(random, 2) === 0 ? '\\\\' : '\\';
    });
    return `"${quoted.join('')}"`;
  }
  return `${oneOf(random, ['', '', '00'])}${of.unsigned}u`;
}

const spaces = (random: Random, least: number) =>
  ' '.repeat(least + (below(random, 4) === 0 ? below(random, 3) : 0));

/** One line, without a newline at its end. */
export function printPoint(random: Random, point: Point): string {
  const tags = point.tags
    .map(([key, of]) => `,${printKey(random, key)}=${printTagValue(random, of)}`)
    .join('');
  const fields = point.fields
    .map(([key, of]) => `${printKey(random, key)}=${printValue(random, of)}`)
    .join(',');
  const zeros = oneOf(random, ['', '', '', '00']);
  const time = `${point.time < 0n ? '-' : ''}${zeros}${point.time < 0n ? -point.time : point.time}`;
  const before = oneOf(random, ['', '', '', ' ', '\t', ' \t ']);
  return `${before}${printTable(random, point.table)}${tags}${spaces(random, 1)}${fields}${spaces(random, 1)}${time}${spaces(random, 0)}`;
}
