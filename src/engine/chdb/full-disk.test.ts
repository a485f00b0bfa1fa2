/** Who writes or reads while the disk is full is told to try again, whoever of us and the engine met it. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { mountSmallDisk } from '../../../test/support/small-disk.ts';
import { silentLogger } from '../../telemetry/logger.ts';
import { collect } from '../engine.ts';
import { openChdbEngine } from './open.ts';

const disk = mountSmallDisk(100);
test.skipIf(disk === undefined)('a full disk makes the engine unavailable, and only so long', async () => {
  const dataDir = join(disk!.path, 'data');
  mkdirSync(dataDir);
  const engine = await openChdbEngine({ dataDir, logger: silentLogger });
  const batch = { columns: [{ name: 'x', type: 'Int64' }], chunks: [Buffer.alloc(1 << 20)], rows: 1 };
  const insert = () => engine.insert({ database: 'd', table: 't' }, batch, { durable: true });
  const fill = () => engine.command('INSERT INTO d.t SELECT rand64() FROM numbers(1000000)');
  try {
    await engine.command('CREATE DATABASE d ENGINE = Atomic');
    await engine.command('CREATE TABLE d.t (x Int64) ENGINE = MergeTree ORDER BY x');
    disk!.fill();
    await expect(insert()).rejects.toMatchObject({ name: 'EngineError', kind: 'down' });
    await expect(fill()).rejects.toMatchObject({ name: 'EngineError', kind: 'down' });
    disk!.free();
    await fill();
    const rows = collect(engine.query({ sql: 'SELECT count() FROM d.t', format: 'CSV', weight: 'light' }));
    expect((await rows).toString()).toBe('1000000\n');
  } finally {
    await engine.close();
    disk!.remove();
  }
});
