import { expect, test } from 'vitest';
import { release } from './release.ts';

const arraysMegabytes = () => process.memoryUsage().arrayBuffers / 2 ** 20;

test('what was released is gone at once, without a collection', () => {
  const before = arraysMegabytes();
  const arrays = Array.from({ length: 16 }, () => new Int32Array(2 ** 20).fill(1));
  expect(arraysMegabytes() - before).toBeGreaterThan(60);
  for (const array of arrays) release(array.subarray(5));
  expect(arraysMegabytes() - before).toBeLessThan(10);
  expect(arrays.every((array) => array.length === 0)).toBe(true);
});

test('small arrays, which may share their memory, stay as they are', () => {
  const small = Buffer.from('abc');
  release(small);
  expect(small.toString()).toBe('abc');
});
