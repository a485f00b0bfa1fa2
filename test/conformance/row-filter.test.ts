/**
 * A12: for every statement of the conformance corpus, a token that may read some rows of the tables gets what the
 * operator gets of a database with the same tables and only those rows.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestServer, type TestServer } from '../support/server.ts';
import { parseSlt } from './slt.ts';

const directory = new URL('./sql/', import.meta.url);
/** What differs from call to call, or lists the databases themselves. */
const VARIABLE =
  /random\(|uuid\(|now\(|current_|today\(|system\.|information_schema|_cache\(|^\s*(SHOW|DESC|EXPLAIN)/i;
/** Measurement, tags: commas and blanks may be escaped. */
const KEY = /^((?:\\.|[^, ])+)((?:,(?:\\.|[^ ])+)?) /;
const SOURCE = /\b(?:FROM|JOIN)\s+(?:iox\.)?(?:"([^"]+)"|(\w+))/gi;
const FIELD_TYPES: Readonly<Record<string, string>> = {
  Float64: 'float64',
  Int64: 'int64',
  UInt64: 'uint64',
  Utf8: 'utf8',
  Boolean: 'bool',
};

interface Line {
  readonly text: string;
  readonly precision: string;
  readonly table: string;
  readonly tags: ReadonlyMap<string, string>;
}

let server: TestServer;
let operator: string;

beforeAll(async () => {
  server = await startTestServer();
  operator = JSON.parse((await post('/api/v3/configure/token/admin', '', '')).text).token;
}, 60_000);
afterAll(() => server?.stop());

async function post(path: string, body: string, token: string): Promise<{ status: number; text: string }> {
  const response = await fetch(server.url + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }) },
    body,
  });
  return { status: response.status, text: await response.text() };
}

async function made(path: string, body: object | string): Promise<string> {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const answer = await post(path, text, operator);
  expect([answer.status < 300, answer.text]).toEqual([true, answer.text]);
  return answer.text;
}

/** Rows in no order, or the error. */
async function outcome(db: string, q: string, token: string): Promise<string> {
  const { status, text } = await post('/api/v3/query_sql', JSON.stringify({ db, q, format: 'jsonl' }), token);
  return `${status}\n${text.split('\n').sort().join('\n')}`;
}

const plain = (text: string): string => text.replaceAll('\\', '');

function lineOf(text: string, precision: string): Line {
  const [, table, tags] = KEY.exec(text)!;
  const pairs = tags!
    .slice(1)
    .split(/(?<!\\),/)
    .filter((pair) => pair !== '');
  const split = pairs.map((pair) => pair.split(/(?<!\\)=/) as [string, string]);
  return {
    text,
    precision,
    table: plain(table!),
    tags: new Map(split.map(([name, value]) => [plain(name), plain(value)])),
  };
}

/** The commonest tag of the lines, with one of its values: some rows are in, some are not. */
function filterOf(lines: readonly Line[]): { tag: string; value: string } | null {
  const names = lines.flatMap(({ tags }) => [...tags.keys()]);
  const counts = Map.groupBy(names, (name) => name);
  const [tag] = [...counts].sort(([, a], [, b]) => b.length - a.length).map(([name]) => name);
  if (tag === undefined) return null;
  const [value] = lines.flatMap(({ tags }) => tags.get(tag) ?? []).sort();
  return { tag, value: value! };
}

async function write(db: string, lines: readonly Line[]): Promise<void> {
  for (const [precision, some] of Map.groupBy(lines, (line) => line.precision)) {
    const text = some.map((line) => line.text).join('\n');
    await made(`/api/v3/write_lp?db=${db}&precision=${precision}`, text);
  }
}

/** The tables of `from` without a row. */
async function copyTables(from: string, to: string): Promise<void> {
  await made('/api/v3/configure/database', { db: to });
  const q =
    "SELECT table_name, column_name, data_type FROM information_schema.columns WHERE table_schema = 'iox'";
  const columns = JSON.parse(
    (await post('/api/v3/query_sql', JSON.stringify({ db: from, q }), operator)).text,
  );
  const byTable: Map<string, { column_name: string; data_type: string }[]> = Map.groupBy(
    columns,
    (column: { table_name: string }) => column.table_name,
  ) as never;
  for (const [table, all] of byTable) {
    const tags = all.filter(({ data_type }) => data_type.startsWith('Dictionary'));
    const fields = all.filter(({ data_type }) => data_type in FIELD_TYPES);
    await made('/api/v3/configure/table', {
      db: to,
      table,
      tags: tags.map((column) => column.column_name),
      fields: fields.map((column) => ({ name: column.column_name, type: FIELD_TYPES[column.data_type] })),
    });
  }
}

let compared = 0;
test.each(readdirSync(directory).filter((name) => name.endsWith('.slt')))(
  'A12: %s',
  async (file) => {
    const records = parseSlt(readFileSync(new URL(file, directory), 'utf8'));
    const lines = records.flatMap((record) =>
      record.kind === 'write' ? record.lines.split('\n').map((text) => lineOf(text, record.precision)) : [],
    );
    if (lines.length === 0) return;
    const [all, some] = ['all', 'some'].map((kind) => `${kind}_${file.replace('.slt', '')}`) as [
      string,
      string,
    ];
    const filters = new Map(
      [...Map.groupBy(lines, ({ table }) => table)].map(([t, of]) => [t, filterOf(of)]),
    );
    await write(all, lines);
    await copyTables(all, some);
    await write(
      some,
      lines.filter(({ table, tags }) => {
        const filter = filters.get(table) ?? null;
        return filter === null || tags.get(filter.tag) === filter.value;
      }),
    );
    const permissions = [...filters].map(([table, filter]) =>
      filter === null ? `db:${all}/${table}:read` : `db:${all}/${table}[${filter.tag}=${filter.value}]:read`,
    );
    const body = { token_name: file, permissions };
    const { token } = JSON.parse(await made('/api/v3/enterprise/configure/token', body));
    for (const record of records) {
      if (record.kind === 'write' || VARIABLE.test(record.sql)) continue;
      const read = [...record.sql.matchAll(SOURCE)].map(([, quoted, name]) => quoted ?? name!.toLowerCase());
      if (!read.some((table) => filters.has(table))) continue;
      const seen = await outcome(all, record.sql, token);
      expect(`${record.sql}\n${seen}`).toBe(`${record.sql}\n${await outcome(some, record.sql, operator)}`);
      compared++;
    }
  },
  300_000,
);

test('hundreds of statements were compared', () => {
  expect(compared).toBeGreaterThan(400);
});
