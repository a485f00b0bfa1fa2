/** Virtual tables on the real engine: every table in both forms, and what a source looks like to a query. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openChdbEngine } from '../../engine/chdb/open.ts';
import { collect, type Engine } from '../../engine/engine.ts';
import { silentLogger } from '../../telemetry/logger.ts';
import { TIMESTAMP_NS } from '../types.ts';
import { printRows } from './print-rows.ts';
import { Staging } from './staging.ts';
import {
  BOOLEAN,
  columnsOf,
  INT64,
  listOf,
  orNull,
  UINT8,
  UINT16,
  UINT32,
  UINT64,
  UTF8,
  type VirtualRow,
} from './virtual-table.ts';

let directory: string;
let engine: Engine;
let staging: Staging;

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'virtual-'));
  engine = await openChdbEngine({ dataDir: directory, logger: silentLogger });
  staging = new Staging(engine, silentLogger);
});

afterAll(async () => {
  await engine.close();
  rmSync(directory, { recursive: true, force: true });
});

const columns = columnsOf({
  text: UTF8,
  'a.`b"\\': orNull(UTF8),
  count: UINT64,
  small: orNull(INT64),
  at: orNull(TIMESTAMP_NS),
  yes: BOOLEAN,
  maybe: orNull(BOOLEAN),
  names: listOf(UTF8),
  ids: listOf(UINT64),
  bits8: UINT8,
  bits16: orNull(UINT16),
  bits32: UINT32,
  narrow: listOf(UINT16),
});

const rows: readonly VirtualRow[] = [
  [
    `it's \\ "x" \u0000\n\u{1f600}`,
    null,
    2n ** 64n - 1n,
    -(2n ** 63n),
    1n,
    true,
    null,
    ["a'", 'b'],
    [1, 2],
    255,
    65_535,
    4_294_967_295,
    [7, 65_535],
  ],
  ['', 'SELECT 1; --', 0, null, null, false, true, [], [], 0, null, 0, []],
];

async function read(source: string): Promise<unknown[]> {
  const sql = `SELECT * EXCEPT at, toUnixTimestamp64Nano(at) AS ns, toTypeName(at) AS type FROM ${source}`;
  const settings = { output_format_json_quote_64bit_integers: 1 };
  const bytes = await collect(engine.query({ sql, format: 'JSONEachRow', settings }));
  return bytes
    .toString('utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => Object.values(JSON.parse(line)));
}

const type = "Nullable(DateTime64(9, 'UTC'))";
const expected = [
  [
    `it's \\ "x" \u0000\n\u{1f600}`,
    null,
    '18446744073709551615',
    '-9223372036854775808',
    true,
    null,
    ["a'", 'b'],
    ['1', '2'],
    255,
    65_535,
    4_294_967_295,
    [7, 65_535],
    '1',
    type,
  ],
  ['', 'SELECT 1; --', '0', null, false, true, [], [], 0, null, 0, [], null, type],
];

test('printed rows and staged rows are the same table', async () => {
  expect(await read(printRows(columns, rows))).toEqual(expected);
  const staged = await staging.stage(columns, rows, new AbortController().signal);
  expect(await read(staged.source)).toEqual(expected);
  staged.release();
});

test('a table without rows and a table of one column', async () => {
  expect(await read(printRows(columns, []))).toEqual([]);
  const single = columnsOf({ at: orNull(TIMESTAMP_NS) });
  expect(await read(printRows(single, [[5n], [null]]))).toEqual([
    ['5', type],
    [null, type],
  ]);
});

test('many rows are staged and go away', async () => {
  const many = columnsOf({ n: UINT64, at: orNull(TIMESTAMP_NS) });
  const source = Array.from({ length: 20_000 }, (_, index) => [index, null] as const);
  const staged = await staging.stage(many, source, new AbortController().signal);
  const sql = `SELECT count() AS c, sum(n) AS s FROM ${staged.source}`;
  const answer = await collect(engine.query({ sql, format: 'CSV' }));
  expect(answer.toString()).toBe('20000,199990000\n');
  staged.release();
  staged.release();
  await expect
    .poll(() => collect(engine.query({ sql, format: 'CSV' })).catch((error) => error.kind))
    .toBe('unknown');
});
