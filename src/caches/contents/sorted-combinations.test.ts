import fc from 'fast-check';
import { expect, test } from 'vitest';
import { SortedCombinations } from './sorted-combinations.ts';

const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 4 }),
  fc.constantFrom('', 'a', 'ab', 'b', '\ud7ff', '\ue000', '\uffff', '\u{10000}', 'a\u{1f600}', 'a\uffee'),
);

const value = fc.option(text, { freq: 4 });
const bytes = (item: string | null) => (item === null ? Buffer.alloc(0) : Buffer.from(`>${item}`));

test('C1: the order is that of the bytes, nulls first, however the combinations came', () => {
  const batches = fc.array(fc.array(fc.tuple(value, value), { maxLength: 6 }), { maxLength: 6 });
  fc.assert(
    fc.property(batches, (all) => {
      const values: (string | null)[][] = [];
      const sorted = new SortedCombinations(values);
      for (const batch of all) {
        values.push(...batch);
        const order = [...sorted.order()].map((number) => values[number]!);
        const wanted = values.toSorted(
          ([a, b], [c, d]) => Buffer.compare(bytes(a!), bytes(c!)) || Buffer.compare(bytes(b!), bytes(d!)),
        );
        expect(order).toEqual(wanted);
      }
    }),
  );
});
