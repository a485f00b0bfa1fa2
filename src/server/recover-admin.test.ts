import { mkdirSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { hashToken } from '../auth/token-string.ts';
import { openSqliteCatalog } from '../catalog/sqlite/open.ts';
import { systemClock } from '../platform/clock.ts';
import { systemRandom } from '../platform/random.ts';
import { silentLogger } from '../telemetry/logger.ts';
import { dataDirectory, lockDataDirectory } from './data-directory.ts';
import { recoverAdmin } from './recover-admin.ts';

const parts = { clock: systemClock, random: systemRandom };
const openCatalog = (dataDir: string) => {
  const path = dataDirectory(dataDir).catalogFile;
  mkdirSync(dirname(path), { recursive: true });
  return openSqliteCatalog({ path, engine: null, logger: silentLogger, ...parts });
};

test('makes the operator token, then replaces it; both are in the audit log', async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'sluice-recover-'));
  await (await openCatalog(dataDir)).close();
  const first = await recoverAdmin(dataDir, parts);
  const second = await recoverAdmin(dataDir, parts);
  expect(second).not.toBe(first);
  const catalog = await openCatalog(dataDir);
  const operator = catalog.tokenByName('_admin')!;
  expect(Buffer.from(operator.hash).equals(hashToken(second))).toBe(true);
  const rows = catalog.audit.read({});
  expect(rows.filter(({ requestId }) => requestId === 'recover-admin')).toHaveLength(2);
  expect(JSON.stringify(rows)).not.toContain('apiv3_');
  await catalog.close();
});

test('refuses a directory without a catalog, and one that a server uses', async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'sluice-recover-'));
  await expect(recoverAdmin(dataDir, parts)).rejects.toThrow(/not the data directory/);
  await (await openCatalog(dataDir)).close();
  const free = lockDataDirectory(dataDir);
  await expect(recoverAdmin(dataDir, parts)).rejects.toThrow(/in use by process/);
  free();
});
