/** Texts made of texts. */
import { UTF8 } from '../../types.ts';
import type { ScalarFunction } from './definition.ts';
import { bounded, characters, joinTexts, STRING_FAMILY, text } from './string-support.ts';
import { nullIfAny, scalar } from './support.ts';

function pad(name: 'lpad' | 'rpad'): ScalarFunction {
  const engineName = name === 'lpad' ? 'leftPadUTF8' : 'rightPadUTF8';
  return text(
    {
      name,
      signature: `${name}(text, length[, padding])`,
      doc: `Filled to a length in characters with the padding (default blank) on the ${name === 'lpad' ? 'left' : 'right'}, or cut to it.`,
      parameters: ['display', 'integer', 'text'],
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

export const stringBuildFunctions: readonly ScalarFunction[] = [
  scalar(STRING_FAMILY, {
    name: 'concat',
    signature: 'concat(value[, …])',
    doc: 'All values as one text; nulls are skipped.',
    parameters: ['display'],
    variadic: true,
    result: UTF8,
    print: (args) =>
      `concat('', ${args.map((a) => (a.nullable ? `ifNull(${a.sql}, '')` : a.sql)).join(', ')})`,
  }),
  scalar(STRING_FAMILY, {
    name: 'concat_ws',
    signature: 'concat_ws(separator, value[, …])',
    doc: 'The values with the separator between them; null values are skipped, a null separator gives null.',
    parameters: ['display', 'display'],
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
      name: 'initcap',
      signature: 'initcap(text)',
      doc: 'The first letter of each word in upper case, the others in lower case.',
      parameters: ['text'],
    },
    ([s]) => `initcapUTF8(${s})`,
  ),
  text(
    { name: 'lower', signature: 'lower(text)', doc: 'In lower case.', parameters: ['text'] },
    ([s]) => `lowerUTF8(${s})`,
  ),
  text(
    { name: 'upper', signature: 'upper(text)', doc: 'In upper case.', parameters: ['text'] },
    ([s]) => `upperUTF8(${s})`,
  ),
  pad('lpad'),
  pad('rpad'),
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
    ([s, part, replacement]) => {
      // Nothing is found before, between and behind all characters; the engine finds it nowhere.
      const spread = `concat(${replacement}, arrayStringConcat(arrayMap(part -> concat(part, ifNull(${replacement}, '')), extractAll(ifNull(${s}, ''), '(?s).'))))`;
      return `if(${part} = '' AND isNotNull(${s}), ${spread}, replaceAll(${s}, ${part}, ${replacement}))`;
    },
  ),
  text(
    {
      name: 'reverse',
      signature: 'reverse(text)',
      doc: 'The characters in reverse order.',
      parameters: ['display'],
    },
    ([s]) => `reverseUTF8(${s})`,
  ),
  text(
    {
      name: 'translate',
      signature: 'translate(text, from, to)',
      doc: 'Each character of `from` replaced by the one at its place in `to`; without a counterpart it is removed.',
      parameters: ['display', 'display', 'display'],
    },
    ([s, from, to], args, context) => {
      const [item, other, at] = [context.freshName(), context.freshName(), context.freshName()];
      // Of a character that stands twice the last one counts, as in DataFusion.
      const mapped = `arrayMap((${item}, ${at}) -> if(${at} = 0, ${item}, ${characters(to!)}[${at}]), ${characters(s!)}, arrayMap(${item} -> arrayLastIndex(${other} -> ${other} = ${item}, ${characters(from!)}), ${characters(s!)}))`;
      return nullIfAny(args, `arrayStringConcat(${mapped})`);
    },
  ),
];
