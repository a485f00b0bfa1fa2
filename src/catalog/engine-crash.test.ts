import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, test } from 'vitest';
import { openChdbEngine } from '../engine/chdb/open.ts';
import { collect, type Engine } from '../engine/engine.ts';
import { systemClock } from '../platform/clock.ts';
import { systemRandom } from '../platform/random.ts';
import { silentLogger } from '../telemetry/logger.ts';
import type { Catalog } from './catalog.ts';
import { openSqliteCatalog } from './sqlite/open.ts';

const source = (path: string) => JSON.stringify(pathToFileURL(join(import.meta.dirname, path)).href);

/** Changes databases, tables and columns for ever, with rows in the tables; prints a dot for each change. */
const CHILD = `
import { writeSync } from 'node:fs';
import { openChdbEngine } from ${source('../engine/chdb/open.ts')};
import { systemClock } from ${source('../platform/clock.ts')};
import { systemRandom } from ${source('../platform/random.ts')};
import { silentLogger } from ${source('../telemetry/logger.ts')};
import { openSqliteCatalog } from ${source('sqlite/open.ts')};
const [, , dataDir, round] = process.argv;
const engine = await openChdbEngine({ dataDir, logger: silentLogger });
const catalog = await openSqliteCatalog({ path: dataDir + '/catalog.db', engine, clock: systemClock,
  random: systemRandom, logger: silentLogger });
await catalog.reconcile();
const writer = catalog.as({ requestId: '', tokenId: null, tokenName: null, client: null, action: 'test', resource: 'test', detail: null });
async function work(lane) {
  for (let n = 0; ; n++) {
    const database = await writer.createDatabase('d' + round + lane + n);
    const table = await writer.createTable(database.id, 't', [{ name: 'f', type: 'float' }]);
    await catalog.makeInEngine(table.id);
    await engine.command('INSERT INTO \`' + table.engineDatabase + '\`.\`' + table.engineTable + '\` (__series, time, f) VALUES (1, now(), 1)');
    await writer.addColumns(table.id, [{ name: 'g', type: 'integer' }]);
    await writer.setTableRetention(table.id, 3600000000000n);
    await writer.clearTable(table.id);
    await catalog.makeInEngine(table.id);
    writeSync(1, '.');
    if (n % 3 === 0) await writer.deleteTable(table.id, { kind: 'at', ms: 0 });
    if (n % 3 === 1) await writer.deleteDatabase(database.id, { kind: 'at', ms: 0 });
  }
}
for (const lane of ['a', 'b', 'c']) void work(lane);
`;

async function shape(engine: Engine): Promise<string[]> {
  const sql =
    "SELECT concat(database, '.', table, '.', name) AS c FROM system.columns WHERE match(database, '_\\\\d+$') ORDER BY c";
  const text = (await collect(engine.query({ sql, format: 'JSONEachRow' }))).toString();
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => (JSON.parse(line) as { c: string }).c);
}

function wantedShape(catalog: Catalog): string[] {
  return catalog
    .databases()
    .flatMap((database) => catalog.tables(database.id))
    .filter((table) => catalog.isInEngine(table))
    .flatMap((table) =>
      ['__series', ...table.columns.map((column) => column.engineName)].map(
        (column) => `${table.engineDatabase}.${table.engineTable}.${column}`,
      ),
    )
    .toSorted();
}

test('after kill -9 in the middle of changes the engine follows the catalog again', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'engine-crash-'));
  const script = join(directory, 'child.mts');
  writeFileSync(script, CHILD);
  const dataDir = join(directory, 'data');
  for (let round = 0; round < 3; round++) {
    const child = spawn(process.execPath, [script, dataDir, String(round)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let dots = 0;
    child.stdout.on('data', (bytes: Buffer) => {
      dots += bytes.length;
      if (dots > 4 + round * 3) setTimeout(() => child.kill('SIGKILL'), round * 2);
    });
    await new Promise((resolve) => child.on('close', resolve));
    expect(dots).toBeGreaterThan(4);
  }
  const engine = await openChdbEngine({ dataDir, logger: silentLogger });
  const catalog = await openSqliteCatalog({
    path: join(dataDir, 'catalog.db'),
    engine,
    clock: systemClock,
    random: systemRandom,
    logger: silentLogger,
  });
  for (let times = 0; times < 2; times++) {
    await catalog.reconcile();
    await catalog.removeDue(systemClock.nowMs());
    expect(await shape(engine)).toEqual(wantedShape(catalog));
  }
  expect(await catalog.audit.verify()).toMatchObject({ ok: true });
  await catalog.close();
  await engine.close();
  rmSync(directory, { recursive: true, force: true });
});
