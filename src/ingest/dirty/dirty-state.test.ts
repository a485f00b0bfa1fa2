import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { SimulatedDisk } from '../../../test/support/simulated-disk.ts';
import { nodeFiles } from '../wal/files.ts';
import { dirtySpans } from './dirty-spans.ts';
import { DirtyState, includeTime, type TimeRange } from './dirty-state.ts';
import { partitionOf } from './partition.ts';
import { StateFile } from './state-file.ts';

const WEEK_NS = 604_800_000_000_000n;
let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'sluice-state-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

async function open(): Promise<DirtyState> {
  const file = new StateFile(directory, nodeFiles);
  return new DirtyState(file, await file.read(), () => 0);
}

function ranges(...times: bigint[]): Map<number, TimeRange> {
  const result = new Map<number, TimeRange>();
  for (const time of times) includeTime(result, time);
  return result;
}

test('the partition of a time is the one that the engine computes', () => {
  expect([-(2n ** 63n), -1n, 0n, WEEK_NS - 1n, WEEK_NS, 2n ** 63n - 1n].map(partitionOf)).toEqual([
    4750, 20_000, 20_000, 20_000, 20_001, 35_250,
  ]);
});

test('marks join, outlive a restart, and go when they are cleaned', async () => {
  const state = await open();
  state.insertEnded(await state.mark(7, ranges(5n, 9n, WEEK_NS + 1n)));
  state.insertEnded(await state.mark(7, ranges(2n, 6n)));
  state.insertEnded(await state.mark(8, ranges(-3n)));
  const again = await open();
  expect(dirtySpans(again.of(7))).toEqual([
    { fromNs: 2n, toNs: 10n },
    { fromNs: WEEK_NS + 1n, toNs: WEEK_NS + 2n },
  ]);
  expect(dirtySpans(again.of(8))).toEqual([{ fromNs: -3n, toNs: -2n }]);
  for (const entry of [...again.of(7)]) await again.clean(entry);
  expect(dirtySpans((await open()).of(7))).toEqual([]);
  expect(dirtySpans((await open()).of(8))).toHaveLength(1);
});

test('spans that touch are one', () => {
  const partition = (fromNs: bigint, toNs: bigint) => ({
    tableId: 1,
    partition: 0,
    fromNs,
    toNs,
    generation: 0,
    inserts: 0,
    markedAtMs: 0,
    restUntilMs: 0,
  });
  expect(dirtySpans([partition(5n, 9n), partition(1n, 2n), partition(3n, 4n), partition(6n, 7n)])).toEqual([
    { fromNs: 1n, toNs: 10n },
  ]);
});

test('a damaged file is an error that says what to do', async () => {
  writeFileSync(join(directory, 'state.json'), '{"version":1');
  await expect(open()).rejects.toThrow(/state\.json; restore it from a backup/);
});

test('a mark that could not be saved is owed: the next one waits for the disk, too', async () => {
  const disk = new SimulatedDisk(() => 0.5);
  const openOn = async () => {
    const file = new StateFile(directory, disk);
    return new DirtyState(file, await file.read(), () => 0);
  };
  const state = await openOn();
  for (const operation of ['writev', 'fdatasync', 'rename', 'syncDirectory'] as const) {
    disk.faults = (name) => (name === operation ? { code: 'EIO' } : undefined);
    const failure = { code: 'ingest_state_unavailable', status: 503 };
    await expect(state.mark(7, ranges(5n))).rejects.toMatchObject(failure);
    await expect(state.mark(7, ranges(5n))).rejects.toMatchObject(failure);
    // Of another table: what it needs is not on the disk either.
    await expect(state.mark(8, ranges(1n))).rejects.toMatchObject(failure);
  }
  disk.faults = () => undefined;
  await state.mark(7, ranges(5n));
  disk.cutPower();
  expect(dirtySpans((await openOn()).of(7))).toEqual([{ fromNs: 5n, toNs: 6n }]);
});

test('the last time that there is', async () => {
  const last = 2n ** 63n - 1n;
  const state = await open();
  await state.mark(7, ranges(last));
  expect(dirtySpans((await open()).of(7))).toEqual([{ fromNs: last, toNs: last + 1n }]);
});
