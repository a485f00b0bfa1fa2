/** A large request is applied in parts: nobody may see some of them. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type IngestHarness, openHarness } from '../../test/support/ingest.ts';
import { quoteIdentifier } from '../engine/quote-identifier.ts';
import { collect } from '../engine/engine.ts';

const LINES = 60_000;

async function countRows({ engine, table, ingest }: IngestHarness): Promise<number> {
  const { id, engineDatabase, engineTable } = table('m');
  await ingest.barrier([id]);
  const sql = `SELECT count() FROM ${quoteIdentifier(engineDatabase)}.${quoteIdentifier(engineTable)}`;
  return Number((await collect(engine.query({ sql, format: 'CSV' }))).toString());
}

test('queries while large requests are applied find all rows of each or none', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'sluice-whole-'));
  const harness = await openHarness(directory);
  try {
    await harness.write('m,t=first f=1 1');
    let isWriting = true;
    const writes = [1, 2, 3].map((request) =>
      harness.write(
        Array.from({ length: LINES }, (_, line) => `m,t=${request}_${line} f=1 ${line + 2}`).join('\n'),
      ),
    );
    const all = Promise.all(writes).finally(() => {
      isWriting = false;
    });
    // One after the other they would wait for the writes: what is parsed and applied goes before what is flushed.
    const looks: Promise<number>[] = [];
    while (isWriting) {
      looks.push(countRows(harness));
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    await all;
    looks.push(countRows(harness));
    const counts = await Promise.all(looks);
    expect(counts.filter((count) => (count - 1) % LINES !== 0)).toEqual([]);
    expect(counts.at(-1)).toBe(3 * LINES + 1);
  } finally {
    await harness.close();
    rmSync(directory, { recursive: true, force: true });
  }
});
