/** What is no whole request, byte by byte, over TCP and TLS. */
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect as connectTls } from 'node:tls';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { hasOpenssl, makeCertificate } from '../../test/support/certificate.ts';
import { type InProcessServer, startInProcess } from '../../test/support/in-process-server.ts';
import { ClientErrors } from './client-errors.ts';
import { listen } from './listener.ts';

const HOST = 'Host: a\r\n';
const WRITE = `POST /api/v3/write_lp?db=d HTTP/1.1\r\n${HOST}`;
const MALFORMED = [400, 'malformed_request'];
/** What is sent in pieces, the end of the connection when it is `null`; what comes back. */
const CASES: readonly [string, readonly (string | null)[], (string | number)[]][] = [
  ['a body shorter than it said', [`${WRITE}Content-Length: 99\r\n\r\nm f=1 1\n`, null], MALFORMED],
  [
    'a chunk of no size',
    [`${WRITE}Transfer-Encoding: chunked\r\n\r\n8\r\nm f=2 2\n\r\n`, 'zz\r\n', 'more'],
    MALFORMED,
  ],
  [
    'chunks without their end',
    [`${WRITE}Transfer-Encoding: chunked\r\n\r\n8\r\nm f=3 3\n\r\n`, null],
    MALFORMED,
  ],
  ['a length and chunks', [`${WRITE}Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n`], MALFORMED],
  ['two lengths', [`${WRITE}Content-Length: 8\r\nContent-Length: 9\r\n\r\nm f=4 4\n`], MALFORMED],
  ['no method', ['\u0016\u0003\u0001garbage\r\n\r\n'], MALFORMED],
  ['half a header', [`GET /health HTTP/1.1\r\n${HOST}Acc`, null], MALFORMED],
  ['another version', [`GET /health HTTP/3.0\r\n${HOST}\r\n`], MALFORMED],
  ['HTTP/2', ['PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'], MALFORMED],
  ['no host', ['GET /health HTTP/1.1\r\n\r\n'], MALFORMED],
  ['a proxy', [`CONNECT a:1 HTTP/1.1\r\n${HOST}\r\n`], MALFORMED],
  ['a bare line feed', [`GET /health HTTP/1.1\r\n${HOST}A: b\nC\r\n\r\n`], MALFORMED],
  [
    'headers beyond the limit',
    [`GET /health HTTP/1.1\r\n${HOST}X: ${'x'.repeat(70_000)}\r\n\r\n`],
    [431, 'headers_too_large'],
  ],
  [
    'trailers beyond the limit',
    [`${WRITE}Transfer-Encoding: chunked\r\n\r\n0\r\nX: ${'x'.repeat(70_000)}\r\n\r\n`],
    [431, 'headers_too_large'],
  ],
];

let server: InProcessServer;
let open: () => Socket;
const directory = mkdtempSync(join(tmpdir(), 'sluice-client-errors-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

/** All that comes back until the connection is closed. */
async function exchange(socket: Socket, pieces: readonly (string | null)[]): Promise<string> {
  let text = '';
  socket.on('data', (chunk: Buffer) => (text += chunk.toString()));
  socket.on('error', () => {});
  const closed = new Promise((resolve) => socket.once('close', resolve));
  for (const piece of pieces) {
    if (piece === null) socket.end();
    else socket.write(piece);
    await sleep(20);
  }
  await closed;
  return text;
}

function outcome(text: string): (string | number)[] {
  const [head = '', body = ''] = text.split('\r\n\r\n');
  expect(head).toMatch(/^content-type: application\/json$/m);
  expect(head).toMatch(/^connection: close$/im);
  expect(head).toMatch(/^cluster-uuid: [0-9a-f-]{36}$/m);
  expect(head).toMatch(new RegExp(`^content-length: ${Buffer.byteLength(body)}$`, 'm'));
  expect(JSON.parse(body)).toEqual({ error: expect.any(String) });
  return [Number(head.split(' ')[1]), /^sluice-error-code: (\S+)$/m.exec(head)?.[1] ?? ''];
}

async function counted(code: string): Promise<number> {
  const text = await exchange(open(), [`GET /metrics HTTP/1.1\r\n${HOST}Connection: close\r\n\r\n`]);
  return Number(
    new RegExp(`^sluice_malformed_requests_total\\{code="${code}"\\} (\\d+)$`, 'm').exec(text)?.[1] ?? 0,
  );
}

describe.each(hasOpenssl ? ['TCP', 'TLS'] : ['TCP'])('over %s', (transport) => {
  beforeAll(async () => {
    const tls = transport === 'TLS' ? makeCertificate(directory) : undefined;
    const args = tls === undefined ? [] : ['--tls-cert', tls.cert, '--tls-key', tls.key];
    server = await startInProcess({ args: ['--without-auth', ...args] });
    const port = Number(new URL(server.url).port);
    open = () =>
      tls === undefined
        ? connect({ port, host: '127.0.0.1' })
        : connectTls({ port, host: '127.0.0.1', rejectUnauthorized: false });
  });
  afterAll(() => server.stop());

  test.each(CASES)('%s', async (_name, pieces, expected) => {
    const before = await counted(String(expected[1]));
    expect(outcome(await exchange(open(), pieces))).toEqual(expected);
    expect(await counted(String(expected[1]))).toBe(before + 1);
  });

  test('nothing of them was stored, and the server goes on', async () => {
    const list = 'GET /api/v3/configure/database?format=csv HTTP/1.1\r\n';
    const text = await exchange(open(), [`${list}${HOST}Connection: close\r\n\r\n`]);
    expect(text).toContain('_internal');
    expect(text).not.toMatch(/^d$/m);
  });

  test('a request before it keeps its own answer, which comes first', async () => {
    const body = 'm f=5 5\n';
    const whole = `${WRITE.replace('db=d', 'db=e')}Content-Length: ${body.length}\r\n\r\n${body}`;
    const text = await exchange(open(), [`${whole}and then?\r\n\r\n`]);
    expect(text).toMatch(/^HTTP\/1\.1 204 /);
    expect(outcome(text.slice(text.indexOf('HTTP/1.1 400')))).toEqual(MALFORMED);
  });

  test('an answer that is given before the body came is the only one', async () => {
    const text = await exchange(open(), [
      `POST /nowhere HTTP/1.1\r\n${HOST}Transfer-Encoding: chunked\r\n\r\nzz\r\n`,
    ]);
    expect(text).toMatch(/^HTTP\/1\.1 404 /);
    expect(text.match(/HTTP\/1\.1/g)).toHaveLength(1);
  });

  test('an unknown expectation is nobody’s affair', async () => {
    const text = await exchange(open(), [
      `GET /ping HTTP/1.1\r\n${HOST}Expect: what\r\nConnection: close\r\n\r\n`,
    ]);
    expect(text).toMatch(/^HTTP\/1\.1 200 /);
  });

  test('a handshake that fails is cut off', async () => {
    if (transport === 'TCP') return;
    const port = Number(new URL(server.url).port);
    await exchange(connect({ port, host: '127.0.0.1' }), [`GET /health HTTP/1.1\r\n${HOST}\r\n`]);
    expect(await counted('malformed_request')).toBeGreaterThan(0);
  });
});

test('a request that does not come in time', async () => {
  const codes: string[] = [];
  const clientErrors = new ClientErrors({
    clusterUuid: '00000000-0000-0000-0000-000000000000',
    counted: (code) => codes.push(code),
  });
  const seen: string[] = [];
  const config = { bind: { host: '127.0.0.1', port: 0 }, addressFile: null };
  const times = { headersTimeout: 100, requestTimeout: 200, connectionsCheckingInterval: 20 };
  const listener = await listen(
    config,
    null,
    (request) => void request.on('data', (chunk) => seen.push(String(chunk))),
    clientErrors,
    times,
  );
  const port = Number(new URL(listener.url).port);
  try {
    const socket = () => connect({ port, host: '127.0.0.1' });
    const late = [408, 'request_timeout'];
    expect(outcome(await exchange(socket(), ['GET /health HT']))).toEqual(late);
    expect(outcome(await exchange(socket(), [`${WRITE}Content-Length: 9\r\n\r\nm f=1`]))).toEqual(late);
    expect(seen).toEqual(['m f=1']);
    expect(codes).toEqual(['request_timeout', 'request_timeout']);
  } finally {
    await listener.stop(100);
  }
});
