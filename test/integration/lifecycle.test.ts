/** The server as a process: signals, exit codes, what it prints (`cli.md` 10.1). */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { cli } from '../support/command-line.ts';
import { cleanEnvironment, influxdb3, startTestServer, type TestServer } from '../support/server.ts';

let server: TestServer | undefined;
const directories: string[] = [];
afterEach(async () => {
  await server?.kill();
  server = undefined;
  for (const path of directories.splice(0)) rmSync(path, { recursive: true, force: true });
});

function directory(): string {
  const path = mkdtempSync(join(tmpdir(), 'sluice-lifecycle-'));
  directories.push(path);
  return path;
}

const write = (url: string, lines: string) =>
  fetch(`${url}/api/v3/write_lp?db=d`, { method: 'POST', body: lines });

async function count(url: string): Promise<unknown> {
  const q = encodeURIComponent('SELECT count(*) AS n FROM m');
  return (await fetch(`${url}/api/v3/query_sql?db=d&q=${q}`)).json();
}

test('SIGTERM: running requests are answered, written rows are kept, exit code 0', async () => {
  const dataDir = directory();
  server = await startTestServer({ dataDir, args: ['--without-auth'] });
  expect((await write(server.url, 'm f=1 1')).status).toBe(204);
  const slow =
    'SELECT sum(a.value * b.value) AS s FROM generate_series(1, 9000) a CROSS JOIN generate_series(1, 9000) b';
  const running = fetch(`${server.url}/api/v3/query_sql?db=d&q=${encodeURIComponent(slow)}`);
  await expect
    .poll(async () => {
      const q = encodeURIComponent('SELECT count(*) AS n FROM system.queries WHERE running');
      const [row] = (await (await fetch(`${server!.url}/api/v3/query_sql?db=d&q=${q}`)).json()) as {
        n: number;
      }[];
      return row!.n;
    })
    .toBeGreaterThan(1);
  const stopped = server.stop();
  const answer = await running;
  expect([answer.status, ((await answer.json()) as object[]).length]).toEqual([200, 1]);
  expect(await stopped).toBe(0);
  expect(server.log()).toContain('server stopped');
  server = await startTestServer({ dataDir, args: ['--without-auth'] });
  expect(await count(server.url)).toEqual([{ n: 1 }]);
});

test('a stop waits no longer than it was told for a request that never ends', async () => {
  server = await startTestServer({ args: ['--without-auth', '--shutdown-timeout', '1s'] });
  const slow =
    'SELECT sum(a.value * b.value) FROM generate_series(1, 900000) a CROSS JOIN generate_series(1, 900000) b';
  const running = fetch(`${server.url}/api/v3/query_sql?db=_internal&q=${encodeURIComponent(slow)}`).then(
    (response) => response.status,
    () => 'cut off',
  );
  await new Promise((resolve) => setTimeout(resolve, 500));
  expect(await server.stop()).toBe(0);
  expect(await running).toBe('cut off');
}, 30_000);

test('a memory store leaves nothing behind', async () => {
  server = await startTestServer({ args: ['--without-auth', '--object-store', 'memory'] });
  const place = /data_dir=(\S+)/.exec(server.log())?.[1] ?? '';
  expect(existsSync(place)).toBe(true);
  expect((await write(server.url, 'm f=1 1')).status).toBe(204);
  expect(await server.stop()).toBe(0);
  expect(existsSync(place)).toBe(false);
});

test('a second server on the same data is refused, and the first one goes on', async () => {
  const dataDir = directory();
  server = await startTestServer({ dataDir, args: ['--without-auth'] });
  const second = await cli(['serve', '--node-id', 'b', '--data-dir', dataDir, '--http-bind', '127.0.0.1:0']);
  expect(second.code).toBe(1);
  expect(second.stderr).toMatch(/^Serve command failed: .*in use/m);
  expect((await write(server.url, 'm f=1 1')).status).toBe(204);
});

test('a taken port is told, and the data directory is free again', async () => {
  const dataDir = directory();
  server = await startTestServer({ args: ['--without-auth'] });
  const bind = new URL(server.url).host;
  const second = await cli(['serve', '--node-id', 'b', '--data-dir', dataDir, '--http-bind', bind]);
  expect([second.code, second.stderr]).toEqual([
    1,
    expect.stringMatching(/Serve command failed: .*EADDRINUSE/),
  ]);
  expect(existsSync(join(dataDir, 'lock'))).toBe(false);
});

test('a wrong option is a usage error before anything starts', async () => {
  const dataDir = join(directory(), 'never-made');
  const wrong = await cli(['serve', '--node-id', 'a', '--data-dir', dataDir, '--disable-authz', 'login']);
  expect([wrong.code, wrong.stderr]).toEqual([
    2,
    expect.stringMatching(/^error: .*allowed values are health/),
  ]);
  expect(existsSync(dataDir)).toBe(false);
});

test('a quick start prints the address and what to type next, and each line works as printed', async () => {
  const dataDir = directory();
  const child = spawn(
    influxdb3,
    ['serve', '--quick-start', '--data-dir', dataDir, '--http-bind', '127.0.0.1:0'],
    {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: cleanEnvironment(),
    },
  );
  try {
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
    await expect.poll(() => output, { timeout: 20_000 }).toContain('SELECT * FROM room');
    const [create, first, second] = output
      .split('\n')
      .filter((line) => line.startsWith('  bin/influxdb3'))
      .map((line) => line.replace(/ {2,}#.*/, '').trim());
    const shell = (line: string, environment: Record<string, string> = {}) =>
      spawnSync('sh', ['-c', line.replace(/^bin\/influxdb3/, influxdb3)], {
        env: cleanEnvironment(environment),
        encoding: 'utf8',
      });
    const token = /Token: (apiv3_\S+)/.exec(shell(create!).stdout)?.[1] ?? '';
    expect(shell(first!, { INFLUXDB3_AUTH_TOKEN: token })).toMatchObject({ status: 0 });
    const queried = shell(second!, { INFLUXDB3_AUTH_TOKEN: token });
    expect([queried.status, queried.stdout]).toEqual([0, expect.stringContaining('| kitchen | 21.5')]);
    const exited = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGINT');
    expect(await exited).toBe(0);
  } finally {
    child.kill('SIGKILL');
  }
});
