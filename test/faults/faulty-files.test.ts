/** The failing disk of the storm fails as disks do: what was durable stays, what no fsync covered may be zeros. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { HEALTHY, type Misfortune } from '../support/faulty-server/faults.ts';
import { faultyFiles } from '../support/faulty-server/files.ts';
import { seededRandom } from '../support/seeded-random.ts';

test('after a failed fsync each byte is as it was made durable, as it was written, or nothing', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'sluice-files-'));
  let changed = 0;
  try {
    for (let seed = 0; seed < 40; seed++) {
      const misfortune: Misfortune = { faults: HEALTHY, random: seededRandom(seed), failing: 0 };
      const path = join(directory, String(seed));
      const file = await faultyFiles(misfortune).create(path);
      await file.writev([Buffer.alloc(100, 'a')], 0);
      await file.fdatasync();
      // The same bytes once more, others over some, and new ones behind.
      await file.writev([Buffer.alloc(50, 'a')], 0);
      await file.writev([Buffer.alloc(20, 'b')], 40);
      await file.writev([Buffer.alloc(100, 'c')], 80);
      misfortune.faults = { ...HEALTHY, syncFails: 1 };
      await expect(file.fdatasync()).rejects.toMatchObject({ code: 'EIO' });
      await file.close();
      const text = readFileSync(path, 'latin1');
      expect(text).toMatch(/^a{40}[ab]{20}a{20}[ac]{20}[c\0]{80}$/);
      if (text !== `${'a'.repeat(40)}${'b'.repeat(20)}${'a'.repeat(20)}${'c'.repeat(100)}`) changed++;
    }
    expect(changed).toBeGreaterThan(10);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
});
