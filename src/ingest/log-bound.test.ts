/** The log is bounded on the disk, whatever keeps its oldest records from the engine. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type IngestHarness, openHarness } from '../../test/support/ingest.ts';
import { seededRandom } from '../../test/support/seeded-random.ts';
import { type Engine, EngineError } from '../engine/engine.ts';

const MEGABYTE = 2 ** 20;
const LIMITS = { logBytes: 6 * MEGABYTE, roomWaitMs: 300, retryAfterMs: 50, flushAfterMs: 3_600_000 };
const IN_TIME = { timeout: 20_000 };

let directory: string;
let harness: IngestHarness;
let stuckTable: string | null;

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'sluice-log-bound-'));
  stuckTable = null;
  const between = (engine: Engine): Engine => ({
    command: (sql, options) => engine.command(sql, options),
    intact: (look) => engine.intact(look),
    query: (query) => engine.query(query),
    insert: (table, batch, options) =>
      stuckTable !== null && table.table === harness.table(stuckTable).engineTable
        ? Promise.reject(new EngineError('internal', 'injected'))
        : engine.insert(table, batch, options),
    health: () => engine.health(),
    close: () => engine.close(),
  });
  harness = await openHarness(directory, LIMITS, between);
});

afterEach(async () => {
  await harness.close();
  rmSync(directory, { recursive: true, force: true });
});

let time = 0;
/** Lines that no packing makes small. */
function lines(table: string, megabytes: number): string {
  const random = seededRandom(++time);
  const text = () => Array.from({ length: 128 }, () => random().toString(36).slice(2, 10)).join('');
  const count = Math.ceil(megabytes * 1024);
  return Array.from({ length: count }, () => `${table} s="${text()}" ${++time}`).join('\n');
}

test('a quiet table is emptied before its few rows keep much of what came later', async () => {
  await harness.write('quiet v=1i 1');
  await harness.write(lines('busy', 3));
  await harness.write(lines('busy', 2));
  await expect.poll(() => harness.ingest.statistics().flushes, IN_TIME).toBeGreaterThan(0);
  expect(await harness.rows('quiet')).toEqual([{ v: '1', time: '1' }]);
});

test('rows that the engine does not take make writers wait, are not lost, and no restart is needed', async () => {
  await harness.write('stuck v=1i 1');
  stuckTable = 'stuck';
  const write = async () => {
    for (let count = 0; count < 10; count++) {
      await harness.write(lines('busy', 2));
      await new Promise((resolve) => setTimeout(resolve, 300));
    }
  };
  await expect(write()).rejects.toMatchObject({ code: 'write_overloaded' });
  expect(harness.ingest.statistics().walBytes).toBeLessThan(10 * MEGABYTE);
  stuckTable = null;
  const accepted = () =>
    harness.write('busy v=1i 1').then(
      () => true,
      () => false,
    );
  await expect.poll(accepted, IN_TIME).toBe(true);
  expect(harness.ingest.statistics().walBytes).toBeLessThan(MEGABYTE);
  expect(await harness.rows('stuck')).toEqual([{ v: '1', time: '1' }]);
});
