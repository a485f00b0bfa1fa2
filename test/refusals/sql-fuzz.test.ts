/**
 * Mutated statements against the real server: whatever comes, the answer is rows or an error of ours, no word of the
 * engine is in it, and nothing goes on running. `SLUICE_FUZZ_ROUNDS` asks for more, `SLUICE_SEED` for others.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parseSlt } from '../conformance/slt.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { mutate, type Random, seeded } from './sql-mutations.ts';

const ROUNDS = Number(process.env.SLUICE_FUZZ_ROUNDS ?? 1);
const STATEMENTS_PER_ROUND = 2500;
const SEED = Number(process.env.SLUICE_SEED ?? 1);
const CLIENTS = 3;
const FORMATS = ['json', 'jsonl', 'csv', 'pretty', 'parquet'] as const;

/** Words of the engine, its names of tables and columns, paths, stacks. */
const ENGINE =
  /clickhouse|chdb|DB::|Code: \d+\.|__table|__series|In scope|sluice-test|\/tmp\/|\/work\/|\.ts:\d/i;
/** What a statement may end in; 499 does not come back. */
const STATUSES = new Set([200, 400, 405, 413, 429, 500, 503]);
/** A failure of the statement on its values, or of what it may use. */
const FAILED = /^query error: error while executing plan: (?!Internal error)/;

let server: TestServer;
let operator: string;
let reader: string;
const corpus: string[] = [];

const send = (path: string, body: string, token: string) =>
  fetch(server.url + path, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body,
  });

beforeAll(async () => {
  server = await startTestServer();
  const created = await fetch(`${server.url}/api/v3/configure/token/admin`, { method: 'POST' });
  operator = ((await created.json()) as { token: string }).token;
  const permission = { resource_type: 'db', resource_names: ['*'], actions: ['read'] };
  const limits = { query_seconds: 3, query_result_rows: 10_000 };
  const answer = await send(
    '/api/v3/enterprise/configure/token',
    JSON.stringify({ token_name: 'fuzz', permissions: [permission], limits }),
    operator,
  );
  reader = ((await answer.json()) as { token: string }).token;
  const directory = new URL('../conformance/sql/', import.meta.url);
  for (const file of readdirSync(directory).filter((name) => name.endsWith('.slt'))) {
    for (const record of parseSlt(readFileSync(new URL(file, directory), 'utf8'))) {
      if (record.kind !== 'write') corpus.push(record.sql);
      // Files disagree about some columns: what fits is written.
      else
        await send(
          `/api/v3/write_lp?db=fuzz&accept_partial=true&precision=${record.precision}`,
          record.lines,
          operator,
        );
    }
  }
  expect(corpus.length).toBeGreaterThan(600);
}, 120_000);
afterAll(() => server?.stop());

/** What is wrong with the answer; null when nothing is. */
async function complaint(q: string, format: string): Promise<string | null> {
  const response = await send('/api/v3/query_sql', JSON.stringify({ db: 'fuzz', q, format }), reader);
  const text = await response.text();
  if (!STATUSES.has(response.status)) return `${response.status}: ${text}`;
  if (response.status === 200) return null;
  // What the caller wrote may come back in a message.
  const own = text.replaceAll(/'[^']*'|"[^"]*"/g, "''");
  if (ENGINE.test(own)) return `${response.status} tells of the engine: ${text}`;
  if (response.status === 500 && !FAILED.test(text)) return `${response.status}: ${text}`;
  return null;
}

async function running(): Promise<number> {
  const q =
    "SELECT count(*) AS n FROM system.queries WHERE running AND query_text NOT LIKE '%system.queries%'";
  const answer = await send('/api/v3/query_sql', JSON.stringify({ db: 'fuzz', q, format: 'json' }), operator);
  return ((await answer.json()) as { n: number }[])[0]!.n;
}

async function client(statements: Iterator<string>, random: Random, found: string[]): Promise<void> {
  for (let next = statements.next(); next.done !== true; next = statements.next()) {
    const format = FORMATS[Math.floor(random() * FORMATS.length)]!;
    const problem = await complaint(next.value, format);
    if (problem !== null) found.push(`${next.value}\n  ${format}: ${problem}`);
  }
}

test('mutated statements get rows or an error of ours, and leave nothing behind', async () => {
  for (let round = 0; round < ROUNDS; round++) {
    const random = seeded(SEED + round);
    const statements = Array.from({ length: STATEMENTS_PER_ROUND }, () => mutate(corpus, random)).values();
    const found: string[] = [];
    await Promise.all(Array.from({ length: CLIENTS }, () => client(statements, random, found)));
    expect(found, `seed ${SEED + round}`).toEqual([]);
    expect(server.process.exitCode).toBe(null);
    expect(await running()).toBe(0);
  }
}, 3_600_000);
