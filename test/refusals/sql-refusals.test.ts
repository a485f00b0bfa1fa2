/** The refusal corpus, SQL part: no shape of a query shows a table or a row that the token does not allow. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  HIDDEN_ROW_MARKS,
  HIDDEN_TABLE_MARKS,
  type ProtectedServer,
  startProtectedServer,
} from '../support/protected-data.ts';
import {
  HIDDEN_ROW_ORACLES,
  HIDDEN_ROW_SHAPES,
  HIDDEN_TABLE_LISTINGS,
  HIDDEN_TABLE_SHAPES,
} from './sql-shapes.ts';

let data: ProtectedServer;
beforeAll(async () => {
  data = await startProtectedServer();
}, 120_000);
afterAll(() => data?.server.stop());

const ALL_MARKS = [...HIDDEN_TABLE_MARKS, ...HIDDEN_ROW_MARKS];

async function query(token: string, q: string, format = 'json', db = 'plant') {
  const response = await fetch(`${data.server.url}/api/v3/query_sql`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}` },
    body: JSON.stringify({ db, q, format }),
  });
  return { status: response.status, text: await response.text() };
}

function expectNoMark(text: string, marks: readonly string[]): void {
  for (const mark of [...marks, 'apiv3_']) expect(text).not.toContain(mark);
}

const hidden = (shape: string) => shape.replace(/\bT\b/g, 'vault');

describe.each(HIDDEN_TABLE_SHAPES.map(hidden))('hidden table: %s', (q) => {
  test('refused for a token of another table, and for one of rows', async () => {
    for (const token of [data.table, data.row]) {
      const { status, text } = await query(token, q);
      expect(status, text).toBeGreaterThanOrEqual(400);
      expect(status, text).toBeLessThan(500);
      expectNoMark(text, HIDDEN_TABLE_MARKS);
      // The same words as for a table that does not exist at all.
      const absent = await query(token, q.replaceAll('vault', 'vaulx'));
      expect(text.replaceAll('vault', 'vaulx')).toBe(absent.text);
      expect(status).toBe(absent.status);
    }
  });
});

test.each(HIDDEN_TABLE_LISTINGS.map(hidden))('listing without the hidden table: %s', async (q) => {
  const { status, text } = await query(data.table, q);
  expect(status, text).toBe(200);
  expect(text).not.toContain('vault');
  if (!q.includes('vault')) expect(text).toContain('cpu');
});

/** Without ORDER BY the order of rows says nothing. */
function sortedRows(text: string): string[] {
  const rows = text.startsWith('[')
    ? (JSON.parse(text) as object[]).map((row) => JSON.stringify(row))
    : text.split('\n');
  return rows.toSorted();
}

test.each(HIDDEN_ROW_SHAPES)('hidden rows: %s', async (q) => {
  for (const format of ['json', 'csv']) {
    const { status, text } = await query(data.row, q, format);
    expect(status, text).toBe(200);
    expectNoMark(text, ALL_MARKS);
    if (q.startsWith('EXPLAIN')) continue;
    // The answer is that of a database which holds only the permitted rows.
    const copy = await query(data.operator, q, format, 'copy');
    expect(sortedRows(text)).toEqual(sortedRows(copy.text));
  }
});

test.each(HIDDEN_ROW_ORACLES)('no oracle: %s', async (q) => {
  const { status, text } = await query(data.row, q);
  expectNoMark(text, ALL_MARKS);
  // The operator sees the hidden rows, and the statement fails on them or not; for the token it never does.
  expect(status, text).toBe(200);
});

test.each([
  ['other', 'SELECT * FROM cpu'],
  ['writer', 'SELECT * FROM cpu'],
  ['probe', 'SELECT * FROM cpu'],
  ['other', 'SELECT 1'],
  ['writer', 'SHOW TABLES'],
  ['probe', 'SELECT * FROM information_schema.tables'],
] as const)('a token without read on the database is refused: %s, %s', async (name, q) => {
  const { status, text } = await query(data[name], q);
  expect(status).toBe(403);
  expect(text).toBe('{"error": "unauthorized to perform requested action with the token"}');
});

test.each(['tokens', 'databases', 'tables', 'queries', 'audit', 'nodes'])(
  'system.%s of _internal is refused to every resource token',
  async (table) => {
    for (const token of [data.table, data.row, data.other, data.writer, data.probe]) {
      const { status, text } = await query(token, `SELECT * FROM system.${table}`, 'json', '_internal');
      expect(status).toBe(403);
      expectNoMark(text, ALL_MARKS);
    }
  },
);

test('system.queries shows a reader no statement of others', async () => {
  await query(data.operator, "SELECT 'VAULTNOTE' FROM vault");
  const { text } = await query(data.table, 'SELECT * FROM system.queries');
  expectNoMark(text, ALL_MARKS);
});

test('parameters are values, never names or text of the statement', async () => {
  const ask = async (params: object, q: string) => {
    const response = await fetch(`${data.server.url}/api/v3/query_sql`, {
      method: 'POST',
      headers: { authorization: `Bearer ${data.table}` },
      body: JSON.stringify({ db: 'plant', q, params, format: 'json' }),
    });
    return { status: response.status, text: await response.text() };
  };
  const attempts = [
    "' OR 1=1 --",
    'vault',
    '(SELECT note FROM vault)',
    "eu' UNION ALL SELECT note FROM vault --",
    '\\',
    "\\'",
  ];
  for (const value of attempts) {
    const { status, text } = await ask({ r: value }, 'SELECT note FROM cpu WHERE region = $r');
    expect(status, text).toBe(200);
    expect(text).toBe('[]');
  }
  expect((await ask({ t: 'vault' }, 'SELECT * FROM $t')).status).toBe(400);
});
