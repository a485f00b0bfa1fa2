import fc from 'fast-check';
import { expect, test } from 'vitest';
import { LineNumbers } from './line-numbers.ts';

test('it has the numbers that were added and no others, and gives them back in order', () => {
  const steps = fc.oneof(
    fc.array(fc.integer({ min: 1, max: 4 }), { maxLength: 50 }),
    // Around the ends of pieces.
    fc.integer({ min: 65_530, max: 65_545 }).map((count) => new Array<number>(count).fill(2)),
    fc.constant(new Array<number>(140_000).fill(3)),
  );
  fc.assert(
    fc.property(steps, (gaps) => {
      let last = 0;
      const numbers = gaps.map((gap) => (last += gap));
      const lines = LineNumbers.of(numbers);
      expect(lines.length).toBe(numbers.length);
      const words = Buffer.concat(lines.bytes());
      const given = numbers.map((_, index) => words.readUInt32LE(index * 4));
      expect(words.length).toBe(numbers.length * 4);
      expect(given.every((number, index) => number === numbers[index])).toBe(true);
      const known = new Set(numbers);
      const asked = [0, 1, last, last + 1, ...numbers.slice(-40), ...numbers.slice(-40).map((n) => n + 1)];
      for (const number of asked) expect(lines.has(number)).toBe(known.has(number));
    }),
    { numRuns: 60 },
  );
});
