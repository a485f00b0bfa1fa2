/** When a partition counts as free of duplicates. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openHarness } from '../../../test/support/ingest.ts';
import { type Engine, EngineError } from '../../engine/engine.ts';

test('what is merged, but may not be on the disk, stays marked', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'sluice-cleaner-'));
  let isCertain = false;
  const between = (engine: Engine): Engine => ({
    command: (sql, options) => engine.command(sql, options),
    insert: (table, batch, options) => engine.insert(table, batch, options),
    intact: async (look) => {
      const found = await engine.intact(look);
      if (!isCertain) throw new EngineError('down', 'injected');
      return found;
    },
    query: (query) => engine.query(query),
    health: () => engine.health(),
    close: () => engine.close(),
  });
  const harness = await openHarness(directory, { cleanAfterMs: 600_000 }, between);
  try {
    for (const value of [1, 2]) {
      await harness.write(`m v=${value}i 5`);
      await harness.ingest.flush();
    }
    const marked = () => harness.ingest.readState(harness.table('m').id).dirty;
    expect(marked()).toHaveLength(1);
    await harness.clean();
    expect(marked()).toHaveLength(1);
    // By now it is merged, and no merge of ours is needed: that does not make it certain.
    await harness.clean();
    expect(marked()).toHaveLength(1);
    isCertain = true;
    await harness.clean();
    expect(marked()).toEqual([]);
    expect(await harness.rows('m')).toEqual([{ v: '2', time: '5' }]);
  } finally {
    await harness.close();
    rmSync(directory, { recursive: true, force: true });
  }
});
