/** A damaged log stops the real server with a way out, and the way out works. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { cli } from '../support/command-line.ts';
import { startTestServer } from '../support/server.ts';

test('the server names the repair command, and starts after it with what was intact', async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'sluice-repair-'));
  const args = ['--without-auth'];
  try {
    const server = await startTestServer({ dataDir, args });
    const whileRunning = await cli(['repair', 'wal', '--data-dir', dataDir, '--yes']);
    expect(whileRunning).toMatchObject({ code: 1, stderr: expect.stringContaining('is in use by process') });
    for (const host of ['first', 'second', 'third']) {
      const response = await fetch(`${server.url}/api/v3/write_lp?db=repair`, {
        method: 'POST',
        body: `m,host=${host} v=1i 1700000000000000000`,
      });
      expect(response.status).toBe(204);
    }
    await server.kill();

    const log = join(dataDir, 'wal');
    const path = join(log, readdirSync(log).find((name) => name.endsWith('.wal'))!);
    const content = readFileSync(path);
    content[content.indexOf('second')]! ^= 0x20;
    writeFileSync(path, content);
    await expect(startTestServer({ dataDir, args })).rejects.toThrow(
      /damaged in the middle.*influxdb3 repair wal --data-dir/s,
    );

    const refused = await cli(['repair', 'wal', '--data-dir', dataDir], {}, 'no\n');
    expect(refused.code).toBe(1);
    expect(readFileSync(path)).toEqual(content);
    const repaired = await cli(['repair', 'wal', '--data-dir', dataDir, '--yes']);
    expect(repaired).toMatchObject({ code: 0, stderr: '' });
    expect(repaired.stdout).toMatch(/Lost: \d+ bytes, 1 record\nKept: \d+ records\n/);
    expect(repaired.stdout).toContain(`${path}.damaged`);
    const healthy = await cli(['repair', 'wal', '--data-dir', dataDir]);
    expect(healthy.stdout).toBe('The write-ahead log is not damaged, nothing was changed\n');

    const again = await startTestServer({ dataDir, args });
    const answer = await fetch(`${again.url}/api/v3/query_sql`, {
      method: 'POST',
      body: JSON.stringify({ db: 'repair', q: 'SELECT host FROM m ORDER BY host', format: 'json' }),
    });
    expect(await answer.json()).toEqual([{ host: 'first' }, { host: 'third' }]);
    expect(await again.stop()).toBe(0);
  } finally {
    rmSync(dataDir, { recursive: true, force: true });
  }
}, 60_000);
