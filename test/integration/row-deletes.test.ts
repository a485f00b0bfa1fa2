/** Row deletes over HTTP and the command line: what goes, what stays, who may, and a crash in between. */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { cli } from '../support/command-line.ts';
import { startTestServer, type TestServer } from '../support/server.ts';

const running: TestServer[] = [];
afterEach(async () => {
  for (const server of running.splice(0)) await server.stop();
});

async function start(dataDir: string, ...args: string[]): Promise<TestServer> {
  const server = await startTestServer({ dataDir, args });
  running.push(server);
  return server;
}

const fresh = () => mkdtempSync(join(tmpdir(), 'sluice-deletes-'));

async function call(server: TestServer, method: string, path: string, token: string, body?: unknown) {
  const response = await fetch(server.url + path, {
    method,
    headers: { 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }) },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  return {
    status: response.status,
    json: text.startsWith('{') || text.startsWith('[') ? JSON.parse(text) : text,
  };
}

const REQUESTS = '/api/v3/row_delete_requests';
const LINES = [
  'm,host=a,region=eu v=1i 1000000000',
  'm,host=a,region=us v=2i 2000000000',
  'm,host=b,region=eu v=3i 3000000000',
  "m,host=it's v=4i 4000000000",
  'm v=5i 5000000000',
].join('\n');

async function prepare(server: TestServer): Promise<string> {
  const operator = (await call(server, 'POST', '/api/v3/configure/token/admin', '')).json.token as string;
  await call(server, 'POST', '/api/v3/configure/database', operator, { db: 'd' });
  expect(
    (await call(server, 'POST', '/api/v3/write_lp?db=d&precision=nanosecond', operator, LINES)).status,
  ).toBe(204);
  return operator;
}

const values = async (server: TestServer, token: string) =>
  (
    (
      await call(server, 'POST', '/api/v3/query_sql', token, {
        db: 'd',
        q: 'SELECT v FROM m ORDER BY v',
        format: 'json',
      })
    ).json as { v: number }[]
  ).map(({ v }) => v);

const ended = (server: TestServer, token: string) =>
  expect
    .poll(async () => (await call(server, 'GET', `${REQUESTS}?disposition=pending`, token)).json, {
      timeout: 20_000,
    })
    .toEqual([]);

test('rows go by time and tags, and no others; a crash afterwards does not bring them back', async () => {
  const dataDir = fresh();
  let server = await start(dataDir, '--row-delete-min-age', '0s');
  const operator = await prepare(server);
  const ask = (body: object) => call(server, 'POST', REQUESTS, operator, { db: 'd', table: 'm', ...body });
  const first = await ask({ min_time: '1970-01-01T00:00:01Z', max_time: '1970-01-01T00:00:02Z' });
  expect(first).toMatchObject({
    status: 200,
    json: {
      sequence: 1,
      db_name: 'd',
      table_name: 'm',
      disposition: 'pending',
      min_time: '1970-01-01T00:00:01.000000000Z',
    },
  });
  expect(await ask({ all_time: true, delete_predicate: "host = 'b' AND region = 'eu'" })).toMatchObject({
    json: { sequence: 2, delete_predicate: `"host" = 'b' AND "region" = 'eu'` },
  });
  await ask({ all_time: true, delete_predicate: "host = 'it''s'" });
  await ended(server, operator);
  expect(await values(server, operator)).toEqual([2, 5]);
  await server.kill();
  server = await start(dataDir, '--row-delete-min-age', '0s');
  expect(await values(server, operator)).toEqual([2, 5]);
  // A point written again after its deletion is there.
  await call(
    server,
    'POST',
    '/api/v3/write_lp?db=d&precision=nanosecond',
    operator,
    'm,host=a,region=eu v=9i 1000000000',
  );
  expect(await values(server, operator)).toEqual([2, 5, 9]);
  expect((await call(server, 'GET', REQUESTS, operator)).json).toHaveLength(3);
  const listed = await call(server, 'POST', '/api/v3/query_sql', operator, {
    db: '_internal',
    q: 'SELECT sequence, db_name, table_name, min_time, max_time, delete_predicate, disposition FROM system.row_deletes ORDER BY sequence LIMIT 2',
  });
  const about = { db_name: 'd', table_name: 'm', disposition: 'completed' };
  expect(listed.json).toEqual([
    { sequence: 1, ...about, min_time: '1970-01-01T00:00:01', max_time: '1970-01-01T00:00:02' },
    { sequence: 2, ...about, delete_predicate: `"host" = 'b' AND "region" = 'eu'` },
  ]);
}, 90_000);

test('a pending request survives a crash and can be aborted', async () => {
  const dataDir = fresh();
  let server = await start(dataDir, '--row-delete-min-age', '1h');
  const operator = await prepare(server);
  await call(server, 'POST', REQUESTS, operator, { db: 'd', table: 'm', all_time: true });
  await server.kill();
  server = await start(dataDir, '--row-delete-min-age', '1h');
  const environment = { INFLUXDB3_HOST_URL: server.url, INFLUXDB3_AUTH_TOKEN: operator };
  const aborted = await cli(['cancel', 'row_delete', '1', '--reason', 'a mistake'], environment);
  expect(aborted).toMatchObject({ code: 0, stdout: 'Row delete 1 aborted successfully\n' });
  const shown = await cli(['show', 'row_deletes'], environment);
  expect(JSON.parse(shown.stdout)).toMatchObject([
    { sequence: 1, disposition: 'aborted', reason: 'a mistake' },
  ]);
  expect((await cli(['cancel', 'row_delete', '1'], environment)).stderr).toContain('[409 Conflict]');
  expect((await cli(['cancel', 'row_delete', '7'], environment)).stderr).toContain('[404 Not Found]');
  const asked = await cli(
    ['delete', 'rows', '-d', 'd', '-t', 'm', '--max-time', '2020-01-01T00:00:00Z'],
    environment,
    'y\n',
  );
  expect(asked).toMatchObject({ code: 0, stdout: 'Row delete 2 requested successfully\n' });
  expect((await cli(['delete', 'rows', '-d', 'd', '-t', 'm'], environment)).code).toBe(2);
  expect(await values(server, operator)).toEqual([1, 2, 3, 4, 5]);
}, 90_000);

test('it takes the delete action; the rest is refused, and so is what is not understood', async () => {
  const server = await start(fresh(), '--row-delete-min-age', '1h');
  const operator = await prepare(server);
  const token = async (name: string, permission: string) =>
    (
      await call(server, 'POST', '/api/v3/enterprise/configure/token', operator, {
        token_name: name,
        permissions: [permission],
      })
    ).json.token as string;
  const writer = await token('writer', 'db:d:read,write');
  const deleter = await token('deleter', 'db:d:delete');
  const body = { db: 'd', table: 'm', all_time: true };
  expect((await call(server, 'POST', REQUESTS, writer, body)).status).toBe(403);
  expect((await call(server, 'POST', REQUESTS, deleter, body)).status).toBe(200);
  expect((await call(server, 'POST', `${REQUESTS}/1/abort`, writer, {})).status).toBe(403);
  expect((await call(server, 'GET', REQUESTS, writer)).json).toHaveLength(1);
  const other = await token('other', 'db:_none_*:read');
  expect((await call(server, 'GET', REQUESTS, other)).json).toEqual([]);
  for (const bad of [
    { db: 'd', table: 'm' },
    { ...body, delete_predicate: 'v = 1' },
    { ...body, delete_predicate: "nothing = 'x'" },
    { ...body, min_time: 'yesterday' },
    { ...body, min_time: '9999-01-01T00:00:00Z' },
    { ...body, min_time: '2020-01-02T00:00:00Z', max_time: '2020-01-01T00:00:00Z' },
  ]) {
    expect((await call(server, 'POST', REQUESTS, operator, bad)).status, JSON.stringify(bad)).toBe(400);
  }
  expect((await call(server, 'POST', REQUESTS, operator, { ...body, table: 'none' })).status).toBe(404);
  expect((await call(server, 'GET', `${REQUESTS}?min_sequence=one`, operator)).status).toBe(400);
  expect((await call(server, 'GET', `${REQUESTS}?min_sequence=2`, operator)).json).toEqual([]);
  expect((await call(server, 'POST', `${REQUESTS}/1x/abort`, operator, {})).status).toBe(404);
}, 90_000);
