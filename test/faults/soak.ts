/** `node test/faults/soak.ts [--minutes 30] [--seed 1] [--weather NAME]… [--keep]`: the storm for a long time. */
import { cpSync, mkdtempSync, rmSync, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { mountSmallDisk } from '../support/small-disk.ts';
import { storm } from './storm.ts';

/** Peak of resident memory of any server; the engine's own share is about 450. */
const MEMORY_MEGABYTES = 1500;

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '30' },
    seed: { type: 'string' },
    weather: { type: 'string', multiple: true },
    // The data stay where they are, for whoever looks into a failure.
    keep: { type: 'boolean', default: false },
  },
});
const seed = Number(values.seed ?? Date.now() % 1_000_000);
const disk = mountSmallDisk(2000);
const dataDir = mkdtempSync(join(disk?.path ?? tmpdir(), 'sluice-soak-'));
console.log(
  `seed ${seed}, data in ${dataDir}${disk ? '' : '; no right to mount, so the disk is never full'}`,
);
try {
  const report = (line: string) => console.log(`${new Date().toISOString()} ${line}`);
  const result = await storm({
    seed,
    seconds: Number(values.minutes) * 60,
    dataDir,
    disk,
    report,
    weathers: values.weather,
  });
  console.log(result);
  if (result.peakMegabytes > MEMORY_MEGABYTES) {
    throw new Error(`a server took ${result.peakMegabytes} MB, more than ${MEMORY_MEGABYTES}`);
  }
} catch (error) {
  console.error(`the data as the killed server left them: ${keepData() ?? 'could not be kept'}`);
  throw error;
} finally {
  if (!values.keep) {
    rmSync(dataDir, { recursive: true, force: true });
    disk?.remove();
  }
}

/** A copy for whoever looks into the failure, unless it would fill the disk under the temporary directory. */
function keepData(): string | undefined {
  try {
    const source = statfsSync(dataDir);
    const target = statfsSync(tmpdir());
    const bytes = disk === undefined ? 0 : (source.blocks - source.bfree) * source.bsize;
    if (disk === undefined || bytes > (target.bavail * target.bsize) / 4) return undefined;
    const kept = mkdtempSync(join(tmpdir(), `sluice-soak-${seed}-kept-`));
    cpSync(dataDir, kept, { recursive: true });
    return kept;
  } catch {
    return undefined;
  }
}
