/** How many rows leave together. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { type IngestHarness, openHarness } from '../../../test/support/ingest.ts';
import type { Engine } from '../../engine/engine.ts';

const CHUNK_ROWS = 100;
const BATCH_ROWS = 50;

let directory: string;
let harness: IngestHarness;
let insertedRows: number[];

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'sluice-chunk-'));
  insertedRows = [];
  const between = (engine: Engine): Engine => ({
    command: (sql, options) => engine.command(sql, options),
    insert: (table, batch, options) => {
      insertedRows.push(batch.rows);
      return engine.insert(table, batch, options);
    },
    query: (query) => engine.query(query),
    health: () => engine.health(),
    intact: (look) => engine.intact(look),
    close: () => engine.close(),
  });
  harness = await openHarness(directory, { chunkRows: CHUNK_ROWS }, between);
});
afterEach(async () => {
  await harness.close();
  rmSync(directory, { recursive: true, force: true });
});

/** Writes batches of rows over so many series until nothing more is wanted in a chunk. */
async function write(batches: number, series: number): Promise<void> {
  for (let batch = 0; batch < batches; batch++) {
    const lines = Array.from({ length: BATCH_ROWS }, (_, index) => {
      const row = batch * BATCH_ROWS + index;
      return `m,s=${row % series} f=${row} ${row + 1}`;
    });
    await harness.write(lines.join('\n'));
  }
  await vi.waitFor(() => expect(insertedRows.length).toBeGreaterThan(0), 10_000);
}

test('rows of few series leave when they are as many as a chunk has', async () => {
  await write(2, 5);
  expect(insertedRows).toEqual([CHUNK_ROWS]);
});

test('with few rows of each series twice as many are waited for', async () => {
  await write(4, 1000);
  expect(insertedRows).toEqual([CHUNK_ROWS * 2]);
});

test('as soon as each series has some rows they leave', async () => {
  await write(3, 37);
  expect(insertedRows).toEqual([CHUNK_ROWS + BATCH_ROWS]);
});
