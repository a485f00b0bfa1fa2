/** The SQL conformance files, over HTTP against the real server. Expected values are never taken from our output. */
import { readdirSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startTestServer, type TestServer } from '../support/server.ts';
import { formatRows, parseCsv, parseSlt, type SltRecord } from './slt.ts';

const directory = new URL('./sql/', import.meta.url);
const files = readdirSync(directory)
  .filter((name) => name.endsWith('.slt'))
  .sort();

const databaseOf = (file: string): string => file.replace('.slt', '').replaceAll('-', '_');

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer({ args: ['--without-auth'] });
  for (const file of files) {
    const created = await send(
      '/api/v3/configure/database',
      JSON.stringify({ db: databaseOf(file) }),
      'application/json',
    );
    expect(created.status, created.text).toBe(200);
  }
}, 60_000);
afterAll(async () => {
  await server?.stop();
});

interface Reply {
  readonly status: number;
  readonly text: string;
}

async function send(path: string, body: string, type: string): Promise<Reply> {
  const response = await fetch(server.url + path, {
    method: 'POST',
    headers: { 'content-type': type },
    body,
  });
  return { status: response.status, text: await response.text() };
}

const query = (db: string, q: string, format: string): Promise<Reply> =>
  send('/api/v3/query_sql', JSON.stringify({ db, q, format }), 'application/json');

/** CSV shows null and empty text alike: where a cell is empty, JSON says which it is. */
async function rowsOf(db: string, sql: string): Promise<(string | null)[][]> {
  const csv = await query(db, sql, 'csv');
  if (csv.status !== 200) throw new Error(`${csv.status}: ${csv.text}`);
  const { names, rows } = parseCsv(csv.text);
  if (!rows.some((row) => row.includes(''))) return rows;
  const objects = JSON.parse((await query(db, sql, 'json')).text) as Record<string, unknown>[];
  return rows.map((row) => {
    // Two requests need not give rows in the same order.
    const found = objects.findIndex((object) =>
      row.every((cell, column) => shows(cell, object[names[column]!])),
    );
    if (found < 0) throw new Error(`JSON has no row ${row.join(',')}`);
    const [object] = objects.splice(found, 1);
    return row.map((cell, column) => (cell === '' && object![names[column]!] === undefined ? null : cell));
  });
}

/** Whether a CSV cell can be how the value of a JSON row is shown. */
function shows(cell: string, value: unknown): boolean {
  if (value === undefined) return cell === '';
  if (typeof value === 'string') return cell === value;
  return cell !== '';
}

async function run(db: string, record: SltRecord): Promise<void> {
  switch (record.kind) {
    case 'write': {
      const path = `/api/v3/write_lp?db=${db}&precision=${record.precision}`;
      const reply = await send(path, record.lines, 'text/plain');
      expect(reply.status, reply.text).toBe(204);
      return;
    }
    case 'statement': {
      const reply = await query(db, record.sql, 'json');
      if (record.error === null) {
        expect(reply.status, reply.text).toBe(200);
        return;
      }
      expect(reply.text).toMatch(record.error);
      expect(reply.status, reply.text).not.toBe(200);
      // What only the data can tell fails while the query runs; everything else is the caller's mistake.
      const isUnknown = reply.text.startsWith('This feature is not implemented');
      if (!reply.text.includes('error while executing plan'))
        expect(reply.status, reply.text).toBe(isUnknown ? 405 : 400);
      return;
    }
    case 'query': {
      const rows = formatRows(await rowsOf(db, record.sql), record.types);
      expect(record.sorted ? rows.sort() : rows).toEqual(
        record.sorted ? [...record.expected].sort() : record.expected,
      );
    }
  }
}

let cases = 0;
for (const file of files) {
  const records = parseSlt(readFileSync(new URL(file, directory), 'utf8'));
  cases += records.filter((record) => record.kind !== 'write').length;
  const db = databaseOf(file);
  describe(file, () => {
    for (const record of records) {
      const label = record.kind === 'write' ? 'write' : record.sql.replaceAll(/\s+/g, ' ').slice(0, 120);
      test(`${record.line}: ${label}`, () => run(db, record));
    }
  });
}

test('the files hold at least 600 cases', () => {
  expect(cases).toBeGreaterThanOrEqual(600);
});
