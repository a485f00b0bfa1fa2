import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Session } from 'chdb';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Block, BlockColumn } from './block.ts';
import { decodeBlocks } from './decode.ts';
import { encodeBlock } from './encode.ts';
import { parseNativeType } from './type-parser.ts';

const directory = mkdtempSync(join(tmpdir(), 'sluice-native-'));
let session: Session;
beforeAll(() => {
  session = new Session(join(directory, 'engine'));
});
afterAll(() => {
  session.close();
  rmSync(directory, { recursive: true, force: true });
});

const native = async (sql: string) =>
  decodeBlocks((await session.queryAsync(sql, { format: 'Native' })).bytes());

/** The values of a column as plain JavaScript, for comparisons that ignore how a vector is laid out. */
function plain(column: BlockColumn, rows: number): unknown[] {
  const { vector, nulls } = column;
  const value = (row: number): unknown => {
    switch (vector.kind) {
      case 'fixed':
        return Buffer.from(vector.bytes.slice(row * vector.width, (row + 1) * vector.width)).toString('hex');
      case 'string':
        return Buffer.from(vector.bytes.slice(vector.offsets[row], vector.offsets[row + 1])).toString();
      case 'dictionary':
        return vector.dictionary[vector.indexes[row]!];
      case 'array':
        return plain(vector.item, vector.offsets.at(-1)!).slice(vector.offsets[row], vector.offsets[row + 1]);
      case 'tuple':
        return vector.fields.map((field) => [field.name, plain(field, rows)[row]]);
      case 'map': {
        const count = vector.offsets.at(-1)!;
        const keys = plain(vector.key, count);
        const values = plain(vector.value, count);
        return keys.map((key, at) => [key, values[at]]).slice(vector.offsets[row], vector.offsets[row + 1]);
      }
      default:
        return vector.values[row];
    }
  };
  return Array.from({ length: rows }, (_, row) => (nulls?.[row] === 1 ? null : value(row)));
}
const plainBlock = (block: Block) =>
  block.columns.map((column) => [column.name, column.type, plain(column, block.rows)]);

function stringColumn(name: string, values: string[], nulls?: Uint8Array): BlockColumn {
  const parts = values.map((value) => Buffer.from(value));
  const offsets = new Uint32Array(values.length + 1);
  parts.forEach((part, row) => {
    offsets[row + 1] = offsets[row]! + part.length;
  });
  const vector = { kind: 'string', bytes: Buffer.concat(parts), offsets } as const;
  return nulls === undefined
    ? { name, type: 'String', vector }
    : { name, type: 'Nullable(String)', vector, nulls };
}

const row = fc.record({
  text: fc.string({ unit: 'grapheme', maxLength: 300 }),
  tag: fc.option(fc.string({ unit: 'grapheme', maxLength: 150 })),
  int: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  uint: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
  float: fc.double({ noNaN: true }),
  flag: fc.boolean(),
  isNull: fc.boolean(),
  items: fc.array(fc.string({ maxLength: 4 }), { maxLength: 4 }),
});

function buildBlock(rows: readonly (typeof row extends fc.Arbitrary<infer T> ? T : never)[]): Block {
  const nulls = Uint8Array.from(rows, (r) => Number(r.isNull));
  const tags = [null, ...new Set(rows.map((r) => r.tag).filter((tag) => tag !== null))];
  const itemOffsets = new Uint32Array(rows.length + 1);
  rows.forEach((r, at) => {
    itemOffsets[at + 1] = itemOffsets[at]! + r.items.length;
  });
  const items = rows.flatMap((r) => r.items);
  return {
    rows: rows.length,
    columns: [
      stringColumn(
        'text',
        rows.map((r) => r.text),
      ),
      stringColumn(
        'maybe',
        rows.map((r) => (r.isNull ? '' : r.text)),
        nulls,
      ),
      {
        name: 'tag',
        type: 'LowCardinality(Nullable(String))',
        vector: {
          kind: 'dictionary',
          dictionary: tags,
          indexes: Uint32Array.from(rows, (r) => (r.tag === null ? 0 : tags.indexOf(r.tag))),
        },
      },
      {
        name: 'low',
        type: 'LowCardinality(String)',
        vector: {
          kind: 'dictionary',
          dictionary: ['x', ...tags.slice(1)],
          indexes: Uint32Array.from(rows, (r) => (r.tag === null ? 0 : tags.indexOf(r.tag))),
        },
      },
      {
        name: 'time',
        type: "DateTime64(9, 'UTC')",
        vector: { kind: 'int64', values: BigInt64Array.from(rows, (r) => r.int) },
      },
      {
        name: 'uint',
        type: 'Nullable(UInt64)',
        nulls,
        vector: { kind: 'uint64', values: BigUint64Array.from(rows, (r) => r.uint) },
      },
      {
        name: 'float',
        type: 'Float64',
        vector: { kind: 'float64', values: Float64Array.from(rows, (r) => r.float) },
      },
      {
        name: 'flag',
        type: 'Nullable(Bool)',
        nulls,
        vector: { kind: 'uint8', values: Uint8Array.from(rows, (r) => Number(r.flag)) },
      },
      {
        name: 'series',
        type: 'UInt128',
        vector: {
          kind: 'fixed',
          width: 16,
          bytes: Uint8Array.from({ length: rows.length * 16 }, (_, at) => at & 0xff),
        },
      },
      {
        name: 'items',
        type: 'Array(String)',
        vector: { kind: 'array', offsets: itemOffsets, item: { ...stringColumn('', items), name: '' } },
      },
    ],
  };
}

describe('Native codec', () => {
  it('gives back every block that it encoded, several in one buffer', () => {
    fc.assert(
      fc.property(fc.array(fc.array(row, { minLength: 1, maxLength: 20 }), { maxLength: 3 }), (blocks) => {
        const built = blocks.map(buildBlock);
        const bytes = Buffer.concat(built.flatMap(encodeBlock));
        expect(decodeBlocks(bytes).map(plainBlock)).toEqual(built.map(plainBlock));
      }),
      { numRuns: 60 },
    );
  });

  it('writes what the engine reads, and reads what the engine writes', async () => {
    const rows = fc.sample(row, { numRuns: 500, seed: 7 });
    const built = buildBlock(rows);
    const file = join(directory, 'a.native');
    writeFileSync(file, Buffer.concat(encodeBlock(built)));
    const structure = built.columns
      .map((c) => `${c.name} ${c.type}`)
      .join(', ')
      .replaceAll("'", "\\'");
    const names = built.columns.map((c) => c.name).join(',');
    const [block] = await native(`SELECT ${names} FROM file('${file}', 'Native', '${structure}')`);
    expect(plainBlock(block!)).toEqual(plainBlock(built));
  });

  it('keeps a mark of byte order at the beginning of a text', async () => {
    const texts = ['\ufeffx', '\ufeff', 'x\ufeff'];
    const literals = texts.map((text) => `'${text}'`).join(', ');
    const [block] = await native(
      `SELECT arrayJoin([${literals}])::LowCardinality(Nullable(String)) AS tag, tag::String AS text`,
    );
    expect(block!.columns.map((column) => plain(column, 3))).toEqual([texts, texts]);
  });

  it('indexes dictionaries of more than 256 and 65536 keys', async () => {
    for (const keys of [254, 255, 256, 300, 65_534, 65_536, 70_000]) {
      const dictionary = [null, ...Array.from({ length: keys - 1 }, (_, at) => `k${at}`)];
      const indexes = Uint32Array.from({ length: keys }, (_, at) => keys - 1 - at);
      const file = join(directory, 'd.native');
      const block: Block = {
        rows: keys,
        columns: [
          {
            name: 'd',
            type: 'LowCardinality(Nullable(String))',
            vector: { kind: 'dictionary', dictionary, indexes },
          },
        ],
      };
      const encoded = Buffer.concat(encodeBlock(block));
      expect(plainBlock(decodeBlocks(encoded)[0]!)).toEqual(plainBlock(block));
      writeFileSync(file, encoded);
      const blocks = await native(
        `SELECT d FROM file('${file}', 'Native', 'd LowCardinality(Nullable(String))') SETTINGS max_threads=1`,
      );
      expect(blocks.flatMap((b) => plain(b.columns[0]!, b.rows))).toEqual(plain(block.columns[0]!, keys));
    }
  }, 30_000);

  it('reads every type that a query can return', async () => {
    const [block] = await native(`SELECT
      toDate32('1900-01-01') AS date32, toDate('1970-01-03') AS date, toDateTime('1970-01-01 00:00:09', 'UTC') AS seconds,
      toDecimal64('1.25', 2) AS decimal, toDecimal128('-1', 0) AS wide, NULL AS nothing, [] AS empty,
      tuple(1::UInt8, 'a') AS pair, CAST(tuple(2, 'b') AS Tuple(x Int32, \`y z\` String)) AS named,
      map('k', [1, NULL]) AS mapped, toLowCardinality('low') AS low, [toLowCardinality('p'), 'q'] AS lows,
      toFixedString('ab', 3) AS fixed, CAST('b' AS Enum8('a' = 1, 'b, c' = 2, 'b' = 3)) AS enumerated,
      emptyArrayString() AS none, CAST([], 'Array(LowCardinality(String))') AS no_lows,
      toIntervalDay(3) AS days, toFloat32(0.5) AS half, toInt16(-2) AS small, toUInt128(1) AS big,
      length(materialize(toLowCardinality('abc'))) AS low_length,
      isNotNull(materialize(toLowCardinality(toNullable('abc')))) AS low_known`);
    expect(plainBlock(block!).map(([name, , values]) => [name, (values as unknown[])[0]])).toEqual([
      ['date32', -25567],
      ['date', 2],
      ['seconds', 9],
      ['decimal', 125n],
      ['wide', 'ff'.repeat(16)],
      ['nothing', null],
      ['empty', []],
      [
        'pair',
        [
          ['', 1],
          ['', 'a'],
        ],
      ],
      [
        'named',
        [
          ['x', 2],
          ['y z', 'b'],
        ],
      ],
      ['mapped', [['k', [1, null]]]],
      ['low', 'low'],
      ['lows', ['p', 'q']],
      ['fixed', '616200'],
      ['enumerated', 3],
      ['none', []],
      ['no_lows', []],
      ['days', 3n],
      ['half', 0.5],
      ['small', -2],
      ['big', `01${'00'.repeat(15)}`],
      ['low_length', 3n],
      ['low_known', 1],
    ]);
  });

  it('says so when bytes are cut off, at any place', () => {
    const bytes = Buffer.concat(encodeBlock(buildBlock(fc.sample(row, { numRuns: 3, seed: 1 }))));
    for (let length = 1; length < bytes.length; length++) {
      expect(() => decodeBlocks(Uint8Array.from(bytes.subarray(0, length)))).toThrow(RangeError);
    }
  });

  it('refuses types that it does not know', () => {
    expect(() => parseNativeType('JSON')).toThrow(TypeError);
    expect(() => parseNativeType('LowCardinality(UUID)')).toThrow(TypeError);
  });
});
