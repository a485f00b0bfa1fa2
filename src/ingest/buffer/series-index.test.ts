import fc from 'fast-check';
import { expect, test } from 'vitest';
import { PAGE_BITS, PAGE_MASK, PagedWords } from './paged-words.ts';
import { SeriesIndex } from './series-index.ts';

test('finds what was added, and nothing else', () => {
  // Words from few values, so that ids share most of theirs.
  const word = fc.constantFrom(0, 1, -1, 0x7fffffff);
  const id = fc.tuple(word, word, word, word);
  fc.assert(
    fc.property(fc.array(id, { maxLength: 300 }), (asked) => {
      const ids = new PagedWords(4);
      const index = new SeriesIndex(ids);
      const model = new Map<string, number>();
      for (const words of asked) {
        // The id to look up stands somewhere in other words.
        const found = index.find(new Int32Array([7, 7, ...words]), 2);
        const name = words.join();
        expect(found).toBe(model.get(name) ?? -1);
        if (found !== -1) continue;
        const number = model.size;
        ids.ensure(number);
        ids.pages[0]!.set(words, number * 4);
        index.add(number);
        model.set(name, number);
      }
    }),
  );
});

test('finds each of many series while it is split again and again', () => {
  const ids = new PagedWords(4);
  const index = new SeriesIndex(ids);
  const idOf = (number: number) => new Int32Array([number * 0x9e3779b1, number % 7, 0, number]);
  const COUNT = 40_000;
  for (let number = 0; number < COUNT; number++) {
    if (index.find(idOf(number), 0) !== -1) expect(number).toBe(-1);
    ids.ensure(number);
    ids.pages[number >>> PAGE_BITS]!.set(idOf(number), (number & PAGE_MASK) * 4);
    index.add(number);
  }
  for (let number = 0; number < COUNT; number++)
    if (index.find(idOf(number), 0) !== number) expect(number).toBe(-1);
  expect(index.find(idOf(COUNT), 0)).toBe(-1);
});
