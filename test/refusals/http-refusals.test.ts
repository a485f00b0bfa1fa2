/** The refusal corpus, HTTP part: headers, paths, methods, parameters and bodies that try to get around the check. */
import { request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  HIDDEN_ROW_MARKS,
  HIDDEN_TABLE_MARKS,
  type ProtectedServer,
  startProtectedServer,
} from '../support/protected-data.ts';

let data: ProtectedServer;
beforeAll(async () => {
  data = await startProtectedServer();
}, 120_000);
afterAll(() => data?.server.stop());

interface Answer {
  readonly status: number;
  readonly text: string;
}

interface Attempt {
  readonly method?: string;
  readonly path: string;
  readonly headers?: Record<string, string | string[]>;
  readonly body?: string | Buffer;
}

/** Sent as it is: no client library may tidy up the path or the headers. */
function send({ method = 'GET', path, headers = {}, body }: Attempt): Promise<Answer> {
  const { hostname, port } = new URL(data.server.url);
  return new Promise((resolve, reject) => {
    const length = body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) };
    const options = { hostname, port, method, path, headers: { ...length, ...headers } };
    const request = httpRequest(options, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString('latin1') }),
      );
    });
    request.on('error', reject);
    request.end(body);
  });
}

/** Bytes on the wire, for what no HTTP client sends. */
function sendRaw(text: string): Promise<string> {
  const { hostname, port } = new URL(data.server.url);
  return new Promise((resolve) => {
    const socket = connect(Number(port), hostname, () => socket.write(text, 'latin1'));
    let received = '';
    socket.on('data', (chunk) => (received += chunk.toString('latin1')));
    socket.on('error', () => resolve(received));
    socket.on('close', () => resolve(received));
    socket.setTimeout(3_000, () => socket.destroy());
  });
}

function expectNoSecret(text: string): void {
  for (const mark of [...HIDDEN_TABLE_MARKS, ...HIDDEN_ROW_MARKS, ...data.tokens]) {
    expect(text).not.toContain(mark);
  }
}

const SELECT = encodeURIComponent('SELECT * FROM vault');
const PROTECTED_GETS = [
  `/api/v3/query_sql?db=plant&q=${SELECT}`,
  `/api/v3/query_influxql?db=plant&q=${SELECT}`,
  `/query?db=plant&q=${SELECT}`,
  '/api/v3/configure/database?format=json',
  '/api/v3/enterprise/audit',
  '/api/v3/enterprise/configure/token/self',
  '/metrics',
];

describe.each(PROTECTED_GETS)('without a credential: %s', (path) => {
  test.each([
    ['nothing', {}],
    ['an empty header', { authorization: '' }],
    ['an unknown token', { authorization: `Bearer apiv3_${'A'.repeat(86)}` }],
    ['a cookie', { cookie: 'token=x; session=admin' }],
    ['X-Forwarded-User', { 'x-forwarded-user': 'admin', 'x-remote-user': '_admin' }],
    ['X-Original-URL', { 'x-original-url': '/health', 'x-rewrite-url': '/health' }],
    ['X-Api-Key', { 'x-api-key': 'apiv3_x' }],
    ['forwarded for the loopback', { 'x-forwarded-for': '127.0.0.1', forwarded: 'for=127.0.0.1' }],
    ['an OPTIONS override', { 'x-http-method-override': 'OPTIONS', 'x-method-override': 'OPTIONS' }],
  ] as const)('%s', async (_title, headers) => {
    const { status, text } = await send({ path, headers });
    expect([400, 401]).toContain(status);
    expect(status === 400).toBe('authorization' in headers && headers.authorization === '' && status === 400);
    expectNoSecret(text);
  });
});

describe('malformed credentials are 400, whatever they hold', () => {
  const shapes: [string, (token: string) => string][] = [
    ['lower case scheme', (token) => `bearer ${token}`],
    ['upper case scheme', (token) => `TOKEN ${token}`],
    ['two spaces', (token) => `Bearer  ${token}`],
    ['three words', (token) => `Bearer ${token} x`],
    ['no scheme', (token) => token],
    ['another scheme', (token) => `Digest ${token}`],
    ['Basic without a colon', (token) => `Basic ${Buffer.from(token).toString('base64')}`],
    ['Basic with a colon in the name', (token) => `Basic ${Buffer.from(`a:b:${token}`).toString('base64')}`],
    ['Basic that is no base64', () => 'Basic %%%%'],
    ['bytes outside ASCII', (token) => `Bearer ${token}\u00ff`],
    ['a comma', (token) => `Bearer x, Bearer ${token}`],
  ];
  test.each(shapes)('%s', async (_title, shape) => {
    const { status, text } = await send({
      path: `/api/v3/query_sql?db=plant&q=${SELECT}`,
      headers: { authorization: shape(data.operator) },
    });
    expect(status).toBe(400);
    expectNoSecret(text);
  });
});

describe('near misses of a token are 401', () => {
  const shapes: [string, (token: string) => string][] = [
    ['cut by one', (token) => token.slice(0, -1)],
    ['one too many', (token) => `${token}A`],
    ['another case', (token) => token.toUpperCase()],
    ['another last character', (token) => token.slice(0, -1) + (token.endsWith('A') ? 'B' : 'A')],
    ['without prefix', (token) => token.slice(6)],
    ['prefix twice', (token) => `apiv3_${token}`],
    ['percent-encoded', (token) => token.replace('_', '%5F')],
    ['quoted', (token) => `"${token}"`],
    ['with a NUL in percent form', (token) => `${token}%00`],
    ['its hash in hex', () => 'a'.repeat(128)],
  ];
  test.each(shapes)('%s', async (_title, shape) => {
    const { status, text } = await send({
      path: '/api/v3/configure/database?format=json',
      headers: { authorization: `Bearer ${shape(data.operator)}` },
    });
    expect(status).toBe(401);
    expectNoSecret(text);
  });
});

describe('spellings of a path that are not the path', () => {
  const spellings = (path: string) => [
    `/${path}`,
    `${path}/`,
    `${path}.`,
    `${path}%20`,
    `${path};x=1`,
    `${path}%00`,
    `/.${path}`,
    `/x/..${path}`,
    `/health/..${path}`,
    `/health/..;${path}`,
    `/%2e${path}`,
    `/health%2f..${path}`,
    path.replace('api', 'API'),
    path.replace('api', '%61pi'),
    path.replaceAll('/', '//'),
    path.replaceAll('/', '\\'),
    `${path}%2f`,
    `${path}#/health`,
  ];
  const all = [
    ...spellings('/api/v3/query_sql').map((path) => `${path}?db=plant&q=${SELECT}`),
    ...spellings('/api/v3/configure/database').map((path) => `${path}?format=json`),
    ...spellings('/api/v3/enterprise/audit'),
  ];
  test.each(all)('%s', async (path) => {
    for (const [who, expected] of [
      [undefined, [400, 401]],
      [data.probe, [400, 403, 404]],
      [data.other, [400, 403, 404]],
    ] as const) {
      const headers: Record<string, string> = who === undefined ? {} : { authorization: `Bearer ${who}` };
      const { status, text } = await send({ path, headers });
      expect(expected, `${status} ${text}`).toContain(status);
      expectNoSecret(text);
    }
  });
});

describe('methods', () => {
  const overrides = ['x-http-method-override', 'x-http-method', 'x-method-override'];
  test.each(overrides)('%s does not turn a read into a change', async (header) => {
    const { status } = await send({
      path: '/api/v3/configure/database?db=plant&format=json',
      headers: { authorization: `Bearer ${data.table}`, [header]: 'DELETE' },
    });
    expect(status).toBe(200);
    const after = await send({
      path: `/api/v3/query_sql?db=plant&format=json&q=${encodeURIComponent('SELECT count(*) AS n FROM cpu')}`,
      headers: { authorization: `Bearer ${data.operator}` },
    });
    expect(after.text).toBe('[{"n":4}]');
  });
  test.each(['HEAD', 'PUT', 'PATCH', 'TRACE', 'PROPFIND', 'DELETE'])(
    '%s on query_sql reads nothing',
    async (method) => {
      const { status, text } = await send({
        method,
        path: `/api/v3/query_sql?db=plant&q=${SELECT}`,
        headers: { authorization: `Bearer ${data.operator}` },
      });
      expect([404, 405]).toContain(status);
      expectNoSecret(text);
    },
  );
  test.each([
    ['DELETE', '/api/v3/configure/database?db=plant'],
    ['DELETE', '/api/v3/configure/table?db=plant&table=cpu'],
    ['DELETE', '/api/v3/configure/token?token_name=_admin'],
    ['DELETE', '/api/v3/configure/token?token_name=row'],
    ['POST', '/api/v3/configure/token/admin/regenerate'],
    ['POST', '/api/v3/configure/database/retention_period?db=plant&duration=1h'],
    ['PATCH', '/api/v3/enterprise/configure/token?token_name=row'],
    ['POST', '/api/v3/enterprise/configure/token/rotate'],
    ['POST', '/api/v3/enterprise/configure/token/check'],
    ['POST', '/api/v3/enterprise/configure/token/apply'],
    ['POST', '/api/v3/enterprise/configure/token'],
    ['POST', '/api/v3/configure/token/named_admin'],
    ['GET', '/api/v3/enterprise/audit'],
    ['GET', '/api/v3/enterprise/audit/verify'],
    ['GET', '/metrics'],
  ])('%s %s is refused to resource tokens', async (method, path) => {
    for (const token of [data.table, data.row, data.other, data.writer, data.probe]) {
      const { status, text } = await send({
        method,
        path,
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        body: JSON.stringify({ token_name: 'row', resource: 'db:plant', action: 'read', permissions: [] }),
      });
      expect(status, text).toBe(403);
      expectNoSecret(text);
    }
  });
});

describe('parameters, doubled and in conflict', () => {
  test.each([
    ['db twice', `db=other&db=plant&q=${SELECT}`],
    ['db twice, the other way', `db=plant&db=other&q=${SELECT}`],
    ['q twice', `db=other&q=SELECT%201&q=${SELECT}`],
    ['db as an array', `db[]=plant&q=${SELECT}`],
    ['db with a NUL', `db=plant%00&q=${SELECT}`],
    ['db with a path', `db=../plant&q=${SELECT}`],
    ['db percent-encoded twice', `db=%2570lant&q=${SELECT}`],
    ['db in another case', `db=PLANT&q=${SELECT}`],
    ['db with spaces', `db=%20plant%20&q=${SELECT}`],
    ['bucket beside db', `db=other&bucket=plant&q=${SELECT}`],
    ['a qualified name', `db=other&q=${encodeURIComponent('SELECT * FROM plant.vault')}`],
    ['a qualified name with iox', `db=other&q=${encodeURIComponent('SELECT * FROM plant.iox.vault')}`],
    ['a quoted qualified name', `db=other&q=${encodeURIComponent('SELECT * FROM "plant"."iox"."vault"')}`],
    ['the engine database', `db=other&q=${encodeURIComponent('SELECT * FROM "default"."vault"')}`],
    ['a token in the URL of v3', `db=plant&q=${SELECT}&p=OPERATOR`],
  ])('%s', async (_title, search) => {
    const { status, text } = await send({
      path: `/api/v3/query_sql?${search.replace('OPERATOR', data.operator)}`,
      headers: { authorization: `Bearer ${data.other}` },
    });
    expect([400, 403, 404], `${status} ${text}`).toContain(status);
    expectNoSecret(text);
  });

  test('the body decides nothing that the check did not see', async () => {
    const bodies = [
      '{"db":"other","db":"plant","q":"SELECT * FROM vault"}',
      '{"db":"plant","q":"SELECT * FROM vault"}',
      '{"db":["plant"],"q":"SELECT * FROM vault"}',
      '{"db":"other","q":"SELECT * FROM vault","database":"plant"}',
      '{"db":"other","q":"SELECT * FROM vault","params":{"db":"plant"}}',
      '{"db":"other","q":"SELECT * FROM vault","params":{"__proto__":{"admin":true}}}',
      '{"__proto__":{"db":"plant"},"q":"SELECT * FROM vault"}',
      '{"constructor":{"prototype":{"db":"plant"}},"db":"other","q":"SELECT * FROM vault"}',
    ];
    for (const body of bodies) {
      const { status, text } = await send({
        method: 'POST',
        path: '/api/v3/query_sql?db=plant',
        headers: { authorization: `Bearer ${data.other}` },
        body,
      });
      expect([400, 403], `${body} ${status} ${text}`).toContain(status);
      expectNoSecret(text);
    }
  });
});

describe('bodies that lie', () => {
  const headers = () => ({ authorization: `Bearer ${data.other}` });
  test.each<[string, number[], (headers: Record<string, string>) => Attempt]>([
    [
      'text as JSON',
      [400],
      (h) => ({ method: 'POST', path: '/api/v3/query_sql', headers: h, body: 'SELECT 1' }),
    ],
    [
      'JSON cut short',
      [400],
      (h) => ({ method: 'POST', path: '/api/v3/query_sql', headers: h, body: '{"db":"other","q":"SEL' }),
    ],
    [
      'JSON that is deep',
      [400],
      (h) => ({ method: 'POST', path: '/api/v3/query_sql', headers: h, body: '{"db":'.repeat(20_000) }),
    ],
    ['an array', [400], (h) => ({ method: 'POST', path: '/api/v3/query_sql', headers: h, body: '[]' })],
    [
      'not UTF-8',
      [400],
      (h) => ({
        method: 'POST',
        path: '/api/v3/query_sql',
        headers: h,
        body: Buffer.from([0x7b, 0xff, 0xfe]),
      }),
    ],
    [
      'a database call with another type',
      [415],
      (h) => ({
        method: 'POST',
        path: '/api/v3/configure/database',
        headers: { ...h, 'content-type': 'text/plain' },
        body: '{"db":"x"}',
      }),
    ],
    [
      'gzip that is none',
      [400],
      (h) => ({
        method: 'POST',
        path: '/api/v3/write_lp?db=other',
        headers: { ...h, 'content-encoding': 'gzip' },
        body: 'cpu v=1',
      }),
    ],
    [
      'gzip cut short',
      [400],
      (h) => ({
        method: 'POST',
        path: '/api/v3/write_lp?db=other',
        headers: { ...h, 'content-encoding': 'gzip' },
        body: gzipSync('cpu v=1').subarray(0, 15),
      }),
    ],
    [
      'a gzip bomb',
      [413],
      (h) => ({
        method: 'POST',
        path: '/api/v3/write_lp?db=other',
        headers: { ...h, 'content-encoding': 'gzip' },
        body: gzipSync(Buffer.alloc(64 << 20, 0x20)),
      }),
    ],
    [
      'an unknown encoding',
      [400],
      (h) => ({
        method: 'POST',
        path: '/api/v3/write_lp?db=other',
        headers: { ...h, 'content-encoding': 'br' },
        body: 'cpu v=1',
      }),
    ],
    [
      'more than the limit',
      [413],
      (h) => ({
        method: 'POST',
        path: '/api/v3/write_lp?db=other',
        headers: h,
        body: Buffer.alloc(11 << 20, 0x23),
      }),
    ],
    [
      'a write that is no line protocol',
      [400],
      (h) => ({ method: 'POST', path: '/api/v3/write_lp?db=other', headers: h, body: '{"cpu":1}' }),
    ],
    [
      'a write into another database',
      [403],
      (h) => ({ method: 'POST', path: '/api/v3/write_lp?db=plant', headers: h, body: 'cpu v=1' }),
    ],
    [
      'a v2 write into another bucket',
      [403],
      (h) => ({ method: 'POST', path: '/api/v2/write?bucket=plant', headers: h, body: 'cpu v=1' }),
    ],
    [
      'a v1 write into another database',
      [403],
      (h) => ({ method: 'POST', path: '/write?db=plant', headers: h, body: 'cpu v=1' }),
    ],
    [
      'a write that would create a database',
      [403],
      (h) => ({ method: 'POST', path: '/api/v3/write_lp?db=newone', headers: h, body: 'cpu v=1' }),
    ],
    [
      'a statement of a megabyte',
      [400],
      (h) => ({
        method: 'POST',
        path: '/api/v3/query_sql',
        headers: h,
        body: JSON.stringify({ db: 'other', q: `SELECT ${'1+'.repeat(500_000)}1` }),
      }),
    ],
    [
      'a deep statement',
      [400],
      (h) => ({
        method: 'POST',
        path: '/api/v3/query_sql',
        headers: h,
        body: JSON.stringify({ db: 'other', q: `SELECT ${'('.repeat(5_000)}1${')'.repeat(5_000)}` }),
      }),
    ],
  ])('%s', async (_title, statuses, make) => {
    const { status, text } = await send(make(headers()));
    expect(statuses, `${status} ${text.slice(0, 300)}`).toContain(status);
    expectNoSecret(text);
    // The server is as well as before.
    const after = await send({ path: '/health', headers: { authorization: `Bearer ${data.probe}` } });
    expect(after.status).toBe(200);
  });
});

describe('bytes that no client sends', () => {
  const target = `/api/v3/query_sql?db=plant&q=${SELECT}`;
  test.each([
    [
      'two Authorization headers',
      () =>
        `GET ${target} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer x\r\nAuthorization: Bearer ${data.other}\r\nConnection: close\r\n\r\n`,
    ],
    [
      'a folded header',
      () =>
        `GET ${target} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer\r\n ${data.other}\r\nConnection: close\r\n\r\n`,
    ],
    [
      'an absolute target',
      () =>
        `GET http://127.0.0.1${target} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${data.other}\r\nConnection: close\r\n\r\n`,
    ],
    ['a target without slash', () => `GET api/v3/query_sql HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`],
    [
      'length and chunks at once',
      () =>
        `POST /api/v3/query_sql HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${data.other}\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n0\r\n\r\nGET ${target} HTTP/1.1\r\nHost: x\r\n\r\n`,
    ],
    [
      'two lengths',
      () =>
        `POST /api/v3/query_sql HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${data.other}\r\nContent-Length: 4\r\nContent-Length: 40\r\nConnection: close\r\n\r\nabcd`,
    ],
    [
      'a smuggled request line',
      () =>
        `GET /health HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${data.probe}\r\n\r\nGET ${target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`,
    ],
    [
      'a huge header',
      () => `GET ${target} HTTP/1.1\r\nHost: x\r\nX: ${'a'.repeat(200_000)}\r\nConnection: close\r\n\r\n`,
    ],
    ['no HTTP at all', () => 'SELECT * FROM vault\r\n\r\n'],
  ])('%s', async (_title, make) => {
    expectNoSecret(await sendRaw(make()));
    const after = await send({ path: '/health', headers: { authorization: `Bearer ${data.probe}` } });
    expect(after.status).toBe(200);
  });
});

test('no secret in the log of the server', () => {
  expectNoSecret(data.server.log());
});
