/** The short form of `soak.ts`. SLUICE_STORM_SEED replays a run, SLUICE_STORM_SECONDS makes it longer. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { mountSmallDisk } from '../support/small-disk.ts';
import { storm } from './storm.ts';

const SECONDS = Number(process.env.SLUICE_STORM_SECONDS ?? 20);

test(
  `${SECONDS} s of kills, full disks and schema changes: nothing acknowledged is lost, nothing is half there`,
  async () => {
    const seed = Number(process.env.SLUICE_STORM_SEED ?? Date.now() % 1_000_000);
    const disk = mountSmallDisk(400);
    const dataDir = mkdtempSync(join(disk?.path ?? tmpdir(), 'sluice-storm-'));
    try {
      const report = process.env.SLUICE_STORM_SEED ? (line: string) => console.log(line) : () => undefined;
      const result = await storm({ seed, seconds: SECONDS, dataDir, disk, report });
      expect(result.acknowledged).toBeGreaterThan(50);
      expect(result.reads).toBeGreaterThan(10);
      expect(result.peakMegabytes).toBeLessThan(1500);
    } finally {
      rmSync(dataDir, { recursive: true, force: true });
      disk?.remove();
    }
  },
  SECONDS * 1000 + 100_000,
);
