import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { KeyTags } from './key-tags.ts';
import { keyOf } from './keys.fixture.ts';
import { SeriesKey } from './series-key.ts';
import { SeriesKeyCache } from './series-key-cache.ts';
import { NO_KEY, SeriesKeys } from './series-keys.ts';

const escaped = (text: string) => text.replaceAll(/[\\, =]/g, (character) => `\\${character}`);
const text = fc
  .oneof(
    fc.string({
      unit: fc.constantFrom('a', 'é', '😀', '=', ',', ' ', '\\', '"'),
      minLength: 1,
      maxLength: 8,
    }),
    fc.string({ unit: fc.constantFrom('a', 'b'), minLength: 1, maxLength: 60 }),
  )
  .filter((each) => !each.endsWith('\\'));
const spelled = fc.record({
  measurement: text,
  tags: fc.uniqueArray(fc.tuple(text, text), { maxLength: 40, selector: ([name]) => name }),
});

function spell(measurement: string, tags: readonly (readonly [string, string])[]): string {
  return (
    escaped(measurement).replaceAll('\\=', '=') +
    tags.map(([name, value]) => `,${escaped(name)}=${escaped(value)}`).join('')
  );
}

/** As it is described in `series-id.ts`, with plain objects. */
function idOf(tags: readonly (readonly [string, string])[]): Buffer {
  const sorted = tags.map((pair) => pair.map((each) => Buffer.from(each)));
  sorted.sort(([one], [other]) => Buffer.compare(one!, other!));
  const digest = createHash('sha256');
  for (const part of sorted.flat()) {
    const length = Buffer.alloc(4);
    length.writeUInt32LE(part.length);
    digest.update(length).update(part);
  }
  return digest.digest().subarray(0, 16);
}

test('a key has the names, values and id of its tags, whatever its page and whatever came before', () => {
  const cache = new SeriesKeyCache(1 << 20);
  fc.assert(
    fc.property(spelled, ({ measurement, tags }) => {
      const { keys, key } = keyOf(spell(measurement, tags), cache);
      const found = new SeriesKey(keys, key);
      expect(found.measurement).toBe(measurement);
      expect(found.tagNames).toEqual(tags.map(([name]) => name));
      expect(found.tagValues).toEqual(tags.map(([, value]) => value));
      expect(found.seriesId.equals(idOf(tags))).toBe(true);
      // Again, from the cache.
      expect(keyOf(spell(measurement, tags), cache)).toEqual({ keys, key });
    }),
    { numRuns: 500 },
  );
});

test.each([1, 50_000, 70_000, 300_000, 1_000_000])('so has a key with values of %d bytes', (bytes) => {
  const cache = new SeriesKeyCache(1 << 24);
  const plain = 'x'.repeat(bytes);
  const tags = [
    ['b', `${plain}=`],
    ['a', 'short'],
    ['c', `, ${'\\'.repeat(Math.floor(bytes / 3))}y`],
  ] as const;
  const spelling = spell('m', tags);
  const { keys, key } = keyOf(spelling, cache);
  const found = new SeriesKey(keys, key);
  expect(found.tagValues.map((value, index) => value === tags[index]![1])).toEqual([true, true, true]);
  expect(found.seriesId.equals(idOf(tags))).toBe(true);
  expect(keyOf(spelling, cache).key).toBe(key);
  expect(keyOf(`${spelling}y`, cache).key).not.toBe(key);
});

test('an equals sign or a backslash that escapes nothing stays in a value', () => {
  const { keys, key } = keyOf(String.raw`m=1,a=b=c,d=x\y`, new SeriesKeyCache(1 << 20));
  expect(new SeriesKey(keys, key).tagValues).toEqual(['b=c', String.raw`x\y`]);
});

test('keys with one hash are told apart, and only a few of them are kept', () => {
  const keys = new SeriesKeys();
  const HASH = 7;
  const put = (name: string) => {
    const bytes = Buffer.from(name);
    return keys.add(bytes, 0, bytes.length, HASH, { measurement: name, tagNames: [] }, new KeyTags());
  };
  const find = (name: string) => {
    const bytes = Buffer.from(name);
    const words = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    return keys.find(words, bytes, 0, bytes.length, HASH);
  };
  const names = Array.from({ length: 1000 }, (_, index) => `measurement_${index}`);
  for (const name of names) expect([put(name), keys.headCount > 0]).toEqual([find(name), true]);
  const kept = names.filter((name) => find(name) !== NO_KEY);
  expect(kept.length).toBeGreaterThan(0);
  expect(kept.length).toBeLessThanOrEqual(16);
  expect(kept.at(-1)).toBe(names.at(-1));
});

test('each of many keys is found again, and their memory is bounded', () => {
  const LIMIT = 1 << 22;
  const cache = new SeriesKeyCache(LIMIT);
  const first = cache.current;
  const found: number[] = [];
  for (let index = 0; cache.current === first; index++) {
    const { keys, key } = keyOf(`m,t=${index}`, cache);
    if (keys === first) found.push(key);
  }
  expect(first.bytes).toBeLessThanOrEqual(LIMIT);
  expect(found.length).toBeGreaterThan(LIMIT / 200);
  expect(new Set(found).size).toBe(found.length);
  for (const [index, key] of found.entries())
    if (new SeriesKey(first, key).tagValues[0] !== `${index}`) expect(index).toBe(-1);
});

test('of names there are few at a time: each is an object', () => {
  const cache = new SeriesKeyCache(1 << 26);
  const first = cache.current;
  for (let index = 0; index < 40_000; index++) keyOf(`m,t${index}=1`, cache);
  expect(first.headCount).toBe(32_768);
  expect(cache.current.headCount).toBe(40_000 - 32_768);
});
