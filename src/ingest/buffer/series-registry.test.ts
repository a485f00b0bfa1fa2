import { expect, test } from 'vitest';
import { type SeriesKey, SeriesKeyCache } from '../lineprotocol/series-key.ts';
import { SeriesRegistry } from './series-registry.ts';

function keyOf(text: string, cache = new SeriesKeyCache(1 << 24)): SeriesKey {
  return cache.add(Buffer.from(text), 1, { measurement: 'm', tagNames: ['t'] });
}

function isReachable(from: object, wanted: object, seen = new Set<object>()): boolean {
  if (from === wanted) return true;
  if (seen.has(from) || ArrayBuffer.isView(from)) return false;
  seen.add(from);
  return Object.values(from).some(
    (value) => typeof value === 'object' && value !== null && isReachable(value, wanted, seen),
  );
}

test('a key has its number in each table, and keeps the series of none in memory', () => {
  const [first, second] = [new SeriesRegistry(null), new SeriesRegistry(null)];
  const key = keyOf('m,t=a');
  second.numberOf(keyOf('m,t=other'), 0, 0);
  expect([first.numberOf(key, 0, 0), second.numberOf(key, 0, 0), second.numberOf(key, 0, 0)]).toEqual([
    0, 1, 1,
  ]);
  expect(first.numberOf(key, 0, 0)).toBe(0);
  expect(isReachable(key, first) || isReachable(key, second)).toBe(false);
});

test('what many series take is given back at once', () => {
  const registry = new SeriesRegistry(null);
  const cache = new SeriesKeyCache(1 << 24);
  for (let index = 0; index < 10_000; index++) registry.numberOf(keyOf(`m,t=${index}`, cache), 0, 0);
  const before = process.memoryUsage().arrayBuffers;
  registry.release();
  expect(before - process.memoryUsage().arrayBuffers).toBeGreaterThan(2 * 2 ** 20);
});
