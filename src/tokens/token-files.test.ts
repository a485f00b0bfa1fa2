import { chmodSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ANYONE, openTokenStore, START_MS, type TokenStore } from '../../test/support/token-store.ts';
import { printPermissions } from '../auth/permission-print.ts';
import { silentLogger } from '../telemetry/logger.ts';
import { applyTokenFiles } from './token-files.ts';

let store: TokenStore;
let directory: string;
let warnings: string[];

beforeEach(async () => {
  store = await openTokenStore();
  directory = mkdtempSync(join(tmpdir(), 'token-files-'));
  warnings = [];
});

afterEach(() => store.catalog.close());

function write(content: unknown, mode = 0o600): string {
  const path = join(directory, 'tokens.json');
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
  chmodSync(path, mode);
  return path;
}

const logger = { ...silentLogger, warn: (_fields: object, message: string) => void warnings.push(message) };
const parts = () => ({ catalog: store.catalog, clock: store.clock, logger });
const applyAdmin = (content: unknown, mode?: number) =>
  applyTokenFiles({ ...parts(), adminTokenFile: write(content, mode) });
const applyPermissions = (content: unknown, mode?: number) =>
  applyTokenFiles({ ...parts(), permissionTokensFile: write(content, mode) });

describe('the admin token file', () => {
  test('[S5] installs its string under its name, once; a second start does nothing', async () => {
    await applyAdmin({ token: 'apiv3_operator', name: '_admin' });
    expect(store.login('apiv3_operator').token).toMatchObject({
      name: '_admin',
      permissions: [{ kind: 'admin' }],
      origin: 'preconfigured',
      expiryMs: null,
    });
    await applyAdmin({ token: 'apiv3_changed', name: '_admin', expiry_millis: 5 });
    expect(store.authenticator.authenticate('apiv3_changed').ok).toBe(false);
    expect(store.login('apiv3_operator').token.expiryMs).toBeNull();
    // The operator path is closed now.
    await expect(store.service.createOperator(ANYONE)).rejects.toMatchObject({ status: 409 });
  });

  test('[S5] the name is the operators when there is none; an expiry is absolute; other fields are ignored', async () => {
    await applyAdmin({ token: 'apiv3_operator', description: 'x', colour: 'red' });
    expect(store.catalog.tokenByName('_admin')).toBeDefined();
    await applyAdmin({ token: 'apiv3_ops', name: 'ops', expiry_millis: START_MS + 1 });
    expect(store.login('apiv3_ops').token.expiryMs).toBe(START_MS + 1);
    expect(warnings).toEqual([]);
  });

  test('[S1] a file that others can read is warned about', async () => {
    await applyAdmin({ token: 'apiv3_operator', name: '_admin' }, 0o644);
    expect(warnings).toEqual(['Admin token file has insecure permissions: 644. Consider using chmod 0600.']);
  });

  test.each([
    ['nonsense', /^Token error: Failed to parse admin token file as JSON: /],
    ['[]', /^Token error: Failed to parse admin token file as JSON: /],
    [{ name: 'x' }, /missing field `token`/],
    [{ token: 5 }, /invalid type: number, expected a string for field `token`/],
    [{ token: 'secret', name: 'x' }, /^Token error: Invalid token format: must start with 'apiv3_'$/],
    [{ token: 'apiv3_x', name: '' }, /token name cannot be empty/],
    [{ token: 'apiv3_x', name: 'x', expiry_millis: 1.5 }, /invalid type/],
    [{ token: 'apiv3_x', name: 'x', expiry_millis: 1e17 }, /too large/],
  ])('[S1] %j stops the start without quoting a secret', async (content, message) => {
    const failure = await applyAdmin(content).catch((error: Error) => error);
    expect(failure).toMatchObject({ code: 'token_file' });
    expect((failure as Error).message).toMatch(message);
    expect((failure as Error).message).not.toMatch(/secret|apiv3_x|nonsense/);
    expect([...store.catalog.tokens()]).toEqual([]);
  });

  test('[S5] a file that is not there stops the start', async () => {
    const options = { ...parts(), adminTokenFile: join(directory, 'absent.json') };
    await expect(applyTokenFiles(options)).rejects.toThrow(
      /^Token error: Failed to read admin token file metadata: /,
    );
  });
});

describe('the permission tokens file', () => {
  const file = {
    create_databases: ['db1', 'db2', 'db1'],
    tokens: [
      {
        token: 'apiv3_app',
        name: 'app',
        expiry_millis: START_MS + 5,
        permissions: ['db:db1,db2:read,write', 'system:health:read'],
      },
      { token: 'apiv3_all', name: 'all', permissions: ['db:*:read'] },
    ],
  };

  test('[S5] makes its databases, then its tokens; a second start does nothing', async () => {
    await applyPermissions(file);
    const { token } = store.login('apiv3_app');
    expect(printPermissions(token.permissions)).toBe('db:db1,db2:read,write,system:health:read');
    expect(token.expiryMs).toBe(START_MS + 5);
    expect(store.login('apiv3_all').token.origin).toBe('preconfigured');
    const before = [...store.catalog.tokens()];
    await applyPermissions(file);
    expect([...store.catalog.tokens()]).toEqual(before);
    expect(store.catalog.databases().map(({ name }) => name)).toEqual(['_internal', 'db1', 'db2']);
  });

  test.each([
    [
      { tokens: [{ token: 'apiv3_a', name: 'a', permissions: ['db:nope:read'] }] },
      /token a: .*invalid resource name nope/,
    ],
    [
      { tokens: [{ token: 'apiv3_a', name: 'a', permissions: ['fly'] }] },
      /token a: .*expected RESOURCE_TYPE/,
    ],
    [{ tokens: [{ token: 'apiv3_a', name: 'a', permissions: [] }] }, /token a: .*missing permissions/],
    [{ tokens: [{ token: 'apiv3_a', name: 'a' }] }, /missing field `permissions`/],
    [{ tokens: [{ token: 'apiv3_a', permissions: ['db:*:read'] }] }, /missing field `name`/],
    [{ tokens: [{ token: 'bad', name: 'a', permissions: ['db:*:read'] }] }, /must start with 'apiv3_'/],
    [
      { tokens: [{ token: 'apiv3_a', name: '_admin', permissions: ['db:*:read'] }] },
      /reserved for the operator/,
    ],
    [{ create_databases: ['bad/../name', '_x'], tokens: [] }, /cannot create database/],
    [{ create_databases: 'x', tokens: [] }, /expected a sequence/],
    [{}, /missing field `tokens`/],
  ])('[S5] %j stops the start and says which token', async (content, message) => {
    const failure = await applyPermissions(content).catch((error: Error) => error);
    expect(failure).toMatchObject({ code: 'token_file' });
    expect((failure as Error).message).toMatch(message);
  });
});
