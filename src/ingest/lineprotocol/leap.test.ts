import fc from 'fast-check';
import { expect, test } from 'vitest';
import { leap } from './leap.ts';

test('leaps to the first of the bytes, wherever it is', () => {
  const places = fc.array(fc.tuple(fc.nat(50_000), fc.constantFrom(1, 2, 3)), { maxLength: 6 });
  const stops = fc.uniqueArray(fc.constantFrom<number>(1, 2, 3), { minLength: 1 });
  fc.assert(
    fc.property(places, stops, fc.nat(50_000), fc.nat(50_000), (written, wanted, one, other) => {
      const bytes = Buffer.alloc(50_000, 7);
      for (const [place, byte] of written) bytes[Math.min(place, bytes.length - 1)] = byte;
      const [start, end] = [Math.min(one, other), Math.max(one, other)];
      const found = bytes.subarray(start, end).findIndex((byte) => wanted.includes(byte));
      expect(leap(bytes, start, end, wanted)).toBe(found === -1 ? end : start + found);
    }),
    { numRuns: 60 },
  );
});
