import { expect, test } from 'vitest';
import { CommitGroup } from './commit-group.ts';

test('members go on together, those that left are not waited for', async () => {
  const group = new CommitGroup(3);
  const [one, two, three] = [group.join(), group.join(), group.join()];
  const order: string[] = [];
  const first = one.ready().then(() => order.push('one'));
  three.leave();
  three.leave();
  await new Promise((resolve) => setImmediate(resolve));
  expect(order).toEqual([]);
  order.push('two arrives');
  await Promise.all([two.ready().then(() => order.push('two')), first]);
  expect(order).toEqual(['two arrives', 'one', 'two']);
});

test('a member that was ready and leaves counts once', async () => {
  const group = new CommitGroup(2);
  const [one, two] = [group.join(), group.join()];
  let isReady = false;
  const ready = one.ready().then(() => (isReady = true));
  one.leave();
  await new Promise((resolve) => setImmediate(resolve));
  expect(isReady).toBe(false);
  two.leave();
  await ready;
  expect(isReady).toBe(true);
});
