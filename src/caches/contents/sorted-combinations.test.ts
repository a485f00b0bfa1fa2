import fc from 'fast-check';
import { expect, test } from 'vitest';
import { SortedCombinations } from './sorted-combinations.ts';

const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 4 }),
  fc.constantFrom('', 'a', 'ab', 'b', '\ud7ff', '\ue000', '\uffff', '\u{10000}', 'a\u{1f600}', 'a\uffee'),
);

test('C1: the order is that of the bytes, however the combinations came', () => {
  const batches = fc.array(fc.array(fc.tuple(text, text), { maxLength: 6 }), { maxLength: 6 });
  fc.assert(
    fc.property(batches, (all) => {
      const values: string[][] = [];
      const sorted = new SortedCombinations(values);
      for (const batch of all) {
        values.push(...batch);
        const order = [...sorted.order()].map((number) => values[number]!);
        const wanted = values.toSorted(
          ([a, b], [c, d]) =>
            Buffer.compare(Buffer.from(a!), Buffer.from(c!)) ||
            Buffer.compare(Buffer.from(b!), Buffer.from(d!)),
        );
        expect(order).toEqual(wanted);
      }
    }),
  );
});
