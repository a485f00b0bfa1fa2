import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Block, BlockColumn, ColumnVector } from '../../engine/native/block.ts';
import { packInterval } from '../interval-carrier.ts';
import type { ResultFormat } from '../query.ts';
import {
  BOOLEAN,
  type DataType,
  FLOAT64,
  INT64,
  INTERVAL,
  TAG,
  TIMESTAMP_NS,
  UINT64,
  UTF8,
} from '../types.ts';
import { encodeRows } from './encode.ts';
import { encodePretty } from './pretty.ts';

type TextFormat = Exclude<ResultFormat, 'parquet'>;
interface TestColumn {
  readonly name: string;
  readonly type: DataType;
  readonly data: BlockColumn;
}

const strings = (values: readonly (string | null)[]): ColumnVector => {
  const parts = values.map((value) => Buffer.from(value ?? '', 'utf8'));
  const offsets = new Uint32Array(values.length + 1);
  parts.forEach((part, index) => {
    offsets[index + 1] = offsets[index]! + part.length;
  });
  return { kind: 'string', bytes: Buffer.concat(parts), offsets };
};
const nullsOf = (values: readonly unknown[]) => Uint8Array.from(values, (value) => (value === null ? 1 : 0));
const column = (name: string, type: DataType, vector: ColumnVector, nulls?: Uint8Array): TestColumn => ({
  name,
  type,
  data: { name, type: '', vector, ...(nulls === undefined ? {} : { nulls }) },
});
const text = (name: string, values: readonly (string | null)[]) =>
  column(name, UTF8, strings(values), nullsOf(values));
const int64 = (values: readonly (bigint | null)[]): ColumnVector => ({
  kind: 'int64',
  values: BigInt64Array.from(values, (value) => value ?? 0n),
});
const float64 = (name: string, values: readonly (number | null)[]) =>
  column(
    name,
    FLOAT64,
    { kind: 'float64', values: Float64Array.from(values, (value) => value ?? 0) },
    nullsOf(values),
  );

async function* stream(blocks: readonly Block[]): AsyncGenerator<Block> {
  yield* blocks;
}

async function encode(columns: readonly TestColumn[], rows: number, format: TextFormat): Promise<string> {
  const block = { rows, columns: columns.map(({ data }) => data) };
  const head = columns.map(({ name, type }) => ({ name, type, nullable: true }));
  const chunks: Uint8Array[] = [];
  for await (const chunk of encodeRows(head, stream(rows === 0 ? [] : [block]), format)) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}

/** One value of a type in every style: JSON value, CSV field, pretty cell. */
async function forms(type: DataType, vector: ColumnVector): Promise<readonly string[]> {
  const columns = [column('v', type, vector)];
  const json = await encode(columns, 1, 'json');
  const csv = await encode(columns, 1, 'csv');
  const pretty = await encode(columns, 1, 'pretty');
  return [json.slice('[{"v":'.length, -2), csv.slice(2, -1), pretty.split('\n')[3]!.slice(2, -2).trimEnd()];
}

const cpu = [
  column('host', TAG, { kind: 'dictionary', dictionary: [null, 's1'], indexes: Uint32Array.of(1, 0) }),
  text('region', ['us-east', null]),
  column('time', TIMESTAMP_NS, int64([2998661331000000000n, 2998661332001000000n])),
  float64('usage', [0.9, null]),
];

describe('shapes', () => {
  test('json leaves nulls out and has no blanks', async () => {
    expect(await encode(cpu, 2, 'json')).toBe(
      '[{"host":"s1","region":"us-east","time":"2065-01-08T17:28:51","usage":0.9},{"time":"2065-01-08T17:28:52.001"}]',
    );
  });
  test('jsonl ends every row with a newline', async () => {
    expect(await encode(cpu, 2, 'jsonl')).toBe(
      '{"host":"s1","region":"us-east","time":"2065-01-08T17:28:51","usage":0.9}\n{"time":"2065-01-08T17:28:52.001"}\n',
    );
  });
  test('csv has a header, and empty cells for nulls', async () => {
    expect(await encode(cpu, 2, 'csv')).toBe(
      'host,region,time,usage\ns1,us-east,2065-01-08T17:28:51,0.9\n,,2065-01-08T17:28:52.001,\n',
    );
  });
  test('pretty is one box without a last newline', async () => {
    expect(await encode(cpu, 1, 'pretty')).toBe(
      [
        '+------+---------+---------------------+-------+',
        '| host | region  | time                | usage |',
        '+------+---------+---------------------+-------+',
        '| s1   | us-east | 2065-01-08T17:28:51 | 0.9   |',
        '+------+---------+---------------------+-------+',
      ].join('\n'),
    );
  });
  test('empty results', async () => {
    expect(await encode(cpu, 0, 'json')).toBe('[]');
    expect(await encode(cpu, 0, 'jsonl')).toBe('');
    expect(await encode(cpu, 0, 'csv')).toBe('');
    expect(await encode(cpu, 0, 'pretty')).toBe('++\n++');
  });
  test('a row of nulls only', async () => {
    expect(await encode([text('a', [null])], 1, 'json')).toBe('[{}]');
    expect(await encode([text('a', [null])], 1, 'jsonl')).toBe('{}\n');
    expect(await encode([text('a', [null])], 1, 'csv')).toBe('a\n""\n');
    expect(await encode([text('a', [null])], 1, 'pretty')).toBe('+---+\n| a |\n+---+\n|   |\n+---+');
  });
  test('wide characters and several lines keep the box straight', async () => {
    expect(await encode([text('a', ['日本', 'x\ny'])], 2, 'pretty')).toBe(
      ['+------+', '| a    |', '+------+', '| 日本 |', '| x    |', '| y    |', '+------+'].join('\n'),
    );
  });
});

describe('values: [json, csv, pretty]', () => {
  const float = (value: number) => forms(FLOAT64, { kind: 'float64', values: Float64Array.of(value) });
  test.each([
    [1, '1.0', '1.0'],
    [-0, '-0.0', '-0.0'],
    [0.5, '0.5', '0.5'],
    [21, '21.0', '21.0'],
    [0.1 + 0.2, '0.30000000000000004', '0.30000000000000004'],
    [-1234.56789, '-1234.56789', '-1234.56789'],
    [1e9, '1000000000.0', '1000000000.0'],
    [12345678901, '1.2345678901e10', '12345678901.0'],
    [1e15, '1.0e15', '1000000000000000.0'],
    [1e16, '1.0e16', '1e16'],
    [1e21, '1.0e21', '1e21'],
    [1.7976931348623157e308, '1.7976931348623157e308', '1.7976931348623157e308'],
    [0.00001, '0.00001', '0.00001'],
    [0.000001, '1.0e-6', '1e-6'],
    [1.5e-7, '1.5e-7', '1.5e-7'],
    [5e-324, '5.0e-324', '5e-324'],
    [Number.NaN, 'null', 'NaN'],
    [Number.POSITIVE_INFINITY, 'null', 'inf'],
    [Number.NEGATIVE_INFINITY, 'null', '-inf'],
  ])('float %d', async (value, json, display) => {
    expect(await float(value)).toEqual([json, display, display]);
  });
  test('float32 is shortest for its own width', async () => {
    expect(
      await forms({ kind: 'float', bits: 32 }, { kind: 'float32', values: Float32Array.of(0.1) }),
    ).toEqual(['0.1', '0.1', '0.1']);
  });
  test('integers of 64 bits are exact', async () => {
    const minimum = '-9223372036854775808';
    expect(await forms(INT64, int64([-(2n ** 63n)]))).toEqual([minimum, minimum, minimum]);
    expect(await forms(INT64, int64([-1n]))).toEqual(['-1', '-1', '-1']);
    const maximum = '18446744073709551615';
    expect(await forms(UINT64, { kind: 'uint64', values: BigUint64Array.of(2n ** 64n - 1n) })).toEqual([
      maximum,
      maximum,
      maximum,
    ]);
  });
  test('booleans', async () => {
    expect(await forms(BOOLEAN, { kind: 'uint8', values: Uint8Array.of(1) })).toEqual([
      'true',
      'true',
      'true',
    ]);
  });
  test('strings', async () => {
    expect(await forms(UTF8, strings(['a"b,\\ü\n\u0001']))).toEqual([
      '"a\\"b,\\\\ü\\n\\u0001"',
      '"a""b,\\ü\n\u0001"',
      'a"b,\\ü',
    ]);
    expect(await forms(UTF8, strings(['plain text']))).toEqual(['"plain text"', 'plain text', 'plain text']);
  });
  test.each([
    [0n, '1970-01-01T00:00:00'],
    [1_000_000n, '1970-01-01T00:00:00.001'],
    [1_000n, '1970-01-01T00:00:00.000001'],
    [123n, '1970-01-01T00:00:00.000000123'],
    [-1n, '1969-12-31T23:59:59.999999999'],
    [-(2n ** 63n), '1677-09-21T00:12:43.145224192'],
    [2n ** 63n - 1n, '2262-04-11T23:47:16.854775807'],
  ])('timestamp %d', async (ns, expected) => {
    expect(await forms(TIMESTAMP_NS, int64([ns]))).toEqual([`"${expected}"`, expected, expected]);
  });
  test('timestamps with a zone', async () => {
    const zoned = (zone: string, ns: bigint) =>
      forms({ kind: 'timestamp', unit: 'nanosecond', zone }, int64([ns])).then((all) => all[1]);
    expect(await zoned('UTC', 0n)).toBe('1970-01-01T00:00:00Z');
    expect(await zoned('+02:00', 0n)).toBe('1970-01-01T02:00:00+02:00');
    expect(await zoned('Europe/Berlin', 1719792000_000000000n)).toBe('2024-07-01T02:00:00+02:00');
    expect(await zoned('Europe/Berlin', 1704067200_500000000n)).toBe('2024-01-01T01:00:00.500+01:00');
    expect(await zoned('Asia/Kolkata', 0n)).toBe('1970-01-01T05:30:00+05:30');
    expect(await zoned('America/New_York', 1704067200_000000000n)).toBe('2023-12-31T19:00:00-05:00');
  });
  test('dates, times, durations, intervals', async () => {
    expect(await forms({ kind: 'date', bits: 32 }, { kind: 'int32', values: Int32Array.of(19723) })).toEqual([
      '"2024-01-01"',
      '2024-01-01',
      '2024-01-01',
    ]);
    const time = await forms({ kind: 'time', unit: 'nanosecond' }, int64([3_723_000_000_500n]));
    expect(time[1]).toBe('01:02:03.000000500');
    const duration = (unit: 'nanosecond' | 'second', value: bigint) =>
      forms({ kind: 'duration', unit }, int64([value])).then((all) => all[0]);
    expect(await duration('nanosecond', 32_689_000n)).toBe('"PT0.032689S"');
    expect(await duration('second', 90_000n)).toBe('"PT90000S"');
    expect(await duration('nanosecond', -1_500_000_000n)).toBe('"-PT1.5S"');
    expect(await duration('nanosecond', 0n)).toBe('"P0D"');
    const interval = (months: number, days: number, ns: bigint) => {
      const packed = BigInt.asUintN(128, packInterval({ months, days, ns }));
      const bytes = Buffer.from(packed.toString(16).padStart(32, '0'), 'hex').reverse();
      return forms(INTERVAL, { kind: 'fixed', width: 16, bytes }).then((all) => all[1]);
    };
    expect(await interval(14, 2, 3_723_500_000_000n)).toBe('14 mons 2 days 1 hours 2 mins 3.500000000 secs');
    expect(await interval(-1, 3, -1n)).toBe('-1 mons 3 days -0.000000001 secs');
    expect(await interval(2, -2_147_483_648, 0n)).toBe('2 mons -2147483648 days');
  });
  test('decimals and binary', async () => {
    const bytes = Buffer.alloc(16, 255); // -1 in little endian
    const decimal: DataType = { kind: 'decimal', bits: 128, precision: 10, scale: 3 };
    expect(await forms(decimal, { kind: 'fixed', width: 16, bytes })).toEqual(['-0.001', '-0.001', '-0.001']);
    expect(await forms({ kind: 'binary' }, strings(['\u0001\u007f']))).toEqual(['"017f"', '017f', '017f']);
  });
  test('lists, structs and maps', async () => {
    const item: BlockColumn = {
      name: '',
      type: '',
      vector: strings(['a', null, 'b,c']),
      nulls: Uint8Array.of(0, 1, 0),
    };
    const list: ColumnVector = { kind: 'array', item, offsets: Uint32Array.of(0, 3) };
    expect(await forms({ kind: 'list', item: UTF8 }, list)).toEqual([
      '["a",null,"b,c"]',
      '"[a, , b,c]"',
      '[a, , b,c]',
    ]);
    const struct: ColumnVector = {
      kind: 'tuple',
      fields: [
        { name: 'value', type: '', vector: { kind: 'float64', values: Float64Array.of(1) } },
        { name: 'time', type: '', vector: int64([1_672_531_200_000_000_000n]) },
        { name: 'none', type: '', vector: strings(['']), nulls: Uint8Array.of(1) },
      ],
    };
    const fields = [
      { name: 'value', type: FLOAT64 },
      { name: 'time', type: TIMESTAMP_NS },
      { name: 'none', type: UTF8 },
    ];
    expect(await forms({ kind: 'struct', fields }, struct)).toEqual([
      '{"value":1.0,"time":"2023-01-01T00:00:00"}',
      '"{value: 1.0, time: 2023-01-01T00:00:00, none: }"',
      '{value: 1.0, time: 2023-01-01T00:00:00, none: }',
    ]);
    const map: ColumnVector = {
      kind: 'map',
      key: { name: '', type: '', vector: int64([1n, 2n]) },
      value: { name: '', type: '', vector: strings(['x', '']), nulls: Uint8Array.of(0, 1) },
      offsets: Uint32Array.of(0, 2),
    };
    expect(await forms({ kind: 'map', key: INT64, value: UTF8 }, map)).toEqual([
      '{"1":"x"}',
      '"{1: x, 2: }"',
      '{1: x, 2: }',
    ]);
  });
});

describe('properties', () => {
  test('JSON of any rows parses back to the same values', async () => {
    const row = fc.record({
      s: fc.option(fc.string({ unit: 'binary' })),
      f: fc.option(fc.double({ noNaN: true, noDefaultInfinity: true })),
      i: fc.option(fc.maxSafeInteger()),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(row, { minLength: 1, maxLength: 20 }), async (rows) => {
        const integers = rows.map(({ i }) => (i === null ? null : BigInt(i)));
        const json = await encode(
          [
            text(
              's',
              rows.map(({ s }) => s),
            ),
            float64(
              'f',
              rows.map(({ f }) => f),
            ),
            column('i', INT64, int64(integers), nullsOf(integers)),
          ],
          rows.length,
          'json',
        );
        const expected = rows.map((one) =>
          Object.fromEntries(Object.entries(one).filter(([, value]) => value !== null)),
        );
        expect(JSON.parse(json)).toEqual(expected);
      }),
      { numRuns: 200 },
    );
  });
  test('every float gives itself back in both styles', async () => {
    await fc.assert(
      fc.asyncProperty(fc.double({ noNaN: true, noDefaultInfinity: true }), async (value) => {
        const [json, csv] = await forms(FLOAT64, { kind: 'float64', values: Float64Array.of(value) });
        expect(Object.is(Number(json), value)).toBe(true);
        expect(Object.is(Number(csv), value)).toBe(true);
      }),
      { numRuns: 500 },
    );
  });
  test('timestamps agree with Date', async () => {
    await fc.assert(
      fc.asyncProperty(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), async (ns) => {
        const [, csv] = await forms(TIMESTAMP_NS, int64([ns]));
        const millis = ns / 1_000_000n - (ns % 1_000_000n < 0n ? 1n : 0n);
        expect(csv!.slice(0, 19)).toBe(new Date(Number(millis)).toISOString().slice(0, 19));
        const fraction = BigInt((csv!.split('.')[1] ?? '').padEnd(9, '0'));
        expect(fraction).toBe(((ns % 1_000_000_000n) + 1_000_000_000n) % 1_000_000_000n);
      }),
      { numRuns: 500 },
    );
  });
});

describe('streaming', () => {
  test('pulls a block only when asked, and yields a first chunk of about 64 KiB', async () => {
    let pulled = 0;
    async function* blocks(): AsyncGenerator<Block> {
      for (let block = 0; block < 50; block++) {
        pulled++;
        yield {
          rows: 3000,
          columns: [
            text(
              's',
              Array.from({ length: 3000 }, () => 'x'.repeat(100)),
            ).data,
          ],
        };
      }
    }
    const encoded = encodeRows([{ name: 's', type: UTF8, nullable: true }], blocks(), 'csv');
    const iterator = encoded[Symbol.asyncIterator]();
    const first = (await iterator.next()).value as Uint8Array;
    expect(first.length).toBeGreaterThan(65_000);
    expect(first.length).toBeLessThan(66_000);
    expect(pulled).toBe(1);
    await iterator.return?.();
    expect(pulled).toBe(1);
  });
  test('pretty refuses what does not fit', async () => {
    const block = {
      rows: 100,
      columns: [
        text(
          's',
          Array.from({ length: 100 }, () => 'x'.repeat(100)),
        ).data,
      ],
    };
    const result = encodePretty([{ name: 's', type: UTF8, nullable: true }], stream([block]), 5000);
    await expect(result.next()).rejects.toMatchObject({ code: 'pretty_too_large' });
  });
});
