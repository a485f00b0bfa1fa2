import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ANYONE, openTokenStore, START_MS, type TokenStore } from '../../test/support/token-store.ts';
import { printPermissions } from '../auth/permission-print.ts';
import { silentLogger } from '../telemetry/logger.ts';
import { parseDeclaredTokens } from './declared-tokens.ts';
import { applyDeclaredTokens, planDeclaredTokens, printPlan } from './reconcile-declared.ts';
import type { Caller } from './token-service.ts';
import { applyTokensFile } from './tokens-file.ts';

const FILE = `
# What production has.
create_databases: [metrics, logs]
tokens:
  - name: collector
    token_env: COLLECTOR_TOKEN
    permissions: ['db:metrics,logs:write']
    limits: {write_bytes_per_sec: 1000000, burst: 2}
    allowed_cidrs: [10.0.0.0/8]
  - name: dashboard
    token_file: /run/secrets/dashboard
    description: Grafana
    expiry: 2027-01-01T00:00:00Z
    permissions:
      - db:metrics/cpu[region=eu]:read
      - {resource_type: db, resource_names: [logs], tables: [http], actions: [read]}
`;

const SOURCES = {
  environment: { COLLECTOR_TOKEN: 'apiv3_collector' },
  files: {
    read: async (path: string) => (path === '/run/secrets/dashboard' ? 'apiv3_dashboard\n' : fail(path)),
  },
};

function fail(path: string): never {
  throw new Error(`no ${path}`);
}

let store: TokenStore;
let admin: Caller;

beforeEach(async () => {
  store = await openTokenStore();
  admin = store.caller((await store.service.createOperator(ANYONE)).token);
});

afterEach(() => store.catalog.close());

const apply = async (text: string, sources = SOURCES) =>
  printPlan(
    await applyDeclaredTokens(await parseDeclaredTokens(text, sources), {
      catalog: store.catalog,
      clock: store.clock,
      caller: admin,
    }),
  );
const plan = async (text: string) =>
  printPlan(planDeclaredTokens(await parseDeclaredTokens(text, SOURCES), store.catalog));

test('[S5] a plan changes nothing, applying does what it said, applying again does nothing', async () => {
  const steps = ['+ database metrics', '+ database logs', '+ token collector', '+ token dashboard'];
  expect(await plan(FILE)).toEqual(steps);
  expect(store.catalog.tokenByName('collector')).toBeUndefined();
  expect(await apply(FILE)).toEqual(steps);
  expect(store.login('apiv3_collector').token).toMatchObject({
    origin: 'file',
    limits: { write_bytes_per_sec: 1_000_000, burst: 2 },
    allowedCidrs: ['10.0.0.0/8'],
  });
  const dashboard = store.login('apiv3_dashboard').token;
  expect(printPermissions(dashboard.permissions)).toBe('db:metrics/cpu[region=eu]:read,db:logs/http:read');
  expect(dashboard).toMatchObject({ description: 'Grafana', expiryMs: Date.UTC(2027, 0, 1) });
  expect(await plan(FILE)).toEqual([]);
  expect(await apply(FILE)).toEqual([]);
});

test('[S5] what changed in the file changes, what went from it goes with its children, what was made by hand stays', async () => {
  await apply(FILE);
  const hand = { name: 'hand', permissions: ['db:metrics:read'], expirySecs: null };
  await store.service.createResourceToken(admin, hand);
  const { id } = store.catalog.tokenByName('collector')!;
  const changed = `tokens:
  - {name: collector, token: apiv3_other, permissions: ['db:metrics:write'], derive: true}`;
  expect(await apply(changed)).toEqual([
    '~ token collector (token, permissions, limits, allowed_cidrs, derive)',
    '- token dashboard',
  ]);
  expect(store.authenticator.authenticate('apiv3_collector').ok).toBe(false);
  expect(store.login('apiv3_other').token).toMatchObject({ id, limits: null, updatedAtMs: START_MS });
  await store.service.derive(store.caller('apiv3_other'), {
    ...hand,
    name: 'child',
    permissions: ['db:metrics:write'],
  });
  expect(await apply('tokens: []')).toEqual(['- token collector']);
  expect([...store.catalog.tokens()].map(({ name }) => name)).toEqual(['_admin', 'hand']);
});

test('[S5] the string of one name may move to another in one go', async () => {
  await apply("tokens: [{name: one, token: apiv3_x, permissions: ['db:*:read']}]");
  await apply("tokens: [{name: two, token: apiv3_x, permissions: ['db:*:read']}]");
  expect(store.login('apiv3_x').token.name).toBe('two');
});

test('[S5] a string that another token has is refused before anything changes', async () => {
  const declare = (...tokens: [string, string][]) =>
    `create_databases: [new]\ntokens: ${JSON.stringify(
      tokens.map(([name, token]) => ({ name, token, permissions: ['db:*:read'] })),
    )}`;
  const by = /tokens one and two have the same string/;
  await expect(apply(declare(['one', 'apiv3_x'], ['two', 'apiv3_x']))).rejects.toThrow(by);
  const hand = await store.service.createNamedAdmin(admin, 'two', null);
  await expect(apply(declare(['one', hand.token]))).rejects.toThrow(by);
  await store.service.rotate(admin, 'two', 60);
  await expect(apply(declare(['one', hand.token]))).rejects.toThrow(by);
  await store.service.delete(admin, 'two');
  expect(store.catalog.database('new')).toBeUndefined();
  await apply(declare(['one', 'apiv3_x'], ['two', 'apiv3_y']));
  // An exchange would hold one string twice for a moment; it takes two steps.
  await expect(apply(declare(['one', 'apiv3_y'], ['two', 'apiv3_x']))).rejects.toThrow(
    /have the same string/,
  );
  expect(store.login('apiv3_x').token.name).toBe('one');
});

test('[S5] a name that was taken by hand is refused before anything changes', async () => {
  await store.service.createNamedAdmin(admin, 'collector', null);
  await expect(apply(FILE)).rejects.toThrow(/token collector exists and was not made by a tokens file/);
  expect(store.catalog.database('metrics')).toBeUndefined();
});

test.each([
  ['tokens', /invalid type: string, expected an object/],
  ['{}', /missing field `tokens`/],
  ['tokens: {}', /expected a sequence/],
  ['token: []', /unknown field `token`/],
  ['tokens: []\ntoken: []', /unknown field `token`/],
  ['tokens: [{token: apiv3_secret}]', /token 1: missing field `name`/],
  ["tokens: [{name: _admin, token: apiv3_secret, permissions: ['db:*:read']}]", /cannot be declared/],
  ["tokens: [{name: x, token: secret, permissions: ['db:*:read']}]", /token x: Invalid token format/],
  ["tokens: [{name: x, permissions: ['db:*:read']}]", /exactly one of token, token_env, token_file/],
  ["tokens: [{name: x, token: apiv3_secret, token_env: A, permissions: ['db:*:read']}]", /exactly one of/],
  ["tokens: [{name: x, token_env: NOT_SET, permissions: ['db:*:read']}]", /NOT_SET is not set/],
  ["tokens: [{name: x, token_file: /none, permissions: ['db:*:read']}]", /cannot read \/none/],
  [
    "tokens: [{name: x, token: apiv3_secret, permissions: ['db:*:read'], allowed_cidr: [::1]}]",
    /unknown field `allowed_cidr`/,
  ],
  [
    "tokens: [{name: x, token: apiv3_secret, permissions: ['db:*:read'], limits: {requests: 1}}]",
    /unknown field requests/,
  ],
  ["tokens: [{name: x, token: apiv3_secret, permissions: ['db:*:read'], expiry: soon}]", /RFC 3339/],
  [
    "tokens: [{name: x, token: apiv3_secret, permissions: ['db:*:read'], expiry_millis: 1, expiry: 2027-01-01T00:00:00Z}]",
    /either expiry or/,
  ],
  ["tokens: [{name: x, token: apiv3_secret, permissions: 'db:*:read'}]", /expected a sequence/],
  ['tokens: [{name: x, token: apiv3_secret, permissions: [5]}]', /invalid type: number/],
  [
    "tokens: [{name: x, token: apiv3_secret, permissions: ['db:nope:read']}]",
    /token x: .*invalid resource name nope/,
  ],
  [
    "tokens: [{name: x, token: apiv3_a, permissions: ['db:*:read']}, {name: x, token: apiv3_b, permissions: ['db:*:read']}]",
    /declared twice/,
  ],
  ['tokens: [\n  {name: apiv3_secret', /not valid YAML at line \d+ column \d+/],
  ['tokens: [apiv3_secret\n]]', /not valid YAML at line 2/],
  ['{"tokens": [{"token": "apiv3_secret"]}', /not valid YAML/],
  ['tokens: []\ntokens: []', /not valid YAML/],
  [
    'a: &a [1,1,1,1,1,1,1,1,1,1]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b,*b]\ntokens: [*c,*c,*c,*c]',
    /aliases|unknown field/,
  ],
])('[S1] %j is refused, and no secret is quoted', async (text, message) => {
  const failure = await apply(text).catch((error: Error) => error);
  expect(failure).toMatchObject({ code: 'declared_tokens_invalid' });
  expect((failure as Error).message).toMatch(message);
  expect((failure as Error).message).not.toContain('secret');
  expect([...store.catalog.tokens()]).toHaveLength(1);
});

test('[S5] a tokens file is applied at start and on reload, and names its cause in the audit log', async () => {
  const path = join(mkdtempSync(join(tmpdir(), 'tokens-file-')), 'tokens.yaml');
  const warnings: string[] = [];
  const logger = { ...silentLogger, warn: (_fields: object, message: string) => void warnings.push(message) };
  const options = { path, catalog: store.catalog, clock: store.clock, logger, environment: {} };
  await expect(applyTokensFile({ ...options, cause: 'start' })).rejects.toMatchObject({ code: 'token_file' });
  writeFileSync(path, "tokens: [{name: x, token: apiv3_x, permissions: ['db:*:read']}]", { mode: 0o640 });
  expect(await applyTokensFile({ ...options, cause: 'start' })).toEqual(['+ token x']);
  expect(warnings).toEqual(['Tokens file has insecure permissions: 640. Consider using chmod 0600.']);
  writeFileSync(path, 'tokens: []');
  expect(await applyTokensFile({ ...options, cause: 'reload' })).toEqual(['- token x']);
  const rows = store.catalog.audit.read({}).filter(({ resource }) => resource === 'token:x');
  expect(rows.map(({ action, requestId }) => [action, requestId])).toEqual([
    ['token.create', 'start'],
    ['token.delete', 'reload'],
  ]);
});
