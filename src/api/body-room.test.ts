import type { IncomingMessage } from 'node:http';
import { expect, test } from 'vitest';
import { BodyRoom } from './body-room.ts';

const MEGABYTE = 2 ** 20;
const request = (headers: Record<string, string>, destroyed = false) =>
  ({ headers, destroyed }) as unknown as IncomingMessage;
const plain = (megabytes: number) => request({ 'content-length': String(megabytes * MEGABYTE) });

/** A body that is used until it is told to end. */
function body(room: BodyRoom, sent: IncomingMessage) {
  const { promise, resolve } = Promise.withResolvers<void>();
  const state = { hasBegun: false, end: resolve, done: Promise.resolve() };
  state.done = room.with(sent, 10 * MEGABYTE, () => {
    state.hasBegun = true;
    return promise;
  });
  return state;
}

test('bodies wait in the order of their arrival until there is room; small ones pass', async () => {
  const room = new BodyRoom(20 * MEGABYTE, 60_000);
  const [first, second, third, fourth] = [8, 8, 9, 1].map((size) => body(room, plain(size)));
  const small = body(room, plain(0.1));
  await new Promise(setImmediate);
  const begun = () => [first, second, third, fourth, small].map((each) => each!.hasBegun);
  expect(begun()).toEqual([true, true, false, false, true]);
  first!.end();
  await first!.done;
  await new Promise(setImmediate);
  expect(begun()).toEqual([true, true, true, true, true]);
});

test('packed bodies and those in pieces count as large as they can be', async () => {
  const room = new BodyRoom(20 * MEGABYTE, 60_000);
  const packed = (bytes: number) => request({ 'content-length': `${bytes}`, 'content-encoding': 'gzip' });
  const states = [packed(20_000), request({}), packed(200), packed(2000)].map((sent) => body(room, sent));
  await new Promise(setImmediate);
  expect(states.map(({ hasBegun }) => hasBegun)).toEqual([true, true, true, false]);
});

test('whoever waits too long is told to come again, and takes no room', async () => {
  const room = new BodyRoom(10 * MEGABYTE, 20);
  const first = body(room, plain(8));
  const late = body(room, plain(8));
  await expect(late.done).rejects.toMatchObject({ code: 'write_overloaded' });
  expect(late.hasBegun).toBe(false);
  first.end();
  await first.done;
  const next = body(room, plain(8));
  await new Promise(setImmediate);
  expect(next.hasBegun).toBe(true);
});

test('a failure gives the room back, and a client that went away is not waited for', async () => {
  const room = new BodyRoom(10 * MEGABYTE, 60_000);
  const failing = room.with(plain(8), 10 * MEGABYTE, () => Promise.reject(new Error('broken')));
  await expect(failing).rejects.toThrow('broken');
  const gone = request({ 'content-length': String(8 * MEGABYTE) }, true);
  const used = room.with(gone, 10 * MEGABYTE, () => Promise.resolve());
  await expect(used).rejects.toMatchObject({ code: 'body_read' });
  const next = body(room, plain(8));
  await new Promise(setImmediate);
  expect(next.hasBegun).toBe(true);
});
