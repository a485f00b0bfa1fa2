/** What goes to the engine. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openHarness } from '../../../test/support/ingest.ts';
import { collect, type Engine } from '../../engine/engine.ts';

/** Rows times columns of each insert. */
function countingCells() {
  const cells: number[] = [];
  const between = (engine: Engine): Engine => ({
    command: (sql, options) => engine.command(sql, options),
    insert: (table, batch, options) => {
      cells.push(batch.rows * batch.columns.length);
      return engine.insert(table, batch, options);
    },
    intact: (look) => engine.intact(look),
    query: (query) => engine.query(query),
    health: () => engine.health(),
    close: () => engine.close(),
  });
  return { cells, between };
}

test('long and wide rows of a table leave in pieces that are bounded by rows times columns', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'sluice-wide-'));
  const { cells, between } = countingCells();
  const chunkCells = 250_000;
  const harness = await openHarness(directory, { chunkCells }, between);
  try {
    const wide = Array.from({ length: 200 }, (_, field) => `f${field}=1`).join(',');
    const long = Array.from({ length: 20_000 }, (_, row) => `m,t=a f${row % 200}=${row} ${row + 2}`);
    await harness.write(`m,t=a ${wide} 1`);
    await harness.write(long.join('\n'));
    await harness.ingest.flush();
    expect(cells.length).toBeGreaterThan(10);
    // Two columns are the series and the time.
    expect(Math.max(...cells)).toBeLessThanOrEqual(chunkCells * 1.02);
    const rows = await harness.rows('m');
    expect(rows.length).toBe(20_001);
    expect(rows.at(-1)).toMatchObject({ f199: 19_999 });
    expect(harness.ingest.statistics()).toMatchObject({ bufferedRows: 0, bufferedBytes: 0 });
  } finally {
    await harness.close();
    rmSync(directory, { recursive: true, force: true });
  }
});

test('a few wide rows behind many narrow ones do not widen them all', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'sluice-widened-'));
  const { cells, between } = countingCells();
  const chunkCells = 250_000;
  const harness = await openHarness(directory, { chunkCells }, between);
  try {
    const long = Array.from({ length: 20_000 }, (_, row) => `m f=${row} ${row + 1}`);
    await harness.write(long.join('\n'));
    const wide = Array.from({ length: 200 }, (_, field) => `m,t${field % 20}=a f${field}=1 1`);
    await harness.write(wide.join('\n'));
    await harness.write(long.join('\n'));
    await harness.ingest.flush();
    expect(Math.max(...cells)).toBeLessThanOrEqual(chunkCells * 1.02);
  } finally {
    await harness.close();
    rmSync(directory, { recursive: true, force: true });
  }
});

test('the engine stores narrow rows of a wide table in pieces that are bounded by rows times its columns', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'sluice-blocks-'));
  let stored: Engine | undefined;
  const blockCells = 250_000;
  const harness = await openHarness(directory, { blockCells }, (engine) => (stored = engine));
  try {
    const lines = (field: string) =>
      Array.from({ length: 10_000 }, (_, row) => `m ${field}=${row} ${row + 1}`).join('\n');
    const wide = Array.from({ length: 200 }, (_, field) => `f${field}=1`).join(',');
    await harness.write(`m,t=a ${wide} 1`);
    await harness.ingest.flush();
    await harness.write(lines('f'));
    await harness.ingest.flush();
    // The same points twice: their values come from two rows each.
    await harness.write(`${lines('f1')}\n${lines('f2')}`);
    await harness.ingest.flush();
    const sql =
      "SELECT toUInt32(max(rows)) FROM system.parts WHERE level = 0 AND table LIKE 'm%' AND rows > 1";
    const largest = Number(await collect(stored!.query({ sql, format: 'CSV' })));
    expect(largest).toBeGreaterThan(1000);
    expect(largest * 204).toBeLessThanOrEqual(blockCells);
    const rows = await harness.rows('m');
    expect(rows.length).toBe(10_001);
    const wrong = rows.filter(({ f, f1, f2, t }, at) => t !== 'a' && !(f === at - 1 && f1 === f && f2 === f));
    expect(wrong).toEqual([]);
  } finally {
    await harness.close();
    rmSync(directory, { recursive: true, force: true });
  }
});

test('updates of a wide table leave in pieces that are bounded by rows times its columns, for stored values leave with them', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'sluice-updates-'));
  const { cells, between } = countingCells();
  const chunkCells = 250_000;
  const harness = await openHarness(directory, { chunkCells }, between);
  try {
    const lines = (fields: string) =>
      Array.from(
        { length: 5000 },
        (_, row) => `m,t=${row % 7} ${fields.replaceAll('#', `${row}`)} ${row + 1}`,
      );
    const wide = Array.from({ length: 100 }, (_, field) => `f${field}=${field},s${field}="${field}:#"`).join(
      ',',
    );
    await harness.write(lines(wide).join('\n'));
    await harness.ingest.flush();
    cells.length = 0;
    await harness.write(lines('f0=#').join('\n'));
    await harness.ingest.flush();
    expect(cells.reduce((sum, each) => sum + each)).toBe(5000 * 203);
    expect(Math.max(...cells)).toBeLessThanOrEqual(chunkCells * 1.02);
    const rows = await harness.rows('m');
    expect(rows.length).toBe(5000);
    expect(new Set(rows.map(({ f0 }) => f0)).size).toBe(5000);
    const wrong = rows.filter(({ f0, f99, s7 }) => !(f99 === 99 && s7 === `7:${f0}`));
    expect(wrong).toEqual([]);
  } finally {
    await harness.close();
    rmSync(directory, { recursive: true, force: true });
  }
});

test('rows bring only fields that one of them has, whatever the rows before them had', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'sluice-encode-'));
  const inserts: { columns: number; bytes: number }[] = [];
  const between = (engine: Engine): Engine => ({
    command: (sql, options) => engine.command(sql, options),
    insert: async (table, batch, options) => {
      let bytes = 0;
      for await (const chunk of batch.chunks) bytes += chunk.byteLength;
      inserts.push({ columns: batch.columns.length, bytes });
      return engine.insert(table, batch, options);
    },
    intact: (look) => engine.intact(look),
    query: (query) => engine.query(query),
    health: () => engine.health(),
    close: () => engine.close(),
  });
  // Every chunk is large enough to be used again.
  const harness = await openHarness(directory, { chunkRows: 4 }, between);
  try {
    const wide = Array.from({ length: 200 }, (_, field) => `f${field}=1,s${field}="x"`);
    for (let round = 0; round < 3; round++) {
      await harness.write(`m ${wide.join(',')} ${round + 1}`);
      await harness.ingest.flush();
    }
    for (let round = 0; round < 3; round++) {
      const lines = Array.from({ length: 1000 }, (_, row) => `m f0=${row} ${(round + 1) * 10_000 + row}`);
      await harness.write(lines.join('\n'));
      await harness.ingest.flush();
    }
    for (const { columns, bytes } of inserts.slice(3)) {
      // The series, the time and the field.
      expect(columns).toBe(3);
      expect(bytes).toBeLessThan(1000 * 40);
    }
    const rows = await harness.rows('m');
    expect(rows.length).toBe(3003);
    expect(rows[0]).toMatchObject({ f0: 1, s0: 'x', f199: 1 });
    expect(rows.at(-1)).toMatchObject({ f0: 999 });
  } finally {
    await harness.close();
    rmSync(directory, { recursive: true, force: true });
  }
});
