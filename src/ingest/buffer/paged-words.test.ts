import fc from 'fast-check';
import { expect, test } from 'vitest';
import { PAGE_BITS, PAGE_MASK, PagedWords } from './paged-words.ts';

test('what was written stays where it is while the records become more', () => {
  const sizes = fc.array(fc.oneof(fc.nat(20), fc.nat(10_000)), { minLength: 1, maxLength: 8 });
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 5 }), sizes, (width, counts) => {
      const words = new PagedWords(width);
      const at = (index: number) =>
        words.pages[index >>> PAGE_BITS]!.subarray(
          (index & PAGE_MASK) * width,
          ((index & PAGE_MASK) + 1) * width,
        );
      let written = 0;
      for (const count of counts) {
        for (let index = 0; index < written; index++) {
          if (at(index).some((word) => word !== index)) throw new Error(`record ${index} has changed`);
        }
        for (; written < count; written++) {
          words.ensure(written);
          if (at(written).some((word) => word !== 0)) expect(written).toBe(-1);
          at(written).fill(written);
        }
      }
      expect(words.bytes).toBeGreaterThanOrEqual(written * width * 4);
    }),
    { numRuns: 30 },
  );
});

test('records of one word', () => {
  const words = new PagedWords(1);
  for (const index of [3, 4095, 20_000]) {
    words.ensure(index);
    words.set(index, index * 3);
  }
  expect([0, 3, 4095, 4096, 20_000, 20_001, 1e6].map((index) => words.get(index))).toEqual([
    0, 9, 12_285, 0, 60_000, 0, 0,
  ]);
  // Two pages, not five.
  expect(words.bytes).toBe(2 * 4096 * 4);
});
