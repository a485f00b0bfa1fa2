/** Every command and request of the seed document, as printed: run, then each token shown to work and to be refused. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { shell } from '../support/command-line.ts';
import { startTestServer, type TestServer } from '../support/server.ts';

let server: TestServer;
let operator: string;

beforeAll(async () => {
  server = await startTestServer();
  const created = await fetch(`${server.url}/api/v3/configure/token/admin`, { method: 'POST' });
  expect(created.status).toBe(201);
  operator = ((await created.json()) as { token: string }).token;
  for (const db of ['DATABASE1', 'DATABASE2', 'DATABASE_NAME', 'DATABASE2_NAME', 'OTHER']) {
    const response = await post('/api/v3/configure/database', operator, { db });
    expect(response.status).toBe(200);
    expect((await write(operator, db)).status).toBe(204);
  }
}, 120_000);

afterAll(() => server?.stop());

interface Example {
  readonly title: string;
  readonly command: string;
  readonly reads: readonly string[];
  readonly writes: readonly string[];
  readonly paths: readonly string[];
}

const ALL = ['DATABASE1', 'DATABASE2', 'DATABASE_NAME', 'DATABASE2_NAME', 'OTHER'];
const example = (title: string, command: string, reaches: Partial<Example>): Example => ({
  reads: [],
  writes: [],
  paths: [],
  ...reaches,
  title,
  command,
});

const commands: Example[] = [
  example(
    'read and write on two databases, one year',
    'influxdb3 create token \\\n--permission \\\n--expiry 1y \\\n--name "Read-write on DATABASE1, DATABASE2" \\\n"db:DATABASE1,DATABASE2:read,write"',
    { reads: ['DATABASE1', 'DATABASE2'], writes: ['DATABASE1', 'DATABASE2'] },
  ),
  example(
    'read and write on one database',
    'influxdb3 create token \\\n--permission \\\n--name "Read/write token for DATABASE_NAME" \\\ndb:DATABASE_NAME:read,write',
    { reads: ['DATABASE_NAME'], writes: ['DATABASE_NAME'] },
  ),
  example(
    'read and write on all databases',
    'influxdb3 create token \\\n--permission \\\n--name "Read/write token for all databases" \\\ndb:*:read,write',
    { reads: ALL, writes: ALL },
  ),
  example(
    'read on one database',
    'influxdb3 create token \\\n--permission \\\n--name "Read-only token for DATABASE_NAME" \\\ndb:DATABASE_NAME:read',
    { reads: ['DATABASE_NAME'] },
  ),
  example(
    'read on two databases',
    'influxdb3 create token \\\n--permission \\\n--name "Read-only token for DATABASE_NAME and DATABASE2_NAME" \\\ndb:DATABASE_NAME,DATABASE2_NAME:read',
    { reads: ['DATABASE_NAME', 'DATABASE2_NAME'] },
  ),
  example(
    'seven days',
    'influxdb3 create token \\\n--permission \\\n--expiry 7d \\\n--name "Read/write token for DATABASE_NAME with 7d expiration" \\\ndb:DATABASE_NAME:read,write',
    { reads: ['DATABASE_NAME'], writes: ['DATABASE_NAME'] },
  ),
  example(
    'system health',
    'influxdb3 create token \\\n--permission \\\n--expiry 1y \\\n--name "System health token" \\\n"system:health:read"',
    { paths: ['/health'] },
  ),
];

const body = (name: string, permission: string, expiry = '') =>
  `{\n  "token_name": "${name}",\n  "permissions": [{\n    ${permission}\n  }]${expiry}\n}`;
const db = (names: string, actions: string) =>
  `"resource_type": "db",\n    "resource_identifier": [${names}],\n    "actions": [${actions}]`;
const requests: (Example & { readonly json: string })[] = [
  {
    ...commands[0]!,
    json: body(
      'Read-write for DATABASE1, DATABASE2',
      db('"DATABASE1","DATABASE2"', '"read","write"'),
      ',\n  "expiry_secs": 300000',
    ),
  },
  {
    ...commands[1]!,
    json: body('Read/write token for DATABASE_NAME', db('"DATABASE_NAME"', '"read","write"')),
  },
  { ...commands[2]!, json: body('Read/write token for all databases', db('"*"', '"read","write"')) },
  { ...commands[3]!, json: body('Read-only token for DATABASE_NAME', db('"DATABASE_NAME"', '"read"')) },
  {
    ...commands[4]!,
    json: body(
      'Read-only token for DATABASE_NAME and DATABASE2_NAME',
      db('"DATABASE_NAME","DATABASE2_NAME"', '"read"'),
    ),
  },
  {
    ...commands[5]!,
    json: body(
      'Read/write token for DATABASE_NAME',
      db('"DATABASE_NAME"', '"read","write"'),
      ',\n  "expiry_secs": 604800',
    ),
  },
  {
    ...commands[6]!,
    json: body(
      'System health token',
      '"resource_type": "system",\n    "resource_identifier": ["health"],\n    "actions": ["read"]',
      ',\n  "expiry_secs": 300000',
    ),
  },
];

describe('the command line of the seed document', () => {
  test.each(commands)('$title', async (printed) => {
    const done = await shell(printed.command, {
      INFLUXDB3_HOST_URL: server.url,
      INFLUXDB3_AUTH_TOKEN: operator,
    });
    expect(done.stderr).toBe('');
    expect(done.code).toBe(0);
    await expectReach(/apiv3_[A-Za-z0-9_-]{86}/.exec(done.stdout)![0], printed);
    expect((await removeToken(/--name "([^"]*)"/.exec(printed.command)![1]!)).status).toBe(200);
  });

  test('--format json gives the token as a field', async () => {
    const done = await shell(
      'influxdb3 create token --permission --format json --name "as json" db:DATABASE_NAME:read',
      { INFLUXDB3_HOST_URL: server.url, INFLUXDB3_AUTH_TOKEN: operator },
    );
    expect(Object.keys(JSON.parse(done.stdout))).toEqual(['help_msg', 'token']);
  });
});

describe('the requests of the seed document', () => {
  test.each(requests)('$title', async (printed) => {
    const curl = [
      'curl -sS \\',
      `"${server.url}/api/v3/enterprise/configure/token" \\`,
      "--header 'Accept: application/json' \\",
      "--header 'Content-Type: application/json' \\",
      `--header "Authorization: Bearer ${operator}" \\`,
      `--data '${printed.json}'`,
    ].join('\n');
    const reply = JSON.parse((await shell(curl)).stdout) as { token: string; expiry: string | null };
    expect(reply.expiry === null).toBe(!printed.json.includes('expiry_secs'));
    await expectReach(reply.token, printed);
    expect((await removeToken(JSON.parse(printed.json).token_name)).status).toBe(200);
  });

  test('without the admin token that the text asks for, a request is refused', async () => {
    const response = await fetch(`${server.url}/api/v3/enterprise/configure/token`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: requests[0]!.json,
    });
    expect(response.status).toBe(401);
  });
});

async function expectReach(token: string, reach: Example): Promise<void> {
  for (const name of ALL) {
    const read = await post('/api/v3/query_sql', token, { db: name, q: 'SELECT v FROM m LIMIT 1' });
    const text = await read.text();
    expect([name, 'read', read.status]).toEqual([name, 'read', reach.reads.includes(name) ? 200 : 403]);
    if (read.status === 200) expect(JSON.parse(text)).toHaveLength(1);
    const written = await write(token, name);
    expect([name, 'write', written.status]).toEqual([name, 'write', reach.writes.includes(name) ? 204 : 403]);
  }
  for (const path of ['/health', '/metrics', '/ping']) {
    const response = await fetch(server.url + path, { headers: { authorization: `Bearer ${token}` } });
    expect([path, response.status]).toEqual([path, reach.paths.includes(path) ? 200 : 403]);
  }
}

function post(path: string, token: string, json: object): Promise<Response> {
  return fetch(server.url + path, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify(json),
  });
}

function write(token: string, name: string): Promise<Response> {
  return fetch(`${server.url}/api/v3/write_lp?db=${name}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}` },
    body: 'm,t=a v=1 1735689600',
  });
}

function removeToken(name: string): Promise<Response> {
  return fetch(`${server.url}/api/v3/configure/token?token_name=${encodeURIComponent(name)}`, {
    method: 'DELETE',
    headers: { authorization: `Bearer ${operator}` },
  });
}
