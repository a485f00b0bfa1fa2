import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { silentLogger } from '../../telemetry/logger.ts';
import { collect, type Engine, EngineError, type EngineQuery } from '../engine.ts';
import { decodeBlocks } from '../native/decode.ts';
import { openChdbEngine } from './open.ts';

const dataDir = mkdtempSync(join(tmpdir(), 'engine-small-'));
let engine: Engine;
beforeAll(async () => {
  engine = await openChdbEngine({ dataDir, logger: silentLogger });
});
afterAll(async () => {
  await engine.close();
  rmSync(dataDir, { recursive: true, force: true });
});

const ask = (sql: string, more: Partial<EngineQuery> = {}) =>
  engine.query({ sql, format: 'Native', weight: 'light', ...more });

const rowsOf = (bytes: Buffer) => decodeBlocks(bytes).reduce((sum, block) => sum + block.rows, 0);

test('a small result is the one that would be streamed, statistics too', async () => {
  const sql = 'SELECT number AS c0, toString(number) AS c1 FROM numbers(1000) ORDER BY number';
  const small = ask(sql, { small: true });
  const bytes = await collect(small);
  expect(decodeBlocks(bytes)).toEqual(decodeBlocks(await collect(ask(sql))));
  expect(small.statistics()).toMatchObject({ resultRows: 1000, resultBytes: bytes.length });
  expect(await collect(ask('SELECT 1 AS c0 WHERE 0', { small: true }))).toHaveLength(0);
});

test('a large one comes whole although it was said to be small', async () => {
  const sql = 'SELECT number AS c0 FROM numbers(1000000)';
  expect(rowsOf(await collect(ask(sql, { small: true })))).toBe(1_000_000);
});

test('it is read-only, limited, and fails with the kind of what went wrong', async () => {
  const kind = (sql: string, more: Partial<EngineQuery> = {}) =>
    collect(ask(sql, { small: true, ...more })).then(
      () => 'none',
      (error) => error.kind,
    );
  expect(await kind('SELECT throwIf(1)')).toBe('value');
  expect(await kind('SELECT a FROM no.such')).toBe('unknown');
  expect(await kind("SELECT * FROM url('http://127.0.0.1:1/', 'CSV', 'a String')")).not.toBe('none');
  expect(await kind('SELECT number FROM numbers(10)', { limits: { resultRows: 5 } })).toBe('rows');
  expect(
    await kind('SELECT sum(cityHash64(number)) FROM numbers(100000000000)', { limits: { timeMs: 50 } }),
  ).toBe('time');
});

test('the signal ends it, and its place is free again', async () => {
  for (let round = 0; round < 6; round++) {
    const abort = new AbortController();
    const running = collect(
      ask('SELECT sum(cityHash64(number)) FROM numbers(100000000000)', {
        small: true,
        signal: abort.signal,
      }),
    );
    setTimeout(() => abort.abort(), 5);
    await expect(running).rejects.toMatchObject({ kind: 'cancelled' });
  }
  expect((await engine.health()).running.query).toBe(0);
});

test('more than there are places run all the same', async () => {
  const sql = 'SELECT sum(cityHash64(number)) AS c0 FROM numbers(3000000)';
  const results = await Promise.all(Array.from({ length: 12 }, () => collect(ask(sql, { small: true }))));
  expect(new Set(results.map(String)).size).toBe(1);
});

test('what one statement was limited by does not limit the next', async () => {
  const sql = 'SELECT number AS c0 FROM numbers(10)';
  const failing = collect(ask(sql, { small: true, limits: { resultRows: 5 } }));
  await expect(failing).rejects.toMatchObject({ kind: 'rows' });
  expect(rowsOf(await collect(ask(sql, { small: true })))).toBe(10);
  const setting = 'SELECT toUInt64(value) AS c0 FROM system.settings WHERE name = $$max_block_size$$';
  const blockRows = async (more: Partial<EngineQuery>) => {
    const text = setting.replaceAll('$$', "'");
    return decodeBlocks(await collect(ask(text, { small: true, ...more })))[0]!.columns[0]!;
  };
  const plain = await blockRows({});
  expect(await blockRows({ settings: { max_block_size: 77 } })).not.toEqual(plain);
  expect(await blockRows({})).toEqual(plain);
});

test('no statement changes the settings of its session', async () => {
  const sql = 'SELECT 1 AS c0';
  for (const text of [`${sql} SETTINGS readonly = 0`, 'SET max_threads = 3', 'SET readonly = 0'])
    await expect(collect(ask(text, { small: true }))).rejects.toThrow(EngineError);
});
