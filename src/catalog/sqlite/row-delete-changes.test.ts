import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { systemClock } from '../../platform/clock.ts';
import { systemRandom } from '../../platform/random.ts';
import { silentLogger } from '../../telemetry/logger.ts';
import { openSqliteCatalog } from './open.ts';

const CONTEXT = {
  requestId: 'r',
  tokenId: null,
  tokenName: null,
  client: null,
  action: 'test',
  resource: 'test',
  detail: null,
};

test('of the row deletes that have ended the newest thousand of a database stay, and every pending one', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'sluice-row-deletes-'));
  const open = () =>
    openSqliteCatalog({
      path: join(directory, 'catalog.db'),
      engine: null,
      clock: systemClock,
      random: systemRandom,
      logger: silentLogger,
    });
  let catalog = await open();
  try {
    const writer = catalog.as(CONTEXT);
    const create = (databaseId: number) =>
      writer.createRowDelete({
        databaseId,
        tableId: 1,
        databaseName: `d${databaseId}`,
        tableName: 'm',
        minTimeNs: null,
        maxTimeNs: 1n,
        tags: [],
      });
    const pending = await create(1);
    const other = await create(2);
    await writer.endRowDelete(other.sequence, 'completed', null);
    for (let round = 0; round < 12; round++) {
      const some = await Promise.all(Array.from({ length: 100 }, () => create(1)));
      await Promise.all(some.map(({ sequence }) => writer.endRowDelete(sequence, 'completed', null)));
    }
    const sequences = () => catalog.rowDeletes().map(({ sequence }) => sequence);
    const kept = [pending.sequence, other.sequence, ...Array.from({ length: 1000 }, (_, i) => i + 203)];
    expect(sequences()).toEqual(kept);
    await catalog.close();
    catalog = await open();
    expect(sequences()).toEqual(kept);
    expect((await catalog.as(CONTEXT).createRowDelete({ ...other, databaseId: 2 })).sequence).toBe(1203);
  } finally {
    await catalog.close();
    rmSync(directory, { recursive: true, force: true });
  }
});
