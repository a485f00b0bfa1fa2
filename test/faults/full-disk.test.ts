/** A full disk over HTTP: writers and readers are told to try again, the log says it once, and nobody restarts. */
import { randomBytes } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { cli } from '../support/command-line.ts';
import { startInProcess } from '../support/in-process-server.ts';
import { startTestServer } from '../support/server.ts';
import { mountSmallDisk } from '../support/small-disk.ts';

const WRITES = 20;
const WARN = 40;
const ERROR = 50;
const LEVELS: Record<number, string> = { [WARN]: 'warn', [ERROR]: 'error' };

/** Fits into no page that is there already, packed or not. */
const padding = () => randomBytes(9000).toString('base64');

const disk = mountSmallDisk(150);
test.skipIf(disk === undefined)(
  'a full disk refuses with 503 and is over when there is room',
  async () => {
    const dataDir = join(disk!.path, 'data');
    mkdirSync(dataDir);
    const server = await startInProcess({ dataDir, args: ['--without-auth'] });
    const write = (value: number) =>
      server.ask({
        method: 'POST',
        path: '/api/v3/write_lp?db=d',
        body: `m f=${value}i,s="${padding()}" ${value + 1}`,
      });
    const query = (sql: string) =>
      server.ask({ path: `/api/v3/query_sql?db=d&q=${encodeURIComponent(sql)}` });
    const outcome = ({ status, headers }: Awaited<ReturnType<typeof write>>) =>
      status < 300 ? status : [status, headers['sluice-error-code']];
    const told = (level: number) =>
      server.log
        .map((line) => JSON.parse(line) as { level: number | string; msg: string; reason?: string })
        .filter((line) => line.level === level || line.level === LEVELS[level])
        .map(({ msg }) => msg);
    try {
      expect(outcome(await write(0))).toBe(204);
      // In memory, as these are read only now: to read them they have to go to the engine.
      const before = told(WARN).length;
      disk!.fill();
      for (let value = 1; value <= WRITES; value++) {
        expect(outcome(await write(value))).toEqual([503, 'wal_unavailable']);
      }
      for (let round = 0; round < 3; round++) {
        expect(outcome(await query('SELECT f FROM m'))).toEqual([503, 'engine_unavailable']);
      }
      expect((await server.ask({ path: '/ready' })).status).toBe(503);
      const { text } = await server.ask({ path: '/metrics' });
      expect(text).toContain(`sluice_unavailable_total{code="wal_unavailable"} ${WRITES}\n`);
      const began = told(WARN).slice(before);
      for (const code of ['wal_unavailable', 'engine_unavailable', 'not_ready']) {
        expect(began.filter((message) => message === `requests are refused with ${code}`)).toHaveLength(1);
      }
      expect(began.length).toBeLessThan(6);
      expect(told(ERROR)).toEqual([]);
      disk!.free();
      expect(outcome(await write(1000))).toBe(204);
      await expect
        .poll(async () => (await query('SELECT f FROM m ORDER BY time')).text, { timeout: 10_000 })
        .toBe('[{"f":0},{"f":1000}]');
      expect((await server.ask({ path: '/ready' })).status).toBe(200);
      for (const code of ['wal_unavailable', 'engine_unavailable', 'not_ready']) {
        const ended = told(WARN).filter(
          (message) => message === `requests are no longer refused with ${code}`,
        );
        expect(ended).toHaveLength(1);
      }
      expect(told(ERROR)).toEqual([]);
    } finally {
      await server.stop();
      disk!.remove();
    }
  },
  60_000,
);

const second = mountSmallDisk(100);
test.skipIf(second === undefined)(
  'a start on a full disk says what it lacks, and goes on later',
  async () => {
    const dataDir = join(second!.path, 'data');
    const args = ['--without-auth'];
    try {
      const server = await startTestServer({ dataDir, args });
      const write = (url: string) =>
        fetch(`${url}/api/v3/write_lp?db=d`, { method: 'POST', body: `m f=1i,s="${padding()}" 1` });
      expect((await write(server.url)).status).toBe(204);
      await server.kill();
      second!.fill();
      const refused = await cli([
        'serve',
        '--node-id',
        'n',
        '--data-dir',
        dataDir,
        '--http-bind',
        '127.0.0.1:0',
      ]);
      expect(refused.code).toBe(1);
      expect(refused.stdout + refused.stderr).toMatch(
        /the server did not start .*disk is full|no space left/i,
      );
      second!.free();
      const again = await startTestServer({ dataDir, args });
      const rows = await fetch(`${again.url}/api/v3/query_sql?db=d&q=SELECT%20f%20FROM%20m`);
      expect(await rows.json()).toEqual([{ f: 1 }]);
      await again.stop();
    } finally {
      second!.remove();
    }
  },
  60_000,
);
