/** Characters and their codes, lengths, made-up texts. */
import { INT32, UTF8 } from '../../types.ts';
import type { ScalarFunction } from './definition.ts';
import { STRING_FAMILY, text } from './string-support.ts';
import { nullIfAny, raiseIf, scalar, sqlOf } from './support.ts';

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

export const stringCodeFunctions: readonly ScalarFunction[] = [
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
      name: 'chr',
      signature: 'chr(code_point)',
      doc: 'The character of a Unicode code point; surrogates and numbers beyond Unicode are errors.',
      parameters: ['integer'],
    },
    ([n], args, context) =>
      raiseIf(
        `${n} < 0 OR ${n} > 1114111 OR (${n} >= 55296 AND ${n} <= 57343)`,
        'Execution error: invalid Unicode scalar value',
        nullIfAny(args, character(n!)),
        context,
      ),
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
      name: 'character_length',
      aliases: ['length', 'char_length'],
      signature: 'character_length(text)',
      doc: 'The number of characters.',
      parameters: ['display'],
      result: INT32,
    },
    ([s]) => `toInt32(lengthUTF8(${s}))`,
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
  scalar(STRING_FAMILY, {
    name: 'to_hex',
    signature: 'to_hex(integer)',
    doc: 'In hexadecimal, lower case; a negative number as 64 bits of two’s complement.',
    parameters: ['integer'],
    result: UTF8,
    print: (args) => `replaceRegexpOne(lower(hex(${sqlOf(args, 0)})), '^0+(.)', '\\\\1')`,
  }),
  scalar(STRING_FAMILY, {
    name: 'uuid',
    signature: 'uuid()',
    doc: 'A random UUID (version 4), another for each row and call.',
    parameters: [],
    result: UTF8,
    deterministic: false,
    print: (_args, context) => `toString(generateUUIDv4(${context.stringLiteral(context.freshName())}))`,
  }),
];
