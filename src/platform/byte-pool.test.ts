import { expect, test } from 'vitest';
import { BytePool } from './byte-pool.ts';

const MEGABYTE = 2 ** 20;

test('an array that was given back is lent again, to one at a time', () => {
  const pool = new BytePool(4 * MEGABYTE);
  const first = pool.take(100_000);
  expect(first.length).toBeGreaterThanOrEqual(100_000);
  expect(pool.take(100_000).buffer).not.toBe(first.buffer);
  // A part of it gives all of it, once.
  pool.give(first.subarray(10, 20));
  pool.give(first);
  const again = pool.take(120_000);
  expect(again.buffer).toBe(first.buffer);
  expect(again.length).toBe(first.length);
  expect(pool.take(120_000).buffer).not.toBe(first.buffer);
});

test('it keeps no more than it may, and nothing of others', () => {
  const pool = new BytePool(MEGABYTE);
  const large = pool.take(MEGABYTE + 1);
  pool.give(large);
  expect(pool.take(MEGABYTE + 1).buffer).not.toBe(large.buffer);
  const foreign = new Uint8Array(MEGABYTE);
  pool.give(foreign);
  expect(pool.take(MEGABYTE).buffer).not.toBe(foreign.buffer);
  const small = pool.take(10);
  expect(small.length).toBe(10);
});
