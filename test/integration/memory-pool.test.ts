/** `--exec-mem-pool-size` by itself: what it bounds, and that only the query that wants more feels it. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestServer, type TestServer } from '../support/server.ts';

const ROWS = 300_000;
let server: TestServer;
beforeAll(async () => {
  server = await startTestServer({ args: ['--without-auth', '--exec-mem-pool-size', '50mb'] });
});
afterAll(() => server?.stop());

async function query(sql: string): Promise<{ status: number; code: string | null; text: string }> {
  const answer = await fetch(`${server.url}/api/v3/query_sql?db=d&q=${encodeURIComponent(sql)}`);
  return { status: answer.status, code: answer.headers.get('sluice-error-code'), text: await answer.text() };
}

async function write(from: number): Promise<number> {
  const lines = Array.from(
    { length: ROWS / 10 },
    (_, row) => `m s="${from + row} ${'x'.repeat(200)}" ${from + row + 1}`,
  );
  const answer = await fetch(`${server.url}/api/v3/write_lp?db=d&precision=nanosecond`, {
    method: 'POST',
    body: lines.join('\n'),
  });
  return answer.status;
}

test('a query that needs more gets its error; others, and writers, go on', async () => {
  for (let part = 0; part < 10; part++) expect(await write((part * ROWS) / 10)).toBe(204);
  const hungry = 'SELECT count(*) AS n FROM (SELECT s, count(*) AS c FROM m GROUP BY s)';
  const count = 'SELECT count(*) AS n FROM m';
  expect(await query(count)).toMatchObject({ status: 200, text: `[{"n":${ROWS}}]` });
  for (let round = 0; round < 3; round++) {
    const [refused, served, written] = await Promise.all([
      query(hungry),
      query('SELECT 1 AS one'),
      write(ROWS),
    ]);
    expect(refused).toMatchObject({ status: 500, code: 'query_memory' });
    expect(refused.text).toContain('Resources exhausted');
    expect(served).toMatchObject({ status: 200, text: '[{"one":1}]' });
    expect(written).toBe(204);
  }
  expect(await query(count)).toMatchObject({ status: 200, text: `[{"n":${(ROWS * 11) / 10}}]` });
  expect((await fetch(`${server.url}/health`)).status).toBe(200);
  expect(server.log()).not.toMatch(/ERROR/);
});
