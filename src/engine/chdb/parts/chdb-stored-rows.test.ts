import {
  closeSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readSync,
  rmSync,
  truncateSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { addColumnsSql, createTableSql } from '../../../catalog/table-layout.ts';
import type { ColumnRecord, ColumnType } from '../../../catalog/records.ts';
import { silentLogger } from '../../../telemetry/logger.ts';
import { collect, type Engine } from '../../engine.ts';
import type { StoredFieldType, StoredRowsRequest, StoredRun } from '../../stored-rows.ts';
import { openChdbEngine } from '../open.ts';

const MINIMUM = -(2n ** 63n);
const MAXIMUM = 2n ** 63n - 1n;
const WEEK_NS = 604_800_000_000_000n;
const FIELDS = { f: 'float', i: 'integer', u: 'uinteger', b: 'boolean', s: 'string' } as const;

let directory: string;
let engine: Engine;
let tables = 0;

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'stored-rows-'));
  engine = await openChdbEngine({ dataDir: directory, logger: silentLogger });
  await engine.command('CREATE DATABASE `d`');
});

afterAll(async () => {
  await engine.close();
  rmSync(directory, { recursive: true, force: true });
});

const column = (name: string, type: ColumnType, id = 0): ColumnRecord =>
  ({ id, name, engineName: name, type }) as ColumnRecord;

async function newTable(fields: Record<string, StoredFieldType> = FIELDS, tags = ['host', 'dc']) {
  const table = { engineDatabase: 'd', engineTable: `t_${tables++}` };
  const columns = [
    ...tags.map((name, id) => column(name, 'tag', id)),
    column('time', 'time'),
    ...Object.entries(fields).map(([name, type]) => column(name, type)),
  ];
  await engine.command(createTableSql({ ...table, columns }, null));
  // Only what a test asks for is merged.
  await engine.command(`SYSTEM STOP MERGES \`d\`.\`${table.engineTable}\``);
  return { ...table, columns, name: `\`d\`.\`${table.engineTable}\`` };
}

type Table = Awaited<ReturnType<typeof newTable>>;

/** `from`: rows with `host`, `dc`, `time` (nanoseconds) and fields. */
async function insert({ name }: Table, columns: string, from: string): Promise<void> {
  await engine.command(
    `INSERT INTO ${name} (__series, host, dc, time${columns === '' ? '' : `, ${columns}`}) ` +
      "SELECT toUInt128(cityHash64(host, ifNull(dc, ''))), host, dc, fromUnixTimestamp64Nano(toInt64(time), 'UTC')" +
      `${columns === '' ? '' : `, ${columns}`} FROM (${from}) ORDER BY 1, time`,
    {
      settings: {
        max_insert_block_size: 1_000_000,
        max_partitions_per_insert_block: 0,
        optimize_on_insert: 0,
      },
    },
  );
}

async function merge({ name }: Table): Promise<void> {
  await engine.command(`SYSTEM START MERGES ${name}`);
  await engine.command(`OPTIMIZE TABLE ${name} FINAL`);
}

const request = (
  { engineDatabase, engineTable }: Table,
  hosts: readonly string[],
  fields: Record<string, StoredFieldType>,
  more: Partial<StoredRowsRequest> = {},
): StoredRowsRequest => ({
  table: { database: engineDatabase, table: engineTable },
  fromNs: MINIMUM,
  toNs: MAXIMUM,
  tagFilter: new Map([['host', new Set(hosts)]]),
  visible: null,
  tags: ['host', 'dc'],
  fields: Object.entries(fields).map(([name, type]) => ({ name, type })),
  maximumRows: 1_000_000,
  ...more,
});

/** Each row as text. */
function rowsOf(runs: readonly StoredRun[], fields: Record<string, StoredFieldType>): string[] {
  const types = Object.values(fields);
  const rows: string[] = [];
  for (const run of runs) {
    for (let row = run.start; row < run.end; row++) {
      const values = run.fields.map((field, i) => {
        if (field.kind === 'string') return field.values[row - field.from] ?? null;
        if (field.nulls?.[row] === 1) return null;
        const value = field.values[row]!;
        if (types[i] === 'boolean') return value === 1;
        return Object.is(value, -0) ? '-0' : String(value);
      });
      rows.push(JSON.stringify([...run.tags, String(run.originNs + BigInt(run.times[row]!)), ...values]));
    }
  }
  return rows.sort();
}

async function askEngine({ name }: Table, fields: Record<string, StoredFieldType>, where: string) {
  const printed = Object.entries(fields).map(([field, type]) =>
    type === 'string' || type === 'boolean' ? `\`${field}\`` : `toString(\`${field}\``.concat(')'),
  );
  const sql = `SELECT [${['host', 'dc'].map((tag) => `toJSONString(${tag})`).join(', ')}, toJSONString(toString(toUnixTimestamp64Nano(time)))${printed.map((value) => `, toJSONString(${value})`).join('')}] AS r FROM ${name} WHERE ${where}`;
  const text = (await collect(engine.query({ sql, format: 'JSONEachRow' }))).toString();
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) =>
      JSON.stringify(
        (JSON.parse(line).r as string[]).map((value, i) => {
          const parsed = JSON.parse(value) as unknown;
          const type = Object.values(fields)[i - 3];
          return type === 'float' && typeof parsed === 'string' ? number(parsed) : parsed;
        }),
      ),
    )
    .sort();
}

const NAMES: Record<string, string> = { nan: 'NaN', inf: 'Infinity', '-inf': '-Infinity', '-0': '-0' };
const number = (text: string) => NAMES[text] ?? String(Number(text));

/** Large parts are looked through in the background, and the engine is asked until they are known. */
async function readSoon(wanted: StoredRowsRequest): Promise<readonly StoredRun[] | null> {
  for (let attempt = 0; ; attempt++) {
    const runs = await engine.storedRows!.read(wanted);
    if (runs !== null || attempt === 300) return runs;
    await setTimeout(20);
  }
}

async function expectSame(
  table: Table,
  hosts: readonly string[],
  fields: Record<string, StoredFieldType>,
  bounds: { fromNs?: bigint; toNs?: bigint } = {},
) {
  const runs = await readSoon(request(table, hosts, fields, bounds));
  const where = [
    `host IN (${hosts.map((host) => `'${host}'`).join(', ')})`,
    ...(bounds.fromNs === undefined ? [] : [`toUnixTimestamp64Nano(time) >= toInt64('${bounds.fromNs}')`]),
    ...(bounds.toNs === undefined ? [] : [`toUnixTimestamp64Nano(time) <= toInt64('${bounds.toNs}')`]),
  ].join(' AND ');
  const expected = await askEngine(table, fields, where);
  expect(runs).not.toBeNull();
  expect(rowsOf(runs!, fields)).toEqual(expected);
  return expected.length;
}

const HOSTS = (count: number) => `concat('h', toString(number % ${count}))`;
const DC = "if(number % 3 = 0, NULL, concat('dc', toString(number % 2)))";
const VALUES = `if(number % 7 = 0, NULL, number / 8) AS f, if(number % 5 = 0, NULL, toInt64(number % 1000) - 500) AS i,
  if(number % 11 = 0, NULL, number * 3) AS u, if(number % 4 = 0, NULL, toBool(number % 2)) AS b,
  if(number % 6 = 0, NULL, concat('v', toString(number % 9), 'é')) AS s`;
const rows = (count: number, hosts: number, first: bigint, step: bigint, values = VALUES) =>
  `SELECT number, ${HOSTS(hosts)} AS host, ${DC} AS dc, toInt64('${first}') + toInt64(number) * ${step} AS time, ${values} FROM numbers(${count})`;
const NOW = 1_700_000_000_000_000_000n;

describe('gives what the engine gives', () => {
  test('of small parts, in which all columns lie in one file', async () => {
    const table = await newTable();
    await insert(table, 'f, i, u, b, s', rows(20_000, 7, NOW, 1_000_000_000n));
    await insert(table, 'f, i, u, b, s', rows(300, 7, NOW + 500n, 77n));
    expect(await expectSame(table, ['h1', 'h6', 'no such'], FIELDS)).toBeGreaterThan(5000);
    const bounds = { fromNs: NOW + 100n, toNs: NOW + 9_000_000_000_000n };
    expect(await expectSame(table, ['h3'], FIELDS, bounds)).toBeGreaterThan(1000);
    await merge(table);
    await expectSame(table, ['h0', 'h2'], FIELDS, bounds);
  });

  test.each(['columns', 'rows'])('of large parts, merged by %s', async (order) => {
    const table = await newTable();
    if (order === 'rows')
      await engine.command(
        `ALTER TABLE ${table.name} MODIFY SETTING vertical_merge_algorithm_min_rows_to_activate = 1000000000`,
      );
    for (let i = 0; i < 3; i++)
      await insert(
        table,
        'f, i, u, b, s',
        rows(150_000, 40, NOW + BigInt(i) * 60_000_000_000n, 1_000_000_007n),
      );
    await expectSame(table, ['h39'], FIELDS);
    await merge(table);
    const parts = readdirSync(tableDirectory(table)).filter((name) => name.endsWith('_1'));
    const files = parts.flatMap((name) => readdirSync(join(tableDirectory(table), name)));
    expect(files).toContain('f.null.bin');
    await expectSame(table, ['h39'], FIELDS);
    await expectSame(table, ['h20'], FIELDS, {
      fromNs: NOW + 1_000_000_000_000n,
      toNs: NOW + 2_000_000_000_000n,
    });
    await expectSame(table, ['h20'], FIELDS, { fromNs: NOW + 2n ** 60n });
  });

  test('of tags with more values than one list holds', async () => {
    const table = await newTable({ i: 'integer' });
    const many = (first: bigint) => rows(200_000, 30_000, first, 1_000_000n, 'toInt64(number) AS i');
    await insert(table, 'i', many(NOW));
    await expectSame(table, ['h0', 'h9', 'h29999', 'h17000'], { i: 'integer' });
    await insert(table, 'i', many(NOW + 5n));
    await merge(table);
    await expectSame(table, ['h0', 'h9', 'h29999', 'h17000'], { i: 'integer' });
  });

  test('of texts of thousands of series with one row each: no run holds more than its own', async () => {
    const table = await newTable();
    const HOSTS_WITH_ONE = 6000;
    await insert(table, 'f, i, u, b, s', rows(HOSTS_WITH_ONE, HOSTS_WITH_ONE, NOW, 1000n));
    const hosts = Array.from({ length: HOSTS_WITH_ONE }, (_, host) => `h${host}`);
    expect(await expectSame(table, hosts, FIELDS)).toBe(HOSTS_WITH_ONE);
    const runs = (await readSoon(request(table, hosts, FIELDS)))!;
    const places = runs.flatMap(({ fields }) =>
      fields.map((field) => (field.kind === 'string' ? field.values.length : 0)),
    );
    expect(places.reduce((sum, each) => sum + each)).toBe(HOSTS_WITH_ONE);
  });

  test('of columns and tags that came later', async () => {
    const table = await newTable({ i: 'integer' });
    await insert(table, 'i', rows(100, 3, NOW, 1000n, 'toInt64(number) AS i'));
    await engine.command(addColumnsSql(table, [column('later', 'float'), column('text', 'string')]));
    const fields = { i: 'integer', later: 'float', text: 'string' } as const;
    await expectSame(table, ['h1'], fields);
    await insert(
      table,
      'i, later, text',
      rows(100, 3, NOW + 1n, 1000n, "toInt64(number) AS i, number / 3 AS later, 'x' AS text"),
    );
    await expectSame(table, ['h1'], fields);
  });

  test('before 1970, at the borders of weeks and at the ends of time', async () => {
    const table = await newTable({ i: 'integer' });
    const around = [MINIMUM, -WEEK_NS * 2n, -WEEK_NS, 0n, WEEK_NS, WEEK_NS * 3000n, MAXIMUM - 3n];
    for (const first of around) await insert(table, 'i', rows(4, 1, first, 1n, 'toInt64(number) AS i'));
    for (const first of around.slice(1))
      await insert(table, 'i', rows(4, 1, first - 4n, 1n, 'toInt64(number) AS i'));
    expect(await expectSame(table, ['h0'], { i: 'integer' })).toBe(52);
    for (const first of around) {
      expect(await expectSame(table, ['h0'], { i: 'integer' }, { fromNs: first })).toBeGreaterThan(3);
      await expectSame(table, ['h0'], { i: 'integer' }, { toNs: first });
      await expectSame(table, ['h0'], { i: 'integer' }, { fromNs: first, toNs: first });
    }
  });

  test('of columns that are called in any way', async () => {
    const fields = { 'cpu load': 'float', 'ä%2E"': 'integer', a_b: 'string' } as const;
    const table = await newTable(fields);
    const values = 'number / 2 AS `cpu load`, toInt64(number) AS `ä%2E"`, toString(number) AS a_b';
    for (const count of [50, 200_000])
      await insert(table, '`cpu load`, `ä%2E"`, a_b', rows(count, 9, NOW, 1000n, values));
    await expectSame(table, ['h4'], fields);
  });

  test('after rows were deleted', async () => {
    const table = await newTable({ i: 'integer' });
    await insert(table, 'i', rows(5000, 3, NOW, 1_000_000_000n, 'toInt64(number) AS i'));
    await insert(table, 'i', rows(10, 3, NOW + WEEK_NS, 1_000_000_000n, 'toInt64(number) AS i'));
    await engine.command(`SYSTEM START MERGES ${table.name}`);
    const settings = { mutations_sync: 1 };
    await engine.command(`ALTER TABLE ${table.name} DELETE WHERE i % 2 = 0`, { settings });
    expect(await expectSame(table, ['h1'], { i: 'integer' })).toBeGreaterThan(500);
    await engine.command(`ALTER TABLE ${table.name} DELETE WHERE i < 10`, { settings });
    await expectSame(table, ['h1', 'h2'], { i: 'integer' });
    await engine.command(`ALTER TABLE ${table.name} DELETE WHERE 1`, { settings });
    const left = await engine.storedRows!.read(request(table, ['h1'], { i: 'integer' }));
    expect(left ?? []).toEqual([]);
  });

  test('while rows are inserted and merged', async () => {
    const table = await newTable({ i: 'integer' });
    await engine.command(`SYSTEM START MERGES ${table.name}`);
    let inserted = 0;
    const writing = (async () => {
      for (let i = 0; i < 40; i++) {
        await insert(table, 'i', rows(100, 1, NOW + BigInt(i) * 1000n, 1n, 'toInt64(number) AS i'));
        inserted += 100;
        if (i % 7 === 6) await engine.command(`OPTIMIZE TABLE ${table.name} FINAL`);
      }
    })();
    let isDone = false;
    void writing.finally(() => (isDone = true));
    let readings = 0;
    while (!isDone) {
      const before = inserted;
      const runs = await engine.storedRows!.read(request(table, ['h0'], { i: 'integer' }));
      if (runs === null) continue;
      const found = rowsOf(runs, { i: 'integer' });
      expect(new Set(found).size).toBe(found.length);
      expect(found.length).toBeGreaterThanOrEqual(before);
      readings++;
      await new Promise((resolve) => setImmediate(resolve));
    }
    await writing;
    expect(readings).toBeGreaterThan(20);
    await expectSame(table, ['h0'], { i: 'integer' });
  });

  test('of any numbers', async () => {
    const integer = fc.oneof(
      fc.integer({ min: -3, max: 3 }),
      fc.integer(),
      fc.maxSafeInteger().map((value) => Math.trunc(value / 4)),
    );
    const float = fc.oneof(fc.double(), fc.float(), fc.integer({ min: -300, max: 300 }));
    const gap = fc.oneof(
      fc.constant(10),
      fc.integer({ min: 1, max: 400 }),
      fc.integer({ min: 1, max: 2 ** 31 }),
    );
    const row = fc.record({ integer, float, gap, isNull: fc.integer({ min: 0, max: 9 }) });
    await fc.assert(
      fc.asyncProperty(fc.array(row, { minLength: 1, maxLength: 400 }), async (points) => {
        const table = await newTable({ f: 'float', i: 'integer', u: 'uinteger' });
        let time = NOW;
        const values = points.map(({ integer: whole, float: real, gap: pause, isNull }) => {
          time += BigInt(pause);
          const text = Number.isNaN(real) ? 'nan' : Object.is(real, -0) ? '-0.' : String(real).toLowerCase();
          const cells = [whole, Math.abs(whole)].map((each) =>
            isNull === 0 ? 'NULL' : `toInt64('${each}')`,
          );
          return `('h0', NULL, toInt64('${time}'), ${isNull === 1 ? 'NULL' : `toFloat64('${text.replace('infinity', 'inf')}')`}, ${cells.join(', ')})`;
        });
        const structure =
          "'host String, dc Nullable(String), time Int64, f Nullable(Float64), i Nullable(Int64), u Nullable(UInt64)'";
        await insert(table, 'f, i, u', `SELECT * FROM values(${structure}, ${values.join(', ')})`);
        await expectSame(table, ['h0'], { f: 'float', i: 'integer', u: 'uinteger' });
        await engine.command(`DROP TABLE ${table.name}`);
      }),
      { numRuns: 25 },
    );
  });
});

const tableDirectory = ({ engineTable }: Table) => join(directory, 'engine/data/d', engineTable);

describe('leaves to the engine', () => {
  const refused = async (table: Table, fields: Record<string, StoredFieldType>, more = {}) =>
    expect(await engine.storedRows!.read(request(table, ['h0'], fields, more))).toBeNull();

  test('whole numbers that are not exact here', async () => {
    const table = await newTable({ i: 'integer', u: 'uinteger' });
    const values = "toInt64('9007199254740993') AS i, toUInt64('18446744073709551615') AS u";
    await insert(table, 'i, u', rows(3, 1, NOW, 1n, values));
    await refused(table, { i: 'integer' });
    await refused(table, { u: 'uinteger' });
  });

  test('more rows than are wanted, no tags, a table that is not there, columns of other types', async () => {
    const table = await newTable({ i: 'integer' });
    await insert(table, 'i', rows(300, 1, NOW, 1n, 'toInt64(number) AS i'));
    await refused(table, { i: 'integer' }, { maximumRows: 299 });
    await refused(table, { i: 'float' });
    await refused(table, { i: 'integer' }, { tagFilter: new Map() });
    await refused(table, { i: 'integer' }, { table: { database: 'd', table: 'none' } });
  });

  test('parts that are not whole', async () => {
    const table = await newTable({ i: 'integer' });
    await insert(table, 'i', rows(500_000, 1, NOW, 1n, 'toInt64(number) AS i'));
    const part = onlyPart(table);
    const wanted = request(table, ['h0'], { i: 'integer' }, { fromNs: NOW, toNs: NOW + 100n });
    // So that the part is known.
    expect(await readSoon({ ...wanted, fields: [] })).not.toBeNull();
    const path = join(part, 'i.bin');
    flip(path, 40);
    expect(await engine.storedRows!.read(wanted)).toBeNull();
    flip(path, 40);
    expect(await engine.storedRows!.read(wanted)).not.toBeNull();
    const other = await newTable({ i: 'integer' });
    await insert(other, 'i', rows(500_000, 1, NOW, 1n, 'toInt64(number) AS i'));
    const all = request(other, ['h0'], { i: 'integer' }, { toNs: NOW + 100n });
    expect(await readSoon({ ...all, toNs: NOW })).not.toBeNull();
    truncateSync(join(onlyPart(other), 'i.bin'), 0);
    expect(await engine.storedRows!.read({ ...all, fromNs: NOW + 20_000n, toNs: NOW + 30_000n })).toBeNull();
  });
});

function onlyPart(table: Table): string {
  const [name, ...others] = readdirSync(tableDirectory(table)).filter((each) => /^\d/.test(each));
  expect(others).toEqual([]);
  return join(tableDirectory(table), name!);
}

/** Changes one bit; twice, and it is as it was. */
function flip(path: string, at: number): void {
  const descriptor = openSync(path, 'r+');
  const byte = Buffer.alloc(1);
  readSync(descriptor, byte, 0, 1, at);
  byte[0]! ^= 1;
  writeSync(descriptor, byte, 0, 1, at);
  closeSync(descriptor);
}
