import { expect, test } from 'vitest';
import { Turns } from '../platform/turns.ts';
import { ApplyOrder } from './apply-order.ts';

test('requests are applied in the order of the log, failures left out', async () => {
  const order = new ApplyOrder(new Turns());
  const applied: number[] = [];
  const appends = [0, 1, 2, 3].map(() => Promise.withResolvers<number>());
  const done = appends.map(({ promise }, index) =>
    order.add(10 + index, 100, promise, (sequence) => [applied.push(sequence)]),
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

/** An order whose steps take a millisecond each. */
function openSlowOrder() {
  let nowMs = 0;
  const applied: string[] = [];
  const order = new ApplyOrder(new Turns(), () => nowMs);
  const add = (name: string, steps: number) =>
    order.add(0, 100, Promise.resolve(0), function* () {
      for (let step = 0; step < steps; step++) {
        applied.push(`${name}${step}`);
        nowMs++;
        yield;
      }
    });
  return { order, applied, add };
}

const turn = () => new Promise((done) => setImmediate(done));

test('many requests are applied in several turns of the loop, in order all the same', async () => {
  const { order, applied, add } = openSlowOrder();
  const all = ['a', 'b', 'c', 'd', 'e', 'f'].map((name) => add(name, 1));
  const counts: number[] = [];
  for (let turns = 0; turns < 4; turns++) {
    await turn();
    counts.push(applied.length);
  }
  expect(counts).toEqual([2, 4, 6, 6]);
  await Promise.all(all);
  expect(applied).toEqual(['a0', 'b0', 'c0', 'd0', 'e0', 'f0']);
  expect([order.oldest, order.bytes]).toEqual([Number.POSITIVE_INFINITY, 0]);
});

test('a large request is applied in parts, and nothing of the next one before its end', async () => {
  const { order, applied, add } = openSlowOrder();
  const large = add('large', 5);
  const small = add('small', 1);
  await turn();
  expect(applied).toEqual(['large0', 'large1']);
  // Not in the buffers as a whole: its record must stay.
  expect(order.oldest).toBe(0);
  await Promise.all([large, small]);
  expect(applied).toEqual(['large0', 'large1', 'large2', 'large3', 'large4', 'small0']);
});

test('who waits for whole requests comes between two of them', async () => {
  const { order, applied, add } = openSlowOrder();
  expect(order.whole()).toBeUndefined();
  const all = [add('a', 3), add('b', 3)];
  await turn();
  expect(applied).toEqual(['a0', 'a1']);
  const seen: string[][] = [];
  const looks = [1, 2].map(() => order.whole()!.then(() => seen.push([...applied])));
  await Promise.all(looks);
  const whole = ['a0', 'a1', 'a2'];
  expect(seen).toEqual([whole, whole]);
  await Promise.all(all);
  expect(applied).toEqual([...whole, 'b0', 'b1', 'b2']);
  expect(order.whole()).toBeUndefined();
});
