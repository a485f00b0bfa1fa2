import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { systemClock } from '../../platform/clock.ts';
import { systemRandom } from '../../platform/random.ts';
import { silentLogger } from '../../telemetry/logger.ts';
import type { AuditEntry } from '../audit.ts';
import type { Catalog } from '../catalog.ts';
import { openSqliteCatalog } from './open.ts';

let directory: string;
let path: string;

function open(): Promise<Catalog> {
  return openSqliteCatalog({
    path,
    engine: null,
    clock: systemClock,
    random: systemRandom,
    logger: silentLogger,
  });
}

function refusal(n: number): AuditEntry {
  return {
    requestId: `r${n}`,
    tokenId: n,
    tokenName: 't',
    client: null,
    action: 'database.read',
    resource: 'db:a',
    detail: null,
    timeMs: n,
    decision: 'deny',
    rule: 'default',
    status: 403,
  };
}

/** Changes the stored chain behind the catalog's back and asks the next process. */
async function verifyAfter(sql: string) {
  const file = new DatabaseSync(path);
  file.exec(sql);
  file.close();
  const catalog = await open();
  const result = catalog.audit.verify();
  catalog.audit.record(refusal(99));
  const later = catalog.audit.verify();
  await catalog.close();
  return { result, later };
}

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'audit-'));
  path = join(directory, 'catalog.db');
  const catalog = await open();
  for (let n = 2; n <= 6; n++) catalog.audit.record(refusal(n));
  await catalog.close();
});

afterEach(() => rmSync(directory, { recursive: true, force: true }));

describe('the audit chain', () => {
  test('keeps what was recorded, in order, over a stop', async () => {
    const catalog = await open();
    expect(catalog.audit.verify()).toEqual({ ok: true, rows: 6 });
    expect(catalog.audit.read({ afterSeq: 3, limit: 2 })).toMatchObject([
      { ...refusal(4), seq: 4 },
      { ...refusal(5), seq: 5 },
    ]);
    await catalog.close();
  });

  test('a change comes after the refusals that were before it', async () => {
    const catalog = await open();
    catalog.audit.record(refusal(7));
    await catalog.as({ ...refusal(8), action: 'database.create' }).createDatabase('a');
    expect(catalog.audit.read({ afterSeq: 6 }).map((row) => row.requestId)).toEqual(['r7', 'r8']);
    await catalog.close();
  });

  test.each([
    ['altered', "UPDATE audit SET resource = 'db:b' WHERE seq = 3", 3],
    ['altered at the end', "UPDATE audit SET decision = 'allow' WHERE seq = 6", 6],
    ['removed', 'DELETE FROM audit WHERE seq = 3', 3],
    ['removed at the start', 'DELETE FROM audit WHERE seq = 1', 1],
    ['removed at the end', 'DELETE FROM audit WHERE seq = 6', 6],
    [
      'removed, the rest renumbered',
      'DELETE FROM audit WHERE seq = 3; UPDATE audit SET seq = 3 WHERE seq = 4; UPDATE audit SET seq = 4 WHERE seq = 5; UPDATE audit SET seq = 5 WHERE seq = 6',
      3,
    ],
    [
      'inserted at the end',
      'INSERT INTO audit SELECT 7, time_ms, request_id, token_id, token_name, client, action, resource, decision, rule, status, detail, hash, prev_hash FROM audit WHERE seq = 6',
      7,
    ],
  ])('finds a row that was %s', async (_what, sql, seq) => {
    const { result, later } = await verifyAfter(sql);
    expect(result).toMatchObject({ ok: false, seq });
    expect(later).toMatchObject({ ok: false, seq });
  });
});
