import fc from 'fast-check';
import { expect, test } from 'vitest';
import { FieldLayouts } from './field-layout.ts';
import { SeriesKeyCache } from './lineprotocol/series-key-cache.ts';
import { parseRequest } from './parse-request.ts';
import { columnsOf } from './row-range.ts';
import { RowsPool } from './rows-pool.ts';

const LIMITS = { databases: 1, tables: 10, columnsPerTable: 500, tagColumnsPerTable: 250 };

function parse(lines: readonly string[]) {
  return parseRequest({
    body: Buffer.from(lines.join('\n')),
    keys: new SeriesKeyCache(1 << 22),
    layouts: new FieldLayouts(),
    pool: new RowsPool(1 << 20),
    precision: 'nanosecond',
    defaultTimeNs: 0n,
    limits: LIMITS,
    table: () => undefined,
    tableCount: () => 0,
    allowTable: null,
    stopAtFirstError: false,
    skipLines: null,
  });
}

test('parts have all rows in their order, and no more than was asked for', () => {
  const tables = fc.array(fc.constantFrom('a', 'b', 'c'), { minLength: 1, maxLength: 60 });
  fc.assert(
    fc.property(tables, fc.integer({ min: 1, max: 70 }), (names, most) => {
      const parsed = parse(names.map((name, line) => `${name} f=${line}i ${line}`));
      for (const table of parsed.tables) {
        const parts = [...table.parts(most)];
        expect(Math.max(...parts.map(({ rows }) => rows))).toBeLessThanOrEqual(most);
        const lines = parts.flatMap((part) => [...columnsOf(part).times].filter((_, at) => at % 2 === 0));
        const expected = names.flatMap((name, line) => (name === table.name ? [line] : []));
        expect(lines).toEqual(expected);
        // As few as can be: all but the last are full.
        expect(parts.slice(0, -1).every(({ rows }) => rows === most)).toBe(true);
      }
    }),
  );
});

test('rows of a large request lie in several stores, each of bounded size', () => {
  const names = ['a', 'b', 'c'];
  const count = 150_000;
  const parsed = parse(
    Array.from({ length: count }, (_, line) => `${names[line % 7] ?? 'd'} f=${line}i ${line}`),
  );
  expect(parsed.rows).toBe(count);
  expect(parsed.stores.map(({ rows }) => rows)).toEqual([65_536, 65_536, count - 2 * 65_536]);
  const seen: number[] = [];
  for (const table of parsed.tables) {
    for (const part of table.parts(1000)) {
      const { times, fields } = columnsOf(part);
      for (let row = 0; row < part.rows; row++) {
        const line = times[row * 2]!;
        if ((names[line % 7] ?? 'd') !== table.name || fields.get('f')!.halves[row * 2] !== line)
          expect(line).toBe(-1);
        seen.push(line);
      }
    }
  }
  expect(new Set(seen).size).toBe(count);
});
