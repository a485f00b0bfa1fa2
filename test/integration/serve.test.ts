/** Starting and stopping the real server: options, token files, TLS, the recovery listener, signals. */
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { cli } from '../support/command-line.ts';
import { startTestServer, type TestServer } from '../support/server.ts';

const running: TestServer[] = [];
afterEach(async () => {
  for (const server of running.splice(0)) await server.stop();
});

async function start(options: Parameters<typeof startTestServer>[0]): Promise<TestServer> {
  const server = await startTestServer(options);
  running.push(server);
  return server;
}

const fresh = () => mkdtempSync(join(tmpdir(), 'sluice-serve-'));
const token = (letter: string) => `apiv3_${letter.repeat(86)}`;

function ask(server: TestServer, path: string, secret?: string, init: RequestInit = {}): Promise<Response> {
  const headers = { ...(secret && { authorization: `Bearer ${secret}` }), ...init.headers };
  return fetch(server.url + path, { ...init, headers });
}

describe('what cannot start says why', () => {
  const cases: [string, string[], number, string][] = [
    ['no node id', ['--http-bind', '127.0.0.1:0'], 2, '--node-id'],
    ['an unknown option', ['--node-id', 'n', '--nonsense'], 2, "unexpected argument '--nonsense' found"],
    [
      'a certificate without a key',
      ['--node-id', 'n', '--tls-cert', 'x'],
      2,
      'tls requires both a cert and a key file',
    ],
    ['a store that is not there', ['--node-id', 'n', '--object-store', 's3'], 2, 'not part of Sluice'],
    [
      'too much opened',
      ['--node-id', 'n', '--disable-authz', 'a,b,c,d,e,f,g'],
      2,
      'cannot take more than 6 items',
    ],
    [
      'the unknown opened',
      ['--node-id', 'n', '--disable-authz', 'healt'],
      2,
      'allowed values are health, ping, metrics',
    ],
    [
      'the processing engine',
      ['--node-id', 'n', '--plugin-dir', '/x'],
      2,
      'processing engine is not part of Sluice',
    ],
    ['a cluster id like the node', ['--node-id', 'n', '--cluster-id', 'n'], 2, '--cluster-id must differ'],
    ['a bad log filter', ['--node-id', 'n', '--log-filter', 'loud'], 2, "'loud' is not a log filter"],
    [
      'an unreadable token file',
      ['--node-id', 'n', '--http-bind', '127.0.0.1:0', '--admin-token-file', '/nowhere'],
      1,
      'Serve command failed: Token error: ',
    ],
    [
      'missing TLS files',
      ['--node-id', 'n', '--http-bind', '127.0.0.1:0', '--tls-cert', '/nowhere', '--tls-key', '/nowhere'],
      1,
      'cannot read the TLS certificate',
    ],
  ];
  test.each(cases)('%s', async (_title, args, code, text) => {
    const result = await cli(['serve', '--data-dir', fresh(), ...args]);
    expect(result.stderr).toContain(text);
    expect(result.code).toBe(code);
  });

  test('a second server on the same directory', async () => {
    const { dataDir } = await start({});
    const second = await cli([
      'serve',
      '--node-id',
      'n',
      '--data-dir',
      dataDir,
      '--http-bind',
      '127.0.0.1:0',
    ]);
    expect(second.code).toBe(1);
    expect(second.stderr).toContain('is in use by process');
  });

  test('an address that is taken', async () => {
    const { url } = await start({});
    const second = await cli(['serve', '--node-id', 'n', '--data-dir', fresh(), '--http-bind', url.slice(7)]);
    expect(second.code).toBe(1);
    expect(second.stderr).toContain('cannot listen on');
  });
});

test('the help names the options, the long one all of them', async () => {
  const short = await cli(['serve', '--help']);
  const long = await cli(['serve', '--help-all']);
  expect(short).toMatchObject({ code: 0, stderr: '' });
  expect(short.stdout).toContain('--http-bind <ADDRESS>');
  expect(short.stdout).not.toContain('--num-table-limit');
  expect(long.stdout).toContain('--num-table-limit');
  expect(long.stdout).toContain('--wal-flush-interval');
});

test('a stop with SIGTERM ends with code 0 and keeps what was written without sync', async () => {
  const dataDir = fresh();
  const first = await start({ dataDir, args: ['--without-auth'] });
  const written = await ask(first, '/api/v3/write_lp?db=d&no_sync=true', undefined, {
    method: 'POST',
    body: 'm v=1i 1',
  });
  expect(written.status).toBe(204);
  expect(await first.stop()).toBe(0);
  expect(first.log()).toContain('server stopped');
  const second = await start({ dataDir, args: ['--without-auth'] });
  const rows = await ask(
    second,
    `/api/v3/query_sql?db=d&format=json&q=${encodeURIComponent('SELECT v FROM m')}`,
  );
  expect(await rows.text()).toBe('[{"v":1}]');
});

describe('token files', () => {
  test('an admin token and resource tokens from files; open files are warned of', async () => {
    const directory = fresh();
    const adminFile = join(directory, 'admin.json');
    const permissionFile = join(directory, 'permissions.json');
    writeFileSync(adminFile, JSON.stringify({ token: token('a'), name: '_admin' }), { mode: 0o600 });
    writeFileSync(
      permissionFile,
      JSON.stringify({
        create_databases: ['made'],
        tokens: [{ token: token('b'), name: 'reader', permissions: ['db:made:read', 'system:health:read'] }],
      }),
    );
    chmodSync(permissionFile, 0o644);
    const server = await start({
      args: ['--admin-token-file', adminFile, '--permission-tokens-file', permissionFile],
    });
    expect((await ask(server, '/api/v3/configure/database?format=json', token('a'))).status).toBe(200);
    expect((await ask(server, '/health', token('b'))).status).toBe(200);
    expect((await ask(server, '/metrics', token('b'))).status).toBe(403);
    expect(
      (await ask(server, '/api/v3/write_lp?db=made', token('b'), { method: 'POST', body: 'm v=1' })).status,
    ).toBe(403);
    expect(server.log()).toContain('insecure permissions: 644');
    expect(server.log()).not.toContain(token('b'));
    // The operator exists now: the open door is shut.
    expect((await ask(server, '/api/v3/configure/token/admin', undefined, { method: 'POST' })).status).toBe(
      409,
    );
  });

  test('declared tokens follow their file at SIGHUP, and a bad file changes nothing', async () => {
    const file = join(fresh(), 'tokens.yaml');
    const declare = (names: string[]) =>
      writeFileSync(
        file,
        `create_databases: [d]\ntokens:\n${names.map((name) => `  - {name: ${name}, permissions: ["system:health:read"], token: ${token(name)}}\n`).join('')}`,
        { mode: 0o600 },
      );
    declare(['a', 'b']);
    const server = await start({ args: ['--tokens-file', file] });
    const status = async (name: string) => (await ask(server, '/health', token(name))).status;
    expect([await status('a'), await status('b'), await status('c')]).toEqual([200, 200, 401]);
    declare(['b', 'c']);
    server.process.kill('SIGHUP');
    await expect.poll(() => status('c')).toBe(200);
    expect([await status('a'), await status('b')]).toEqual([401, 200]);
    writeFileSync(file, 'tokens: [{name: x}]');
    server.process.kill('SIGHUP');
    await expect.poll(() => server.log()).toContain('the tokens file was not applied');
    expect(await status('c')).toBe(200);
  });
});

describe('without a token', () => {
  test('--without-auth: everything is open and there are no token calls', async () => {
    const server = await start({ args: ['--without-auth'] });
    expect((await ask(server, '/health')).status).toBe(200);
    const made = await ask(server, '/api/v3/configure/token/admin', undefined, { method: 'POST' });
    expect(made.status).toBe(405);
    expect(await made.text()).toBe('endpoint disabled, started without auth');
    const malformed = await ask(server, '/health', undefined, { headers: { authorization: 'Nonsense' } });
    expect(malformed.status).toBe(400);
  });

  test('--disable-authz opens the named paths and no others', async () => {
    const server = await start({ args: ['--disable-authz', 'health,ping'] });
    const status = async (path: string) => (await ask(server, path)).status;
    expect(await status('/health')).toBe(200);
    expect(await status('/api/v1/health')).toBe(200);
    expect(await status('/ping')).toBe(200);
    expect(await status('/metrics')).toBe(401);
    expect(await status('/health/')).toBe(401);
    expect((await ask(server, '/health', 'nonsense')).status).toBe(200);
  });
});

test('the recovery listener replaces the operator token once, and does nothing else', async () => {
  const addressFile = join(fresh(), 'recovery');
  const server = await start({
    args: [
      '--admin-token-recovery-http-bind',
      '127.0.0.1:0',
      '--admin-token-recovery-tcp-listener-file-path',
      addressFile,
    ],
  });
  const recovery = `http://${readFileSync(addressFile, 'utf8')}`;
  const regenerate = () => fetch(`${recovery}/api/v3/configure/token/admin/regenerate`, { method: 'POST' });
  expect((await regenerate()).status).toBe(500);
  const created = await ask(server, '/api/v3/configure/token/admin', undefined, { method: 'POST' });
  const first = ((await created.json()) as { token: string }).token;
  for (const path of ['/health', '/api/v3/configure/token/admin', '/api/v3/configure/database?format=json']) {
    const other = await fetch(recovery + path);
    expect(other.status).toBe(404);
    expect(await other.text()).toBe('not found');
  }
  const replaced = await regenerate();
  expect(replaced.status).toBe(201);
  const second = ((await replaced.json()) as { token: string }).token;
  expect((await ask(server, '/health', first)).status).toBe(401);
  expect((await ask(server, '/health', second)).status).toBe(200);
  await expect
    .poll(() =>
      regenerate().then(
        () => 'open',
        () => 'closed',
      ),
    )
    .toBe('closed');
});

const hasOpenssl = spawnSync('openssl', ['version']).status === 0;
describe.skipIf(!hasOpenssl)('TLS (needs the openssl program for a certificate)', () => {
  test('the command line trusts the given authority; an old version is refused', async () => {
    const directory = fresh();
    const [cert, key] = [join(directory, 'cert.pem'), join(directory, 'key.pem')];
    const made = spawnSync('openssl', [
      ...[
        'req',
        '-x509',
        '-newkey',
        'ec',
        '-pkeyopt',
        'ec_paramgen_curve:prime256v1',
        '-nodes',
        '-days',
        '2',
      ],
      ...['-subj', '/CN=localhost', '-addext', 'subjectAltName=IP:127.0.0.1', '-keyout', key, '-out', cert],
    ]);
    expect(made.status).toBe(0);
    const server = await start({
      args: ['--without-auth', '--tls-cert', cert, '--tls-key', key, '--tls-minimum-version', 'tls-1.3'],
    });
    const host = server.url.replace('http:', 'https:');
    expect(await cli(['show', 'databases', '--host', host, '--tls-ca', cert])).toMatchObject({ code: 0 });
    expect((await cli(['show', 'databases', '--host', host])).code).toBe(1);
    expect(await cli(['show', 'databases', '--host', host, '--tls-no-verify'])).toMatchObject({ code: 0 });
    const old = await new Promise<string>((resolve) => {
      request(`${host}/health`, { rejectUnauthorized: false, maxVersion: 'TLSv1.2' }, () =>
        resolve('answered'),
      )
        .on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? ''))
        .end();
    });
    expect(old).toMatch(/TLS|SSL|EPROTO|ECONNRESET/);
  });
});

test('--audit-retention drops old rows at the start, says so, and the chain still holds', async () => {
  const dataDir = fresh();
  const first = await start({ dataDir });
  const created = await ask(first, '/api/v3/configure/token/admin', undefined, { method: 'POST' });
  const operator = ((await created.json()) as { token: string }).token;
  const rows = async (server: TestServer) =>
    (await (await ask(server, '/api/v3/enterprise/audit', operator)).text())
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { action: string });
  expect((await rows(first)).some(({ action }) => action === 'token.create_operator')).toBe(true);
  // The newest row always stays: the chain goes on from it.
  expect((await ask(first, '/health')).status).toBe(401);
  await first.stop();
  const second = await start({ dataDir, args: ['--audit-retention', '0s'] });
  const kept = await rows(second);
  expect(kept.some(({ action }) => action === 'token.create_operator')).toBe(false);
  expect(kept.some(({ action }) => action === 'audit.prune')).toBe(true);
  const verified = await ask(second, '/api/v3/enterprise/audit/verify', operator);
  expect(await verified.json()).toMatchObject({ ok: true });
});
