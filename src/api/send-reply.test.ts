import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { resultBytes } from '../query/results/result-bytes.ts';
import type { Reply } from './reply.ts';
import { type SentReply, sendReply } from './send-reply.ts';

const servers: ReturnType<typeof createServer>[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

/** A server that answers with the reply; what became of it. */
async function serve(
  reply: Reply,
  stalledAfterMs?: number,
): Promise<{ port: number; sent: Promise<SentReply> }> {
  const { promise, resolve } = Promise.withResolvers<SentReply>();
  const server = createServer((_request, response: ServerResponse) => {
    void sendReply(response, reply, undefined, stalledAfterMs).then(resolve);
  });
  servers.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { port: (server.address() as AddressInfo).port, sent: promise };
}

async function* blocks(count: number, onEnd: () => void): AsyncGenerator<Uint8Array> {
  try {
    for (let block = 0; block < count; block++) yield new Uint8Array(65_536);
  } finally {
    onEnd();
  }
}

test('a stream is sent whole, and counted', async () => {
  let ended = 0;
  const { port, sent } = await serve({ status: 200, body: blocks(100, () => ended++) });
  const response = await fetch(`http://127.0.0.1:${port}`);
  expect((await response.arrayBuffer()).byteLength).toBe(6_553_600);
  expect(await sent).toEqual({ bytes: 6_553_600, complete: true });
  expect(ended).toBe(1);
});

test('memory that was lent for it is given back once it is sent, and no other', async () => {
  const lent = Array.from({ length: 50 }, (_, index) => new Uint8Array(131_072).fill(index));
  const kept = new Uint8Array(131_072).fill(99);
  async function* body() {
    for (const bytes of lent) {
      resultBytes.adopt(bytes);
      yield bytes;
    }
    yield kept;
  }
  const { port, sent } = await serve({ status: 200, body: body() });
  const response = await fetch(`http://127.0.0.1:${port}`);
  const received = new Uint8Array(await response.arrayBuffer());
  await sent;
  expect(received.length).toBe(51 * 131_072);
  for (let block = 0; block < 50; block++)
    expect(received.subarray(block * 131_072, (block + 1) * 131_072).every((byte) => byte === block)).toBe(
      true,
    );
  await expect.poll(() => lent.filter((bytes) => bytes.length > 0)).toEqual([]);
  expect(kept.length).toBe(131_072);
});

test('a reader that stops reading is cut off, and its source is ended', async () => {
  let ended = 0;
  const { port, sent } = await serve({ status: 200, body: blocks(1_000_000, () => ended++) }, 20);
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => {});
  socket.pause();
  socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
  expect(await sent).toMatchObject({ complete: false });
  expect(ended).toBe(1);
  socket.destroy();
});

test('a reader that leaves ends its source', async () => {
  let ended = 0;
  const { port, sent } = await serve({ status: 200, body: blocks(1_000_000, () => ended++) });
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => {});
  socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
  socket.once('data', () => socket.destroy());
  expect(await sent).toMatchObject({ complete: false });
  expect(ended).toBe(1);
});

test('a source that fails cuts the connection and tells why', async () => {
  async function* failing(): AsyncGenerator<Uint8Array> {
    yield new Uint8Array(10);
    throw new Error('the engine went away');
  }
  const { port, sent } = await serve({ status: 200, body: failing() });
  await expect(
    fetch(`http://127.0.0.1:${port}`).then((response) => response.arrayBuffer()),
  ).rejects.toThrow();
  expect(await sent).toMatchObject({ complete: false, failure: new Error('the engine went away') });
});
