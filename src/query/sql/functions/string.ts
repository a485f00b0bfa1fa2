/** Text functions: characters are code points, positions start at 1, null in gives null out. */
import { BOOLEAN, type DataType, INT32, UTF8 } from '../../types.ts';
import type { PrintContext, PrintedArgument, ScalarFunction } from './definition.ts';
import { bool, nullIfAny, type ParameterKind, raiseIf, scalar, sqlOf } from './support.ts';

const FAMILY = 'String';

interface Row {
  readonly name: string;
  readonly aliases?: readonly string[];
  readonly signature: string;
  readonly doc: string;
  readonly parameters: readonly ParameterKind[];
  readonly required?: number;
  readonly result?: DataType;
}

const text = (
  row: Row,
  print: (args: string[], printed: readonly PrintedArgument[], context: PrintContext) => string,
): ScalarFunction =>
  scalar(FAMILY, {
    result: UTF8,
    ...row,
    print: (args, context) =>
      print(
        args.map((argument) => argument.sql),
        args,
        context,
      ),
  });

/** The code point of the first character, read from its UTF-8 bytes. */
function codePoint(s: string): string {
  const byte = (index: number): string => `reinterpretAsUInt8(substring(${s}, ${index}, 1))`;
  const low = (index: number): string => `bitAnd(${byte(index)}, 63)`;
  const lead = byte(1);
  return `toInt32(multiIf(${s} = '', 0, ${lead} < 128, ${lead}, ${lead} < 224, bitAnd(${lead}, 31) * 64 + ${low(2)}, ${lead} < 240, bitAnd(${lead}, 15) * 4096 + ${low(2)} * 64 + ${low(3)}, bitAnd(${lead}, 7) * 262144 + ${low(2)} * 4096 + ${low(3)} * 64 + ${low(4)}))`;
}

/** The UTF-8 bytes of a code point. */
function character(n: string): string {
  const tail = (shift: number): string => `128 + bitAnd(bitShiftRight(${n}, ${shift}), 63)`;
  return `multiIf(${n} < 128, char(${n}), ${n} < 2048, char(192 + bitShiftRight(${n}, 6), ${tail(0)}), ${n} < 65536, char(224 + bitShiftRight(${n}, 12), ${tail(6)}, ${tail(0)}), char(240 + bitShiftRight(${n}, 18), ${tail(12)}, ${tail(6)}, ${tail(0)}))`;
}

/** Characters from `start` (may be below 1: SQL's window) for `count` characters. */
export function substringWindow(s: string, start: string, count?: string): string {
  const from = `greatest(${start}, 1)`;
  if (count === undefined) return `substringUTF8(${s}, ${from})`;
  // The sum is bounded first, so that a huge count does not overflow.
  const length = `greatest(least(${count}, 4294967296) + least(${start}, 4294967296) - ${from}, 0)`;
  return `substringUTF8(${s}, ${from}, ${length})`;
}

const LIMIT = 16_777_216;
const bounded = (n: string): string => `toInt64(least(greatest(${n}, 0), ${LIMIT}))`;

/**
 * Parts of a text between separators. The engine wants a constant separator; a computed one is first turned into
 * a byte that valid UTF-8 never contains.
 */
function splitText(s: string, separator: PrintedArgument, context: PrintContext): string {
  const constant = separator.constant;
  if (constant?.kind === 'string' && constant.value !== '') {
    return `splitByString(${context.stringLiteral(constant.value)}, assumeNotNull(${s}))`;
  }
  return `splitByChar('\\xFF', replaceAll(assumeNotNull(${s}), assumeNotNull(${separator.sql}), '\\xFF'))`;
}

function pad(name: 'lpad' | 'rpad'): ScalarFunction {
  const engineName = name === 'lpad' ? 'leftPadUTF8' : 'rightPadUTF8';
  return text(
    {
      name,
      signature: `${name}(text, length[, padding])`,
      doc: `Filled to a length in characters with the padding (default blank) on the ${name === 'lpad' ? 'left' : 'right'}, or cut to it.`,
      parameters: ['text', 'integer', 'text'],
      required: 2,
    },
    ([s, n, fill], args) => {
      const length = bounded(n!);
      if (fill === undefined) return nullIfAny(args, `${engineName}(${s}, ${length}, ' ')`);
      // An empty padding leaves the text as it is, unless it is too long.
      const missing = `(${length} - toInt64(lengthUTF8(${s})))`;
      const padding = `substringUTF8(repeat(${fill}, ${missing}), 1, ${missing})`;
      const padded = name === 'lpad' ? `concat(${padding}, ${s})` : `concat(${s}, ${padding})`;
      return nullIfAny(args, `if(${missing} <= 0, leftUTF8(${s}, ${length}), ${padded})`);
    },
  );
}

const CLASS_SPECIALS = String.raw`'[\\]\\[\\\\^-]'`;
const ESCAPED = String.raw`'\\\\\\0'`;

/** Trims a set of characters; the engine takes constant sets only, a computed set is trimmed by a pattern. */
function trimmed(side: 'Both' | 'Left' | 'Right') {
  return ([s, set]: string[], args: readonly PrintedArgument[]): string => {
    if (set === undefined) return `trim${side}(${s})`;
    const constant = args[1]?.constant;
    if (constant?.kind === 'string' && constant.value === '') return s!;
    // What has a meaning inside a character class is escaped.
    const klass = `concat('[', replaceRegexpAll(${set}, ${CLASS_SPECIALS}, ${ESCAPED}), ']+')`;
    const left = `concat('^', ${klass})`;
    const right = `concat(${klass}, '$')`;
    const strip = (value: string, pattern: string): string => `replaceRegexpOne(${value}, ${pattern}, '')`;
    const both =
      side === 'Left' ? strip(s!, left) : side === 'Right' ? strip(s!, right) : strip(strip(s!, left), right);
    return `if(empty(${set}), ${s}, ${both})`;
  };
}

const SPLIT_DOC =
  'The n-th part of the text split by the delimiter; a negative n counts from the end; beyond the parts: empty text.';

export const stringFunctions: readonly ScalarFunction[] = [
  text(
    {
      name: 'ascii',
      signature: 'ascii(text)',
      doc: 'The Unicode code point of the first character, 0 for empty text.',
      parameters: ['text'],
      result: INT32,
    },
    ([s]) => codePoint(s!),
  ),
  text(
    {
      name: 'bit_length',
      signature: 'bit_length(text)',
      doc: 'The length in bits.',
      parameters: ['text'],
      result: INT32,
    },
    ([s]) => `toInt32(length(${s}) * 8)`,
  ),
  text(
    {
      name: 'btrim',
      aliases: ['trim'],
      signature: 'btrim(text[, characters])',
      doc: 'Without the characters (default blank) at both ends.',
      parameters: ['text', 'text'],
      required: 1,
    },
    trimmed('Both'),
  ),
  text(
    {
      name: 'character_length',
      aliases: ['length', 'char_length'],
      signature: 'character_length(text)',
      doc: 'The number of characters.',
      parameters: ['text'],
      result: INT32,
    },
    ([s]) => `toInt32(lengthUTF8(${s}))`,
  ),
  text(
    {
      name: 'chr',
      signature: 'chr(code_point)',
      doc: 'The character of a Unicode code point; 0, surrogates and numbers beyond Unicode are errors.',
      parameters: ['integer'],
    },
    ([n], args, context) =>
      raiseIf(
        `${n} <= 0 OR ${n} > 1114111 OR (${n} >= 55296 AND ${n} <= 57343)`,
        'Execution error: invalid Unicode scalar value',
        nullIfAny(args, character(n!)),
        context,
      ),
  ),
  scalar(FAMILY, {
    name: 'concat',
    signature: 'concat(value[, …])',
    doc: 'All values as one text; nulls are skipped.',
    parameters: ['display'],
    variadic: true,
    result: UTF8,
    print: (args) =>
      `concat('', ${args.map((a) => (a.nullable ? `ifNull(${a.sql}, '')` : a.sql)).join(', ')})`,
  }),
  scalar(FAMILY, {
    name: 'concat_ws',
    signature: 'concat_ws(separator, value[, …])',
    doc: 'The values with the separator between them; null values are skipped, a null separator gives null.',
    parameters: ['text', 'display'],
    variadic: true,
    result: UTF8,
    print(args, context) {
      const [separator, ...values] = args;
      const item = context.freshName();
      const list = `arrayMap(${item} -> assumeNotNull(${item}), arrayFilter(${item} -> isNotNull(${item}), [${values.map((a) => `toNullable(${a.sql})`).join(', ')}]))`;
      const joined = joinTexts(list, separator!.sql, context);
      return nullIfAny([separator!], joined);
    },
  }),
  text(
    {
      name: 'contains',
      signature: 'contains(text, part)',
      doc: 'Whether the text contains the part.',
      parameters: ['text', 'text'],
      result: BOOLEAN,
    },
    ([s, part]) => bool(`position(${s}, ${part}) > 0`),
  ),
  text(
    {
      name: 'ends_with',
      signature: 'ends_with(text, part)',
      doc: 'Whether the text ends with the part.',
      parameters: ['text', 'text'],
      result: BOOLEAN,
    },
    ([s, part]) => bool(`endsWith(${s}, ${part})`),
  ),
  text(
    {
      name: 'find_in_set',
      signature: 'find_in_set(text, list)',
      doc: 'The position of the text in a comma separated list, 0 when absent.',
      parameters: ['text', 'text'],
      result: INT32,
    },
    ([s, list], args) =>
      nullIfAny(
        args,
        `toInt32(if(empty(assumeNotNull(${list})), 0, indexOf(splitByChar(',', assumeNotNull(${list})), assumeNotNull(${s}))))`,
      ),
  ),
  text(
    {
      name: 'initcap',
      signature: 'initcap(text)',
      doc: 'The first letter of each word in upper case, the others in lower case.',
      parameters: ['text'],
    },
    ([s]) => `initcapUTF8(${s})`,
  ),
  text(
    {
      name: 'left',
      signature: 'left(text, n)',
      doc: 'The first n characters; negative: all but the last |n|.',
      parameters: ['text', 'integer'],
    },
    ([s, n], args) =>
      nullIfAny(
        args,
        `substringUTF8(${s}, 1, if(${n} >= 0, ${n}, greatest(toInt64(lengthUTF8(${s})) + ${n}, 0)))`,
      ),
  ),
  text(
    {
      name: 'levenshtein',
      signature: 'levenshtein(a, b)',
      doc: 'The edit distance in characters.',
      parameters: ['text', 'text'],
      result: INT32,
    },
    ([a, b]) => `toInt32(editDistanceUTF8(${a}, ${b}))`,
  ),
  text(
    { name: 'lower', signature: 'lower(text)', doc: 'In lower case.', parameters: ['text'] },
    ([s]) => `lowerUTF8(${s})`,
  ),
  pad('lpad'),
  text(
    {
      name: 'ltrim',
      signature: 'ltrim(text[, characters])',
      doc: 'Without the characters (default blank) at the start.',
      parameters: ['text', 'text'],
      required: 1,
    },
    trimmed('Left'),
  ),
  text(
    {
      name: 'octet_length',
      signature: 'octet_length(text)',
      doc: 'The length in bytes.',
      parameters: ['text'],
      result: INT32,
    },
    ([s]) => `toInt32(length(${s}))`,
  ),
  text(
    {
      name: 'overlay',
      signature: 'overlay(text PLACING replacement FROM start [FOR count])',
      doc: 'With `count` characters from `start` replaced; the default count is the length of the replacement.',
      parameters: ['text', 'text', 'integer', 'integer'],
      required: 3,
    },
    ([s, replacement, start, count], args) => {
      const head = substringWindow(s!, '1', `(${start}) - 1`);
      const skipped = count ?? `toInt64(lengthUTF8(${replacement}))`;
      const tail = substringWindow(s!, `(${start}) + ${skipped}`);
      return nullIfAny(args, `concat(${head}, ${replacement}, ${tail})`);
    },
  ),
  text(
    {
      name: 'repeat',
      signature: 'repeat(text, n)',
      doc: 'The text n times; nothing for n below 1.',
      parameters: ['text', 'integer'],
    },
    ([s, n]) => `repeat(${s}, ${n})`,
  ),
  text(
    {
      name: 'replace',
      signature: 'replace(text, part, replacement)',
      doc: 'With every occurrence of the part replaced.',
      parameters: ['text', 'text', 'text'],
    },
    ([s, part, replacement]) => `replaceAll(${s}, ${part}, ${replacement})`,
  ),
  text(
    {
      name: 'reverse',
      signature: 'reverse(text)',
      doc: 'The characters in reverse order.',
      parameters: ['text'],
    },
    ([s]) => `reverseUTF8(${s})`,
  ),
  text(
    {
      name: 'right',
      signature: 'right(text, n)',
      doc: 'The last n characters; negative: all but the first |n|.',
      parameters: ['text', 'integer'],
    },
    ([s, n], args) =>
      nullIfAny(
        args,
        `if(${n} >= 0, substringUTF8(${s}, greatest(toInt64(lengthUTF8(${s})) - least(${n}, 4294967296) + 1, 1)), substringUTF8(${s}, 1 - greatest(${n}, -4294967296)))`,
      ),
  ),
  pad('rpad'),
  text(
    {
      name: 'rtrim',
      signature: 'rtrim(text[, characters])',
      doc: 'Without the characters (default blank) at the end.',
      parameters: ['text', 'text'],
      required: 1,
    },
    trimmed('Right'),
  ),
  text(
    {
      name: 'split_part',
      signature: 'split_part(text, delimiter, n)',
      doc: SPLIT_DOC,
      parameters: ['text', 'text', 'integer'],
    },
    ([s, delimiter, n], args, context) => {
      const parts = `if(empty(assumeNotNull(${delimiter})), [assumeNotNull(${s})], ${splitText(s!, args[1]!, context)})`;
      const value = `${parts}[if(${n} = 0, 1, assumeNotNull(${n}))]`;
      return raiseIf(
        `${n} = 0`,
        'Execution error: field position must not be zero',
        nullIfAny(args, value),
        context,
      );
    },
  ),
  text(
    {
      name: 'starts_with',
      signature: 'starts_with(text, part)',
      doc: 'Whether the text starts with the part.',
      parameters: ['text', 'text'],
      result: BOOLEAN,
    },
    ([s, part]) => bool(`startsWith(${s}, ${part})`),
  ),
  text(
    {
      name: 'strpos',
      aliases: ['instr', 'position'],
      signature: 'strpos(text, part)',
      doc: 'The position of the part in characters, 0 when absent.',
      parameters: ['text', 'text'],
      result: INT32,
    },
    ([s, part]) => `toInt32(positionUTF8(${s}, ${part}))`,
  ),
  text(
    {
      name: 'substr',
      aliases: ['substring'],
      signature: 'substr(text, start[, count])',
      doc: 'The characters from `start`, which may be below 1: what lies before the text is not there.',
      parameters: ['text', 'integer', 'integer'],
      required: 2,
    },
    ([s, start, count], args, context) => {
      const value = nullIfAny(args, substringWindow(s!, start!, count));
      if (count === undefined) return value;
      return raiseIf(
        `${count} < 0`,
        'Execution error: negative substring length not allowed',
        value,
        context,
      );
    },
  ),
  text(
    {
      name: 'substr_index',
      aliases: ['substring_index'],
      signature: 'substr_index(text, delimiter, n)',
      doc: 'What stands before the n-th delimiter; negative n: after the |n|-th from the end.',
      parameters: ['text', 'text', 'integer'],
    },
    ([s, delimiter, n], args, context) => {
      const parts = splitText(s!, args[1]!, context);
      const count = `toInt64(length(${parts}))`;
      const index = `assumeNotNull(${n})`;
      const taken = `if(${index} > 0, arraySlice(${parts}, 1, least(${index}, ${count})), arraySlice(${parts}, greatest(${count} + ${index} + 1, 1)))`;
      const joined = joinTexts(taken, delimiter!, context);
      return nullIfAny(args, `if(${n} = 0 OR empty(${delimiter}), '', ${joined})`);
    },
  ),
  scalar(FAMILY, {
    name: 'to_hex',
    signature: 'to_hex(integer)',
    doc: 'In hexadecimal, lower case; a negative number as 64 bits of two’s complement.',
    parameters: ['integer'],
    result: UTF8,
    print: (args) => `replaceRegexpOne(lower(hex(${sqlOf(args, 0)})), '^0+(.)', '\\\\1')`,
  }),
  text(
    {
      name: 'translate',
      signature: 'translate(text, from, to)',
      doc: 'Each character of `from` replaced by the one at its place in `to`; without a counterpart it is removed.',
      parameters: ['text', 'text', 'text'],
    },
    ([s, from, to], args, context) => {
      const [item, at] = [context.freshName(), context.freshName()];
      const chars = (value: string): string => `splitByString('', assumeNotNull(${value}))`;
      const mapped = `arrayMap((${item}, ${at}) -> if(${at} = 0, ${item}, ${chars(to!)}[${at}]), ${chars(s!)}, arrayMap(${item} -> indexOf(${chars(from!)}, ${item}), ${chars(s!)}))`;
      return nullIfAny(args, `arrayStringConcat(${mapped})`);
    },
  ),
  text(
    { name: 'upper', signature: 'upper(text)', doc: 'In upper case.', parameters: ['text'] },
    ([s]) => `upperUTF8(${s})`,
  ),
  scalar(FAMILY, {
    name: 'uuid',
    signature: 'uuid()',
    doc: 'A random UUID (version 4), another for each row and call.',
    parameters: [],
    result: UTF8,
    deterministic: false,
    print: (_args, context) => `toString(generateUUIDv4(${context.stringLiteral(context.freshName())}))`,
  }),
];

/** Texts with a separator that need not be constant (the engine's own join wants a constant). */
export function joinTexts(list: string, separator: string, context: PrintContext): string {
  const item = context.freshName();
  return `substring(arrayStringConcat(arrayMap(${item} -> concat(assumeNotNull(${separator}), ${item}), ${list})), length(assumeNotNull(${separator})) + 1)`;
}
