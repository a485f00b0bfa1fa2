import fc from 'fast-check';
import { expect, test } from 'vitest';
import { WordMap } from './word-map.ts';

/** What both hold after the same steps. */
function compare(keys: Iterable<number>, asked: Iterable<number>): void {
  const map = new WordMap();
  const model = new Map<number, number>();
  let value = 0;
  for (const key of keys) {
    map.set(key, ++value);
    model.set(key, value);
  }
  for (const key of asked)
    if (map.get(key) !== (model.get(key) ?? 0)) expect([key, map.get(key)]).toEqual([key, model.get(key)]);
}

const numbers = (count: number, factor = 7) =>
  Array.from({ length: count }, (_, index) => (Math.imul(index, factor) - 1000) | 0);

test('holds what a map holds, while it is split again and again', () => {
  compare(numbers(50_000), numbers(60_000));
  compare([...numbers(30_000), ...numbers(5000)], numbers(30_000));
  compare(numbers(40_000, 0x10000), numbers(41_000, 0x10000));
});

test('also few keys, of which many come again, and the outermost', () => {
  const key = fc.oneof(
    fc.integer(),
    fc.integer({ min: -3, max: 3 }),
    fc.constantFrom(0, -1, 2 ** 31 - 1, -(2 ** 31)),
  );
  fc.assert(
    fc.property(fc.array(key, { maxLength: 60 }), fc.array(key), (keys, others) => {
      compare(keys, [...keys, ...others]);
    }),
  );
});

test('values may be negative', () => {
  const map = new WordMap();
  map.set(5, -1);
  expect([map.get(5), map.get(6)]).toEqual([-1, 0]);
});
