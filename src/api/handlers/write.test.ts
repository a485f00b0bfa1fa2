/** The write endpoints over HTTP (`http-api.md` 3): parameters, bodies, rejections. */
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type InProcessServer, startInProcess } from '../../../test/support/in-process-server.ts';

let server: InProcessServer;
let operator: string;
beforeAll(async () => {
  server = await startInProcess({
    args: [
      '--max-http-request-size',
      '10000',
      '--num-database-limit',
      '20',
      '--num-total-columns-per-table-limit',
      '4',
    ],
  });
  operator = await server.bootstrap();
});
afterAll(() => server?.stop());

const post = (path: string, body: string | Uint8Array, headers: Record<string, string> = {}) =>
  server.ask({ method: 'POST', path, token: operator, body, headers });

async function rows(db: string, q: string): Promise<unknown> {
  const path = `/api/v3/query_sql?db=${db}&q=${encodeURIComponent(q)}`;
  return JSON.parse((await server.ask({ path, token: operator })).text);
}

test('the three endpoints take a point with their own precision default', async () => {
  expect((await post('/api/v3/write_lp?db=p3', 'm f=1 1700000000')).status).toBe(204);
  expect((await post('/api/v2/write?bucket=p2&org=o', 'm f=1 1700000000000000000')).status).toBe(204);
  expect((await post('/api/v2/write?bucket=p2&precision=ms', 'm f=2 1700000001000')).status).toBe(204);
  expect((await post('/write?db=p1&precision=s', 'm f=1 1700000000')).status).toBe(204);
  expect(await rows('p3', 'SELECT time FROM m')).toEqual([{ time: '2023-11-14T22:13:20' }]);
  expect(await rows('p2', 'SELECT time, f FROM m ORDER BY time')).toEqual([
    { time: '2023-11-14T22:13:20', f: 1 },
    { time: '2023-11-14T22:13:21', f: 2 },
  ]);
  expect(await rows('p1', 'SELECT time FROM m')).toEqual([{ time: '2023-11-14T22:13:20' }]);
});

test('a retention policy of v1 is a database of its own, the default one is not', async () => {
  for (const [time, rp] of ['', 'autogen', 'DEFAULT', 'weekly'].entries()) {
    expect((await post(`/write?db=rp&rp=${rp}`, `m f=1 ${time}`)).status).toBe(204);
  }
  expect(await rows('rp', 'SELECT count(*) AS n FROM m')).toEqual([{ n: 3 }]);
  expect(await rows('rp%2Fweekly', 'SELECT count(*) AS n FROM m')).toEqual([{ n: 1 }]);
});

describe('parameters', () => {
  test.each<[string, number, string | RegExp]>([
    ['/api/v3/write_lp', 400, "missing query parameter 'db'"],
    ['/api/v3/write_lp?x=1', 400, 'serde error: missing field `db`'],
    [
      '/api/v3/write_lp?db=x&precision=hour',
      400,
      /^serde error: unknown variant `hour`, expected one of `auto`, /,
    ],
    ['/api/v3/write_lp?db=x&accept_partial=1', 400, /^serde error: /],
    ['/api/v3/write_lp?db=x&db=y', 400, /^serde error: duplicate field `db`/],
    ['/api/v3/write_lp?db=', 400, '{"error":"db name cannot be empty"}'],
    ['/api/v3/write_lp?db=_x', 400, '{"error":"db name did not start with a number or letter"}'],
    ['/api/v3/write_lp?db=a.b', 400, /"invalid character in database or rp name: must be ASCII/],
    [`/api/v3/write_lp?db=${'a'.repeat(512)}`, 400, '{"error":"db name too long: max 511"}'],
    ['/api/v3/write_lp?db=a%2Fb%2Fc', 400, /db name with invalid retention policy/],
    ['/write', 400, '{"error":"no db destination provided"}'],
    ['/write?', 400, '{"error":"failed to deserialize db/rp/precision in request: missing field `db`"}'],
    [
      '/write?precision=s',
      400,
      '{"error":"failed to deserialize db/rp/precision in request: missing field `db`"}',
    ],
    ['/write?db=', 400, '{"error":"namespace name  length must be between 1 and 64 characters"}'],
    [`/write?db=${'%C3%A9'.repeat(33)}`, 400, /namespace name é+ length must be between 1 and 64 characters/],
    ['/write?db=x&precision=auto', 400, /"failed to deserialize db\/rp\/precision in request: /],
    ['/api/v2/write', 400, /^\{"code":"invalid","message":"no org\/bucket destination provided"\}$/],
    ['/api/v2/write?precision=s', 400, '{"code":"invalid","message":"missing bucket value"}'],
    ['/api/v2/write?org=x', 400, /"missing bucket value"/],
    [
      `/api/v2/write?bucket=${'a'.repeat(65)}`,
      400,
      /namespace name a+ length must be between 1 and 64 characters/,
    ],
  ])('%s', async (path, status, text) => {
    const answer = await post(path, 'm f=1');
    expect(answer.status).toBe(status);
    if (typeof text === 'string') expect(answer.text).toBe(text);
    else expect(answer.text).toMatch(text);
  });
});

describe('bodies', () => {
  test.each<[string, string | Uint8Array, Record<string, string>, number, RegExp]>([
    ['empty', '', {}, 400, /^incoming write was empty$/],
    ['only comments', '# a\n\n  # b\n', {}, 400, /^incoming write was empty$/],
    [
      'not UTF-8',
      Buffer.from('m f=1\nm f="\xff"', 'latin1'),
      {},
      400,
      /^body content is not valid utf8: .*line 2/,
    ],
    ['too long', 'x'.repeat(10_001), {}, 413, /^max request size \(10000 bytes\) exceeded$/],
    ['a bomb', gzipSync('#'.repeat(1_000_000)), { 'content-encoding': 'gzip' }, 413, /^max request size/],
    [
      'an unknown encoding',
      'm f=1',
      { 'content-encoding': 'zstd' },
      400,
      /^unacceptable content-encoding: zstd$/,
    ],
    ['broken gzip', 'm f=1', { 'content-encoding': 'gzip' }, 400, /^error decoding gzip stream: /],
  ])('%s', async (_name, body, headers, status, text) => {
    const answer = await post('/api/v3/write_lp?db=bodies', body, headers);
    expect([answer.status, answer.text]).toEqual([status, expect.stringMatching(text)]);
  });

  test('gzip is inflated, whatever the content type', async () => {
    const headers = { 'content-encoding': 'gzip', 'content-type': 'application/json' };
    expect((await post('/api/v3/write_lp?db=bodies', gzipSync('m f=1'), headers)).status).toBe(204);
  });
});

describe('rejected lines', () => {
  test('accept_partial: the good lines are written, the bad ones are told by number', async () => {
    const answer = await post(
      '/api/v3/write_lp?db=partial',
      'm f=1 1\n# no line\nm f=\nm f=2 2\nm f="text" 3',
    );
    expect(answer.status).toBe(400);
    const body = JSON.parse(answer.text) as { error: string; data: object[] };
    expect(body.error).toBe('partial write of line protocol occurred');
    expect(body.data).toEqual([
      expect.objectContaining({ line_number: 2, original_line: 'm f=' }),
      {
        error_message:
          "invalid column type for column 'f', expected iox::column_type::field::float, got iox::column_type::field::string",
        line_number: 4,
        original_line: expect.stringMatching(/^m f=/),
      },
    ]);
    expect(Object.keys(body.data[0]!)).toEqual(['error_message', 'line_number', 'original_line']);
    expect(await rows('partial', 'SELECT count(*) AS n FROM m')).toEqual([{ n: 2 }]);
    expect(server.log.map((line) => JSON.parse(line) as object)).toContainEqual(
      expect.objectContaining({ database: 'partial', client: '127.0.0.1', code: 'partial_write' }),
    );
  });

  test('a limit of the catalog among the reasons makes it 422', async () => {
    const answer = await post('/api/v3/write_lp?db=wide', 'm a=1,b=1,c=1 1\nm a=1,d=1,e=1,f=1 2');
    expect(answer.status).toBe(422);
    expect(answer.text).toContain(
      'Update to schema would exceed number of columns per table limit of 4 columns',
    );
  });

  test('all or nothing: one bad line refuses the request, told as an object', async () => {
    const answer = await post('/api/v3/write_lp?db=whole&accept_partial=false', 'm f=1 1\nm f=');
    expect(answer.status).toBe(400);
    expect(JSON.parse(answer.text)).toMatchObject({
      error: 'line protocol parsing error',
      data: { line_number: 2, original_line: 'm f=' },
    });
    expect((await post('/write?db=whole', 'm f=1 1\nm f=')).status).toBe(400);
    const v2 = await post('/api/v2/write?bucket=whole', 'm f=1 1\nm f=');
    expect(JSON.parse(v2.text)).toEqual({
      code: 'invalid',
      message: expect.stringMatching(/^write buffer error: line protocol parse failed: /),
    });
    const tables = await server.ask({
      path: '/api/v3/query_sql?db=whole&q=SELECT%20*%20FROM%20m',
      token: operator,
    });
    expect(tables.status).toBe(400);
  });

  test('a table that the token may not write is a rejected line, the others are written', async () => {
    await post('/api/v3/write_lp?db=tables', 'open f=1 1\nclosed f=1 1');
    const made = await server.ask({
      method: 'POST',
      path: '/api/v3/enterprise/configure/token',
      token: operator,
      body: { token_name: 'one', permissions: ['db:tables/open:write'] },
    });
    const { token } = JSON.parse(made.text) as { token: string };
    const answer = await server.ask({
      method: 'POST',
      path: '/api/v3/write_lp?db=tables',
      token,
      body: 'open f=2 2\nclosed f=2 2',
    });
    expect(answer.status).toBe(400);
    expect(JSON.parse(answer.text)).toMatchObject({ data: [{ line_number: 2 }] });
    expect(await rows('tables', 'SELECT count(*) AS n FROM open')).toEqual([{ n: 2 }]);
    expect(await rows('tables', 'SELECT count(*) AS n FROM closed')).toEqual([{ n: 1 }]);
  });
});

test('many first writes at once make the database and the table once', async () => {
  const writes = Array.from({ length: 20 }, (_, n) => post('/api/v3/write_lp?db=race', `m,t=${n} f=1 1`));
  expect((await Promise.all(writes)).map(({ status }) => status)).toEqual(writes.map(() => 204));
  expect(await rows('race', 'SELECT count(*) AS n FROM m')).toEqual([{ n: 20 }]);
});
