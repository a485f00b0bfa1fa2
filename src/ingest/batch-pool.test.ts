import fc from 'fast-check';
import { expect, test } from 'vitest';
import { tableRecord, timeColumn } from '../catalog/state.ts';
import { BatchPool } from './batch-pool.ts';
import { SeriesKeyCache } from './lineprotocol/series-key.ts';
import { parseRequest } from './parse-request.ts';
import { rowsOf } from './parsed-rows.fixture.ts';

const LIMITS = { databases: 5, tables: 5, columnsPerTable: 20, tagColumnsPerTable: 6 };
const TYPES = {
  x: 'tag',
  y: 'tag',
  f: 'float',
  i: 'integer',
  u: 'uinteger',
  s: 'string',
  b: 'boolean',
} as const;

function record(name: string, id: number, version = 1) {
  const columns = Object.entries(TYPES).map(([column, type], index) => ({
    id: index,
    name: column,
    type,
    engineName: column,
  }));
  return tableRecord({
    id,
    databaseId: 1,
    name,
    columns: [...columns, timeColumn(columns.length)],
    retentionNs: null,
    deletedAtMs: null,
    hardDeleteAtMs: null,
    dataId: id,
    engineDatabase: 'd',
    engineTable: name,
    version,
  });
}

const tables = new Map([
  ['one', record('one', 1)],
  ['two', record('two', 2)],
]);

function parse(body: string, batches: BatchPool, keys: SeriesKeyCache) {
  return parseRequest({
    body: Buffer.from(body),
    keys,
    batches,
    precision: 'nanosecond',
    defaultTimeNs: 42n,
    limits: LIMITS,
    table: (name) => tables.get(name),
    tableCount: () => 0,
    allowTable: null,
    stopAtFirstError: false,
    skipLines: null,
  });
}

const field = fc.oneof(
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => `f=${value}`),
  fc.integer().map((value) => `i=${value}i`),
  fc.nat().map((value) => `u=${value}u`),
  fc.string({ unit: fc.constantFrom('a', 'é', ' ', '=') }).map((value) => `s="${value}"`),
  fc.boolean().map((value) => `b=${value}`),
  // Wrong: another type than the table's, an unfinished value.
  fc.constantFrom('f=1i', 's=2', 'i=', 'b="'),
);
const line = fc
  .record({
    table: fc.constantFrom('one', 'two', 'three'),
    tags: fc.constantFrom('', ',x=1', ',x=2,y=3', ',y=1'),
    fields: fc.array(field, { minLength: 1, maxLength: 5 }),
    time: fc.integer({ min: 1, max: 99 }),
  })
  .map(({ table, tags, fields, time }) => `${table}${tags} ${fields.join(',')} ${time}`);

test('a batch that was used before gives the same rows and errors as a new one', () => {
  const history = fc.array(fc.array(line, { minLength: 1, maxLength: 12 }), { minLength: 1, maxLength: 8 });
  fc.assert(
    fc.property(history, fc.constantFrom(1 << 20, 3000), (requests, poolBytes) => {
      const pool = new BatchPool(poolBytes);
      const keys = new SeriesKeyCache(1 << 20);
      for (const lines of requests) {
        const body = lines.join('\n');
        const expected = parse(body, new BatchPool(0), new SeriesKeyCache(1 << 20));
        const parsed = parse(body, pool, keys);
        expect(rowsOf(parsed)).toEqual(rowsOf(expected));
        expect(parsed.errors).toEqual(expected.errors);
        for (const batch of parsed.tables) pool.give(batch);
      }
    }),
    { numRuns: 400 },
  );
});

test('a batch is used again for the same record only', () => {
  const pool = new BatchPool(1 << 20);
  const first = record('one', 1);
  const batch = pool.take(first, 10);
  pool.give(batch);
  expect(pool.take(first, 10)).toBe(batch);
  pool.give(batch);
  expect(pool.take(record('one', 1, 2), 10)).not.toBe(batch);
  // What was kept for the older one is gone.
  expect(pool.take(first, 10)).not.toBe(batch);
});

test('the memory is bounded', () => {
  const one = record('one', 1);
  const { bytes } = new BatchPool(0).take(one, 100);
  const pool = new BatchPool(bytes * 2.5);
  const batches = Array.from({ length: 3 }, () => pool.take(one, 100));
  for (const batch of batches) pool.give(batch);
  // The third did not fit, so that all began anew with it.
  expect(pool.take(one, 100)).toBe(batches[2]);
  expect(batches).not.toContain(pool.take(one, 100));
});
