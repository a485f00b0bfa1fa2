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
  const result = await catalog.audit.verify();
  catalog.audit.record(refusal(99));
  const later = await catalog.audit.verify();
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
    expect(await catalog.audit.verify()).toEqual({ ok: true, rows: 6 });
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

describe('retention of the audit log', () => {
  test('removes the oldest rows, says so, and leaves a chain that verifies after a restart', async () => {
    const catalog = await open();
    // Row 1 made the catalog, now; it stands before the five old ones and keeps them.
    expect(await catalog.audit.prune(1000)).toBe(0);
    expect(await catalog.audit.prune(Number.MAX_SAFE_INTEGER)).toBe(5);
    const rows = catalog.audit.read({});
    expect(rows.map((row) => row.action)).toEqual(['database.read', 'audit.prune']);
    expect(rows[0]?.seq).toBe(6);
    expect(JSON.parse(rows[1]?.detail ?? '')).toEqual({ up_to_seq: 5, rows: 5 });
    expect(await catalog.audit.verify()).toEqual({ ok: true, rows: 2 });
    await catalog.close();
    const again = await open();
    expect(await again.audit.verify()).toEqual({ ok: true, rows: 2 });
    again.audit.record(refusal(7));
    expect(await again.audit.verify()).toEqual({ ok: true, rows: 3 });
    await again.close();
  });

  test('keeps what was tampered with', async () => {
    const file = new DatabaseSync(path);
    file.exec("UPDATE audit SET resource = 'x' WHERE seq = 3");
    file.close();
    const catalog = await open();
    expect(await catalog.audit.prune(Number.MAX_SAFE_INTEGER)).toBe(0);
    expect(await catalog.audit.verify()).toMatchObject({ ok: false, seq: 3 });
    await catalog.close();
  });

  test('a check lets others run, and what is recorded meanwhile does not disturb it', async () => {
    const catalog = await open();
    for (let n = 7; n < 2007; n++) catalog.audit.record(refusal(n));
    const verdict = catalog.audit.verify();
    let turns = 0;
    let isDone = false;
    const turn = () => {
      turns++;
      catalog.audit.record(refusal(5000 + turns));
      if (!isDone) setImmediate(turn);
    };
    setImmediate(turn);
    expect(await verdict).toEqual({ ok: true, rows: 2006 });
    isDone = true;
    expect(turns).toBeGreaterThan(2);
    expect(await catalog.audit.verify()).toMatchObject({ ok: true });
    await catalog.close();
  });
});
