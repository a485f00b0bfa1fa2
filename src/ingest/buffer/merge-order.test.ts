import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openHarness } from '../../../test/support/ingest.ts';
import { collect } from '../../engine/engine.ts';

const ROWS = 24_000;

test('a table whose series have few rows per chunk merges by rows, and by columns again later', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'sluice-merge-order-'));
  const harness = await openHarness(directory);
  let nextTime = 1;
  const write = async (series: number) => {
    const lines = Array.from({ length: ROWS }, (_, row) => `m,t=${row % series} f=${row} ${nextTime++}`);
    await harness.write(lines.join('\n'));
    await harness.ingest.flush();
  };
  const order = async () => {
    const sql = `SELECT engine_full FROM system.tables WHERE name = '${harness.table('m').engineTable}'`;
    const text = (await collect(harness.engine.query({ sql, format: 'CSV' }))).toString();
    return /vertical_merge_algorithm_min_rows_to_activate = (\d+)/.exec(text)?.[1];
  };
  try {
    await write(ROWS / 2);
    await expect.poll(order).toBe('1000000000000');
    // Neither few nor many: it stays.
    await write(ROWS / 15);
    expect(await order()).toBe('1000000000000');
    await write(ROWS / 100);
    await expect.poll(order).toBe('1');
    expect((await harness.rows('m')).length).toBe(3 * ROWS);
    await write(ROWS / 2);
    await expect.poll(order).toBe('1000000000000');
    // From the first rows on that make it wide.
    const fields = Array.from({ length: 100 }, (_, field) => `f${field}=1`).join(',');
    await harness.write(`m ${fields} ${nextTime++}`);
    await harness.ingest.flush();
    await expect.poll(order).toBe('1');
    await write(ROWS / 2);
    expect(await order()).toBe('1');
  } finally {
    await harness.close();
    rmSync(directory, { recursive: true, force: true });
  }
});
