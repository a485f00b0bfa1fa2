import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openQueryHarness } from '../../../test/support/query.ts';
import { readSpans } from './read-spans.ts';

test('a table is read where any of its scans reads', () => {
  const scan = (tableId: number, fromNs: bigint | null, toNs: bigint | null) => ({
    tableId,
    span: { fromNs, toNs },
  });
  const spans = readSpans([
    scan(1, 5n, 9n),
    scan(2, null, 4n),
    scan(1, 1n, 7n),
    scan(2, 3n, null),
    scan(3, 1n, 2n),
  ]);
  expect([...spans]).toEqual([
    [1, { fromNs: 1n, toNs: 9n }],
    [2, { fromNs: null, toNs: null }],
    [3, { fromNs: 1n, toNs: 2n }],
  ]);
});

/** Times are given by their last three digits of nanoseconds. */
const timed = (sql: string) => sql.replace(/(time [<>=]+) (\d+)/g, "$1 '1970-01-01T00:00:00.000000$2Z'");

test('a query that reads other times leaves the newest points in memory, and misses none of its own', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'spans-'));
  const server = await openQueryHarness(directory);
  const count = async (where: string) =>
    JSON.parse(await server.text(`SELECT count(*) AS n FROM m WHERE ${timed(where)}`))[0].n;
  const buffered = () => server.ingest.statistics().bufferedRows;
  try {
    await server.write('m f=1 100\nm f=1 200\nm f=1 300');
    expect(await count('time < 100')).toBe(0);
    expect(await count('time > 300')).toBe(0);
    expect(buffered()).toBe(3);
    // Also where the rest of the condition is of another kind.
    expect(await count('time > 300 AND f > 0')).toBe(0);
    expect(buffered()).toBe(3);
    expect(await count('time > 300 OR f > 0')).toBe(3);
    expect(buffered()).toBe(0);
    await server.write('m f=1 400');
    expect(await count('time <= 300')).toBe(3);
    expect(buffered()).toBe(1);
    expect(await count('time = 400')).toBe(1);
    expect(buffered()).toBe(0);
    await server.write('m f=1 50\nm f=1 500');
    expect(await count('time >= 100 AND time <= 400')).toBe(4);
    const both =
      'SELECT count(*) AS n FROM m AS a JOIN m AS b ON a.f = b.f WHERE a.time = 100 AND b.time = 500';
    expect(await server.text(timed(both))).toBe('[{"n":1}]');
    expect(buffered()).toBe(0);
  } finally {
    await server.close();
    rmSync(directory, { recursive: true, force: true });
  }
});
