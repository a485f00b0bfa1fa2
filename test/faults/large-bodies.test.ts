/** Large bodies are read into memory that the next request uses again: the log must have them as they came. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { startTestServer } from '../support/server.ts';

const BATCHES = 40;
const CONNECTIONS = 8;
const FIRST_NS = 1_700_000_000_000_000_000n;

/** 200 to 500 KiB, no two alike. */
function batchOf(batch: number) {
  const rows = Array.from({ length: 2000 + (batch % 7) * 500 }, (_, row) => ({
    value: batch * 100_000 + row,
    text: `text of ${batch} and ${row} ${'x'.repeat(row % 60)}`,
  }));
  const lines = rows.map(
    ({ value, text }, row) =>
      `m,batch=b${batch},host=h${row % 50} v=${value}i,s="${text}" ${FIRST_NS + BigInt(value)}`,
  );
  return {
    body: lines.join('\n'),
    sums: {
      batch: `b${batch}`,
      rows: rows.length,
      v: rows.reduce((sum, { value }) => sum + value, 0),
      characters: rows.reduce((sum, { text }) => sum + text.length, 0),
    },
  };
}

test('after a kill the log brings back large bodies, written between refused ones, as they came', async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'sluice-large-'));
  let server = await startTestServer({ dataDir, args: ['--without-auth'] });
  try {
    const batches = Array.from({ length: BATCHES }, (_, batch) => batchOf(batch));
    const post = async (path: string, body: string) =>
      (await fetch(`${server.url}${path}`, { method: 'POST', body })).status;
    const refused = `${batches[3]!.body}\nm,batch=b3 v=not-a-number`;
    let next = 0;
    await Promise.all(
      Array.from({ length: CONNECTIONS }, async () => {
        for (let batch = batches[next++]; batch !== undefined; batch = batches[next++]) {
          expect(await post('/api/v3/write_lp?db=d&precision=nanosecond', batch.body)).toBe(204);
          if (next % 4 === 0) expect(await post('/api/v2/write?bucket=d', refused)).toBe(400);
        }
      }),
    );
    await server.kill();
    server = await startTestServer({ dataDir, args: ['--without-auth'] });
    const sql =
      'SELECT batch, count(*) AS "rows", sum(v) AS v, sum(length(s)) AS characters FROM m GROUP BY batch';
    const found = await fetch(`${server.url}/api/v3/query_sql?db=d&q=${encodeURIComponent(sql)}`);
    const byName = (one: { batch: string }, other: { batch: string }) => (one.batch < other.batch ? -1 : 1);
    expect(((await found.json()) as { batch: string }[]).sort(byName)).toEqual(
      batches.map(({ sums }) => sums).sort(byName),
    );
  } finally {
    await server.stop();
    rmSync(dataDir, { recursive: true, force: true });
  }
}, 120_000);
