/** The pipeline (`auth.md` 3.8, 4, 5; `http-api.md` 1): order of the checks, headers, exact bodies. */
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type InProcessServer, startInProcess } from '../../test/support/in-process-server.ts';

const MALFORMED =
  '{"error": "Authorization header was malformed, the request was not in the form of \'Authorization: <auth-scheme> <token>\', supported auth-schemes are Bearer, Token and Basic"}';
const UNAUTHENTICATED = '{"error": "the request was not authenticated"}';
const TOKEN = '/api/v3/configure/token';
const LIST = '/api/v3/configure/database?format=json';

let server: InProcessServer;
let operator: string;
beforeAll(async () => {
  server = await startInProcess({ args: ['--auth-failure-limit', '0', '--max-http-request-size', '1000'] });
  operator = await server.bootstrap();
  await server.ask({
    method: 'POST',
    path: '/api/v3/configure/database',
    token: operator,
    body: { db: 'd' },
  });
});
afterAll(() => server?.stop());

const base64 = (text: string) => Buffer.from(text).toString('base64');

describe('the Authorization header', () => {
  test.each<[string, (token: string) => string]>([
    ['Bearer', (token) => `Bearer ${token}`],
    ['Token', (token) => `Token ${token}`],
    ['Basic', (token) => `Basic ${base64(`user:${token}`)}`],
    ['Basic without a user', (token) => `Basic ${base64(`:${token}`)}`],
    ['Basic without padding', (token) => `Basic ${base64(`us:${token}`).replace(/=+$/, '')}`],
  ])('%s is a credential', async (_name, header) => {
    expect((await server.ask({ path: LIST, headers: { authorization: header(operator) } })).status).toBe(200);
  });

  test.each<[string, (token: string) => string]>([
    ['lower case', (token) => `bearer ${token}`],
    ['a scheme alone', () => 'Bearer'],
    ['two spaces', (token) => `Bearer  ${token}`],
    ['three parts', (token) => `Bearer ${token} x`],
    ['no scheme', (token) => token],
    ['an unknown scheme', (token) => `Digest ${token}`],
    ['Basic with a colon in the user', (token) => `Basic ${base64(`a:b:${token}`)}`],
  ])('%s is malformed', async (_name, header) => {
    const answer = await server.ask({ path: LIST, headers: { authorization: header(operator) } });
    expect([answer.status, answer.text]).toEqual([400, MALFORMED]);
  });

  test('nothing, and an unknown token, are 401 without a challenge', async () => {
    for (const token of [undefined, 'apiv3_unknown']) {
      const answer = await server.ask({ path: LIST, token });
      expect([answer.status, answer.text]).toEqual([401, UNAUTHENTICATED]);
      expect(answer.headers['www-authenticate']).toBeUndefined();
      expect(answer.headers['access-control-allow-origin']).toBeUndefined();
    }
  });
});

describe('?p=', () => {
  test('works on /write and /query, and beats the header', async () => {
    const write = await server.ask({
      method: 'POST',
      path: `/write?db=d&p=${operator}`,
      headers: { authorization: 'broken' },
      body: 'm f=1',
    });
    expect([write.status, write.text]).toEqual([204, '']);
    const query = await server.ask({ path: `/query?q=SHOW%20DATABASES&p=${operator}` });
    expect(query.status).toBe(200);
    expect((await server.ask({ path: `/query?q=SHOW%20DATABASES&p=x`, token: operator })).status).toBe(401);
  });

  test('is ignored elsewhere, and when it is there twice', async () => {
    expect((await server.ask({ path: `${LIST}&p=${operator}` })).status).toBe(401);
    const twice = `/query?q=SHOW%20DATABASES&p=x&p=y`;
    expect((await server.ask({ path: twice, token: operator })).status).toBe(200);
    expect((await server.ask({ path: twice })).status).toBe(401);
  });
});

test('every response names the cluster, and only successes are open to other origins', async () => {
  const ids = new Set<string | undefined>();
  for (const [path, token, origin] of [
    [LIST, operator, '*'],
    [LIST, undefined, undefined],
    ['/nowhere', operator, undefined],
  ] as const) {
    const { headers } = await server.ask({ path, token });
    ids.add(headers['cluster-uuid']);
    expect(headers['access-control-allow-origin']).toBe(origin);
  }
  expect([...ids]).toEqual([expect.stringMatching(/^[0-9a-f-]{36}$/)]);
});

test('ping carries request ids and the version', async () => {
  const { headers, text } = await server.ask({ path: '/ping', token: operator });
  expect(headers['request-id']).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7/);
  expect(headers['x-request-id']).toBe(headers['request-id']);
  expect(headers['x-influxdb-version']).toBe('0.0.0');
  expect(JSON.parse(text)).toMatchObject({ product_name: 'Sluice', version: '0.0.0' });
});

describe('bodies of token calls, in the order of their checks', () => {
  const post = (body: string | Uint8Array, headers: Record<string, string> = {}) =>
    server.ask({
      method: 'POST',
      path: `${TOKEN}/named_admin`,
      token: operator,
      headers: { 'content-type': 'application/json', ...headers },
      body,
    });

  test.each<[string, string | Uint8Array, Record<string, string>, number, string | RegExp]>([
    [
      'no JSON type',
      '{}',
      { 'content-type': 'text/plain' },
      415,
      'unacceptable content-type, expected: application/json',
    ],
    ['an encoding', '{}', { 'content-encoding': 'br' }, 400, 'unacceptable content-encoding: br'],
    ['too long', 'x'.repeat(1001), {}, 413, 'max request size (1000 bytes) exceeded'],
    [
      'inflated too long',
      gzipSync('x'.repeat(5000)),
      { 'content-encoding': 'gzip' },
      413,
      'max request size (1000 bytes) exceeded',
    ],
    ['no gzip', 'plain', { 'content-encoding': 'gzip' }, 400, /^error decoding gzip stream: /],
    ['empty', '', {}, 400, 'serde json error: EOF while parsing a value at line 1 column 0'],
    ['malformed', '{"a"', {}, 400, /^serde json error: .* at line 1 column \d+$/],
    ['no name', '{}', {}, 400, /^serde json error: missing field `token_name` at line 1 column \d+$/],
    ['a name twice', '{"token_name":"a","token_name":"b"}', {}, 400, /duplicate field `token_name`/],
    [
      'a negative expiry',
      '{"token_name":"a","expiry_secs":-1}',
      {},
      400,
      /invalid value: integer `-1`, expected u64/,
    ],
    [
      'a float expiry',
      '{"token_name":"a","expiry_secs":1.5}',
      {},
      400,
      /invalid type: floating point `1.5`, expected u64/,
    ],
    [
      'a text expiry',
      '{"token_name":"a","expiry_secs":"x"}',
      {},
      400,
      /invalid type: string "x", expected u64/,
    ],
    [
      'an expiry beyond time',
      '{"token_name":"a","expiry_secs":18446744073709551615}',
      {},
      400,
      'expiry_secs is too large',
    ],
    ['an array', '[]', {}, 400, /^serde json error: /],
    ['not UTF-8', Buffer.from([0x7b, 0xff, 0x7d]), {}, 400, /^body content is not valid utf8: /],
  ])('%s', async (_name, body, headers, status, text) => {
    const answer = await post(body, headers);
    expect(answer.status).toBe(status);
    if (typeof text === 'string') expect(answer.text).toBe(text);
    else expect(answer.text).toMatch(text);
    expect(answer.headers['content-type']).toBe('text/plain; charset=utf-8');
    expect(answer.headers['sluice-error-code']).toMatch(/^[a-z0-9_]+$/);
  });

  test('gzip of several members, a +json type and unknown fields are fine', async () => {
    const text = '{"token_name":"zipped","unknown":1,"expiry_secs":null}';
    const body = Buffer.concat([gzipSync(text.slice(0, 9)), gzipSync(text.slice(9))]);
    const headers = { 'content-encoding': 'gzip', 'content-type': 'application/vnd.x+json; charset=utf-8' };
    expect((await post(body, headers)).status).toBe(201);
  });

  test('a refused caller does not learn what is wrong with the body', async () => {
    const made = await server.ask({
      method: 'POST',
      path: '/api/v3/enterprise/configure/token',
      token: operator,
      body: {
        token_name: 'reader',
        permissions: [{ resource_type: 'db', resource_identifier: ['d'], actions: ['read'] }],
      },
    });
    const { token } = JSON.parse(made.text) as { token: string };
    const refused = await server.ask({ method: 'POST', path: `${TOKEN}/named_admin`, token, body: 'x' });
    expect(refused.status).toBe(403);
  });
});

test('a connection survives a refused request with a body', async () => {
  const answer = await fetch(`${server.url}/api/v3/write_lp?db=d`, {
    method: 'POST',
    body: 'x'.repeat(100_000),
  });
  expect(answer.status).toBe(401);
  await answer.text();
  expect((await server.ask({ path: '/health', token: operator })).status).toBe(200);
});

test('no token string is in any log line', () => {
  expect(server.log.length).toBeGreaterThan(5);
  expect(server.log.join('')).not.toContain(operator.slice(6));
});

test('whoever sends a body that is refused unread gets the answer, though the connection is closed then', async () => {
  const body = Buffer.alloc(20 * 2 ** 20, 'm f=1\n');
  for (let round = 0; round < 5; round++) {
    const { status, text } = await server.ask({
      method: 'POST',
      path: '/api/v3/write_lp?db=d',
      token: operator,
      body,
    });
    expect([status, text]).toEqual([413, 'max request size (1000 bytes) exceeded']);
  }
});
