import { expect, test } from 'vitest';
import { tableRecord, timeColumn } from '../../catalog/state.ts';
import { appendStored, type FoundPoints } from './look-up.ts';
import { SeriesRegistry } from './series-registry.ts';
import { TableChunk } from './table-chunk.ts';

const FIELDS = 300;
const ROWS = 100_000;

const table = tableRecord({
  id: 1,
  databaseId: 1,
  name: 'm',
  columns: [
    ...Array.from({ length: FIELDS }, (_, id) => ({
      id,
      name: `f${id}`,
      type: 'float' as const,
      engineName: `f${id}`,
    })),
    timeColumn(FIELDS),
  ],
  retentionNs: null,
  deletedAtMs: null,
  hardDeleteAtMs: null,
  dataId: 1,
  engineDatabase: 'd',
  engineTable: 'm',
  version: 1,
});

test('a few stored points of a wide table do not widen the columns of all rows', () => {
  const chunk = new TableChunk(new SeriesRegistry(null), ROWS);
  const values = Float64Array.from({ length: 10 }, (_, row) => row / 2);
  const columns = Array.from({ length: FIELDS }, (_, id) => ({
    name: `f${id}`,
    type: 'Float64',
    vector: { kind: 'float64' as const, values },
  }));
  const block = { rows: values.length, columns };
  const found: FoundPoints = new Map(Array.from({ length: 10 }, (_, row) => [row * 999, { block, row }]));
  const stored = new Map<number, number>();
  appendStored(chunk, table, found, stored);
  let bytes = 0;
  for (const column of [...chunk.fields.values(), ...chunk.storedFields.values()])
    bytes += column.memoryBytes;
  expect(bytes).toBeLessThan(FIELDS * 1000);
  for (const [asked, { row }] of found) {
    const place = stored.get(asked)!;
    expect([...chunk.storedFields.values()].map(({ floats }) => floats[place])).toEqual(
      columns.map(() => row / 2),
    );
  }
});
