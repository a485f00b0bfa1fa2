/** The command line against the real server: texts and exit codes of `auth.md` 12 and `cli.md`. */
import { mkdtempSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { cli, type Finished } from '../support/command-line.ts';
import { startTestServer, type TestServer } from '../support/server.ts';

let server: TestServer;
let operator: string;
const work = mkdtempSync(join(tmpdir(), 'sluice-cli-'));

const run = (args: string[], input = '', token = operator): Promise<Finished> =>
  cli(args, { INFLUXDB3_HOST_URL: server.url, ...(token ? { INFLUXDB3_AUTH_TOKEN: token } : {}) }, input);

beforeAll(async () => {
  server = await startTestServer();
  const created = await run(['create', 'token', '--admin', '--format', 'json'], '', '');
  expect(created).toMatchObject({ code: 0, stderr: '' });
  operator = JSON.parse(created.stdout).token;
}, 120_000);

afterAll(() => server?.stop());

describe('create token', () => {
  test('a second operator token is refused, on stderr, with exit code 1', async () => {
    const { code, stdout, stderr } = await run(['create', 'token', '--admin'], '', '');
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toBe(
      'Failed to create token, error: ApiError { code: 409, message: "token name already exists, _admin", error_code: None }\n',
    );
  });

  test('text output has no colour when it is no terminal', async () => {
    const { code, stdout } = await run(['create', 'token', '--permission', 'db:*:read', '--name', 'plain']);
    expect(code).toBe(0);
    expect(stdout).toMatch(
      /^\nNew token created successfully!\n\nToken: (apiv3_[\w-]{86})\nHTTP Requests Header: Authorization: Bearer \1\n\nIMPORTANT: Store this token securely, as it will not be shown again\.\n\n$/,
    );
  });

  test.each([
    ['old form', ['--permission', '--expiry', '1y', '--name', 'old', 'db:*:read,write']],
    ['new form', ['--name', 'new', '--permission', 'db:*:read', '--permission=system:health:read']],
  ])('%s', async (_title, args) => {
    const { code, stdout } = await run(['create', 'token', ...args, '--format', 'json']);
    expect(code).toBe(0);
    const { token, help_msg } = JSON.parse(stdout);
    expect(help_msg).toBe(
      `Store this token securely, as it will not be shown again. HTTP requests require the following header: "Authorization: Bearer ${token}"`,
    );
  });

  test.each([
    [[], 'error: Missing required subcommand. Use: influxdb3 create token --admin [OPTIONS]'],
    [['--name', 'x'], "error: unexpected argument '--name' found"],
    [
      ['--permission', '--name', 'x'],
      'error: the following required arguments were not provided: --permission <PERMISSION>',
    ],
    [
      ['--permission', 'db:a', '--name', 'x'],
      "error: invalid value 'db:a' for '--permission <PERMISSION>': expected RESOURCE_TYPE:RESOURCE_NAMES:ACTIONS",
    ],
    [
      ['--admin', '--regenerate', '--name', 'x'],
      'error: --regenerate cannot be used with --name, --regenerate only applies for operator token',
    ],
    [['--admin', '--name', 'x', '--expiry', '5 parsecs'], 'unknown time unit'],
    [['--admin', '--offline'], '--output-file'],
  ])('usage error %#: %j', async (args, text) => {
    const { code, stdout, stderr } = await run(['create', 'token', ...args]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(text);
  });

  test('regenerate asks first, and the old string is dead afterwards', async () => {
    const refused = await run(['create', 'token', '--admin', '--regenerate'], 'no\n');
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain('Cannot regenerate token without confirmation');
    const old = operator;
    const done = await run(['create', 'token', '--admin', '--regenerate', '--format', 'json'], 'yes\n');
    expect(done.code).toBe(0);
    operator = JSON.parse(done.stdout.slice(done.stdout.indexOf('{'))).token;
    const after = await run(['show', 'databases'], '', old);
    expect(after.code).toBe(1);
    expect(after.stderr).toBe(
      'Show command failed: server responded with error [401 Unauthorized]: {"error": "the request was not authenticated"}\n',
    );
  });

  test('offline: a file that only its owner can read', async () => {
    const file = join(work, 'tokens.json');
    const make = (name: string) =>
      cli([
        'create',
        'token',
        '--permission',
        'db:a:read',
        '--name',
        name,
        '--offline',
        '--output-file',
        file,
        '--create-databases',
        'a,b',
      ]);
    const first = await make('one');
    expect(first.code).toBe(0);
    expect(first.stdout).toContain(`Token saved to: ${file}\n`);
    expect((await make('two')).code).toBe(0);
    const content = JSON.parse(readFileSync(file, 'utf8'));
    expect(content.create_databases).toEqual(['a', 'b']);
    expect(content.tokens.map((token: { name: string }) => token.name)).toEqual(['one', 'two']);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const before = readFileSync(file, 'utf8');
    expect((await make('two')).code).toBe(1);
    expect(readFileSync(file, 'utf8')).toBe(before);
  });
});

describe('the round trip of cli.md 11', () => {
  test('create, again, write, query, delete, list', async () => {
    expect(await run(['create', 'database', 'foo'])).toMatchObject({
      code: 0,
      stdout: 'Database "foo" created successfully\n',
    });
    expect(await run(['create', 'database', 'foo'])).toMatchObject({
      code: 1,
      stderr:
        'Create command failed: server responded with error [409 Conflict]: attempted to create a resource that already exists\n',
    });
    const written = await run(['write', '-d', 'foo', 'cpu,host=a v=1']);
    expect(written).toMatchObject({ code: 0, stdout: '' });
    expect(written.stderr).toMatch(/: 1 request \(.* requests\/sec\), 1 lines? \(/);
    expect(await run(['query', '-d', 'foo', 'SELECT host, v FROM cpu'])).toMatchObject({
      code: 0,
      stdout: [
        '+------+-----+',
        '| host | v   |',
        '+------+-----+',
        '| a    | 1.0 |',
        '+------+-----+',
        '',
      ].join('\n'),
    });
    const refused = await run(['delete', 'database', 'foo'], 'perhaps\n');
    expect(refused).toMatchObject({ code: 1 });
    expect(refused.stderr).toContain('Cannot proceed without confirmation');
    const removed = await run(['delete', 'database', 'foo'], 'yes\n');
    expect(removed).toMatchObject({ code: 0, stdout: 'Database "foo" deleted successfully\n' });
    expect(removed.stderr).toContain(
      `Are you sure you want to delete "foo"? Enter 'yes' or 'y' to confirm\n`,
    );
    const list = await run(['show', 'databases', '--show-deleted', 'true', '--format', 'json']);
    expect(JSON.parse(list.stdout)).toContainEqual(
      expect.objectContaining({ 'iox::database': expect.stringMatching(/^foo-\d{8}T\d{6}$/), deleted: true }),
    );
  });

  test('query reads from a file, from standard input, and writes parquet to a file', async () => {
    await run(['create', 'database', 'io']);
    await run(['write', '-d', 'io'], 'm,t=x v=1i 1\nm,t=y v=2i 2\n');
    const file = join(work, 'query.sql');
    writeFileSync(file, 'SELECT sum(v) AS s FROM m');
    const expected = '{"s":3}\n';
    expect((await run(['query', '-d', 'io', '--format', 'jsonl', '-f', file])).stdout.trim()).toBe(
      expected.trim(),
    );
    expect(
      (await run(['query', '-d', 'io', '--format', 'jsonl'], 'SELECT sum(v) AS s FROM m')).stdout.trim(),
    ).toBe(expected.trim());
    const output = join(work, 'out.parquet');
    expect(
      (await run(['query', '-d', 'io', '--format', 'parquet', '-o', output, 'SELECT * FROM m'])).code,
    ).toBe(0);
    expect(readFileSync(output).subarray(0, 4).toString()).toBe('PAR1');
  });

  test('tables, retention, update, delete', async () => {
    await run(['create', 'database', 'house', '--retention-period', '30d']);
    expect(
      await run([
        'create',
        'table',
        'rooms',
        '-d',
        'house',
        '--tags',
        'room',
        '--fields',
        'temp:float64,n:int64',
      ]),
    ).toMatchObject({ code: 0, stdout: 'Table "house"."rooms" created successfully\n' });
    expect((await run(['show', 'retention', '--format', 'json'])).stdout).toContain(
      '"retention_period":"30d"',
    );
    expect(await run(['update', 'database', '-d', 'house', '--retention-period', 'none'])).toMatchObject({
      code: 0,
      stdout: 'Database "house" updated successfully\n',
    });
    expect(await run(['delete', 'table', 'rooms', '-d', 'house'], 'y\n')).toMatchObject({
      code: 0,
      stdout: 'Table "house"."rooms" deleted successfully\n',
    });
  });
});

describe('tokens beyond InfluxDB', () => {
  const made = async (args: string[]) => JSON.parse((await run([...args, '--format', 'json'])).stdout).token;

  test('update, rotate, check, delete', async () => {
    await run(['create', 'database', 'plant']);
    await run(['write', '-d', 'plant', 'm v=1']);
    const token = await made(['create', 'token', '--permission', 'db:plant:read', '--name', 'line']);
    const query = (secret: string) => run(['query', '-d', 'plant', 'SELECT v FROM m'], '', secret);
    expect((await query(token)).code).toBe(0);
    const check = await run([
      'check',
      'token',
      '--token-name',
      'line',
      '--resource',
      'db:plant',
      '--action',
      'write',
    ]);
    expect(check.code).toBe(1);
    expect(check.stdout).toContain('would need: db:plant:write');
    const rotated = await made(['rotate', 'token', '--token-name', 'line', '--grace', '1h']);
    expect((await query(token)).code).toBe(0);
    expect((await query(rotated)).code).toBe(0);
    const updated = await run(['update', 'token', '--token-name', 'line', '--permission', 'db:plant:write']);
    expect(updated).toMatchObject({ code: 0, stdout: 'Token "line" updated successfully\n' });
    expect((await query(rotated)).code).toBe(1);
    expect((await run(['check', 'token', '--offline', rotated])).code).toBe(0);
    expect((await run(['check', 'token', '--offline', rotated.replace(/.$/, '-')])).code).toBe(1);
    expect(await run(['delete', 'token', '--token-name', 'line', '--yes'])).toMatchObject({
      code: 0,
      stdout: 'Token "line" deleted successfully\n',
    });
    expect((await query(rotated)).stderr).toContain('401 Unauthorized');
  });

  test('derive: a child can do no more than its parent', async () => {
    const parent = await made([
      'create',
      'token',
      '--permission',
      'db:plant:read',
      '--name',
      'parent',
      '--derive',
    ]);
    const derive = (name: string, permission: string) =>
      run(['derive', 'token', '--name', name, '--permission', permission, '--format', 'json'], '', parent);
    const child = JSON.parse((await derive('child', 'db:plant:read')).stdout).token;
    expect((await run(['query', '-d', 'plant', 'SELECT v FROM m'], '', child)).code).toBe(0);
    expect((await derive('big', 'db:plant:write')).code).toBe(1);
    expect((await run(['show', 'self'], '', child)).stdout).toContain('"child"');
  });

  test('apply: a plan first, then the tokens of the file and no others', async () => {
    const file = join(work, 'declared.yaml');
    writeFileSync(
      file,
      'create_databases: [plant]\ntokens:\n  - name: declared\n    permissions: ["db:plant:read"]\n    token_env: DECLARED\n',
    );
    const secret = `apiv3_${'d'.repeat(86)}`;
    const apply = (...args: string[]) =>
      cli(['apply', 'tokens', '--file', file, ...args], {
        INFLUXDB3_HOST_URL: server.url,
        INFLUXDB3_AUTH_TOKEN: operator,
        DECLARED: secret,
      });
    expect(await apply('--dry-run')).toMatchObject({ code: 0, stdout: '+ token declared\n' });
    expect((await run(['query', '-d', 'plant', 'SELECT v FROM m'], '', secret)).code).toBe(1);
    expect(await apply()).toMatchObject({ code: 0, stdout: '+ token declared\n' });
    expect((await run(['query', '-d', 'plant', 'SELECT v FROM m'], '', secret)).code).toBe(0);
    expect(await apply()).toMatchObject({ code: 0, stdout: 'Nothing to change\n' });
  });

  test('audit: verifies and exports without a secret', async () => {
    expect(await run(['audit', 'verify'])).toMatchObject({ code: 0 });
    const { stdout } = await run(['audit', 'export']);
    const rows = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(rows.map((row) => row.seq)).toEqual(rows.map((_row, index) => index + 1));
    expect(rows.some((row) => row.action === 'token.create')).toBe(true);
    expect(stdout).not.toContain('apiv3_');
  });

  test('usage: who was never used', async () => {
    const usage = await run(['show', 'tokens', '--usage', '--format', 'json']);
    expect(usage.code).toBe(0);
    expect(JSON.parse(usage.stdout)[0]).toMatchObject({ name: '_admin' });
    const unused = await run(['show', 'tokens', '--unused-for', '90d', '--format', 'json']);
    expect(unused.stdout.trim()).toBe('[]');
  });
});

test('an unknown option is a usage error, and no server is a clear one', async () => {
  expect((await run(['query', '--nonsense'])).code).toBe(2);
  const { code, stderr } = await cli([
    '--num-io-threads',
    '2',
    'show',
    'databases',
    '--host',
    'http://127.0.0.1:1',
  ]);
  expect(code).toBe(1);
  expect(stderr).toContain(
    'Show command failed: failed to send GET http://127.0.0.1:1/api/v3/configure/database request:',
  );
});

test.each([
  ['create database', 'the following required arguments were not provided:\n  <NAME>'],
  ['create table t', 'the following required arguments were not provided:\n  --database <NAME>'],
  [
    'write -d foo -p fake a',
    "invalid value 'fake' for '--precision <PRECISION>': unrecognized precision unit: fake",
  ],
  ['query -d d --nonsense', "unexpected argument '--nonsense' found"],
  ['shwo', "unrecognized subcommand 'shwo'"],
  ['query -d', "a value is required for '--database <NAME>' but none was supplied"],
  [
    'query -d d --format fake',
    "invalid value 'fake' for '--format <FORMAT>'\n  [possible values: pretty, json, jsonl, csv, parquet]",
  ],
])('%s: wrong words in the words of InfluxDB', async (line, words) => {
  const { code, stdout, stderr } = await cli(line.split(' '));
  expect({ code, stdout, stderr }).toEqual({
    code: 2,
    stdout: '',
    stderr: `error: ${words}\n\nFor more information, try '--help'.\n`,
  });
});

test('show system takes the database before or after its subcommand', async () => {
  await run(['create', 'database', 'shown']);
  const before = await run(['show', 'system', '-d', 'shown', 'table-list', '--format', 'csv']);
  const after = await run(['show', 'system', 'table-list', '-d', 'shown', '--format', 'csv']);
  expect(before).toEqual(after);
  expect(before.code).toBe(0);
  expect(before.stdout).toContain('\ninfluxdb_schema,"[data_type, key, measurement]"\n');
});

test('show system table sorts upwards, takes expressions and, with limit 0, shows all', async () => {
  await run(['create', 'database', 'sorted']);
  const columns = Array.from({ length: 12 }, (_, index) => `f${index}:int64`).join(',');
  await run(['create', 'table', 'm', '-d', 'sorted', '--tags', 'host', '--fields', columns]);
  for (const count of [3, 1, 2])
    await run(['create', 'last_cache', '-d', 'sorted', '-t', 'm', '--count', `${count}`, `c${count}`]);
  const table = async (...args: string[]) =>
    (await run(['show', 'system', '-d', 'sorted', 'table', '--format', 'csv', ...args])).stdout;
  expect(await table('last_caches', '-s', 'name')).toBe('name\nc1\nc2\nc3\n\n');
  expect(await table('last_caches', '-s', 'name,count + 1 AS more', '-o', 'count DESC', '-l', '2')).toBe(
    'name,more\nc3,4\nc2,3\n\n',
  );
  expect((await table('influxdb_schema', '-l', '0')).split('\n')).toHaveLength(1 + 14 + 2);
});

describe('caches', () => {
  const create = (kind: string, ...args: string[]) =>
    run(['create', kind, '-d', 'cached', '-t', 'm', ...args]);
  const reply = ({ code, stdout, stderr }: Finished) => {
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^new cache created: /);
    const [made] = JSON.parse(stdout.slice('new cache created: '.length)).catalog_batch.Database.ops;
    return Object.values(made)[0];
  };

  test('are created with ages in words or in seconds, and once', async () => {
    await run(['create', 'database', 'cached']);
    await run(['create', 'table', 'm', '-d', 'cached', '--tags', 'host', '--fields', 'f:float64']);
    expect(reply(await create('last_cache', '--ttl', '4 hours', 'one'))).toMatchObject({
      ttl: 14_400,
      name: 'one',
    });
    expect(reply(await create('last_cache', '--ttl', '90', '--count', '2', 'two'))).toMatchObject({
      ttl: 90,
      count: 2,
    });
    expect(
      reply(await create('last_cache', '--node-spec', 'nodes:a,b', '--ttl', '30mins', 'nodes')),
    ).toMatchObject({ name: 'nodes', ttl: 1800 });
    const nowhere = await create('distinct_cache', '--columns', 'host', '-n', 'nodes:', 'none');
    expect(nowhere).toMatchObject({ code: 2, stdout: '' });
    expect(nowhere.stderr).toContain('unsupported node spec format');
    const distinct = ['--columns', 'host', '--max-age', '1d', '-n', 'all', 'hosts'];
    expect(reply(await create('distinct_cache', ...distinct))).toMatchObject({ max_age_seconds: 86_400 });
    const again = await create('distinct_cache', ...distinct);
    expect(again).toMatchObject({ code: 1, stdout: '' });
    expect(again.stderr).toContain('409');
    const wrong = await create('last_cache', '--ttl', 'soon', 'three');
    expect(wrong).toMatchObject({ code: 2, stdout: '' });
    expect(wrong.stderr).toContain("invalid value 'soon' for '--ttl <TIME>'");
  });
});
