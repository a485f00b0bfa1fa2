/** What bounds a token and an address (`beyond.md` B3, B4, B9 to B12) on the request path, with a clock by hand. */
import { afterEach, expect, test } from 'vitest';
import { type InProcessServer, startInProcess } from '../../test/support/in-process-server.ts';

const ENTERPRISE = '/api/v3/enterprise/configure/token';
const SELF = `${ENTERPRISE}/self`;

let server: InProcessServer;
let operator: string;
afterEach(() => server?.stop());

async function start(...args: string[]): Promise<void> {
  server = await startInProcess({ args });
  operator = await server.bootstrap();
  const made = await server.ask({
    method: 'POST',
    path: '/api/v3/configure/database',
    token: operator,
    body: { db: 'd' },
  });
  expect(made.status).toBe(200);
}

async function makeToken(name: string, extra: object): Promise<string> {
  const { status, text } = await server.ask({
    method: 'POST',
    path: ENTERPRISE,
    token: operator,
    body: { token_name: name, permissions: ['db:d:read,write'], ...extra },
  });
  expect([status, status === 201 ? '' : text]).toEqual([201, '']);
  return (JSON.parse(text) as { token: string }).token;
}

async function auditRows(): Promise<Record<string, unknown>[]> {
  const { text } = await server.ask({ path: '/api/v3/enterprise/audit', token: operator });
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

test('requests_per_sec: 429 with Retry-After and the field, then the clock gives it back', async () => {
  await start();
  const token = await makeToken('limited', { limits: { requests_per_sec: 2, burst: 1 } });
  const self = () => server.ask({ path: SELF, token });
  expect([(await self()).status, (await self()).status]).toEqual([200, 200]);
  const refused = await self();
  expect(refused.status).toBe(429);
  expect(refused.headers['retry-after']).toBe('1');
  expect(refused.text).toContain('requests_per_sec');
  expect((await server.ask({ path: SELF, token: operator })).status).toBe(200);
  server.clock.advance(1000);
  expect((await self()).status).toBe(200);
});

test('write_bytes_per_sec counts inflated bytes, and a refused write stores nothing', async () => {
  await start();
  const token = await makeToken('slow', { limits: { write_bytes_per_sec: 100 } });
  const write = (body: string) => server.ask({ method: 'POST', path: '/api/v3/write_lp?db=d', token, body });
  expect((await write('m f=1 1')).status).toBe(204);
  expect((await write(`m,t=${'x'.repeat(80)} f=1 2`)).status).toBe(204);
  const refused = await write(`m,t=${'y'.repeat(80)} f=1 3`);
  expect([refused.status, refused.headers['sluice-error-code']]).toEqual([429, 'token_limit_exceeded']);
  const count = await server.ask({
    path: `/api/v3/query_sql?db=d&q=${encodeURIComponent('SELECT count(*) AS n FROM m')}`,
    token: operator,
  });
  expect(count.text).toBe('[{"n":2}]');
});

test('query_result_rows cuts a query off with an error', async () => {
  await start();
  const token = await makeToken('few', { limits: { query_result_rows: 2 } });
  const lines = [1, 2, 3, 4].map((n) => `m f=${n} ${n}`).join('\n');
  await server.ask({ method: 'POST', path: '/api/v3/write_lp?db=d', token: operator, body: lines });
  const ask = (q: string) => server.ask({ path: `/api/v3/query_sql?db=d&q=${encodeURIComponent(q)}`, token });
  expect((await ask('SELECT f FROM m LIMIT 2')).status).toBe(200);
  const refused = await ask('SELECT f FROM m');
  expect(refused.status).toBe(429);
  expect(refused.text).toContain('query_result_rows');
});

test('allowed_cidrs: 403 from elsewhere, audited; X-Forwarded-For counts from a trusted proxy only', async () => {
  await start('--trusted-proxies', '127.0.0.0/8');
  const token = await makeToken('office', { allowed_cidrs: ['10.1.0.0/16'] });
  const from = (forwarded?: string) =>
    server.ask({
      path: SELF,
      token,
      headers: forwarded === undefined ? {} : { 'x-forwarded-for': forwarded },
    });
  expect((await from()).status).toBe(403);
  expect((await from('10.1.2.3')).status).toBe(200);
  expect((await from('10.1.2.3, 10.2.0.1')).status).toBe(403);
  const denied = (await auditRows()).filter(({ action }) => action === 'address');
  expect(denied.map(({ client, token_name, status }) => [client, token_name, status])).toEqual([
    ['127.0.0.1', 'office', 403],
    ['10.2.0.1', 'office', 403],
  ]);
});

test('without trusted proxies X-Forwarded-For is nothing', async () => {
  await start();
  const token = await makeToken('office', { allowed_cidrs: ['10.1.0.0/16'] });
  expect((await server.ask({ path: SELF, token, headers: { 'x-forwarded-for': '10.1.2.3' } })).status).toBe(
    403,
  );
});

test('guessing costs: 429 for the address, while a valid token from there works', async () => {
  await start('--auth-failure-limit', '3');
  const guess = () => server.ask({ path: SELF, token: 'apiv3_guess' });
  const statuses: number[] = [];
  for (let attempt = 0; attempt < 5; attempt++) statuses.push((await guess()).status);
  expect(statuses).toEqual([401, 401, 401, 429, 429]);
  expect(Number((await guess()).headers['retry-after'])).toBeGreaterThan(0);
  expect((await server.ask({ path: SELF, token: operator })).status).toBe(200);
  expect((await server.ask({ path: SELF })).status).toBe(401);
  server.clock.advance(60_000);
  expect((await guess()).status).toBe(401);
  const refusals = (await auditRows()).filter(({ action }) => action === 'authentication: unknown');
  expect(refusals.map(({ status }) => status)).toEqual([401, 401, 401, 429, 429, 429, 401]);
});

test('a rotated string works until its grace ends, and says so', async () => {
  await start();
  const old = await makeToken('turning', {});
  const rotated = await server.ask({
    method: 'POST',
    path: `${ENTERPRISE}/rotate`,
    token: operator,
    body: { token_name: 'turning', grace_secs: 60 },
  });
  expect(rotated.status).toBe(201);
  const fresh = (JSON.parse(rotated.text) as { token: string }).token;
  const withOld = await server.ask({ path: SELF, token: old });
  expect(withOld.status).toBe(200);
  const until = /^expires=(.+)$/.exec(withOld.headers['sluice-token-rotated'] ?? '')?.[1];
  expect(Date.parse(until ?? '')).toBe(server.clock.nowMs() + 60_000);
  const withNew = await server.ask({ path: SELF, token: fresh });
  expect([withNew.status, withNew.headers['sluice-token-rotated']]).toEqual([200, undefined]);
  server.clock.advance(60_000);
  expect((await server.ask({ path: SELF, token: old })).status).toBe(401);
  expect((await server.ask({ path: SELF, token: fresh })).status).toBe(200);
});

test('a change of a token holds from the next request', async () => {
  await start();
  const token = await makeToken('edited', {});
  const query = () => server.ask({ path: '/api/v3/query_sql?db=d&q=SELECT%201', token });
  expect((await query()).status).toBe(200);
  const change = (body: object) =>
    server.ask({ method: 'PATCH', path: `${ENTERPRISE}?token_name=edited`, token: operator, body });
  expect((await change({ permissions: ['db:d:write'] })).status).toBe(200);
  expect((await query()).status).toBe(403);
  expect((await change({ permissions: ['db:d:read'], expiry_secs: 10 })).status).toBe(200);
  expect((await query()).status).toBe(200);
  server.clock.advance(10_000);
  expect((await query()).status).toBe(401);
});

test('use is counted', async () => {
  await start();
  const token = await makeToken('used', {});
  for (let use = 0; use < 3; use++) {
    await server.ask({ path: SELF, token, headers: { 'user-agent': `agent/${'x'.repeat(200)}` } });
  }
  const text = "SELECT use_count, last_used_from, last_used_by FROM system.tokens WHERE name = 'used'";
  const usage = async () => {
    const answer = await server.ask({
      path: `/api/v3/query_sql?db=_internal&q=${encodeURIComponent(text)}`,
      token: operator,
    });
    return JSON.parse(answer.text) as unknown;
  };
  await expect
    .poll(usage, { timeout: 15_000, interval: 200 })
    .toEqual([{ use_count: 3, last_used_from: '127.0.0.1', last_used_by: `agent/${'x'.repeat(122)}` }]);
});

test('data access is audited where it is asked for', async () => {
  await start('--audit-data-access');
  const token = await makeToken('watched', {});
  await server.ask({ method: 'POST', path: '/api/v3/write_lp?db=d', token, body: 'm f=1' });
  await server.ask({ path: '/api/v3/query_sql?db=d&q=SELECT%201', token });
  const rows = (await auditRows()).filter(({ token_name }) => token_name === 'watched');
  expect(rows.map(({ action, decision }) => [action, decision])).toEqual(
    expect.arrayContaining([
      ['data.write', 'allow'],
      ['data.read', 'allow'],
    ]),
  );
  const verified = await server.ask({ path: '/api/v3/enterprise/audit/verify', token: operator });
  expect(JSON.parse(verified.text)).toMatchObject({ ok: true });
});
