import fc from 'fast-check';
import { expect, test } from 'vitest';
import { tableRecord, timeColumn } from '../catalog/state.ts';
import { FieldLayouts } from './field-layout.ts';
import { SeriesKeyCache } from './lineprotocol/series-key-cache.ts';
import { parseRequest } from './parse-request.ts';
import { rowsOf } from './parsed-rows.fixture.ts';
import type { RequestRows } from './request-rows.ts';
import { RowsPool } from './rows-pool.ts';

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

function parse(body: string, pool: RowsPool, keys: SeriesKeyCache, layouts: FieldLayouts) {
  return parseRequest({
    body: Buffer.from(body),
    keys,
    layouts,
    pool,
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
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map((value) => `i=${value}i`),
  fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }).map((value) => `u=${value}u`),
  fc.nat().map((value) => `u=${value}u`),
  fc.string({ unit: fc.constantFrom('a', 'é', ' ', '=', '\\\\', '\\"') }).map((value) => `s="${value}"`),
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

test('memory and layouts that were used before give the same rows and errors as new ones', () => {
  const history = fc.array(fc.array(line, { minLength: 1, maxLength: 12 }), { minLength: 1, maxLength: 8 });
  fc.assert(
    fc.property(history, fc.constantFrom(1 << 20, 3000), (requests, bytes) => {
      const pool = new RowsPool(bytes);
      const layouts = new FieldLayouts(bytes);
      const keys = new SeriesKeyCache(1 << 20);
      for (const lines of requests) {
        const body = lines.join('\n');
        const expected = parse(body, new RowsPool(0), new SeriesKeyCache(1 << 20), new FieldLayouts());
        const parsed = parse(body, pool, keys, layouts);
        expect(rowsOf(parsed)).toEqual(rowsOf(expected));
        expect(parsed.errors).toEqual(expected.errors);
        pool.give(parsed.stores);
      }
    }),
    { numRuns: 400 },
  );
});

test('the memory is bounded', () => {
  const body = new Uint8Array(0);
  const { bytes } = new RowsPool(0).take(body);
  const pool = new RowsPool(bytes * 2.5);
  const taken = Array.from({ length: 3 }, () => pool.take(body));
  pool.give(taken);
  expect([pool.take(body), pool.take(body)]).toEqual([taken[1], taken[0]]);
  // The third did not fit.
  expect(taken).not.toContain(pool.take(body));
});

test('rows that wait to be used again hold no keys and layouts: the caches may forget them', () => {
  const pool = new RowsPool(1 << 20);
  for (const rows of [20, 3]) {
    const lines = Array.from({ length: rows }, (_, row) => `one,x=${row} f=${row} ${row}`);
    const { stores } = parse(lines.join('\n'), pool, new SeriesKeyCache(1 << 20), new FieldLayouts());
    const [store] = stores as [RequestRows];
    expect(store.rows).toBe(rows);
    pool.give(stores);
    expect(store.seriesKeys).toBe(null);
    expect(store.shapes.filter((each) => each !== undefined)).toEqual([]);
  }
});

test('the memory of rows beyond the limit is given back at once', () => {
  const body = Array.from({ length: 40_000 }, (_, row) => `one i=${row}i ${row}`).join('\n');
  const kept = new RowsPool(64 << 20);
  const { stores } = parse(body, kept, new SeriesKeyCache(1 << 20), new FieldLayouts());
  const [store] = stores as [RequestRows];
  kept.give(stores);
  expect(kept.take(new Uint8Array(0))).toBe(store);
  expect(store.words.length).toBeGreaterThanOrEqual(40_000);
  new RowsPool(1 << 20).give(stores);
  expect([store.words.length, store.times.length]).toEqual([0, 0]);
});
