/** The caches in the whole server: everything is wired, and outlives a kill (C5 and C6 of `README.md`). */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { startTestServer, type TestServer } from '../../test/support/server.ts';

let dataDir: string;
let server: TestServer;

const start = () => startTestServer({ dataDir, args: ['--without-auth', '--row-delete-min-age', '0s'] });

beforeEach(async () => {
  dataDir = mkdtempSync(join(tmpdir(), 'sluice-caches-'));
  server = await start();
});

afterEach(async () => {
  await server.stop();
  rmSync(dataDir, { recursive: true, force: true });
});

async function post(path: string, body: string | object): Promise<string> {
  const response = await fetch(server.url + path, {
    method: 'POST',
    headers: { 'content-type': typeof body === 'string' ? 'text/plain' : 'application/json' },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
  if (!response.ok) throw new Error(`${response.status} ${await response.text()}`);
  return response.text();
}

const write = (lines: string) => post('/api/v3/write_lp?db=d&precision=nanosecond', lines);
const query = (q: string) => post('/api/v3/query_sql', { db: 'd', q, format: 'json' });
const LAST = "SELECT host, v FROM last_cache('m')";

/** The engine's SQL names the table unless the rows are in memory. */
async function inMemory(): Promise<void> {
  const explained = () => query("EXPLAIN SELECT count(*) AS n FROM last_cache('m')");
  await expect.poll(explained, { timeout: 20_000 }).not.toMatch(/row_number/i);
}

test('C5, C6: after a row delete and after kill -9 the answers are those of the table', async () => {
  await write('m,host=a v=1 10\nm,host=a v=2 20\nm,host=b v=3 30');
  await post('/api/v3/configure/last_cache', { db: 'd', table: 'm', ttl: 10_000_000_000 });
  await inMemory();
  expect(await query(LAST)).toBe('[{"host":"a","v":2.0},{"host":"b","v":3.0}]');
  await write('m,host=b v=4 40');
  expect(await query(`${LAST} WHERE host = 'b'`)).toBe('[{"host":"b","v":4.0}]');
  await post('/api/v3/row_delete_requests', {
    db: 'd',
    table: 'm',
    min_time: '1970-01-01T00:00:00.000000020Z',
    max_time: '1970-01-01T00:00:00.000000021Z',
  });
  await expect
    .poll(() => query(`${LAST} WHERE host = 'a'`), { timeout: 20_000 })
    .toBe('[{"host":"a","v":1.0}]');
  await write('m,host=c v=5 50');
  await server.kill();
  server = await start();
  await inMemory();
  expect(await query(LAST)).toBe('[{"host":"a","v":1.0},{"host":"b","v":4.0},{"host":"c","v":5.0}]');
}, 120_000);
