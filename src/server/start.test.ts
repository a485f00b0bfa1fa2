/** The composition over HTTP: doors that options open or close, token files, recovery, TLS, stop and start. */
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { request as httpsRequest } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { hasOpenssl, makeCertificate } from '../../test/support/certificate.ts';
import { type InProcessServer, send, startInProcess } from '../../test/support/in-process-server.ts';

const TOKEN = '/api/v3/configure/token';
const SELF = '/api/v3/enterprise/configure/token/self';
const SECRET = `apiv3_${'prepared-'.repeat(9)}`;

let server: InProcessServer | undefined;
const directories: string[] = [];
afterEach(async () => {
  await server?.stop();
  server = undefined;
  for (const path of directories.splice(0)) rmSync(path, { recursive: true, force: true });
});

function directory(): string {
  const path = mkdtempSync(join(tmpdir(), 'sluice-start-'));
  directories.push(path);
  return path;
}

function file(name: string, content: unknown, mode = 0o600): string {
  const path = join(directory(), name);
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
  chmodSync(path, mode);
  return path;
}

describe('--without-auth', () => {
  test('everything is allowed, token calls are not there, hashes are not shown, malformed headers are refused', async () => {
    server = await startInProcess({ args: ['--without-auth'] });
    for (const [method, path] of [
      ['POST', `${TOKEN}/admin`],
      ['POST', `${TOKEN}/anything`],
      ['DELETE', `${TOKEN}?token_name=x`],
      ['POST', '/api/v3/enterprise/configure/token'],
    ] as const) {
      const answer = await server.ask({ method, path });
      expect([answer.status, answer.text]).toEqual([405, 'endpoint disabled, started without auth']);
    }
    expect((await server.ask({ method: 'POST', path: '/api/v3/write_lp?db=d', body: 'm f=1' })).status).toBe(
      204,
    );
    expect((await server.ask({ path: '/health', token: 'anything' })).status).toBe(200);
    expect((await server.ask({ path: '/health', headers: { authorization: 'nonsense' } })).status).toBe(400);
    const columns = encodeURIComponent(
      "SELECT column_name FROM information_schema.columns WHERE table_name = 'tokens'",
    );
    const { status, text } = await server.ask({ path: `/api/v3/query_sql?db=_internal&q=${columns}` });
    expect(status).toBe(200);
    expect(text).toContain('"permissions"');
    expect(text).not.toContain('"hash"');
    expect(server.log.join('')).toContain('without authentication');
  });

  test('token files are not read', async () => {
    server = await startInProcess({ args: ['--without-auth', '--admin-token-file', '/does/not/exist'] });
    expect((await server.ask({ path: '/health' })).status).toBe(200);
  });
});

test('--disable-authz opens the exact paths that it names', async () => {
  server = await startInProcess({ args: ['--disable-authz', 'health,metrics'] });
  const status = async (path: string) => (await server!.ask({ path })).status;
  expect(await status('/health')).toBe(200);
  expect(await status('/api/v1/health')).toBe(200);
  expect(await status('/metrics')).toBe(200);
  for (const path of [
    '/ping',
    '/ready',
    '/health/',
    '/health/../api/v3/configure/database?format=json',
    '//health',
  ]) {
    expect([path, await status(path)]).toEqual([path, 401]);
  }
  expect((await server.ask({ path: '/health', headers: { authorization: 'nonsense' } })).status).toBe(200);
});

describe('token files', () => {
  test('an admin token is made once, and its file is not read for it again', async () => {
    const dataDir = directory();
    const path = file('admin.json', { token: SECRET, name: '_admin' }, 0o644);
    server = await startInProcess({ dataDir, args: ['--admin-token-file', path] });
    expect((await server.ask({ path: SELF, token: SECRET })).status).toBe(200);
    expect((await server.ask({ method: 'POST', path: `${TOKEN}/admin` })).status).toBe(409);
    expect(server.log.join('')).toContain('Admin token file has insecure permissions');
    expect(server.log.join('')).not.toContain(SECRET);
    await server.stop();
    writeFileSync(path, JSON.stringify({ token: `${SECRET}other`, name: '_admin' }));
    server = await startInProcess({ dataDir, args: ['--admin-token-file', path] });
    expect((await server.ask({ path: SELF, token: SECRET })).status).toBe(200);
    expect((await server.ask({ path: SELF, token: `${SECRET}other` })).status).toBe(401);
  });

  test('resource tokens, with the databases that they need', async () => {
    const path = file('tokens.json', {
      create_databases: ['db1'],
      tokens: [{ token: SECRET, name: 'app', permissions: ['db:db1:read,write', 'system:health:read'] }],
    });
    server = await startInProcess({ args: ['--permission-tokens-file', path] });
    const write = { method: 'POST', token: SECRET, body: 'm f=1' };
    expect((await server.ask({ ...write, path: '/api/v3/write_lp?db=db1' })).status).toBe(204);
    expect((await server.ask({ ...write, path: '/api/v3/write_lp?db=db2' })).status).toBe(403);
    expect((await server.ask({ path: '/health', token: SECRET })).status).toBe(200);
    expect((await server.ask({ path: '/metrics', token: SECRET })).status).toBe(403);
  });

  test.each<[string, unknown, RegExp]>([
    ['a wrong prefix', { token: 'short', name: '_admin' }, /Invalid token format: must start with 'apiv3_'/],
    ['no JSON', '{', /Failed to parse admin token file as JSON/],
  ])('%s stops the start, and frees the data directory', async (_name, content, message) => {
    const dataDir = directory();
    const args = ['--admin-token-file', file('admin.json', content)];
    await expect(startInProcess({ dataDir, args })).rejects.toThrow(message);
    server = await startInProcess({ dataDir });
    expect((await server.ask({ path: '/health' })).status).toBe(401);
  });

  test('declared tokens follow their file at a reload; a broken file changes nothing', async () => {
    const declare = (permission: string) =>
      JSON.stringify({
        create_databases: ['d'],
        tokens: [{ name: 'app', token: SECRET, permissions: [permission] }],
      });
    const path = file('declared.json', declare('db:d:read'));
    server = await startInProcess({ args: ['--tokens-file', path] });
    const query = async () =>
      (await server!.ask({ path: '/api/v3/query_sql?db=d&q=SELECT%201', token: SECRET })).status;
    expect(await query()).toBe(200);
    writeFileSync(path, declare('db:d:write'));
    await server.reload();
    expect(await query()).toBe(403);
    writeFileSync(path, '{ broken');
    await server.reload();
    expect(await query()).toBe(403);
    expect(server.log.join('')).toContain('the tokens file was not applied');
    writeFileSync(path, declare('db:d:read'));
    await server.reload();
    expect(await query()).toBe(200);
  });
});

test('the recovery listener replaces the operator token once, and only that', async () => {
  const addressFile = join(directory(), 'address');
  server = await startInProcess({
    args: [
      ...['--admin-token-recovery-http-bind', '127.0.0.1:0'],
      ...['--admin-token-recovery-tcp-listener-file-path', addressFile],
    ],
  });
  const recovery = `http://${readFileSync(addressFile, 'utf8')}`;
  const regenerate = { method: 'POST', path: `${TOKEN}/admin/regenerate` };
  const early = await send(recovery, regenerate);
  expect([early.status, early.text]).toEqual([500, 'missing admin token, cannot update']);
  const lost = await server.bootstrap();
  for (const [method, path] of [
    ['GET', `${TOKEN}/admin/regenerate`],
    ['POST', `${TOKEN}/admin`],
    ['GET', '/health'],
    ['POST', `${TOKEN}/admin/regenerate?x=1`],
  ] as const) {
    const answer = await send(recovery, { method, path });
    expect([answer.status, answer.text]).toEqual([404, 'not found']);
    expect(answer.headers['access-control-allow-origin']).toBe('*');
  }
  const recovered = await send(recovery, regenerate);
  expect(recovered.status).toBe(201);
  const { token } = JSON.parse(recovered.text) as { token: string };
  expect((await server.ask({ path: SELF, token: lost })).status).toBe(401);
  expect((await server.ask({ path: SELF, token })).status).toBe(200);
  await expect.poll(() => send(recovery, regenerate).then(String, () => 'closed')).toBe('closed');
  expect((await server.ask({ path: SELF, token })).status).toBe(200);
});

test('what was written is there after a stop and a start, tokens and their use too', async () => {
  const dataDir = directory();
  server = await startInProcess({ dataDir });
  const token = await server.bootstrap();
  await server.ask({ method: 'POST', path: '/api/v3/write_lp?db=d', token, body: 'm f=1 1\nm f=2 2' });
  const uuid = (await server.ask({ path: '/health', token })).headers['cluster-uuid'];
  await server.stop();
  server = await startInProcess({ dataDir });
  const sum = await server.ask({
    path: '/api/v3/query_sql?db=d&q=SELECT%20sum(f)%20AS%20s%20FROM%20m',
    token,
  });
  expect([sum.text, sum.headers['cluster-uuid']]).toEqual(['[{"s":3.0}]', uuid]);
  const usage = encodeURIComponent('SELECT use_count FROM system.tokens WHERE token_id = 0');
  const used = await server.ask({ path: `/api/v3/query_sql?db=_internal&q=${usage}`, token });
  expect(JSON.parse(used.text)).toEqual([{ use_count: 2 }]);
});

test('a data directory has one server', async () => {
  const dataDir = directory();
  server = await startInProcess({ dataDir });
  await expect(startInProcess({ dataDir })).rejects.toThrow(/in use/);
});

describe.skipIf(!hasOpenssl)('TLS (needs openssl to make a certificate)', () => {
  const status = (url: string, ca: string, maxVersion?: 'TLSv1.2') =>
    new Promise<number | string>((resolve) => {
      const request = httpsRequest(
        `${url}/health`,
        { ca: readFileSync(ca), agent: false, ...(maxVersion && { maxVersion }) },
        (response) => {
          response.resume();
          resolve(response.statusCode ?? 0);
        },
      );
      request.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
      request.end();
    });

  test('serves under the certificate, and refuses older versions than it was told', async () => {
    const { cert, key } = makeCertificate(directory());
    server = await startInProcess({ args: ['--tls-cert', cert, '--tls-key', key] });
    expect(server.url).toMatch(/^https:/);
    expect(await status(server.url, cert)).toBe(401);
    expect(await status(server.url, cert, 'TLSv1.2')).toBe(401);
    await server.stop();
    server = await startInProcess({
      args: ['--tls-cert', cert, '--tls-key', key, '--tls-minimum-version', 'tls-1.3'],
    });
    expect(await status(server.url, cert)).toBe(401);
    expect(await status(server.url, cert, 'TLSv1.2')).toMatch(/SSL|EPROTO|ECONNRESET/);
  });

  test('a certificate that is not there stops the start with its name', async () => {
    await expect(
      startInProcess({ args: ['--tls-cert', '/no/cert', '--tls-key', '/no/key'] }),
    ).rejects.toThrow(/\/no\/cert/);
  });
});
