/** Parquet files, read back by ClickHouse: another implementation of the format. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Session } from 'chdb';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Block } from '../../../engine/native/block.ts';
import { decodeBlocks } from '../../../engine/native/decode.ts';
import { packInterval } from '../../interval-carrier.ts';
import type { DataType, ResultColumn } from '../../types.ts';
import {
  BOOLEAN,
  DATE32,
  FLOAT64,
  INT32,
  INT64,
  INTERVAL,
  TAG,
  TIMESTAMP_NS,
  UINT64,
  UTF8,
} from '../../types.ts';
import { encodeRows } from '../encode.ts';

let directory: string;
let session: Session;

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'parquet-'));
  session = new Session(join(directory, 'engine'));
});

afterAll(() => {
  session.close();
  rmSync(directory, { recursive: true, force: true });
});

interface Column {
  readonly name: string;
  readonly type: DataType;
  readonly sql: string;
}

async function* blocksOf(sql: string): AsyncGenerator<Block> {
  yield* decodeBlocks((await session.queryAsync(sql, { format: 'Native' })).bytes());
}

/** Writes the columns as a file and reads the file with `read`. */
async function roundTrip(columns: readonly Column[], from: string, read: string): Promise<string> {
  const schema: ResultColumn[] = columns.map(({ name, type }) => ({ name, type, nullable: true }));
  const sql = `SELECT ${columns.map(({ sql }, index) => `${sql} AS c${index}`).join(', ')} FROM ${from}`;
  const chunks: Uint8Array[] = [];
  for await (const chunk of encodeRows(schema, blocksOf(sql), 'parquet')) chunks.push(chunk);
  if (chunks.length === 0) return '';
  const path = join(directory, 'result.parquet');
  writeFileSync(path, Buffer.concat(chunks));
  const result = await session.queryAsync(`SELECT ${read} FROM file('${path}', 'Parquet')`, {
    format: 'TSV',
  });
  return new TextDecoder().decode(result.bytes());
}

const ZONED: DataType = { kind: 'timestamp', unit: 'microsecond', zone: 'Europe/Berlin' };
const column = (name: string, type: DataType, sql: string): Column => ({ name, type, sql });

test('every type keeps its values and its nulls', async () => {
  const instant = "fromUnixTimestamp64Nano(toInt64(1709210096123456789), 'UTC')";
  const columns = [
    column('i', INT64, 'CAST(-9223372036854775808 AS Nullable(Int64))'),
    column('u', UINT64, 'toUInt64(18446744073709551615)'),
    column('i32', INT32, 'toInt32(-5)'),
    column('u8', { kind: 'uint', bits: 8 }, 'toUInt8(200)'),
    column('f', FLOAT64, 'toFloat64(-0.1)'),
    column('f32', { kind: 'float', bits: 32 }, 'toFloat32(1.5)'),
    column('yes', BOOLEAN, 'CAST(true AS Nullable(Bool))'),
    column('text', UTF8, "CAST('é\\'x' AS Nullable(String))"),
    column('tag', TAG, "CAST('eu' AS LowCardinality(Nullable(String)))"),
    column('t', TIMESTAMP_NS, instant),
    column('tz', ZONED, instant),
    column('d', DATE32, "toDate32('1969-12-31')"),
    column('dec', { kind: 'decimal', bits: 128, precision: 20, scale: 3 }, "toDecimal128('-12.345', 3)"),
    column(
      'small dec',
      { kind: 'decimal', bits: 128, precision: 9, scale: 2 },
      "CAST('1.25' AS Decimal(9, 2))",
    ),
    column('none', UTF8, 'CAST(NULL AS Nullable(String))'),
    column('no tag', TAG, 'CAST(NULL AS LowCardinality(Nullable(String)))'),
  ];
  expect(await roundTrip(columns, 'system.one', '*')).toBe(
    [
      "-9223372036854775808\t18446744073709551615\t-5\t200\t-0.1\t1.5\ttrue\té\\'x\teu",
      '2024-02-29 12:34:56.123456789\t2024-02-29 12:34:56.123456\t1969-12-31\t-12.345\t1.25\t\\N\t\\N\n',
    ].join('\t'),
  );
  const types = await roundTrip(
    columns,
    'system.one',
    'toTypeName(t), toTypeName(tz), toTypeName(d), toTypeName(u)',
  );
  expect(types.replaceAll('\\', '')).toBe(
    "Nullable(DateTime64(9, 'UTC'))\tNullable(DateTime64(6, 'UTC'))\tNullable(Date32)\tNullable(UInt64)\n",
  );
});

test('lists, structs and maps', async () => {
  const list: DataType = { kind: 'list', item: INT64 };
  const columns = [
    column('l', list, 'arrayResize([toNullable(toInt64(1)), NULL, 3], number)'),
    column(
      'll',
      { kind: 'list', item: list },
      'if(number = 0, [], [[], [toNullable(toInt64(number)), NULL]])',
    ),
    column(
      's',
      {
        kind: 'struct',
        fields: [
          { name: 'value', type: FLOAT64 },
          { name: 'names', type: { kind: 'list', item: UTF8 } },
        ],
      },
      "CAST(tuple(if(number = 1, NULL, number / 2), ['a']) AS Tuple(value Nullable(Float64), names Array(Nullable(String))))",
    ),
    column(
      'm',
      { kind: 'map', key: UTF8, value: INT64 },
      "CAST(if(number = 2, map('k', 1, 'n', NULL), map()) AS Map(String, Nullable(Int64)))",
    ),
  ];
  expect(await roundTrip(columns, 'numbers(4)', '*')).toBe(
    [
      "[]\t[]\t(0,['a'])\t{}",
      "[1]\t[[],[1,NULL]]\t(NULL,['a'])\t{}",
      "[1,NULL]\t[[],[2,NULL]]\t(1,['a'])\t{'k':1,'n':NULL}",
      "[1,NULL,3]\t[[],[3,NULL]]\t(1.5,['a'])\t{}",
      '',
    ].join('\n'),
  );
});

test('lists, structs and maps that are null are none, not empty ones', async () => {
  const list: DataType = { kind: 'list', item: INT64, optional: true };
  const struct: DataType = { kind: 'struct', fields: [{ name: 'x', type: INT64 }], optional: true };
  const columns = [
    // Null, empty, a null and a one.
    column(
      'l',
      list,
      'arrayResize([arrayResize([NULL, toNullable(toInt64(1))], number * 2 - 2)], least(number, 1))',
    ),
    column('deep', { kind: 'list', item: list }, '[[], [[toNullable(toInt64(2)), NULL]]]'),
    column('s', struct, 'arrayResize([tuple(toNullable(toInt64(number)))], number % 2)'),
  ];
  const sizes =
    'sum(length(l)), count(), countIf(empty(l)), toString(any(deep)), sum(s.1), countIf(s.1 IS NULL)';
  expect(await roundTrip(columns, 'numbers(3)', sizes)).toBe('2\t3\t2\t[[],[2,NULL]]\t1\t2\n');
});

test('an interval, a null column and one without rows', async () => {
  const interval = column(
    'i',
    INTERVAL,
    `toInt128('${packInterval({ months: 1, days: 2, ns: 3_000_000n })}')`,
  );
  const nothing = column('n', { kind: 'null' }, 'NULL');
  expect(await roundTrip([nothing], 'numbers(3)', 'count(), count(n)')).toBe('3\t0\n');
  expect(await roundTrip([interval], 'numbers(2)', 'hex(any(i)), count()')).toBe(
    '010000000200000003000000\t2\n',
  );
  expect(await roundTrip([nothing], 'numbers(0)', '*')).toBe('');
});

test('tags as numbers of a dictionary: runs, packed numbers, nulls, more values than fit into a byte', async () => {
  const tag = (name: string, sql: string) =>
    column(name, TAG, `CAST(${sql} AS LowCardinality(Nullable(String)))`);
  const columns = [
    tag('runs', "concat('r', toString(intDiv(number, 1000)))"),
    tag('mixed', "if(number % 100 < 60, 'same', toString(sipHash64(number) % 3))"),
    tag('many', "concat('é', toString(sipHash64(number) % 5000))"),
    tag('holes', 'if(sipHash64(number) % 3 = 0, NULL, toString(number % 300))'),
    tag('one', "'x'"),
    tag('empty', "if(number % 2 = 0, '', NULL)"),
    column('plain', TAG, "if(number % 7 = 0, NULL, concat('p', toString(intDiv(number, 3) % 700)))"),
    column('n', INT64, 'toInt64(number)'),
  ];
  const wrong = [
    "runs != concat('r', toString(intDiv(n, 1000)))",
    "mixed != if(n % 100 < 60, 'same', toString(sipHash64(toUInt64(n)) % 3))",
    "many != concat('é', toString(sipHash64(toUInt64(n)) % 5000))",
    "ifNull(holes, '-') != if(sipHash64(toUInt64(n)) % 3 = 0, '-', toString(n % 300))",
    "one != 'x'",
    "ifNull(empty, '-') != if(n % 2 = 0, '', '-')",
    "ifNull(plain, '-') != if(n % 7 = 0, '-', concat('p', toString(intDiv(n, 3) % 700)))",
  ].map((condition) => `countIf(${condition})`);
  expect(await roundTrip(columns, 'numbers(300007)', `count(), ${wrong.join(', ')}`)).toBe(
    '300007\t0\t0\t0\t0\t0\t0\t0\n',
  );
});

test('many rows are many row groups', async () => {
  const columns = [
    column('n', INT64, 'if(number % 3 = 0, NULL, toInt64(number))'),
    column('s', UTF8, 'toString(number % 1000)'),
  ];
  expect(await roundTrip(columns, 'numbers(450001)', 'count(), count(n), sum(n), uniqExact(s), max(s)')).toBe(
    '450001\t300000\t67500000000\t1000\t999\n',
  );
});
