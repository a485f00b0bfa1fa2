import { expect, test } from 'vitest';
import { FieldColumn } from '../field-column.ts';
import { SeriesRegistry } from './series-registry.ts';
import { Spares } from './spares.ts';
import { TableChunk } from './table-chunk.ts';

function leftChunk(spares: Spares): TableChunk {
  const chunk = new TableChunk(new SeriesRegistry(null));
  for (const name of ['a', 'b']) {
    const column = spares.takeColumn(name, 'string', 4);
    column.setString(2, Buffer.from('text'), 0, 4, false);
    chunk.fields.set(name, column);
  }
  chunk.fields.set('c', spares.takeColumn('c', 'float', 4));
  return chunk;
}

test('columns come back without values, under another name, and of their own type only', () => {
  const spares = new Spares({ chunks: 2, columnBytes: 1 << 20 });
  const chunk = leftChunk(spares);
  const old = [...chunk.fields.values()];
  const { registry } = chunk;
  spares.give(chunk, true, 1);
  expect(chunk.fields.size).toBe(0);
  expect(chunk.registry).not.toBe(registry);
  const integer = spares.takeColumn('x', 'integer', 9);
  expect(old).not.toContain(integer);
  const string = spares.takeColumn('y', 'string', 9);
  expect(old).toContain(string);
  expect(string).toMatchObject({ name: 'y', type: 'string', length: 0, filled: 0 });
  expect([...string.present]).toEqual(new Array(string.present.length).fill(0));
  expect(string.present.length).toBeGreaterThanOrEqual(9);
});

test('no more is kept than the limits say, and nothing after a clear', () => {
  const spares = new Spares({ chunks: 1, columnBytes: 700 });
  const chunks = [leftChunk(spares), leftChunk(spares)];
  const columns = chunks.flatMap((chunk) => [...chunk.fields.values()]);
  for (const chunk of chunks) spares.give(chunk, true, 1);
  expect(spares.takeChunk()).toBe(chunks[0]);
  expect(spares.takeChunk()).toBeUndefined();
  const taken = Array.from({ length: 6 }, (_, index) =>
    spares.takeColumn('z', index < 4 ? 'string' : 'float', 4),
  );
  expect(taken.filter((column) => columns.includes(column))).toHaveLength(1);
  spares.give(chunks[1]!, true, 2);
  spares.clear();
  expect(spares.takeChunk()).toBeUndefined();
});

test('of what is not kept the memory is given back at once', () => {
  const spares = new Spares({ chunks: 1, columnBytes: 2 * 2 ** 20 });
  const chunks = [1, 2, 3].map(() => {
    const chunk = new TableChunk(new SeriesRegistry(null), 100_000);
    chunk.fields.set('f', new FieldColumn('f', 'float', 100_000));
    return chunk;
  });
  const columns = chunks.map((chunk) => chunk.fields.get('f')!);
  for (const chunk of chunks.slice(0, 2)) spares.give(chunk, true, 1);
  spares.give(chunks[2]!, false, 1);
  const sizes = () => [chunks.map(({ series }) => series.length), columns.map(({ floats }) => floats.length)];
  expect(sizes()).toEqual([
    [100_000, 0, 0],
    [100_000, 100_000, 0],
  ]);
  spares.clear();
  expect(sizes()).toEqual([
    [0, 0, 0],
    [0, 0, 0],
  ]);
});
