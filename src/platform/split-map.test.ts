import fc from 'fast-check';
import { expect, test } from 'vitest';
import { numberHash, SplitMap } from './split-map.ts';

/** What both hold after the same steps. */
function compare<Key>(hashOf: (key: Key) => number, keys: Iterable<Key>, asked: Iterable<Key>): void {
  const map = new SplitMap<Key, number>(hashOf);
  const model = new Map<Key, number>();
  let value = 0;
  for (const key of keys) {
    map.set(key, value);
    model.set(key, value++);
  }
  for (const key of asked)
    if (map.get(key) !== model.get(key)) expect([key, map.get(key)]).toEqual([key, model.get(key)]);
  map.clear();
  for (const key of asked) if (map.get(key) !== undefined) expect(key).toBeUndefined();
}

const numbers = (count: number) => Array.from({ length: count }, (_, index) => index * 7 - 1000);

test('holds what a map holds, while it is split again and again', () => {
  compare(numberHash, numbers(50_000), numbers(60_000));
  compare(numberHash, [...numbers(30_000), ...numbers(5000)], numbers(30_000));
});

test('also where hashes have few bits or none that differ', () => {
  const hashes = fc.constantFrom<(key: number) => number>(
    () => 0,
    () => -1,
    (key) => key & 1,
    (key) => key << 14,
    (key) => -key,
  );
  fc.assert(
    fc.property(hashes, fc.array(fc.integer(), { maxLength: 50 }), (hashOf, more) => {
      compare(hashOf, [...numbers(9000), ...more], [...numbers(9500), ...more]);
    }),
    { numRuns: 20 },
  );
});

test('hashes differ in their last bits', () => {
  expect(new Set(numbers(10_000).map((number) => numberHash(number) & 0xff)).size).toBe(256);
});
