/**
 * The matrix: every route, asked by every kind of caller. What is expected is written here from `auth.md` 3 to 7
 * and `beyond.md`; only the list of routes is compared with the server's own, so that none is forgotten.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { routes } from '../../src/api/routes.ts';
import { startTestServer, type TestServer } from '../support/server.ts';

/** Callers without a valid credential. */
const NOBODY = ['none', 'garbage', 'expired', 'deleted', 'regenerated'] as const;
/** Tokens of one permission each, made below; databases are `a` and `b`. */
const PERMISSIONS = {
  readA: 'db:a:read',
  writeA: 'db:a:write',
  deleteA: 'db:a:delete',
  describeA: 'db:a:describe',
  bothB: 'db:b:read,write',
  readAll: 'db:*:read',
  writeAll: 'db:*:write',
  createAll: 'db:*:create',
  createAndWriteAll: 'db:*:create,write',
  everythingOnData: 'db:*:create,describe,read,write,delete',
  health: 'system:health:read',
  metrics: 'system:metrics:read',
  ping: 'system:ping:read',
  ready: 'system:ready:read',
  allSystem: 'system:*:read',
} as const;
const TOKENS = [...(Object.keys(PERMISSIONS) as (keyof typeof PERMISSIONS)[]), 'named', 'operator'] as const;
type Token = (typeof TOKENS)[number];
type Caller = (typeof NOBODY)[number] | Token;
const CALLERS: readonly Caller[] = [...NOBODY, ...TOKENS];

const ADMINS: readonly Token[] = ['named', 'operator'];
const ANY_DATA_TOKEN = Object.entries(PERMISSIONS).flatMap(([name, text]) =>
  text.startsWith('db:') ? [name as Token] : [],
);

interface Row {
  readonly route: string;
  /** Where the same route is asked for something else. */
  readonly about?: string;
  /** Of the callers with a valid token; `{caller}` in path and body is the caller's name. */
  readonly allowed: readonly Token[];
  /** The status for those: 2xx where the call can be done by each of them, else what comes after the check. */
  readonly status: number;
  readonly query?: string;
  readonly json?: object;
  readonly body?: string;
  /** The status for valid tokens that are refused; 403 unless told. */
  readonly refused?: number;
  /** For the paths that need no credential at all. */
  readonly open?: boolean;
}

const field = { name: 'f', type: 'float64' };
const readA: readonly Token[] = ['readA', 'readAll', 'everythingOnData', ...ADMINS];
const readAbsent: readonly Token[] = ['readAll', 'everythingOnData', ...ADMINS];
const writeA: readonly Token[] = ['writeA', 'writeAll', 'createAndWriteAll', 'everythingOnData', ...ADMINS];
const writeAbsent: readonly Token[] = ['createAndWriteAll', 'everythingOnData', ...ADMINS];
const seeA: readonly Token[] = [...ANY_DATA_TOKEN, ...ADMINS].filter((name) => name !== 'bothB');
const line = 'm,t=1 f=1 1700000000000000000';

const writes = (route: string, parameter: string, { json = false } = {}): Row[] => [
  { route, about: 'a', query: `${parameter}=a`, body: line, allowed: writeA, status: 204 },
  {
    route,
    about: 'a database that is not there',
    query: `${parameter}=new-{caller}-${json ? 'v2' : parameter}-${route.length}`,
    body: line,
    allowed: writeAbsent,
    status: 204,
  },
  {
    route,
    about: '_internal',
    query: `${parameter}=_internal`,
    body: '# none',
    allowed: ADMINS,
    status: 400,
  },
];

const queries = (path: string, text: string, refused?: number): Row[] =>
  (['GET', 'POST'] as const).flatMap((method): Row[] => {
    const ask = (db: string) =>
      method === 'GET' || path === '/query'
        ? { query: `db=${db}&q=${encodeURIComponent(text)}` }
        : { json: { db, q: text } };
    const route = `${method} ${path}`;
    const rest = refused === undefined ? {} : { refused };
    // An unknown database is told to those who may read it; in v1 as the statement's error.
    const absent = path === '/query' ? 200 : 404;
    const isSql = path === '/api/v3/query_sql';
    const found = isSql || path === '/query' ? 200 : 400;
    return [
      { route, about: 'a', ...ask('a'), allowed: readA, status: found, ...rest },
      { route, about: 'an absent one', ...ask('nowhere'), allowed: readAbsent, status: absent, ...rest },
      { route, about: '_internal', ...ask('_internal'), allowed: ADMINS, status: found, ...rest },
    ];
  });

const system = (route: string, resource: Token): Row => ({
  route,
  allowed: [resource, 'allSystem', ...ADMINS],
  status: 200,
});

const admin = (route: string, rest: Omit<Row, 'route' | 'allowed'>): Row => ({
  route,
  allowed: ADMINS,
  ...rest,
});

const TOKEN = '/api/v3/configure/token';
const ENTERPRISE = '/api/v3/enterprise/configure/token';
const newToken = (suffix: string) => ({
  token_name: `made-{caller}-${suffix}`,
  permissions: [{ resource_type: 'db', resource_names: ['a'], actions: ['read'] }],
});

const ROWS: readonly Row[] = [
  ...writes('POST /api/v3/write_lp', 'db'),
  ...writes('POST /api/v2/write', 'bucket', { json: true }),
  ...writes('POST /write', 'db'),
  ...queries('/api/v3/query_sql', 'SELECT 1'),
  ...queries('/api/v3/query_influxql', 'SELECT f FROM m'),
  ...queries('/query', 'SELECT f FROM m', 401),
  ...(['GET', 'POST'] as const).flatMap((method): Row[] => [
    {
      route: `${method} /query`,
      about: 'SHOW DATABASES',
      query: `q=${encodeURIComponent('SHOW DATABASES')}`,
      allowed: [...ANY_DATA_TOKEN, ...ADMINS],
      status: 200,
      refused: 401,
    },
    {
      route: `${method} /query`,
      about: 'SHOW RETENTION POLICIES',
      query: `db=a&q=${encodeURIComponent('SHOW RETENTION POLICIES')}`,
      allowed: seeA,
      status: 200,
      refused: 401,
    },
  ]),
  {
    route: 'GET /api/v3/query_influxql',
    about: 'SHOW DATABASES',
    query: `q=${encodeURIComponent('SHOW DATABASES')}`,
    allowed: [...ANY_DATA_TOKEN, ...ADMINS],
    status: 200,
  },
  system('GET /health', 'health'),
  system('GET /api/v1/health', 'health'),
  system('GET /ping', 'ping'),
  system('POST /ping', 'ping'),
  system('GET /ready', 'ready'),
  system('GET /metrics', 'metrics'),

  {
    route: 'GET /api/v3/configure/database',
    query: 'format=json',
    allowed: [...ANY_DATA_TOKEN, ...ADMINS],
    status: 200,
  },
  {
    route: 'POST /api/v3/configure/database',
    json: { db: 'made-{caller}' },
    allowed: ['createAll', 'createAndWriteAll', 'everythingOnData', ...ADMINS],
    status: 200,
  },
  admin('PUT /api/v3/configure/database', { json: { db: 'b', retention_period: '30d' }, status: 200 }),
  admin('DELETE /api/v3/configure/database', { query: 'db=made-{caller}', status: 200 }),
  admin('POST /api/v3/configure/database/retention_period', { query: 'db=b&duration=7d', status: 204 }),
  admin('DELETE /api/v3/configure/database/retention_period', { query: 'db=b', status: 204 }),
  admin('POST /api/v3/configure/table', {
    json: { db: 'a', table: 'table-{caller}', tags: ['t'], fields: [field] },
    status: 200,
  }),
  admin('PUT /api/v3/configure/table', {
    json: { db: 'a', table: 'table-{caller}', retention_period: '30d' },
    status: 200,
  }),
  admin('POST /api/v3/enterprise/configure/table/retention_period', {
    query: 'db=a&table=table-{caller}&duration=30d',
    status: 204,
  }),
  admin('DELETE /api/v3/enterprise/configure/table/retention_period', {
    query: 'db=a&table=table-{caller}',
    status: 204,
  }),
  admin('POST /api/v3/configure/last_cache', {
    json: { db: 'a', table: 'table-{caller}', name: 'l' },
    status: 201,
  }),
  admin('DELETE /api/v3/configure/last_cache', { query: 'db=a&table=table-{caller}&name=l', status: 200 }),
  admin('POST /api/v3/configure/distinct_cache', {
    json: { db: 'a', table: 'table-{caller}', name: 'd', columns: ['t'] },
    status: 201,
  }),
  admin('DELETE /api/v3/configure/distinct_cache', {
    query: 'db=a&table=table-{caller}&name=d',
    status: 200,
  }),
  {
    route: 'DELETE /api/v3/configure/table',
    about: 'a table that is not there',
    query: 'db=a&table=nothing',
    allowed: ['deleteA', 'everythingOnData', ...ADMINS],
    status: 404,
  },
  {
    route: 'DELETE /api/v3/configure/table',
    about: '_internal',
    query: 'db=_internal&table=nothing',
    allowed: ADMINS,
    status: 404,
  },

  {
    route: 'POST /api/v3/row_delete_requests',
    about: 'a table that is not there',
    json: { db: 'a', table: 'nothing', all_time: true },
    allowed: ['deleteA', 'everythingOnData', ...ADMINS],
    status: 404,
  },
  // Filtered to what the caller may see, which may be nothing.
  { route: 'GET /api/v3/row_delete_requests', allowed: TOKENS, status: 200 },
  // Nobody but an administrator learns which requests there are not.
  admin('POST /api/v3/row_delete_requests/{sequence}/abort', { json: { reason: 'x' }, status: 404 }),

  // Open for everybody while there is no operator token; there is one here.
  { route: `POST ${TOKEN}/admin`, allowed: TOKENS, status: 409, open: true },
  admin(`POST ${TOKEN}/named_admin`, { json: { token_name: 'named-{caller}' }, status: 201 }),
  admin(`POST ${ENTERPRISE}`, { json: newToken('enterprise'), status: 201 }),
  admin(`POST ${TOKEN}`, { json: newToken('alias'), status: 201 }),
  admin(`PATCH ${ENTERPRISE}`, {
    query: 'token_name=made-{caller}-alias',
    json: { description: 'x' },
    status: 200,
  }),
  admin(`POST ${ENTERPRISE}/rotate`, { json: { token_name: 'made-{caller}-alias' }, status: 201 }),
  admin(`POST ${ENTERPRISE}/check`, {
    json: { token_name: 'readA', resource: 'db:a', action: 'read' },
    status: 200,
  }),
  admin(`DELETE ${TOKEN}`, { query: 'token_name=made-{caller}-alias', status: 200 }),
  admin(`DELETE ${ENTERPRISE}`, { query: 'token_name=made-{caller}-enterprise', status: 200 }),
  admin(`POST ${ENTERPRISE}/apply`, { query: 'dry_run=true', json: { tokens: [] }, status: 200 }),
  { route: `GET ${ENTERPRISE}/self`, allowed: TOKENS, status: 200 },
  // None of these tokens carries `derive`, so the call is open to them and then refuses.
  { route: `POST ${ENTERPRISE}/derive`, json: newToken('child'), allowed: [], status: 403 },
  admin('GET /api/v3/enterprise/audit', { status: 200 }),
  admin('GET /api/v3/enterprise/audit/verify', { status: 200 }),
  { route: 'GET /api/v3/openapi.json', allowed: TOKENS, status: 200 },
  // Last: it ends the operator's string, so it is asked by nobody who may.
  { route: `POST ${TOKEN}/admin/regenerate`, about: 'all but administrators', allowed: [], status: 201 },
];

let server: TestServer;
const tokens = new Map<Caller, string>();

async function call(
  method: string,
  path: string,
  token: string | undefined,
  body?: object,
): Promise<Response> {
  return fetch(server.url + path, {
    method,
    headers: {
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
      ...(body !== undefined && { 'content-type': 'application/json' }),
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
}

async function tokenFrom(response: Response): Promise<string> {
  expect([response.status, response.status === 201 ? '' : await response.text()]).toEqual([201, '']);
  return ((await response.json()) as { token: string }).token;
}

beforeAll(async () => {
  server = await startTestServer({ args: ['--auth-failure-limit', '0'] });
  const first = await tokenFrom(await call('POST', `${TOKEN}/admin`, undefined));
  const operator = await tokenFrom(await call('POST', `${TOKEN}/admin/regenerate`, first));
  tokens.set('regenerated', first).set('operator', operator);
  for (const db of ['a', 'b']) {
    expect((await call('POST', '/api/v3/configure/database', operator, { db })).status).toBe(200);
  }
  const make = async (name: string, permission: string, extra: object = {}) => {
    const [type, names, actions] = permission.split(':') as [string, string, string];
    const permissions = [
      { resource_type: type, resource_names: names.split(','), actions: actions.split(',') },
    ];
    return tokenFrom(await call('POST', ENTERPRISE, operator, { token_name: name, permissions, ...extra }));
  };
  for (const [name, permission] of Object.entries(PERMISSIONS)) {
    tokens.set(name as Token, await make(name, permission));
  }
  tokens.set(
    'named',
    await tokenFrom(await call('POST', `${TOKEN}/named_admin`, operator, { token_name: 'named' })),
  );
  tokens.set('expired', await make('expired', 'db:*:read,write', { expiry_secs: 0 }));
  tokens.set('deleted', await make('deleted', 'db:*:read,write'));
  expect((await call('DELETE', `${TOKEN}?token_name=deleted`, operator)).status).toBe(200);
  tokens.set('garbage', `apiv3_${'x'.repeat(86)}`);
}, 60_000);
afterAll(() => server?.stop());

function expectedStatus(row: Row, caller: Caller): number {
  if (row.open === true) return row.status;
  if ((NOBODY as readonly Caller[]).includes(caller)) return 401;
  return row.allowed.includes(caller as Token) ? row.status : (row.refused ?? 403);
}

async function ask(row: Row, caller: Caller): Promise<{ status: number; text: string }> {
  const [method, path] = row.route.replace('{sequence}', '999').split(' ') as [string, string];
  const fill = (text: string) => text.replaceAll('{caller}', caller);
  const body = row.json === undefined ? row.body : fill(JSON.stringify(row.json));
  const token = tokens.get(caller);
  const response = await fetch(
    `${server.url}${path}${row.query === undefined ? '' : `?${fill(row.query)}`}`,
    {
      method,
      headers: {
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
        ...(row.json !== undefined && { 'content-type': 'application/json' }),
      },
      ...(body !== undefined && { body }),
    },
  );
  expect(response.headers.get('cluster-uuid')).toMatch(/^[0-9a-f-]{36}$/);
  return { status: response.status, text: await response.text() };
}

const UNAUTHENTICATED = '{"error": "the request was not authenticated"}';
const FORBIDDEN = '{"error": "unauthorized to perform requested action with the token"}';

describe('route × caller', () => {
  test.each(ROWS.map((row): [string, Row] => [`${row.route} ${row.about ?? ''}`, row]))(
    '%s',
    async (_title, row) => {
      const isSelf = row.route.endsWith('/admin/regenerate');
      const callers = isSelf ? CALLERS.filter((caller) => !ADMINS.includes(caller as Token)) : CALLERS;
      const expected: Record<string, number> = {};
      const actual: Record<string, number> = {};
      for (const caller of callers) {
        const { status, text } = await ask(row, caller);
        expected[caller] = expectedStatus(row, caller);
        actual[caller] = status;
        const isRefusal = row.open !== true && !row.allowed.includes(caller as Token);
        if (!isRefusal) continue;
        if ((NOBODY as readonly Caller[]).includes(caller)) expect(text).toBe(UNAUTHENTICATED);
        else if (row.refused === 401) expect(text).toBe('{"error":"unauthorized access"}');
        else if (row.route === 'POST /api/v2/write')
          expect(JSON.parse(text)).toMatchObject({ code: 'forbidden' });
        else if (!row.route.endsWith('/derive')) expect(text).toBe(FORBIDDEN);
      }
      expect(actual).toEqual(expected);
    },
  );
});

test('every route of the server is in the matrix, and nothing else', () => {
  const asked = new Set(ROWS.map(({ route }) => route));
  const served = new Set(routes.map(({ method, path }) => `${method} ${path}`));
  expect([...asked].sort()).toEqual([...served].sort());
});

test.each([
  ['GET', '/api/v3/nothing'],
  ['GET', '/api/v3/write_lp'],
  ['HEAD', '/ping'],
  ['PUT', `${TOKEN}`],
  ['GET', '/api/v3/users'],
  ['GET', '/health/'],
])('%s %s is nowhere: 404 with a token, 401 without', async (method, path) => {
  for (const caller of CALLERS) {
    const response = await call(method, path, tokens.get(caller));
    const isNobody = (NOBODY as readonly Caller[]).includes(caller);
    expect([caller, response.status]).toEqual([caller, isNobody ? 401 : 404]);
    if (!isNobody && method !== 'HEAD') expect(await response.text()).toBe('Not found');
  }
});

test('the bootstrap path needs no credential for any method', async () => {
  expect((await call('GET', `${TOKEN}/admin`, undefined)).status).toBe(404);
});

test('a preflight is answered on any path without a credential', async () => {
  for (const path of ['/api/v3/write_lp', '/nowhere', TOKEN]) {
    const response = await call('OPTIONS', path, undefined);
    expect(response.status).toBe(204);
    expect(response.headers.get('access-control-allow-origin')).toBe('*');
    expect(response.headers.get('access-control-max-age')).toBe('86400');
  }
});
