import { expect, test } from 'vitest';
import { PieceCache } from './piece-cache.ts';

const newCache = (bytes: number) => new PieceCache<Uint8Array>(bytes, (piece) => [piece]);
const piece = (bytes: number) => () => Promise.resolve(new Uint8Array(bytes));

test('loads once what several ask for at the same time', async () => {
  const cache = newCache(10_000);
  let loads = 0;
  const load = async () => {
    loads++;
    return new Uint8Array(10);
  };
  const [a, b] = await Promise.all([cache.get('a', load), cache.get('a', load)]);
  expect(a).toBe(b);
  await cache.get('a', load);
  expect(loads).toBe(1);
});

test('keeps what was used last within its bytes', async () => {
  const cache = newCache(5000);
  for (const key of ['a', 'b', 'c']) await cache.get(key, piece(1000));
  await cache.get('a', piece(1000));
  await cache.get('d', piece(1000));
  expect(['a', 'b', 'c', 'd'].filter((key) => cache.has(key))).toEqual(['a', 'c', 'd']);
  expect(cache.usedBytes).toBeLessThanOrEqual(5000);
  await cache.get('huge', piece(20_000));
  expect(cache.has('d')).toBe(false);
});

test('keeps nothing that failed', async () => {
  const cache = newCache(5000);
  await expect(cache.get('a', () => Promise.reject(new Error('disk')))).rejects.toThrow('disk');
  expect((await cache.get('a', piece(7))).length).toBe(7);
});

test('forgets on demand, also what is still on its way', async () => {
  const cache = newCache(5000);
  const late = cache.get('a', piece(100));
  cache.clear();
  await late;
  expect(cache.has('a')).toBe(false);
  expect(cache.usedBytes).toBe(0);
});
