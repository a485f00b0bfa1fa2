/** A flush that fails half-way and is tried again leaves nothing of the first attempt behind. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openHarness } from '../../../test/support/ingest.ts';
import { type Engine, EngineError, type QueryStream } from '../../engine/engine.ts';

/** More than one look-up asks for. */
const POINTS = 5000;

test('the second of two look-ups fails: the points keep their fields', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'sluice-retry-'));
  let healthyQueries = Number.POSITIVE_INFINITY;
  const between = (engine: Engine): Engine => ({
    command: (sql, options) => engine.command(sql, options),
    insert: (table, batch, options) => engine.insert(table, batch, options),
    intact: (look) => engine.intact(look),
    query: (query) => (healthyQueries-- > 0 ? engine.query(query) : failing()),
    health: () => engine.health(),
    close: () => engine.close(),
  });
  const harness = await openHarness(directory, { lookUps: 2 * POINTS, retryAfterMs: 60_000 }, between);
  try {
    const lines = (fields: (point: number) => string) =>
      Array.from({ length: POINTS }, (_, point) => `m ${fields(point)} ${point + 1}`).join('\n');
    await harness.write(lines((point) => `s="name ${point}",f=${point}`));
    await harness.ingest.flush();
    await harness.write(lines((point) => `i=${point}i`));
    healthyQueries = 1;
    await expect(harness.ingest.flush()).rejects.toMatchObject({ code: 'engine_unavailable' });
    expect(healthyQueries).toBeLessThan(0);
    healthyQueries = Number.POSITIVE_INFINITY;
    const rows = await harness.rows('m');
    const wrong = rows.filter(({ s, f, i }, at) => s !== `name ${at}` || f !== at || i !== `${at}`);
    expect({ rows: rows.length, wrong }).toEqual({ rows: POINTS, wrong: [] });
  } finally {
    await harness.close();
    rmSync(directory, { recursive: true, force: true });
  }
});

function failing(): QueryStream {
  return {
    statistics: () => ({ resultRows: 0, resultBytes: 0, elapsedMs: 0 }),
    cancel: () => undefined,
    // biome-ignore lint/correctness/useYield: it fails before it gives anything
    async *[Symbol.asyncIterator]() {
      throw new EngineError('down', 'injected');
    },
  };
}
