import { expect, test } from 'vitest';
import { Turns } from './turns.ts';

const ioTurn = () => new Promise((resolve) => setImmediate(resolve));

test('one slice runs in a turn of the loop, and work that has begun is finished first', async () => {
  const turns = new Turns();
  const slices: string[] = [];
  const work = async (name: string) => {
    await turns.begin();
    slices.push(name);
    await turns.goOn();
    slices.push(name);
  };
  const both = Promise.all([work('a'), work('b')]);
  const seen: number[] = [];
  for (let turn = 0; turn < 4; turn++) {
    await ioTurn();
    seen.push(slices.length);
  }
  await both;
  expect(slices).toEqual(['a', 'a', 'b', 'b']);
  expect(seen.every((count, index) => count - (seen[index - 1] ?? 0) <= 1)).toBe(true);
});

test('a slice is over by the clock', async () => {
  let nowMs = 0;
  const turns = new Turns(() => nowMs);
  await turns.begin();
  expect(turns.isOver).toBe(false);
  nowMs = 4;
  expect(turns.isOver).toBe(true);
  await turns.goOn();
  expect(turns.isOver).toBe(false);
});
