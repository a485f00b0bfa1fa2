import { expect, test } from 'vitest';
import { Turns } from '../platform/turns.ts';
import { ApplyOrder } from './apply-order.ts';

test('requests are applied in the order of the log, failures left out', async () => {
  const order = new ApplyOrder(new Turns());
  const applied: number[] = [];
  const appends = [0, 1, 2, 3].map(() => Promise.withResolvers<number>());
  const done = appends.map(({ promise }, index) =>
    order.add(10 + index, 100, promise, (sequence) => applied.push(sequence)),
  );
  expect([order.oldest, order.bytes]).toEqual([10, 400]);
  appends[2]!.resolve(12);
  appends[3]!.resolve(13);
  await Promise.resolve();
  expect(applied).toEqual([]);
  appends[1]!.reject(new Error('the disk is full'));
  await expect(done[1]).rejects.toThrow('the disk is full');
  const drained = order.drained();
  appends[0]!.resolve(10);
  await Promise.all([done[0], done[2], done[3], drained]);
  expect(applied).toEqual([10, 12, 13]);
  expect([order.oldest, order.bytes]).toEqual([Number.POSITIVE_INFINITY, 0]);
});

test('many large requests are applied in several turns of the loop, in order all the same', async () => {
  const order = new ApplyOrder(new Turns());
  const applied: number[] = [];
  const { promise, resolve } = Promise.withResolvers<void>();
  const all = [0, 1, 2, 3, 4, 5].map((sequence) =>
    order.add(
      sequence,
      1.5 * 2 ** 20,
      promise.then(() => sequence),
      (applying) => applied.push(applying),
    ),
  );
  resolve();
  const counts: number[] = [];
  for (let turn = 0; turn < 6; turn++) {
    await new Promise((done) => setImmediate(done));
    counts.push(applied.length);
  }
  expect(counts[0]).toBeLessThan(6);
  await Promise.all(all);
  expect(applied).toEqual([0, 1, 2, 3, 4, 5]);
  expect([order.oldest, order.bytes]).toEqual([Number.POSITIVE_INFINITY, 0]);
});
