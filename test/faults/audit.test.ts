/** The audit log under `kill -9`, and under hands that alter it (`beyond.md` B12). */

import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, test } from 'vitest';
import { cli } from '../support/command-line.ts';
import { startTestServer, type TestServer } from '../support/server.ts';

const fresh = () => mkdtempSync(join(tmpdir(), 'sluice-audit-'));

async function post(server: TestServer, path: string, token: string, body?: object): Promise<Response> {
  return fetch(server.url + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }) },
    ...(body && { body: JSON.stringify(body) }),
  });
}

async function createOperator(server: TestServer): Promise<string> {
  const response = await post(server, '/api/v3/configure/token/admin', '');
  return ((await response.json()) as { token: string }).token;
}

interface Row {
  readonly seq: number;
  readonly action: string;
  readonly resource: string;
}

async function auditRows(server: TestServer, token: string): Promise<Row[]> {
  const rows: Row[] = [];
  for (;;) {
    const path = `/api/v3/enterprise/audit?after_seq=${rows.at(-1)?.seq ?? 0}`;
    const response = await fetch(server.url + path, { headers: { authorization: `Bearer ${token}` } });
    const text = await response.text();
    if (text === '') return rows;
    rows.push(
      ...text
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as Row),
    );
  }
}

const verify = (server: TestServer, token: string) =>
  cli(['audit', 'verify'], { INFLUXDB3_HOST_URL: server.url, INFLUXDB3_AUTH_TOKEN: token });

test('kill -9 in a storm of changes: the chain verifies and every acknowledged change is in it', async () => {
  const dataDir = fresh();
  let server = await startTestServer({ dataDir });
  const operator = await createOperator(server);
  const acknowledged = new Set<string>();
  for (let round = 0; round < 4; round++) {
    let running = true;
    const workers = Array.from({ length: 8 }, async (_, worker) => {
      for (let index = 0; running; index++) {
        const name = `t-${round}-${worker}-${index}`;
        const response = await post(server, '/api/v3/enterprise/configure/token', operator, {
          token_name: name,
          permissions: ['system:health:read'],
        }).catch(() => undefined);
        if (response?.status === 201) acknowledged.add(`token:${name}`);
        else return;
      }
    });
    await new Promise((resolve) => setTimeout(resolve, 150 + round * 130));
    await server.kill();
    running = false;
    await Promise.all(workers);
    server = await startTestServer({ dataDir });
    expect(await verify(server, operator)).toMatchObject({ code: 0 });
    const created = new Set(
      (await auditRows(server, operator))
        .filter(({ action }) => action === 'token.create')
        .map(({ resource }) => resource),
    );
    for (const resource of acknowledged) expect(created).toContain(resource);
  }
  expect(acknowledged.size).toBeGreaterThan(20);
  await server.stop();
}, 180_000);

test('an altered, a removed and an inserted row are found, each at its place', async () => {
  const dataDir = fresh();
  let server = await startTestServer({ dataDir });
  const operator = await createOperator(server);
  for (let index = 0; index < 10; index++) {
    await post(server, '/api/v3/configure/database', operator, { db: `d${index}` });
  }
  await server.stop();
  const damages: [string, string, number][] = [
    ["UPDATE audit SET resource = 'db:other' WHERE seq = 5", 'altered', 5],
    ['DELETE FROM audit WHERE seq = 4', 'removed', 4],
    ['DELETE FROM audit WHERE seq = (SELECT max(seq) FROM audit)', 'removed at the end', 0],
  ];
  for (const [statement, , seq] of damages) {
    const path = join(dataDir, 'catalog', 'catalog.sqlite');
    const database = new DatabaseSync(path);
    const saved = database.prepare('SELECT * FROM audit').all();
    database.exec(statement);
    database.close();
    server = await startTestServer({ dataDir });
    const result = await verify(server, operator);
    expect(result.code).toBe(1);
    expect(result.stderr).toContain(seq === 0 ? 'The audit log does not verify: row' : `row ${seq}:`);
    await server.stop();
    // Put the chain back as it was, for the next damage.
    const repaired = new DatabaseSync(path);
    repaired.exec('DELETE FROM audit');
    const columns = Object.keys(saved[0]!);
    const insert = repaired.prepare(
      `INSERT INTO audit (${columns.join(', ')}) VALUES (${columns.map(() => '?').join(', ')})`,
    );
    for (const row of saved) insert.run(...(columns.map((column) => row[column]) as never[]));
    repaired.close();
  }
  server = await startTestServer({ dataDir });
  expect(await verify(server, operator)).toMatchObject({ code: 0 });
  await server.stop();
}, 180_000);
