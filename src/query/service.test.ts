/** The whole query chain: catalog, write path, planner, engine, encoders, under several principals. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { AUTHOR } from '../../test/support/ingest.ts';
import { openQueryHarness, type QueryHarness } from '../../test/support/query.ts';

let directory: string;
let server: QueryHarness;

const nowNs = BigInt(Date.now()) * 1_000_000n;
const ago = (secs: number) => nowNs - BigInt(secs) * 1_000_000_000n;

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'query-'));
  server = await openQueryHarness(directory);
  await server.write(
    [
      'cpu,host=a,region=eu usage=0.5,n=1i 2998574931000000000',
      'cpu,host=b,region=us usage=1,n=2i 2998574932001000000',
      'cpu,host=c,region=eu n=3i 2998574933000000001',
      'secret,host=a value="hidden" 1',
    ].join('\n'),
  );
});

afterAll(async () => {
  await server.close();
  rmSync(directory, { recursive: true, force: true });
});

const refusal = (promise: Promise<unknown>) =>
  promise.then(
    () => 'answered',
    (error) => `${error.status} ${error.message}`,
  );

describe('rows', () => {
  test('of SELECT * come in the order of the names, without nulls, times without a zone', async () => {
    expect(await server.text('SELECT * FROM cpu ORDER BY time')).toBe(
      '[{"host":"a","n":1,"region":"eu","time":"2065-01-07T17:28:51","usage":0.5},' +
        '{"host":"b","n":2,"region":"us","time":"2065-01-07T17:28:52.001","usage":1.0},' +
        '{"host":"c","n":3,"region":"eu","time":"2065-01-07T17:28:53.000000001"}]',
    );
  });

  test('in every format', async () => {
    const sql = "SELECT host, n FROM cpu WHERE region = 'eu' ORDER BY n DESC";
    const text = (format: 'jsonl' | 'csv' | 'pretty' | 'parquet') => server.text(sql, { format });
    expect(await text('jsonl')).toBe('{"host":"c","n":3}\n{"host":"a","n":1}\n');
    expect(await text('csv')).toBe('host,n\nc,3\na,1\n');
    expect(await text('pretty')).toBe(
      '+------+---+\n| host | n |\n+------+---+\n| c    | 3 |\n| a    | 1 |\n+------+---+',
    );
    expect(await text('parquet')).toMatch(/^PAR1.*PAR1$/s);
    expect(await server.text('SELECT host FROM cpu WHERE n > 5')).toBe('[]');
    expect(await server.text('SELECT host FROM cpu WHERE n > 5', { format: 'parquet' })).toBe('');
  });

  test('that were just acknowledged are there, and a point written twice is one point', async () => {
    await server.write('fresh,k=a v=1 10\nfresh,k=a v=2 20');
    await server.ingest.flush();
    await server.write('fresh,k=a v=3,w=4 10');
    expect(await server.ask('SELECT v, w FROM fresh ORDER BY time')).toEqual([{ v: 3, w: 4 }, { v: 2 }]);
    expect(await server.ask('SELECT count(*) AS n FROM fresh')).toEqual([{ n: 2 }]);
  });

  test('are counted once while the same points are written again and again', async () => {
    const lines = (value: number) =>
      Array.from({ length: 100 }, (_, index) => `again,k=a${index % 10} v=${value}i ${index}`).join('\n');
    await server.write(lines(0));
    await server.ingest.flush();
    let isWriting = true;
    const writing = (async () => {
      for (let value = 1; value <= 30; value++) {
        await server.write(lines(value));
        if (value % 3 === 0) await server.ingest.flush();
      }
      isWriting = false;
    })();
    const counts = new Set<unknown>();
    while (isWriting) counts.add((await server.ask('SELECT count(*) AS n FROM again'))[0]?.n);
    await writing;
    expect([...counts]).toEqual([100]);
  });

  test('parameters, joins, FROM-less queries', async () => {
    const parameters = new Map([['host', 'b']]);
    expect(await server.ask('SELECT n FROM cpu WHERE host = $host', { request: { parameters } })).toEqual([
      { n: 2 },
    ]);
    expect(
      await server.ask(
        'SELECT a.host, b.n FROM cpu a JOIN cpu b ON a.host = b.host WHERE b.n > 1 ORDER BY 1',
      ),
    ).toEqual([
      { host: 'b', n: 2 },
      { host: 'c', n: 3 },
    ]);
    expect(await server.text('SELECT 1 + 1 AS two')).toBe('[{"two":2}]');
  });
});

describe('errors', () => {
  test('name what is wrong and nothing of the engine', async () => {
    expect(await refusal(server.text('SELECT * FROM nope'))).toMatch(
      /^400 Error during planning: table 'public\.iox\.nope' not found/,
    );
    expect(await refusal(server.text('SELECT nope FROM cpu'))).toMatch(
      /^400 Schema error: No field named nope/,
    );
    expect(await refusal(server.text('SELECT 1 / 0'))).toMatch(/^\d+ .*Divide by zero/);
    expect(await refusal(server.text('SELECT n / (n - 1) FROM cpu'))).toBe(
      '500 query error: error while executing plan: Arrow error: Divide by zero error',
    );
    expect(await refusal(server.text('DROP TABLE cpu'))).toBe(
      '400 Error during planning: DDL not supported: DropTable',
    );
    expect(await refusal(server.text('SHOW MEASUREMENTS', { request: { language: 'influxql' } }))).toMatch(
      /^405 /,
    );
  });

  test('limits of time and of rows', async () => {
    const slow =
      'SELECT sum(a.value * b.value) FROM generate_series(1, 200000) a CROSS JOIN generate_series(1, 200000) b';
    expect(await refusal(server.text(slow, { request: { limits: { timeMs: 300 } } }))).toBe(
      "429 query error: the token's limit was hit: query_seconds = 0.3; narrow the query",
    );
    const rows = { request: { limits: { resultRows: 2 } } };
    expect(await refusal(server.text('SELECT n FROM cpu', rows))).toBe(
      "429 query error: the token's limit was hit: query_result_rows = 2; narrow the query",
    );
    expect(await server.ask('SELECT n FROM cpu LIMIT 2', rows)).toHaveLength(2);
  });

  test('a client that goes away ends its query and frees its place', async () => {
    const slow =
      'SELECT sum(a.value * b.value) FROM generate_series(1, 200000) a CROSS JOIN generate_series(1, 200000) b';
    const gone = new AbortController();
    const running = refusal(server.text(slow, { request: { signal: gone.signal } }));
    await expect.poll(async () => (await server.engine.health()).running.query).toBeGreaterThan(0);
    gone.abort();
    expect(await running).toBe('499 query error: the query was cancelled');
    await expect.poll(async () => (await server.engine.health()).running.query).toBe(0);
    const [row] = await server.ask(
      'SELECT cancelled, running FROM system.queries WHERE cancelled ORDER BY issue_time DESC LIMIT 1',
    );
    expect(row).toEqual({ cancelled: true, running: false });
  });
});

describe('what a principal may see', () => {
  const only = { as: ['db:test/cpu:read'] };
  const eu = { as: ['db:test/cpu[region=eu]:read'] };

  test('a table that is not granted does not exist, anywhere', async () => {
    expect(await server.ask('SELECT count(*) AS n FROM cpu', only)).toEqual([{ n: 3 }]);
    const hidden = await refusal(server.text('SELECT * FROM secret', only));
    expect(hidden).toBe(
      (await refusal(server.text('SELECT * FROM sacred', only))).replace('sacred', 'secret'),
    );
    for (const sql of [
      'SHOW TABLES',
      'SELECT * FROM information_schema.tables',
      'SELECT * FROM information_schema.columns',
      'SELECT * FROM information_schema.views',
      'SELECT * FROM system.influxdb_schema',
    ]) {
      expect(await server.text(sql)).toContain('"secret"');
      expect(await server.text(sql, only)).not.toContain('secret');
    }
  });

  test('rows that are not granted do not exist', async () => {
    expect(await server.ask('SELECT host FROM cpu ORDER BY 1', eu)).toEqual([{ host: 'a' }, { host: 'c' }]);
    expect(await server.ask('SELECT max(n) AS n, count(*) AS c FROM cpu', eu)).toEqual([{ n: 3, c: 2 }]);
    // Host b's row would divide by zero.
    expect(await server.ask('SELECT 1 / (n - 2) AS q FROM cpu ORDER BY n', eu)).toEqual([
      { q: -1 },
      { q: 1 },
    ]);
  });

  test('engine SQL in EXPLAIN is for administrators', async () => {
    const types = async (options: { as?: string[] }) =>
      (await server.ask('EXPLAIN SELECT n FROM cpu', options)).map((row) => row.plan_type);
    expect(await types({})).toEqual(['logical_plan', 'physical_plan', 'engine_statement']);
    expect(await types(only)).toEqual(['logical_plan', 'physical_plan']);
    const [first] = await server.ask('EXPLAIN ANALYZE SELECT n FROM cpu', eu);
    expect(first?.plan_type).toBe('Plan with Metrics');
    expect(first?.plan).toMatch(/output_rows=2/);
    expect(JSON.stringify(await server.ask('EXPLAIN VERBOSE SELECT n FROM cpu', eu))).not.toMatch(
      /PREWHERE|region/,
    );
  });

  test('queries of others are for administrators and system:queries', async () => {
    await server.text('SELECT 4711', { as: ['db:test:read'] });
    const sql = "SELECT query_text, token_name, success FROM system.queries WHERE query_text = 'SELECT 4711'";
    const row = { query_text: 'SELECT 4711', token_name: 'db:test:read', success: true };
    expect(await server.ask(sql)).toEqual([row]);
    expect(await server.ask(sql, { as: ['db:test:read'] })).toEqual([row]);
    expect(await server.ask(sql, { as: ['db:test:read', 'system:health:read'] })).toEqual([]);
    expect(await server.ask(sql, { as: ['system:queries:read'], database: '_internal' })).toEqual([row]);
    await server.catalog.as(AUTHOR).createDatabase('other');
    expect(await server.ask(sql, { database: 'other' })).toEqual([]);
  });

  test('_internal: administrators see tokens with short hashes, a system token only what it names', async () => {
    await server.catalog.as(AUTHOR).createToken({
      name: 'probe',
      hash: Buffer.alloc(64, 0xab),
      description: null,
      createdBy: null,
      createdAtMs: Date.UTC(2026, 0, 5, 10, 3),
      updatedAtMs: null,
      updatedBy: null,
      expiryMs: null,
      permissions: [{ kind: 'system', resources: ['health'], actions: ['read'] }],
      origin: 'api',
      limits: null,
      allowedCidrs: null,
      derive: false,
      parentId: null,
      previous: null,
    });
    const shown = {
      name: 'probe',
      created_at: '2026-01-05T10:03:00',
      permissions: 'system:health:read',
      token_id: 0,
      use_count: 0,
    };
    const internal = (sql: string, as?: string[]) =>
      server.ask(sql, { database: '_internal', ...(as === undefined ? {} : { as }) });
    expect(await internal('SELECT * FROM system.tokens')).toEqual([{ ...shown, hash: 'ababababa' }]);
    expect(await internal('SELECT * FROM system.tokens', ['*:*:read'])).toEqual([shown]);
    expect(await internal('SELECT * FROM system.tokens', ['system:tokens:read'])).toEqual([shown]);
    expect(await refusal(internal('SELECT hash FROM system.tokens', ['system:tokens:read']))).toMatch(
      /No field named hash/,
    );
    expect(await refusal(internal('SELECT * FROM system.databases', ['system:tokens:read']))).toMatch(
      /^400 Error during planning: table 'public\.system\.databases' not found/,
    );
    expect(await refusal(server.text('SELECT * FROM system.tokens'))).toMatch(/not found/);
    const [row] = await internal("SELECT * FROM system.tables WHERE table_name = 'cpu'", [
      'system:tables:read',
    ]);
    expect(row).toMatchObject({ database_name: 'test', column_count: 5, series_key_columns: 'host, region' });
    expect(await internal("SELECT deleted FROM system.databases WHERE database_name = 'test'")).toEqual([
      { deleted: false },
    ]);
  });
});

test('SHOW TABLES, SHOW COLUMNS and DESCRIBE', async () => {
  const tables = (await server.ask('SHOW TABLES')).map((row) => `${row.table_schema}.${row.table_name}`);
  expect(tables.filter((name) => !name.startsWith('iox.'))).toEqual([
    'system.distinct_caches',
    'system.influxdb_schema',
    'system.last_caches',
    'system.parquet_files',
    'system.processing_engine_logs',
    'system.processing_engine_trigger_arguments',
    'system.processing_engine_triggers',
    'system.queries',
    'information_schema.tables',
    'information_schema.views',
    'information_schema.columns',
    'information_schema.df_settings',
    'information_schema.schemata',
    'information_schema.routines',
    'information_schema.parameters',
  ]);
  expect(await server.text('SHOW COLUMNS FROM cpu', { format: 'csv' })).toBe(
    [
      'table_catalog,table_schema,table_name,column_name,data_type,is_nullable',
      'public,iox,cpu,host,"Dictionary(Int32, Utf8)",YES',
      'public,iox,cpu,n,Int64,YES',
      'public,iox,cpu,region,"Dictionary(Int32, Utf8)",YES',
      'public,iox,cpu,time,Timestamp(ns),NO',
      'public,iox,cpu,usage,Float64,YES',
      '',
    ].join('\n'),
  );
  expect(await server.ask('DESCRIBE cpu')).toHaveLength(5);
  expect(await server.ask('SHOW datafusion.execution.batch_size')).toEqual([
    { name: 'datafusion.execution.batch_size', value: '8192' },
  ]);
});

test('tables of _internal have the types of the reference', async () => {
  const types = async (table: string) => {
    const described = await server.ask(`DESCRIBE system.${table}`, { database: '_internal' });
    return described.map(({ column_name, data_type }) => `${column_name} ${data_type}`);
  };
  expect(await types('databases')).toEqual([
    'database_name Utf8View',
    'retention_period_ns UInt64',
    'deleted Boolean',
    'hard_deletion_time Timestamp(s, "UTC")',
  ]);
  expect(await types('tables')).toEqual([
    'database_name Utf8View',
    'table_name Utf8View',
    'column_count UInt64',
    'series_key_columns Utf8View',
    'last_cache_count UInt64',
    'distinct_cache_count UInt64',
    'deleted Boolean',
    'hard_deletion_time Timestamp(s, "UTC")',
  ]);
  expect(await types('nodes')).toEqual([
    'node_id Utf8View',
    'node_catalog_id UInt32',
    'instance_id Utf8View',
    'mode List(Utf8View)',
    'core_count UInt64',
    'state Utf8View',
    'updated_at Timestamp(ms)',
    'cli_params Utf8View',
  ]);
  expect(await types('generation_durations')).toEqual(['level UInt8', 'duration_seconds UInt64']);
});

test.each(['test', '_internal'])(
  'every table that %s lists can be read, with the columns that it lists',
  async (database) => {
    const tables = await server.ask('SHOW TABLES', { database });
    expect(tables.length).toBeGreaterThan(14);
    const listed = Map.groupBy(
      await server.ask('SELECT * FROM information_schema.columns', { database }),
      (row) => `${row.table_schema}.${row.table_name}`,
    );
    for (const { table_schema: schema, table_name: name } of tables) {
      const sql = `SELECT * FROM ${schema}."${name}"`;
      const { columns } = await server.start(sql, { database });
      const expected = (listed.get(`${schema}.${name}`) ?? []).map(({ column_name, is_nullable }) => ({
        column_name,
        is_nullable,
      }));
      const shown = columns.map((column) => ({
        column_name: column.name,
        is_nullable: column.nullable ? 'YES' : 'NO',
      }));
      const byName = (rows: Record<string, unknown>[]) =>
        rows.toSorted((a, b) => (String(a.column_name) < String(b.column_name) ? -1 : 1));
      expect([name, byName(shown)]).toEqual([name, byName(expected)]);
      const rows = await server.ask(sql, { database });
      expect((await server.text(sql, { database, format: 'parquet' })) === '').toBe(rows.length === 0);
    }
  },
);

test('functions are listed with their parameters', async () => {
  const [row] = await server.ask("SHOW FUNCTIONS LIKE 'date_bin'");
  expect(row).toMatchObject({ function_name: 'date_bin', function_type: 'SCALAR' });
  const parameters = await server.ask(
    "SELECT parameter_name FROM information_schema.parameters WHERE specific_name = 'date_bin' AND parameter_mode = 'IN' AND rid = 1 ORDER BY ordinal_position",
  );
  expect(parameters).toHaveLength(3);
});

test('the audit log is a table, in order', async () => {
  const rows = await server.ask('SELECT seq, action, hash FROM system.audit ORDER BY seq', {
    database: '_internal',
  });
  expect(rows.map(({ seq }) => seq)).toEqual(rows.map((_, index) => index + 1));
  expect(rows.length).toBe(server.catalog.audit.read({}).length);
  expect(rows[0]?.hash).toMatch(/^[0-9a-f]{64}$/);
});

describe('caches', () => {
  beforeAll(async () => {
    const lines = [
      `sensor,room=k,kind=t v=1,text="x" ${ago(60)}`,
      `sensor,room=k,kind=t v=2 ${ago(50)}`,
      `sensor,room=k,kind=t v=3 ${ago(40)}`,
      `sensor,room=b,kind=t v=4 ${ago(30)}`,
      `sensor,room=old,kind=t v=5 ${ago(4000)}`,
      `sensor,kind=t v=6 ${ago(20)}`,
    ];
    await server.write(lines.join('\n'));
    const writer = server.catalog.as(AUTHOR);
    const table = server.table('sensor');
    const id = (name: string) => table.columnByName.get(name)!.id;
    const keys = [id('room'), id('kind')];
    await writer.createLastCache({
      tableId: table.id,
      name: 'one',
      keyColumnIds: keys,
      valueColumnIds: null,
      count: 1,
      ttlSecs: 3600,
    });
    await writer.createLastCache({
      tableId: table.id,
      name: 'two',
      keyColumnIds: [id('room')],
      valueColumnIds: [id('v')],
      count: 2,
      ttlSecs: 3600,
    });
    await writer.createDistinctCache({
      tableId: table.id,
      name: 'rooms',
      columnIds: [id('room'), id('kind')],
      maxCardinality: 1000,
      maxAgeSecs: 3600,
    });
  });

  test('last_cache gives the newest rows of each key', async () => {
    const sql = "SELECT * FROM last_cache('sensor', 'one')";
    expect((await server.start(sql)).columns.map(({ name }) => name)).toEqual([
      'room',
      'kind',
      'text',
      'time',
      'v',
    ]);
    expect(await server.ask(`${sql} ORDER BY room`)).toEqual([
      { room: 'b', kind: 't', v: 4, time: expect.any(String) },
      { room: 'k', kind: 't', v: 3, time: expect.any(String) },
    ]);
    expect(
      await server.ask("SELECT room, v FROM last_cache('sensor', 'two') WHERE room = 'k' ORDER BY v"),
    ).toEqual([
      { room: 'k', v: 2 },
      { room: 'k', v: 3 },
    ]);
  });

  test('columns that are named are shown in their order, time behind them', async () => {
    const writer = server.catalog.as(AUTHOR);
    const table = server.table('sensor');
    const [kind, v, time, text] = ['kind', 'v', 'time', 'text'].map(
      (name) => table.columnByName.get(name)!.id,
    );
    await writer.createLastCache({
      tableId: table.id,
      name: 'named',
      keyColumnIds: [kind!],
      valueColumnIds: [v!, time!, text!],
      count: 1,
      ttlSecs: 3600,
    });
    const { columns } = await server.start("SELECT * FROM last_cache('sensor', 'named')");
    expect(columns.map(({ name }) => name)).toEqual(['kind', 'v', 'text', 'time']);
    await writer.deleteLastCache(table.id, 'named');
  });

  test('distinct_cache gives the sorted combinations, nulls first', async () => {
    expect(await server.ask("SELECT * FROM distinct_cache('sensor')")).toEqual([
      { kind: 't' },
      { room: 'b', kind: 't' },
      { room: 'k', kind: 't' },
    ]);
  });

  test('a principal sees what it may see of the table', async () => {
    const room = { as: ['db:test/sensor[room=b]:read'] };
    expect(await server.ask("SELECT v FROM last_cache('sensor', 'one')", room)).toEqual([{ v: 4 }]);
    expect(await server.ask("SELECT * FROM distinct_cache('sensor')", room)).toEqual([
      { room: 'b', kind: 't' },
    ]);
    const none = { as: ['db:test/cpu:read'] };
    expect(await refusal(server.text("SELECT * FROM last_cache('sensor', 'one')", none))).toMatch(
      /provided table name is invalid/,
    );
    expect(await server.ask('SELECT * FROM system.last_caches', none)).toEqual([]);
  });

  test('what does not exist is refused', async () => {
    expect(await refusal(server.text("SELECT * FROM last_cache('sensor')"))).toMatch(
      /could not find cache for the given arguments/,
    );
    expect(await refusal(server.text("SELECT * FROM distinct_cache('cpu')"))).toMatch(
      /could not find distinct value cache for the given arguments/,
    );
    expect(
      await server.ask(
        'SELECT name, key_column_names, value_column_ids, value_column_names, ttl FROM system.last_caches ORDER BY name',
      ),
    ).toEqual([
      { name: 'one', key_column_names: ['room', 'kind'], ttl: 3600 },
      {
        name: 'two',
        key_column_names: ['room'],
        value_column_ids: [expect.any(Number)],
        value_column_names: ['v'],
        ttl: 3600,
      },
    ]);
  });
});

test('a text of half a megabyte runs', async () => {
  const text = 'x'.repeat(500_000);
  expect(await server.ask(`SELECT character_length('${text}') AS n`)).toEqual([{ n: 500_000 }]);
  const names = Array.from({ length: 5000 }, (_, index) => `'host ${index}'`).join(', ');
  expect(await server.ask(`SELECT count(*) AS n FROM cpu WHERE host IN (${names}, 'b')`)).toEqual([{ n: 1 }]);
});

test('rows older than the retention period do not exist; a table may keep its own period', async () => {
  const writer = server.catalog.as(AUTHOR);
  const hourNs = 3_600_000_000_000n;
  const database = await writer.createDatabase('short', { retentionNs: hourNs });
  const tag = { name: 'k', type: 'tag' } as const;
  await writer.createTable(database.id, 'long', [tag, { name: 'v', type: 'float' }], {
    retentionNs: 100n * hourNs,
  });
  await server.write(
    ['m', 'long']
      .flatMap((table) => [`${table},k=a v=1 ${ago(7200)}`, `${table},k=a v=2 ${ago(60)}`])
      .join('\n'),
    { database },
  );
  const values = (table: string) => server.ask(`SELECT v FROM ${table} ORDER BY v`, { database: 'short' });
  expect(await values('m')).toEqual([{ v: 2 }]);
  expect(await values('long')).toEqual([{ v: 1 }, { v: 2 }]);
  await writer.setDatabaseRetention(database.id, null);
  expect((await values('m')).length).toBeGreaterThanOrEqual(1);
  await writer.setDatabaseRetention(database.id, 10_000_000_000n);
  expect(await values('m')).toEqual([]);
});

describe('a catalog that changes', () => {
  test('between the plan and the start: the query starts anew over what is there', async () => {
    await server.write('cleared,k=a v=1 10');
    const result = await server.start('SELECT v FROM cleared');
    await server.catalog.as(AUTHOR).clearTable(server.table('cleared').id);
    const chunks: Uint8Array[] = [];
    for await (const chunk of result.encode('json')) chunks.push(chunk);
    expect(Buffer.concat(chunks).toString()).toBe('[]');
  });

  test('a table that is gone is a planning error, even when it goes at the last moment', async () => {
    await server.write('dropped,k=a v=1 10');
    const result = await server.start('SELECT v FROM dropped');
    await server.catalog.as(AUTHOR).deleteTable(server.table('dropped').id, { kind: 'at', ms: 0 });
    await server.catalog.removeDue(Date.now());
    expect(await refusal(result.encode('json')[Symbol.asyncIterator]().next())).toMatch(
      /^400 Error during planning: table 'public\.iox\.dropped' not found/,
    );
  });

  test('a soft-deleted database can be read under its new name', async () => {
    const writer = server.catalog.as(AUTHOR);
    const database = await writer.createDatabase('going');
    await server.write('m,k=a v=1 10', { database });
    const renamed = await writer.deleteDatabase(database.id, { kind: 'never' });
    expect(renamed.name).not.toBe('going');
    expect(await server.ask('SELECT v FROM m', { database: renamed.name })).toEqual([{ v: 1 }]);
  });
});

test('a large result needs little memory, however slowly it is read', async () => {
  const sql =
    "SELECT value, concat('host_', CAST(value % 1000 AS VARCHAR)) AS host FROM generate_series(1, 2000000)";
  for (const format of ['jsonl', 'parquet'] as const) {
    await server.text('SELECT 1');
    const before = process.memoryUsage.rss();
    let peak = before;
    let bytes = 0;
    for await (const chunk of (await server.start(sql)).encode(format)) {
      bytes += chunk.length;
      peak = Math.max(peak, process.memoryUsage.rss());
      if (bytes < 1_000_000) await new Promise((resolve) => setImmediate(resolve));
    }
    expect(bytes).toBeGreaterThan(1_000_000);
    expect(peak - before).toBeLessThan(300 * 1024 * 1024);
  }
});
