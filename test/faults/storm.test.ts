/** The short form of `soak.ts`. SLUICE_STORM_SEED replays a run, SLUICE_STORM_SECONDS makes it longer. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { mountSmallDisk } from '../support/small-disk.ts';
import { storm } from './storm.ts';
import { weathers } from './weather.ts';

const SECONDS = Number(process.env.SLUICE_STORM_SECONDS ?? 25);
/** Beside others on a busy machine it took 150 more: all weathers strike, however slow the server is. */
const MOST_SECONDS_MORE = 300;

test(
  `${SECONDS} s of kills and all that fails around a server: nothing acknowledged is lost, nothing is half there`,
  async () => {
    const seed = Number(process.env.SLUICE_STORM_SEED ?? Date.now() % 1_000_000);
    const disk = mountSmallDisk(600);
    const dataDir = mkdtempSync(join(disk?.path ?? tmpdir(), 'sluice-storm-'));
    try {
      const told: string[] = [];
      const report = (line: string) => told.push(`${new Date().toISOString()} ${line}`);
      const most = SECONDS + MOST_SECONDS_MORE;
      const result = await storm({ seed, seconds: SECONDS, mostSeconds: most, dataDir, disk, report }).catch(
        (error: Error) => {
          error.message += `\n${told.join('\n')}`;
          throw error;
        },
      );
      expect(result.acknowledged).toBeGreaterThan(50);
      expect(result.reads).toBeGreaterThan(10);
      expect(result.peakMegabytes).toBeLessThan(1500);
      // Every weather struck, and those that must make themselves felt did.
      expect(Object.keys(result.weathers).sort()).toEqual(
        weathers(disk)
          .map(({ name }) => name)
          .sort(),
      );
      for (const name of ['failing fsync', 'failing writes', 'full buffer', ...(disk ? ['full disk'] : [])]) {
        expect({ name, refused: result.weathers[name] }).not.toEqual({ name, refused: 0 });
      }
      expect(result.full).toBeGreaterThan(0);
      expect(result.tables).toBeGreaterThan(100);
      for (const [what, count] of Object.entries(result.removals)) {
        expect({ what, isSome: count > 0 }).toEqual({ what, isSome: true });
      }
      expect(result.cacheReads).toBeGreaterThan(0);
      expect(result.cachesInMemory).toBeGreaterThan(0);
    } finally {
      rmSync(dataDir, { recursive: true, force: true });
      disk?.remove();
    }
  },
  (SECONDS + MOST_SECONDS_MORE + 60) * 1000,
);
