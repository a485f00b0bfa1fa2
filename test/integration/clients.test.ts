/** What programs that people have send to the real server: Telegraf, and Debian's shell of InfluxDB 1.x. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestServer, type TestServer } from '../support/server.ts';

let server: TestServer;
let token: string;

beforeAll(async () => {
  server = await startTestServer();
  const made = await fetch(`${server.url}/api/v3/configure/token/admin`, { method: 'POST' });
  ({ token } = (await made.json()) as { token: string });
});
afterAll(() => server.stop());

async function rows(db: string, sql: string): Promise<unknown> {
  const answer = await fetch(`${server.url}/api/v3/query_sql`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}` },
    body: JSON.stringify({ db, q: sql }),
  });
  expect(answer.status).toBe(200);
  return answer.json();
}

test('what Telegraf sends', async () => {
  const answer = await fetch(`${server.url}/api/v2/write?org=any&bucket=telegraf&precision=ns`, {
    method: 'POST',
    headers: {
      authorization: `Token ${token}`,
      'user-agent': 'Telegraf/1.34.0 Go/1.24',
      'content-type': 'text/plain; charset=utf-8',
      'content-encoding': 'gzip',
    },
    body: gzipSync('cpu,cpu=cpu-total,host=a usage_idle=99.5 1700000000000000000\n'),
  });
  expect([answer.status, await answer.text()]).toEqual([204, '']);
  expect(await rows('telegraf', 'SELECT host, usage_idle FROM cpu')).toEqual([
    { host: 'a', usage_idle: 99.5 },
  ]);
  for (const path of ['/health', '/ping']) {
    const known = await fetch(`${server.url}${path}`, { headers: { authorization: `Token ${token}` } });
    expect(known.status).toBe(200);
  }
});

const hasShell = spawnSync('influx', ['-version']).status === 0;

test.runIf(hasShell)('the shell of InfluxDB 1.x imports a file', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'sluice-import-'));
  try {
    const file = join(directory, 'points');
    const head = '# DML\n# CONTEXT-DATABASE: shell\n# CONTEXT-RETENTION-POLICY: autogen\n';
    writeFileSync(file, `${head}m,h=a v=1 1700000000000000000\nm,h=b v=2 1700000000000000000\n`);
    const { hostname, port } = new URL(server.url);
    const connection = ['-host', hostname, '-port', port, '-username', 'any', '-password', token];
    const { stdout, stderr } = spawnSync('influx', [...connection, '-import', '-path', file], {
      encoding: 'utf8',
    });
    expect(stdout + stderr).toContain('Processed 2 inserts');
    expect(await rows('shell', 'SELECT count(*) AS n FROM m')).toEqual([{ n: 2 }]);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
});
