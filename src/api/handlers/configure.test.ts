/** Databases, tables, caches and tokens over HTTP (`http-api.md` 7 to 9, `auth.md` 2 and 3). */
import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type InProcessServer, startInProcess } from '../../../test/support/in-process-server.ts';

const DATABASE = '/api/v3/configure/database';
const TABLE = '/api/v3/configure/table';
const TOKEN = '/api/v3/configure/token';
const ENTERPRISE = '/api/v3/enterprise/configure/token';

let server: InProcessServer;
let operator: string;
beforeAll(async () => {
  server = await startInProcess();
  operator = await server.bootstrap();
});
afterAll(() => server?.stop());

const call = (method: string, path: string, body?: object, token = operator) =>
  server.ask({ method, path, token, ...(body !== undefined && { body }) });
const outcome = async (method: string, path: string, body?: object) => {
  const { status, text } = await call(method, path, body);
  return [status, text];
};
const sql = async (db: string, q: string) =>
  JSON.parse((await call('GET', `/api/v3/query_sql?db=${db}&q=${encodeURIComponent(q)}`)).text) as object[];
const names = async (query = '') => {
  const { text } = await call('GET', `${DATABASE}?format=json${query}`);
  return (JSON.parse(text) as { 'iox::database': string }[]).map((row) => row['iox::database']);
};

async function makeToken(name: string, permissions: unknown[], extra: object = {}): Promise<string> {
  const { status, text } = await call('POST', ENTERPRISE, { token_name: name, permissions, ...extra });
  expect([status, status === 201 ? '' : text]).toEqual([201, '']);
  return (JSON.parse(text) as { token: string }).token;
}

describe('databases', () => {
  test('are created, listed in every format, and refused by name', async () => {
    expect(await outcome('POST', DATABASE, { db: 'one' })).toEqual([200, '']);
    expect(await outcome('POST', DATABASE, { db: 'one' })).toEqual([
      409,
      'attempted to create a resource that already exists',
    ]);
    expect(await outcome('POST', DATABASE, { db: 'a b' })).toEqual([
      400,
      expect.stringContaining('invalid character'),
    ]);
    expect(await names()).toEqual(['_internal', 'one']);
    const csv = await call('GET', `${DATABASE}?format=csv&show_deleted=true`);
    expect(csv.text).toBe('iox::database,deleted\n_internal,false\none,false\n');
    expect(await outcome('GET', DATABASE)).toEqual([400, 'serde error: missing field `format`']);
  });

  test('soft delete renames and frees the name; the same token does not reach the new one', async () => {
    await call('POST', DATABASE, { db: 'reborn' });
    const token = await makeToken('reborn', [
      { resource_type: 'db', resource_names: ['reborn'], actions: ['read'] },
    ]);
    const query = () => server.ask({ path: '/api/v3/query_sql?db=reborn&q=SELECT%201', token });
    expect((await query()).status).toBe(200);
    expect(await outcome('DELETE', `${DATABASE}?db=reborn`)).toEqual([200, '']);
    expect(await names()).not.toContain('reborn');
    const renamed = (await names('&show_deleted=true')).find((name) => name.startsWith('reborn-'));
    expect(renamed).toMatch(/^reborn-\d{8}T\d{6}$/);
    await call('POST', DATABASE, { db: 'reborn' });
    expect((await query()).status).toBe(403);
    const old = await server.ask({ path: `/api/v3/query_sql?db=${renamed}&q=SELECT%201`, token });
    expect(old.status).toBe(200);
  });

  test('hard delete now removes it', async () => {
    await call('POST', DATABASE, { db: 'gone' });
    expect((await call('DELETE', `${DATABASE}?db=gone&hard_delete_at=now`)).status).toBe(200);
    expect((await names('&show_deleted=true')).filter((name) => name.startsWith('gone'))).toEqual([]);
  });

  test('data_only keeps the schema', async () => {
    await call('POST', '/api/v3/write_lp?db=emptied', undefined);
    await server.ask({ method: 'POST', path: '/api/v3/write_lp?db=emptied', token: operator, body: 'm f=1' });
    expect((await call('DELETE', `${DATABASE}?db=emptied&data_only=true`)).status).toBe(200);
    expect(await sql('emptied', 'SELECT count(f) AS n FROM m')).toEqual([{ n: 0 }]);
  });

  test('retention hides old points at once', async () => {
    const now = server.clock.nowMs() * 1e6;
    const lines = `m f=1 ${now}\nm f=2 ${now - 48 * 3600e9}`;
    await server.ask({ method: 'POST', path: '/api/v3/write_lp?db=kept', token: operator, body: lines });
    expect(await sql('kept', 'SELECT count(*) AS n FROM m')).toEqual([{ n: 2 }]);
    expect(await outcome('POST', `${DATABASE}/retention_period?db=kept&duration=1d`)).toEqual([204, '']);
    expect(await sql('kept', 'SELECT count(*) AS n FROM m')).toEqual([{ n: 1 }]);
    expect(await outcome('DELETE', `${DATABASE}/retention_period?db=kept`)).toEqual([204, '']);
    expect(await sql('kept', 'SELECT count(*) AS n FROM m')).toEqual([{ n: 2 }]);
    expect((await call('PUT', DATABASE, { db: 'kept', retention_period: '1month' })).status).toBe(200);
    expect((await call('PUT', DATABASE, { db: 'kept', retention_period: '-1d' })).status).toBe(400);
  });

  test.each<[string, string, number, string | RegExp]>([
    ['DELETE', DATABASE, 400, 'serde error: missing field `db`'],
    ['DELETE', `${DATABASE}?db=nope`, 404, 'the requested resource was not found: nope'],
    ['DELETE', `${DATABASE}?db=one&hard_delete_at=soon`, 400, /^Cannot parse the timestamp: /],
    ['DELETE', `${DATABASE}?db=_internal`, 500, 'cannot delete internal db'],
    [
      'POST',
      `${DATABASE}/retention_period?db=nope&duration=1d`,
      404,
      'the requested resource was not found: nope',
    ],
  ])('%s %s', async (method, path, status, text) => {
    expect(await outcome(method, path)).toEqual([
      status,
      typeof text === 'string' ? text : expect.stringMatching(text),
    ]);
  });
});

describe('tables', () => {
  const fields = [
    { name: 'f', type: 'float64' },
    { name: 's', type: 'utf8' },
  ];

  test('are created with types, written, cleared and deleted', async () => {
    const create = { db: 'tables', table: 't', tags: ['host'], fields };
    expect(await outcome('POST', TABLE, create)).toEqual([200, '']);
    expect((await outcome('POST', TABLE, create))[0]).toBe(409);
    const types = await sql(
      'tables',
      "SELECT column_name, data_type FROM information_schema.columns WHERE table_name = 't' ORDER BY column_name",
    );
    expect(types).toEqual([
      { column_name: 'f', data_type: 'Float64' },
      { column_name: 'host', data_type: 'Dictionary(Int32, Utf8)' },
      { column_name: 's', data_type: 'Utf8' },
      { column_name: 'time', data_type: expect.stringMatching(/^Timestamp\(/) },
    ]);
    const bad = await server.ask({
      method: 'POST',
      path: '/api/v3/write_lp?db=tables',
      token: operator,
      body: 't,host=a f="text"',
    });
    expect(bad.status).toBe(400);
    await server.ask({
      method: 'POST',
      path: '/api/v3/write_lp?db=tables',
      token: operator,
      body: 't,host=a f=1',
    });
    expect((await call('DELETE', `${TABLE}?db=tables&table=t&data_only=true`)).status).toBe(200);
    expect(await sql('tables', 'SELECT count(*) AS n FROM t')).toEqual([{ n: 0 }]);
    expect((await call('DELETE', `${TABLE}?db=tables&table=t`)).status).toBe(200);
    expect(await outcome('DELETE', `${TABLE}?db=tables&table=t`)).toEqual([
      404,
      expect.stringContaining('t'),
    ]);
  });

  test.each<[string, object, number, RegExp]>([
    ['no fields', { db: 'tables', table: 'x', tags: [] }, 400, /missing field `fields`/],
    [
      'an unknown type',
      { db: 'tables', table: 'x', tags: [], fields: [{ name: 'a', type: 'int' }] },
      400,
      /unknown variant `int`/,
    ],
    [
      'a reserved name',
      { db: 'tables', table: 'x', tags: ['time'], fields },
      400,
      /'time' is a reserved column/,
    ],
    ['a tag twice', { db: 'tables', table: 'x', tags: ['a', 'a'], fields }, 400, /a/],
  ])('%s is refused', async (_name, body, status, text) => {
    expect(await outcome('POST', TABLE, body)).toEqual([status, expect.stringMatching(text)]);
  });
});

describe('caches', () => {
  const LAST = '/api/v3/configure/last_cache';
  const DISTINCT = '/api/v3/configure/distinct_cache';
  beforeAll(async () => {
    const body =
      'cpu,host=a,region=eu usage=1 1\ncpu,host=b,region=eu usage=2 2\ncpu,host=a,region=eu usage=3 3';
    await server.ask({ method: 'POST', path: '/api/v3/write_lp?db=caches', token: operator, body });
  });

  test('the last value cache', async () => {
    const created = await call('POST', LAST, {
      db: 'caches',
      table: 'cpu',
      key_columns: ['host'],
      ttl: 4_000_000_000,
    });
    expect([created.status, created.text]).toEqual([201, expect.stringContaining('CreateLastCache')]);
    expect(JSON.parse(created.text)).toMatchObject({
      catalog_batch: {
        Database: { database_name: 'caches', ops: [{ CreateLastCache: { name: 'cpu_host_last_cache' } }] },
      },
    });
    expect((await call('POST', LAST, { db: 'caches', table: 'cpu', key_columns: ['host'] })).status).toBe(
      409,
    );
    expect(await sql('caches', "SELECT host, usage FROM last_cache('cpu') ORDER BY host")).toEqual([
      { host: 'a', usage: 3 },
      { host: 'b', usage: 2 },
    ]);
    const path = `${LAST}?db=caches&table=cpu&name=cpu_host_last_cache`;
    expect([(await call('DELETE', path)).status, (await call('DELETE', path)).status]).toEqual([200, 404]);
  });

  test('the distinct value cache', async () => {
    const body = {
      db: 'caches',
      table: 'cpu',
      columns: ['region', 'host'],
      name: 'd',
      max_age: 4_000_000_000,
    };
    const none = await call('POST', DISTINCT, { ...body, max_cardinality: 0 });
    expect([none.status, none.text]).toEqual([400, expect.stringContaining('at least 1')]);
    expect((await call('POST', DISTINCT, body)).status).toBe(201);
    expect(await sql('caches', "SELECT region, host FROM distinct_cache('cpu', 'd') ORDER BY host")).toEqual([
      { region: 'eu', host: 'a' },
      { region: 'eu', host: 'b' },
    ]);
    const remove = { db: 'caches', table: 'cpu', name: 'd' };
    expect((await call('DELETE', DISTINCT, remove)).status).toBe(200);
    expect((await server.ask({ method: 'DELETE', path: DISTINCT, token: operator })).status).toBe(415);
  });

  test.each<[string, object, number, string]>([
    [
      LAST,
      { db: 'caches', table: 'cpu', key_columns: ['nope'] },
      400,
      'invalid configuration provided: invalid column provided: nope',
    ],
    [
      DISTINCT,
      { db: 'caches', table: 'cpu', columns: ['usage'] },
      400,
      'only tag and string columns are supported in the distinct cache',
    ],
    [
      LAST,
      { db: 'caches', table: 'cpu', key_columns: ['usage'] },
      400,
      'only uint64, int64, bool, tag, and string columns are supported in the last cache',
    ],
    [LAST, { db: 'nope', table: 'cpu' }, 404, 'nope'],
    [LAST, { db: 'caches', table: 'cpu', key_columns: ['host', 'host'] }, 400, 'column provided twice: host'],
    [DISTINCT, { db: 'caches', table: 'cpu', columns: ['host', 'host'] }, 400, 'column provided twice: host'],
  ])('%s %j', async (path, body, status, text) => {
    expect(await outcome('POST', path, body)).toEqual([status, expect.stringContaining(text)]);
  });
});

describe('tokens', () => {
  test('the reply has the six fields in order, and the hash is that of the string', async () => {
    const { text } = await call('POST', ENTERPRISE, {
      token_name: 'six',
      permissions: [{ resource_type: 'db', resource_names: ['*'], actions: ['read'] }],
      expiry_secs: 3600,
    });
    const reply = JSON.parse(text) as { token: string; hash: string; expiry: string; created_at: string };
    expect(Object.keys(reply)).toEqual(['id', 'name', 'token', 'hash', 'created_at', 'expiry']);
    expect(reply.token).toMatch(/^apiv3_[A-Za-z0-9_-]{86}$/);
    expect(reply.hash).toBe(createHash('sha512').update(reply.token).digest('hex'));
    expect(Date.parse(reply.expiry) - Date.parse(reply.created_at)).toBe(3_600_000);
  });

  const permission = (resource_type: string, resource_names: string[], actions: string[]) => [
    { resource_type, resource_names, actions },
  ];
  test.each<[unknown[], string]>([
    [permission('token', ['*'], ['read']), 'resource type not supported token'],
    [permission('*', ['*'], ['*']), '* resource type can only be set for admin token'],
    [permission('db', ['*', 'one'], ['read']), 'mixed wildcard (*) and resource name'],
    [permission('db', ['nope'], ['read']), 'invalid resource name nope'],
    [permission('system', ['disk'], ['read']), 'invalid resource name disk'],
    [permission('db', ['one'], ['*']), 'action not supported, database action *'],
    [permission('system', ['health'], ['write']), 'action not supported, system action write'],
    [[], 'missing permissions'],
    [permission('db', [], ['read']), 'missing resource name db'],
    [permission('db', ['one'], []), 'missing actions'],
  ])('%j is refused', async (permissions, reason) => {
    // The permission is told before the name, which exists.
    expect(await outcome('POST', ENTERPRISE, { token_name: '_admin', permissions })).toEqual([
      400,
      `cannot parse token permission, ${reason}`,
    ]);
  });

  test('names: unique, not empty, and the operator keeps its own', async () => {
    const permissions = permission('db', ['one'], ['read']);
    await makeToken('taken', permissions);
    expect(await outcome('POST', TOKEN, { token_name: 'taken', permissions })).toEqual([
      409,
      'token name already exists, taken',
    ]);
    expect(await outcome('POST', TOKEN, { token_name: '', permissions })).toEqual([
      400,
      'token name cannot be empty',
    ]);
    expect(await outcome('POST', `${TOKEN}/admin`)).toEqual([409, 'token name already exists, _admin']);
    expect(await outcome('DELETE', `${TOKEN}?token_name=_admin`)).toEqual([
      405,
      'cannot delete operator token',
    ]);
    expect(await outcome('DELETE', `${TOKEN}?token_name=`)).toEqual([
      404,
      'the requested resource was not found: ',
    ]);
    expect(await outcome('DELETE', TOKEN)).toEqual([400, 'serde error: missing field `token_name`']);
  });

  test('a named admin deletes itself, and is nobody from then on', async () => {
    const { text } = await call('POST', `${TOKEN}/named_admin`, { token_name: 'a name, with "signs" +' });
    const { token } = JSON.parse(text) as { token: string };
    const path = `${TOKEN}?token_name=${encodeURIComponent('a name, with "signs" +')}`;
    expect((await call('DELETE', path, undefined, token)).status).toBe(200);
    expect((await call('DELETE', path, undefined, token)).status).toBe(401);
  });

  test('both spellings of the names; both at once only where they agree', async () => {
    const base = { resource_type: 'db', actions: ['read'] };
    await makeToken('older', [{ ...base, resource_identifier: ['one'] }]);
    await makeToken('both', [{ ...base, resource_identifier: ['one'], resource_names: ['one'] }]);
    const differ = [{ ...base, resource_identifier: ['one'], resource_names: ['reborn'] }];
    expect(await outcome('POST', ENTERPRISE, { token_name: 'differ', permissions: differ })).toEqual([
      400,
      expect.stringContaining('duplicate field `resource_names`'),
    ]);
    expect(await outcome('POST', ENTERPRISE, { token_name: 'none', permissions: [base] })).toEqual([
      400,
      expect.stringMatching(/^serde json error: missing field `resource_names` at line 1 column \d+$/),
    ]);
  });

  test('who am I, what may it, and a child within its parent', async () => {
    const parent = await makeToken('parent', ['db:one:read,write'], { derive: true });
    const child = await call(
      'POST',
      `${ENTERPRISE}/derive`,
      { token_name: 'child', permissions: ['db:one:read'] },
      parent,
    );
    expect(child.status).toBe(201);
    const { token } = JSON.parse(child.text) as { token: string };
    const self = JSON.parse((await call('GET', `${ENTERPRISE}/self`, undefined, token)).text) as object;
    expect(self).toMatchObject({ name: 'child', permissions: ['db:one:read'] });
    expect(JSON.stringify(self)).not.toMatch(/hash|apiv3_/);
    const more = await call(
      'POST',
      `${ENTERPRISE}/derive`,
      { token_name: 'more', permissions: ['db:*:read'] },
      parent,
    );
    expect([more.status, more.headers['sluice-error-code']]).toEqual([403, 'derived_token_exceeds_parent']);
    const check = await call('POST', `${ENTERPRISE}/check`, {
      token_name: 'child',
      resource: 'db:one',
      action: 'write',
    });
    expect(JSON.parse(check.text)).toMatchObject({ allowed: false, would_need: 'db:one:write' });
    await call('DELETE', `${TOKEN}?token_name=parent`);
    expect((await call('GET', `${ENTERPRISE}/self`, undefined, token)).status).toBe(401);
  });

  test('declared tokens: the plan first, then the deed, then nothing to do', async () => {
    const body = {
      create_databases: ['declared'],
      tokens: [
        {
          name: 'app',
          token: `apiv3_${'declared-token-string'.repeat(3)}`,
          permissions: ['db:declared:read'],
        },
      ],
    };
    const apply = async (query: string) =>
      JSON.parse((await call('POST', `${ENTERPRISE}/apply${query}`, body)).text) as object;
    const plan = { plan: ['+ database declared', '+ token app'] };
    expect(await apply('?dry_run=true')).toEqual(plan);
    expect(await apply('')).toEqual(plan);
    expect(await apply('')).toEqual({ plan: [] });
    expect((await server.ask({ path: `${ENTERPRISE}/self`, token: body.tokens[0]!.token })).status).toBe(200);
  });
});
