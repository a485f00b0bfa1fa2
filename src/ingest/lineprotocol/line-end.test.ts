import fc from 'fast-check';
import { expect, test } from 'vitest';
import { LineEnd } from './line-end.ts';

/** The rule, byte by byte. */
function endOf(bytes: Buffer, start: number): number {
  let quoted = false;
  let inFields = false;
  let expected = 0;
  for (let at = start; at < bytes.length; at++) {
    const character = String.fromCharCode(bytes[at]!);
    if (character === '\\') at++;
    else if (character === ' ') inFields = true;
    else if (character === '"') quoted = inFields && expected > 0 ? !quoted : quoted;
    else if (character === '\n' && !quoted) return at;
    else if (character === '=' && inFields && !quoted) expected++;
    else if (character === ',' && inFields && !quoted) expected--;
  }
  return bytes.length;
}

const piece = fc.oneof(
  fc.constantFrom('\\', ' ', '=', ',', '"', '\n', 'a', 'm f="', '"\n', '\\"', '\\\n'),
  fc
    .tuple(fc.constantFrom('x', '\\', '"', '=', ' ', 'é'), fc.integer({ min: 4000, max: 5000 }))
    .map(([character, count]) => character.repeat(count)),
);

test('in whatever steps it is looked for, a line ends where the rule says', () => {
  fc.assert(
    fc.property(
      fc.array(piece, { maxLength: 12 }),
      fc.nat(20),
      fc.array(fc.integer({ min: 1, max: 6000 }), { minLength: 1, maxLength: 5 }),
      (pieces, offset, steps) => {
        const bytes = Buffer.from(pieces.join(''));
        const start = Math.min(offset, bytes.length);
        const lineEnd = new LineEnd();
        lineEnd.begin(bytes, start, bytes.length);
        let stop = start;
        let found = -1;
        for (let step = 0; found === -1; step++) {
          stop += steps[step % steps.length]!;
          found = lineEnd.before(stop);
        }
        expect(found).toBe(endOf(bytes, start));
      },
    ),
    { numRuns: 3000 },
  );
});
