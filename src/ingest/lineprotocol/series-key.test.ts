import { expect, test } from 'vitest';
import { SeriesKeyCache } from './series-key.ts';

const HASH = 7;

function put(cache: SeriesKeyCache, name: string) {
  const bytes = Buffer.from(name);
  return cache.add(bytes, HASH, { measurement: name, tagNames: [] });
}

function find(cache: SeriesKeyCache, name: string) {
  const bytes = Buffer.from(name);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  return cache.find(view, bytes, 0, bytes.length, HASH);
}

test('keys with one hash are told apart, and only a few of them are kept', () => {
  const cache = new SeriesKeyCache(1 << 20);
  const names = Array.from({ length: 1000 }, (_, index) => `measurement_${index}`);
  for (const name of names) {
    const key = put(cache, name);
    expect(find(cache, name)).toBe(key);
  }
  const kept = names.filter((name) => find(cache, name)?.measurement === name);
  expect(kept.length).toBeGreaterThan(0);
  expect(kept.length).toBeLessThanOrEqual(16);
  expect(kept.at(-1)).toBe(names.at(-1));
});
