/** Whether and where a text holds another. */
import { BOOLEAN, INT32 } from '../../types.ts';
import type { ScalarFunction } from './definition.ts';
import { text } from './string-support.ts';
import { bool, nullIfAny } from './support.ts';

export const stringSearchFunctions: readonly ScalarFunction[] = [
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
      name: 'find_in_set',
      signature: 'find_in_set(text, list)',
      doc: 'The position of the text in a comma separated list, 0 when absent.',
      parameters: ['display', 'display'],
      result: INT32,
    },
    ([s, list], args) =>
      nullIfAny(
        args,
        `toInt32(if(empty(assumeNotNull(${list})), empty(assumeNotNull(${s})), indexOf(splitByChar(',', assumeNotNull(${list})), assumeNotNull(${s}))))`,
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
    // Beside an empty text the engine counts bytes.
    ([a, b]) =>
      `toInt32(multiIf(empty(${a}), lengthUTF8(${b}), empty(${b}), lengthUTF8(${a}), editDistanceUTF8(${a}, ${b})))`,
  ),
];
