import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Turns } from '../../platform/turns.ts';
import { isBlank } from './blank.ts';

const turns = new Turns();

test('a body is blank when each of its lines is blank or a comment, however long it is', async () => {
  const piece = fc.oneof(
    fc.constantFrom(' ', '\n', '\t', '#', '#x\n', ' # y=1\n', 'm'),
    // Longer than what is looked at in one step.
    fc.constantFrom('\n'.repeat(70_000), ' '.repeat(70_000), `#${'c'.repeat(70_000)}\n`),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(piece, { maxLength: 8 }), async (pieces) => {
      const text = pieces.join('');
      const expected = text.split('\n').every((line) => /^[ \t]*(#.*)?$/.test(line));
      expect(await isBlank(Buffer.from(text), turns)).toBe(expected);
    }),
  );
});
