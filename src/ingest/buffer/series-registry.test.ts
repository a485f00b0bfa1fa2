import { expect, test } from 'vitest';
import { Turns } from '../../platform/turns.ts';
import { keyOf } from '../lineprotocol/keys.fixture.ts';
import { SeriesKeyCache } from '../lineprotocol/series-key-cache.ts';
import { SeriesRegistry } from './series-registry.ts';

const cacheOf = () => new SeriesKeyCache(1 << 24);

function number(registry: SeriesRegistry, text: string, cache: SeriesKeyCache): number {
  const { keys, key } = keyOf(text, cache);
  return registry.numberOf(keys, key, 0, 0);
}

test('a key has its number in each table', () => {
  const [first, second] = [new SeriesRegistry(null), new SeriesRegistry(null)];
  const cache = cacheOf();
  number(second, 'm,t=other', cache);
  const numbers = [first, second, second, first].map((registry) => number(registry, 'm,t=a', cache));
  expect(numbers).toEqual([0, 1, 1, 0]);
  expect(number(first, 'm,t=a', cacheOf())).toBe(0);
});

test('what many series take is given back, some in each turn', async () => {
  const registry = new SeriesRegistry(null);
  const cache = cacheOf();
  for (let index = 0; index < 10_000; index++) number(registry, `m,t=${index}`, cache);
  const before = process.memoryUsage().arrayBuffers;
  // Each slice is over at once.
  let nowMs = 0;
  const released = registry.release(new Turns(() => (nowMs += 10)));
  expect(before - process.memoryUsage().arrayBuffers).toBe(0);
  await released;
  expect(before - process.memoryUsage().arrayBuffers).toBeGreaterThan(2 * 2 ** 20);
});
