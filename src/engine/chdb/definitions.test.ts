import { existsSync, mkdirSync, mkdtempSync, readdirSync, truncateSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { mountSmallDisk } from '../../../test/support/small-disk.ts';
import { silentLogger } from '../../telemetry/logger.ts';
import { removeBrokenDefinitions } from './definitions.ts';
import { openChdbEngine } from './open.ts';
import { listStore } from './store.ts';

const find = (directory: string, name: string): string => {
  const path = readdirSync(directory, { recursive: true, encoding: 'utf8' }).find((each) =>
    each.endsWith(name),
  );
  return join(directory, path!);
};

test('an empty or cut definition goes away where no data can belong to it, else the start is refused', async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'sluice-definitions-'));
  const engine = await openChdbEngine({ dataDir, logger: silentLogger });
  await engine.command('CREATE DATABASE d ENGINE = Atomic');
  for (const table of ['kept', 'empty']) {
    await engine.command(`CREATE TABLE d.${table} (x Int64) ENGINE = MergeTree ORDER BY x`);
  }
  await engine.command('INSERT INTO d.kept SELECT 1');
  await engine.close();
  const path = join(dataDir, 'engine');
  const store = join(path, 'store');
  const removeBroken = () => removeBrokenDefinitions(path, listStore(path), silentLogger);
  const empty = find(store, 'empty.sql');
  truncateSync(empty);
  removeBroken();
  expect(existsSync(empty)).toBe(false);
  expect(existsSync(find(store, 'kept.sql'))).toBe(true);
  truncateSync(find(store, 'kept.sql'), 100);
  expect(() => removeBroken()).toThrow(/holds data of a table/);
});

const disk = mountSmallDisk(100);
test.skipIf(disk === undefined)(
  'a full disk refuses changes of definitions, and drops still work',
  async () => {
    const dataDir = join(disk!.path, 'data');
    mkdirSync(dataDir);
    const engine = await openChdbEngine({ dataDir, logger: silentLogger });
    try {
      await engine.command('CREATE DATABASE d ENGINE = Atomic');
      await engine.command('CREATE TABLE d.t (x Int64) ENGINE = MergeTree ORDER BY x');
      disk!.fill();
      await expect(engine.command('ALTER TABLE d.t ADD COLUMN y Int64')).rejects.toMatchObject({
        kind: 'down',
      });
      disk!.free();
      await engine.command('ALTER TABLE d.t ADD COLUMN y Int64');
      disk!.fill();
      await engine.command('DROP TABLE d.t SYNC');
    } finally {
      await engine.close();
      disk!.remove();
    }
  },
);
