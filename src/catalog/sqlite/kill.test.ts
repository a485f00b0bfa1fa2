import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, test } from 'vitest';
import { systemClock } from '../../platform/clock.ts';
import { systemRandom } from '../../platform/random.ts';
import { silentLogger } from '../../telemetry/logger.ts';
import { openSqliteCatalog } from './open.ts';

const source = (path: string) => JSON.stringify(pathToFileURL(join(import.meta.dirname, path)).href);

/** Changes the catalog for ever and prints each change once it is acknowledged. */
const CHILD = `
import { openSqliteCatalog } from ${source('open.ts')};
import { systemClock } from ${source('../../platform/clock.ts')};
import { systemRandom } from ${source('../../platform/random.ts')};
import { silentLogger } from ${source('../../telemetry/logger.ts')};
import { writeSync } from 'node:fs';
const catalog = await openSqliteCatalog({
  path: process.argv[2], engine: null, clock: systemClock, random: systemRandom, logger: silentLogger,
});
const round = process.argv[3];
async function work(lane) {
  for (let n = 0; ; n++) {
    const name = 'k' + round + '-' + lane + '-' + n;
    const context = { requestId: name, tokenId: null, tokenName: null, client: null,
      action: 'token.create', resource: 'token:' + name, detail: null };
    await catalog.as(context).createToken({ name, hash: systemRandom.bytes(64), description: null,
      createdBy: null, createdAtMs: 1, updatedAtMs: null, updatedBy: null, expiryMs: null,
      permissions: [{ kind: 'admin' }], origin: 'api', limits: null, allowedCidrs: null,
      derive: false, parentId: null, previous: null });
    writeSync(1, name + '\\n');
  }
}
for (let lane = 0; lane < 8; lane++) void work(lane);
`;

/** Kills the child with SIGKILL once it has acknowledged `count` changes; returns all that it acknowledged. */
async function killAfter(script: string, path: string, round: number, count: number) {
  const child = spawn(process.execPath, [script, path, String(round)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.on('data', (bytes: Buffer) => {
    output += bytes.toString();
    if (output.split('\n').length > count) child.kill('SIGKILL');
  });
  await new Promise((resolve) => child.on('close', resolve));
  return output.split('\n').slice(0, -1);
}

test('after kill -9 every acknowledged change and its audit row are there', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'catalog-kill-'));
  const path = join(directory, 'catalog.db');
  const script = join(directory, 'child.mts');
  writeFileSync(script, CHILD);
  const acknowledged: string[] = [];
  for (let round = 0; round < 3; round++) {
    acknowledged.push(...(await killAfter(script, path, round, 50 + 400 * round)));
  }
  const catalog = await openSqliteCatalog({
    path,
    engine: null,
    clock: systemClock,
    random: systemRandom,
    logger: silentLogger,
  });
  expect(acknowledged.length).toBeGreaterThan(1300);
  expect(acknowledged.filter((name) => catalog.tokenByName(name) === undefined)).toEqual([]);
  expect(await catalog.audit.verify()).toMatchObject({ ok: true });
  const audited = new Set(catalog.audit.read({}).map((row) => row.requestId));
  const tokens = [...catalog.tokens()];
  expect(tokens.filter((token) => !audited.has(token.name))).toEqual([]);
  expect(new Set(tokens.map((token) => token.id)).size).toBe(tokens.length);
  await catalog.close();
  rmSync(directory, { recursive: true, force: true });
}, 30_000);
