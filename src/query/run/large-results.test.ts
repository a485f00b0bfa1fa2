/** Results that are large enough to be laid by a thread of their own, over the real engine. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { doubleText } from '../../../test/support/double-text.ts';
import { openQueryHarness, type QueryHarness, type QueryOptions } from '../../../test/support/query.ts';
import type { TextFormat } from '../results/text-format.ts';
import { TextThreads } from '../results/threads/text-threads.ts';

const ROWS = 600_000;
const SERIES = `FROM generate_series(1, ${ROWS})`;
/** 13 MB in the engine's blocks, in several chunks. */
const NUMBERS = `SELECT value, value / 7.0 AS seventh, -value / 3.0 AS third ${SERIES}`;
/** 65 MB. */
const WIDE = `repeat('x', 100) AS text ${SERIES}`;

const open = vi.spyOn(TextThreads.prototype, 'open');
let directory: string;
let server: QueryHarness;

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'large-'));
  server = await openQueryHarness(directory);
  // A thread starts with the first result that is large; until it is there rows are laid in place.
  await vi.waitFor(
    async () => {
      await server.text(NUMBERS);
      expect(hadThread()).toBe(true);
    },
    { timeout: 30_000 },
  );
});
beforeEach(() => {
  open.mockClear();
});
afterAll(async () => {
  await server.queries.close();
  await server.close();
  rmSync(directory, { recursive: true, force: true });
});

function hadThread(): boolean {
  return open.mock.results.some(({ value }) => value !== undefined);
}

/** The chunks up to the end or the failure, and the failure. */
async function read(sql: string, options: QueryOptions = {}): Promise<{ bytes: number; failure: unknown }> {
  let bytes = 0;
  try {
    for await (const chunk of (await server.start(sql, options)).encode(options.format ?? 'jsonl'))
      bytes += chunk.byteLength;
    return { bytes, failure: null };
  } catch (failure) {
    return { bytes, failure };
  }
}

const logged = (sql: string) =>
  server.ask(
    'SELECT success, running, cancelled FROM system.queries WHERE query_text = $text ORDER BY issue_time DESC LIMIT 1',
    { request: { parameters: new Map([['text', sql]]) } },
  );

function expectedText(format: TextFormat): string {
  const rows = Array.from({ length: ROWS }, (_, index) => {
    const value = index + 1;
    const style = format === 'csv' ? 'text' : 'json';
    const [seventh, third] = [doubleText(value / 7, style), doubleText(-value / 3, style)];
    return format === 'csv'
      ? `${value},${seventh},${third}`
      : `{"value":${value},"seventh":${seventh},"third":${third}}`;
  });
  if (format === 'json') return `[${rows.join(',')}]`;
  return `${format === 'csv' ? 'value,seventh,third\n' : ''}${rows.join('\n')}\n`;
}

test.each(['json', 'jsonl', 'csv'] as const)('%s is whole', async (format) => {
  const text = await server.text(NUMBERS, { format });
  // A difference of 40 MB is nothing to print.
  expect(text === expectedText(format)).toBe(true);
  expect(hadThread()).toBe(true);
  expect(await logged(NUMBERS)).toEqual([{ success: true, running: false, cancelled: false }]);
});

test('a small result needs no thread', async () => {
  expect(await server.ask('SELECT value FROM generate_series(1, 100000)')).toHaveLength(100_000);
  expect(open).not.toHaveBeenCalled();
});

test('more rows than the limit end it after some of them', async () => {
  const sql = `SELECT value, ${WIDE}`;
  const { bytes, failure } = await read(sql, { request: { limits: { resultRows: 500_000 } } });
  expect(failure).toMatchObject({ code: 'token_query_limit' });
  expect(bytes).toBeGreaterThan(1e6);
  expect(bytes).toBeLessThan(500_000 * 130);
  expect(hadThread()).toBe(true);
  expect(await logged(sql)).toEqual([{ success: false, running: false, cancelled: false }]);
  const allowed = await read(sql, { request: { limits: { resultRows: ROWS } } });
  expect(allowed.failure).toBeNull();
});

test('what fails in the middle fails as it does in place', async () => {
  const sql = `SELECT 1 / (value - 590000) AS q, ${WIDE}`;
  const { bytes, failure } = await read(sql);
  expect(failure).toMatchObject({ message: expect.stringMatching(/Divide by zero/) });
  expect(bytes).toBeGreaterThan(1e6);
  expect(hadThread()).toBe(true);
  expect(await logged(sql)).toEqual([{ success: false, running: false, cancelled: false }]);
});

test('a reader that leaves ends the query, and its places are free', async () => {
  const sql = `SELECT value + 1 AS v, ${WIDE}`;
  let chunks = 0;
  for await (const _ of (await server.start(sql)).encode('csv')) if (++chunks === 10) break;
  expect(hadThread()).toBe(true);
  await expect.poll(async () => (await server.engine.health()).running.query).toBe(0);
  expect(await logged(sql)).toEqual([{ success: false, running: false, cancelled: true }]);
  expect((await read(NUMBERS)).failure).toBeNull();
});

test('an aborted request ends it, whether its reader goes on or not', async () => {
  const gone = new AbortController();
  const sql = `SELECT value + 2 AS v, ${WIDE}`;
  const result = await server.start(sql, { request: { signal: gone.signal } });
  const chunks = result.encode('json')[Symbol.asyncIterator]();
  for (let chunk = 0; chunk < 10; chunk++) await chunks.next();
  gone.abort();
  await expect.poll(async () => (await server.engine.health()).running.query).toBe(0);
  await expect(
    (async () => {
      while ((await chunks.next()).done !== true);
    })(),
  ).rejects.toMatchObject({ status: 499 });
  expect(await logged(sql)).toEqual([{ success: false, running: false, cancelled: true }]);
});

test('rows that a token does not see are not among them', async () => {
  const lines = Array.from(
    { length: 1000 },
    (_, index) => `seen,host=h${index % 2} v=${index}i ${index + 1}`,
  );
  await server.write(lines.join('\n'));
  const sql = `SELECT host, repeat('x', 10000) AS text FROM seen`;
  const text = await server.text(sql, { as: ['db:test/seen[host=h1]:read'], format: 'csv' });
  expect(hadThread()).toBe(true);
  expect(
    text
      .split('\n')
      .slice(1, -1)
      .map((line) => line.split(',')[0]),
  ).toEqual(Array(500).fill('h1'));
});
