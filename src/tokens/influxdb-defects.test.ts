/** Defects that InfluxDB 3 shipped in its tokens (`auth.md` 13, issue 3): none of them may appear here. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import {
  ANYONE,
  DATABASE_CONTEXT,
  openTokenStore,
  START_MS,
  type TokenStore,
} from '../../test/support/token-store.ts';
import type { DatabaseAction } from '../auth/permission.ts';
import { printPermissions } from '../auth/permission-print.ts';
import { hashToken } from '../auth/token-string.ts';
import { silentLogger } from '../telemetry/logger.ts';
import { applyTokenFiles } from './token-files.ts';
import type { Caller } from './token-service.ts';

let store: TokenStore;
let admin: Caller;

beforeEach(async () => {
  store = await openTokenStore();
  for (const name of ['a', 'b', 'c']) await store.createDatabase(name);
  admin = store.caller((await store.service.createOperator(ANYONE)).token);
});

afterEach(() => store.catalog.close());

const create = async (name: string, ...permissions: string[]) =>
  (await store.service.createResourceToken(admin, { name, permissions, expirySecs: null })).token;

function may(token: string, name: string, action: DatabaseAction): boolean {
  const database = { name, id: store.catalog.database(name)?.id ?? null };
  return store.authorizer.authorize(store.login(token), { kind: 'database', database, action }).allowed;
}

/** An admin token file with this content, as `serve` applies it. */
const applyAdminFile = (content: object) =>
  applyTokenFiles({
    adminTokenFile: 'admin.json',
    catalog: store.catalog,
    clock: store.clock,
    logger: silentLogger,
    files: { mode: async () => 0o100600, read: async () => JSON.stringify(content) },
  });

test('[S2] a creation that fails leaves no hash behind that authenticates or blocks', async () => {
  const token = 'apiv3_given';
  await create('taken', 'db:a:read');
  const record = { ...store.catalog.tokenByName('taken')!, hash: hashToken(token) };
  await expect(store.catalog.as(DATABASE_CONTEXT).createToken(record)).rejects.toMatchObject({ status: 409 });
  expect(store.authenticator.authenticate(token)).toEqual({ ok: false, reason: 'unknown' });
  await applyAdminFile({ token, name: 'second' });
  expect(store.login(token).token.name).toBe('second');
});

test('[S2] one string is never two tokens, also not the string of a rotation', async () => {
  await applyAdminFile({ token: 'apiv3_one', name: 'first' });
  await expect(applyAdminFile({ token: 'apiv3_one', name: 'second' })).rejects.toMatchObject({
    code: 'token_file',
  });
  await store.service.rotate(admin, 'first', 60);
  await expect(applyAdminFile({ token: 'apiv3_one', name: 'second' })).rejects.toMatchObject({
    code: 'token_file',
  });
  expect(store.login('apiv3_one').token.name).toBe('first');
  expect(store.catalog.tokenByName('second')).toBeUndefined();
});

test('[A5] a permission on several databases holds on each of them, and on no other', async () => {
  for (const token of [await create('one', 'db:a,b:read'), await create('two', 'db:a:read', 'db:b:read')]) {
    expect(['a', 'b', 'c'].map((name) => may(token, name, 'read'))).toEqual([true, true, false]);
    await store.catalog
      .as(DATABASE_CONTEXT)
      .deleteDatabase(store.catalog.database('c')!.id, { kind: 'never' });
    await store.createDatabase('c');
  }
});

test('[A9] after a hard delete a token is still listed, with the name that it was given', async () => {
  const token = await create('app', 'db:a,b:read');
  const { id } = store.catalog.database('a')!;
  await store.catalog.as(DATABASE_CONTEXT).deleteDatabase(id, { kind: 'at', ms: START_MS });
  store.clock.atMs += 1000;
  await store.catalog.removeDue(store.clock.atMs);
  expect(store.catalog.databaseById(id)).toBeUndefined();
  expect(printPermissions(store.catalog.tokenByName('app')!.permissions)).toBe('db:a,b:read');
  expect(may(token, 'b', 'read')).toBe(true);
  await store.createDatabase('a');
  expect(may(token, 'a', 'read')).toBe(false);
});

test('[G1] no token is made for a deleted database, neither by its old name nor by the one it has now', async () => {
  const { name } = await store.catalog
    .as(DATABASE_CONTEXT)
    .deleteDatabase(store.catalog.database('a')!.id, { kind: 'never' });
  expect(name).not.toBe('a');
  for (const gone of ['a', name]) {
    await expect(create('app', `db:${gone}:read`)).rejects.toMatchObject({
      status: 400,
      message: `cannot parse token permission, invalid resource name ${gone}`,
    });
  }
});

test('[A9] an undeleted database is the same one: its tokens work again', async () => {
  const token = await create('app', 'db:a:read');
  const { id } = store.catalog.database('a')!;
  await store.catalog.as(DATABASE_CONTEXT).deleteDatabase(id, { kind: 'never' });
  expect(may(token, 'a', 'read')).toBe(false);
  await store.catalog.as(DATABASE_CONTEXT).undeleteDatabase(id);
  expect(may(token, 'a', 'read')).toBe(true);
});

test('[S3] the operator token is never deleted, whatever the name looks like', async () => {
  await expect(store.service.delete(admin, '_admin')).rejects.toMatchObject({ status: 405 });
  for (const name of ['_ADMIN', ' _admin', '_admin\u0000']) {
    await expect(store.service.delete(admin, name)).rejects.toMatchObject({ status: 404 });
  }
  expect(store.catalog.tokenByName('_admin')).toBeDefined();
});

test('[A5] a token that writes and reads deletes nothing and creates nothing', async () => {
  const token = await create('app', 'db:a:read,write', 'db:*:read,write');
  expect([may(token, 'a', 'delete'), may(token, 'b', 'delete'), may(token, 'new', 'create')]).toEqual([
    false,
    false,
    false,
  ]);
  const answer = store.authorizer.authorize(store.login(token), { kind: 'admin' });
  expect(answer).toEqual({ allowed: false, rule: null, wouldNeed: '*:*:*' });
});

test('[T4] an expiry that overflows never becomes a token that never expires', async () => {
  for (const expirySecs of [2n ** 64n - 1n, 2n ** 63n - 1n, 2n ** 63n / 1000n, 9_223_372_036_854_776n]) {
    await expect(store.service.createNamedAdmin(admin, 'x', expirySecs)).rejects.toMatchObject({
      status: 400,
    });
    await expect(store.service.update(admin, 'x', { expirySecs })).rejects.toMatchObject({ status: 404 });
  }
  await expect(applyAdminFile({ token: 'apiv3_x', name: 'x', expiry_millis: 1e16 })).rejects.toMatchObject({
    code: 'token_file',
  });
  expect(store.catalog.tokenByName('x')).toBeUndefined();
});

test('[T4] expiry_secs 0 makes a token that is over already, as InfluxDB does', async () => {
  const { token, record } = await store.service.createNamedAdmin(admin, 'x', 0n);
  expect(record.expiryMs).toBe(START_MS);
  expect(store.authenticator.authenticate(token)).toEqual({ ok: false, reason: 'expired' });
});
