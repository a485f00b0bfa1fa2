import { expect, test } from 'vitest';
import { QueryGate } from './query-gate.ts';

const alive = () => new AbortController().signal;

test('places are handed on in order, and leaving twice counts once', async () => {
  const gate = new QueryGate(1);
  const leave = await gate.enter(alive());
  const order: string[] = [];
  const second = gate.enter(alive()).then((leaveSecond) => {
    order.push('second');
    return leaveSecond;
  });
  const third = gate.enter(alive()).then(() => order.push('third'));
  leave();
  leave();
  const leaveSecond = await second;
  expect(order).toEqual(['second']);
  leaveSecond();
  await third;
  expect(order).toEqual(['second', 'third']);
});

test('who goes away while waiting takes no place', async () => {
  const gate = new QueryGate(1);
  const leave = await gate.enter(alive());
  const controller = new AbortController();
  const waiting = gate.enter(controller.signal);
  const next = gate.enter(alive());
  controller.abort();
  await expect(waiting).rejects.toMatchObject({ code: 'body_read' });
  await expect(gate.enter(AbortSignal.abort())).rejects.toMatchObject({ code: 'body_read' });
  leave();
  expect(await next).toBeTypeOf('function');
});

test('without a number nobody waits', async () => {
  const gate = new QueryGate(null);
  const leaves = await Promise.all(Array.from({ length: 100 }, () => gate.enter(alive())));
  expect(leaves).toHaveLength(100);
});

test('too many that wait are told to come back', async () => {
  const gate = new QueryGate(1);
  await gate.enter(alive());
  for (let waiting = 0; waiting < 10_000; waiting++) void gate.enter(alive());
  await expect(gate.enter(alive())).rejects.toMatchObject({ status: 429 });
});
