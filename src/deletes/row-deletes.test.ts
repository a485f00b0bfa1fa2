/** When a row delete is carried out, and what a crash may not bring back after it. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { copyLive } from '../../test/support/copy-live.ts';
import { AUTHOR, type IngestHarness, openHarness } from '../../test/support/ingest.ts';
import type { Engine } from '../engine/engine.ts';
import { type Clock, systemClock } from '../platform/clock.ts';
import { silentLogger } from '../telemetry/logger.ts';
import { RowDeletes } from './row-deletes.ts';

const DAY_MS = 86_400_000;

let directory: string;
let harness: IngestHarness;

beforeEach(async () => {
  directory = join(mkdtempSync(join(tmpdir(), 'sluice-row-deletes-')), 'data');
  harness = await openHarness(directory, { flushAfterMs: 3_600_000 });
});

afterEach(async () => {
  await harness.close();
  rmSync(join(directory, '..'), { recursive: true, force: true });
});

function openDeletes(options: { engine?: Engine; clock?: Clock; minimumAgeMs?: number }): RowDeletes {
  const { catalog, engine, ingest } = harness;
  const rest = { clock: systemClock, logger: silentLogger, minimumAgeMs: 0 };
  return new RowDeletes({ catalog, engine, ingest, ...rest, ...options });
}

const submit = (deletes: RowDeletes) =>
  deletes.submit(AUTHOR, {
    database: harness.database,
    table: harness.table('m'),
    minTimeNs: null,
    maxTimeNs: 100n,
    predicate: null,
    allTime: false,
  });

test('a wall clock that is set back does not put it off', async () => {
  await harness.write('m v=1i 1\nm v=2i 200');
  let passedMs = 0;
  const clock: Clock = {
    nowMs: () => systemClock.nowMs() - 400 * DAY_MS,
    nowNs: () => systemClock.nowNs(),
    monotonicMs: () => passedMs,
  };
  const deletes = openDeletes({ clock, minimumAgeMs: 10_000 });
  const { sequence } = await submit(deletes);
  const disposition = () => deletes.list().find((request) => request.sequence === sequence)?.disposition;
  await deletes.runDue();
  passedMs = 9000;
  await deletes.runDue();
  expect(disposition()).toBe('pending');
  passedMs = 10_000;
  await deletes.runDue();
  expect(disposition()).toBe('completed');
  expect((await harness.rows('m')).map(({ time }) => time)).toEqual(['200']);
});

test('rows that came while it was carried out, and went with it, do not come back from the log', async () => {
  await harness.write('m v=1i 1\nm v=2i 200');
  const { engine, ingest } = harness;
  const busy: Engine = {
    command: async (sql, options) => {
      await harness.write('m v=3i 3');
      await ingest.barrier([harness.table('m').id]);
      await engine.command(sql, options);
    },
    insert: (...parts) => engine.insert(...parts),
    intact: (look) => engine.intact(look),
    query: (query) => engine.query(query),
    health: () => engine.health(),
    close: () => engine.close(),
  };
  const deletes = openDeletes({ engine: busy });
  await submit(deletes);
  await deletes.runDue();
  expect((await harness.rows('m')).map(({ time }) => time)).toEqual(['200']);
  const crashed = `${directory}-crashed`;
  copyLive(directory, crashed);
  await harness.close();
  harness = await openHarness(crashed);
  expect((await harness.rows('m')).map(({ time }) => time)).toEqual(['200']);
});
