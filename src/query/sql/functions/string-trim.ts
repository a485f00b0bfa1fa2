/** Characters taken off the ends of a text. */
import type { PrintedArgument, ScalarFunction } from './definition.ts';
import { text } from './string-support.ts';
import { nullIfAny } from './support.ts';

const CLASS_SPECIALS = String.raw`'[\\]\\[\\\\^-]'`;
/** As a class: what is no character. */
const NOTHING = String.raw`'^\\x00-\\x{10FFFF}'`;
const ESCAPED = String.raw`'\\\\\\0'`;

/** Trims a set of characters; the engine takes constant sets only, a computed set is trimmed by a pattern. */
function trimmed(side: 'Both' | 'Left' | 'Right') {
  return ([s, set]: string[], args: readonly PrintedArgument[]): string => {
    if (set === undefined) return `trim${side}(${s})`;
    const constant = args[1]?.constant;
    if (constant?.kind === 'string' && constant.value === '') return s!;
    // What has a meaning inside a character class is escaped. The engine computes the pattern of a null, too.
    const members = `replaceRegexpAll(ifNull(${set}, ''), ${CLASS_SPECIALS}, ${ESCAPED})`;
    const klass = `concat('[', if(empty(${members}), ${NOTHING}, ${members}), ']+')`;
    const left = `concat('^', ${klass})`;
    const right = `concat(${klass}, '$')`;
    const strip = (value: string, pattern: string): string => `replaceRegexpOne(${value}, ${pattern}, '')`;
    const both =
      side === 'Left' ? strip(s!, left) : side === 'Right' ? strip(s!, right) : strip(strip(s!, left), right);
    return nullIfAny(args, both);
  };
}

export const stringTrimFunctions: readonly ScalarFunction[] = [
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
      name: 'rtrim',
      signature: 'rtrim(text[, characters])',
      doc: 'Without the characters (default blank) at the end.',
      parameters: ['text', 'text'],
      required: 1,
    },
    trimmed('Right'),
  ),
];
