import fc from 'fast-check';
import { expect, test } from 'vitest';
import { SeriesIndex } from './series-index.ts';

test('finds what was added, and nothing else', () => {
  // Words from few values, so that ids share most of theirs.
  const word = fc.constantFrom(0, 1, -1, 0x7fffffff);
  const id = fc.tuple(word, word, word, word);
  fc.assert(
    fc.property(fc.array(id, { maxLength: 300 }), (asked) => {
      const index = new SeriesIndex();
      const ids = new Int32Array(asked.length * 4);
      const model = new Map<string, number>();
      for (const words of asked) {
        // The id to look up stands somewhere in other words.
        const found = index.find(ids, new Int32Array([7, 7, ...words]), 2);
        const name = words.join();
        expect(found).toBe(model.get(name) ?? -1);
        if (found !== -1) continue;
        const number = model.size;
        ids.set(words, number * 4);
        index.add(ids, number);
        model.set(name, number);
      }
    }),
  );
});
