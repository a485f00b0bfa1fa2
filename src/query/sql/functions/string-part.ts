/** Parts of a text. */
import type { PrintContext, PrintedArgument, ScalarFunction } from './definition.ts';
import { characters, joinTexts, text } from './string-support.ts';
import { nullIfAny, raiseIf } from './support.ts';

/** Characters from `start` (may be below 1: SQL's window) for `count` characters. */
export function substringWindow(s: string, start: string, count?: string): string {
  const from = `greatest(${start}, 1)`;
  if (count === undefined) return `substringUTF8(${s}, ${from})`;
  // The sum is bounded first, so that a huge count does not overflow.
  const length = `greatest(least(${count}, 4294967296) + least(${start}, 4294967296) - ${from}, 0)`;
  return `substringUTF8(${s}, ${from}, ${length})`;
}

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

const SPLIT_DOC =
  'The n-th part of the text split by the delimiter; a negative n counts from the end; beyond the parts: empty text.';

export const stringPartFunctions: readonly ScalarFunction[] = [
  text(
    {
      name: 'left',
      signature: 'left(text, n)',
      doc: 'The first n characters; negative: all but the last |n|.',
      parameters: ['display', 'integer'],
    },
    ([s, n], args) =>
      nullIfAny(
        args,
        `substringUTF8(${s}, 1, if(${n} >= 0, ${n}, greatest(toInt64(lengthUTF8(${s})) + ${n}, 0)))`,
      ),
  ),
  text(
    {
      name: 'right',
      signature: 'right(text, n)',
      doc: 'The last n characters; negative: all but the first |n|.',
      parameters: ['display', 'integer'],
    },
    ([s, n], args) =>
      nullIfAny(
        args,
        `if(${n} >= 0, substringUTF8(${s}, greatest(toInt64(lengthUTF8(${s})) - least(${n}, 4294967296) + 1, 1)), substringUTF8(${s}, 1 - greatest(${n}, -4294967296)))`,
      ),
  ),
  text(
    {
      name: 'overlay',
      signature: 'overlay(text PLACING replacement FROM start [FOR count])',
      doc: 'With `count` characters from `start` replaced; the default count is the length of the replacement.',
      parameters: ['display', 'display', 'integer', 'integer'],
      required: 3,
    },
    ([s, replacement, start, count], args) => {
      // Behind its end nothing is left of the text.
      const head = `if((${start}) > lengthUTF8(${s}), '', ${substringWindow(s!, '1', `(${start}) - 1`)})`;
      const skipped = count ?? `toInt64(lengthUTF8(${replacement}))`;
      const tail = substringWindow(s!, `(${start}) + ${skipped}`);
      return nullIfAny(args, `concat(${head}, ${replacement}, ${tail})`);
    },
  ),
  text(
    {
      name: 'split_part',
      signature: 'split_part(text, delimiter, n)',
      doc: SPLIT_DOC,
      parameters: ['display', 'display', 'integer'],
    },
    ([s, delimiter, n], args, context) => {
      // Nothing stands before, between and behind all characters.
      const single = `arrayConcat([''], ${characters(s!)}, [''])`;
      const parts = `if(empty(assumeNotNull(${delimiter})), ${single}, ${splitText(s!, args[1]!, context)})`;
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
        nullIfAny(args, `${count} < 0`),
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
      parameters: ['display', 'display', 'integer'],
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
];
