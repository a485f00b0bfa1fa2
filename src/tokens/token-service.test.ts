import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ANYONE, openTokenStore, START_MS, type TokenStore } from '../../test/support/token-store.ts';
import { TokenLimiter } from '../auth/limiter.ts';
import type { DatabaseAction } from '../auth/permission.ts';
import { checkChecksum, hashToken } from '../auth/token-string.ts';
import { describeSelf } from './token-self.ts';
import type { Caller, CreateTokenInput } from './token-service.ts';

const HOUR_SECS = 3600;
const DAY_SECS = 24 * HOUR_SECS;

let store: TokenStore;
let operator: string;
let admin: Caller;

beforeEach(async () => {
  store = await openTokenStore();
  for (const name of ['a', 'b', 'prod']) await store.createDatabase(name);
  operator = (await store.service.createOperator(ANYONE)).token;
  admin = store.caller(operator);
});

afterEach(() => store.catalog.close());

const input = (name: string, ...permissions: string[]): CreateTokenInput => ({
  name,
  permissions,
  expirySecs: null,
});

const create = (name: string, ...permissions: string[]) =>
  store.service.createResourceToken(admin, input(name, ...permissions));

function may(token: string, name: string, action: DatabaseAction, table?: string): boolean {
  const database = { name, id: store.catalog.database(name)?.id ?? null };
  const operation = { kind: 'database', database, action, ...(table !== undefined && { table }) } as const;
  return store.authorizer.authorize(store.login(token), operation).allowed;
}

const refused = (code: string, status: number) => expect.objectContaining({ code, status });

describe('the operator token', () => {
  test('[T1] is made once, by anyone, with the first id and no expiry', async () => {
    expect(checkChecksum(operator)).toBe(true);
    const record = store.catalog.tokenByName('_admin')!;
    expect(record).toMatchObject({ id: 0, expiryMs: null, createdAtMs: START_MS, createdBy: null });
    expect(record.hash.equals(hashToken(operator))).toBe(true);
    await expect(store.service.createOperator(ANYONE)).rejects.toMatchObject({
      code: 'token_name_exists',
      status: 409,
      message: 'token name already exists, _admin',
    });
  });

  test('[T5] [T6] regenerated, keeps id and creation, and its old string is dead at once', async () => {
    await store.service.rotate(admin, '_admin', HOUR_SECS);
    store.clock.atMs += 5000;
    const { token, record } = await store.service.regenerateOperator(admin);
    expect(record).toMatchObject({
      id: 0,
      createdAtMs: START_MS,
      updatedAtMs: START_MS + 5000,
      updatedBy: 0,
      previous: null,
    });
    expect(store.authenticator.authenticate(operator).ok).toBe(false);
    expect(store.login(token).token.id).toBe(0);
  });

  test('[S3] is neither deleted, nor narrowed, renamed or made to expire, by whomever', async () => {
    const other = store.caller((await store.service.createNamedAdmin(admin, 'ops', null)).token);
    for (const caller of [admin, other, ANYONE]) {
      await expect(store.service.delete(caller, '_admin')).rejects.toMatchObject({
        code: 'cannot_delete_operator_token',
        status: 405,
        message: 'cannot delete operator token',
      });
      for (const change of [
        { newName: 'x' },
        { permissions: ['db:a:read'] },
        { expirySecs: 1n },
        { expirySecs: null },
        { derive: true },
      ]) {
        await expect(store.service.update(caller, '_admin', change)).rejects.toEqual(
          refused('cannot_change_operator_token', 405),
        );
      }
    }
    expect(store.login(operator).token.permissions).toEqual([{ kind: 'admin' }]);
  });

  test('[S3] can be rotated, described, limited and bound to addresses', async () => {
    const changed = await store.service.update(admin, '_admin', {
      description: 'root',
      allowedCidrs: ['10.0.0.0/8'],
      limits: { requests_per_sec: 5 },
    });
    expect(changed).toMatchObject({ description: 'root', allowedCidrs: ['10.0.0.0/8'] });
    const { token } = await store.service.rotate(admin, '_admin', 60);
    expect(store.login(operator).rotatedUntilMs).toBe(START_MS + 60_000);
    expect(store.login(token).rotatedUntilMs).toBeNull();
  });

  test('[S3] without one, regeneration says what is missing, and its name is still nobody elses', async () => {
    const empty = await openTokenStore();
    await expect(empty.service.regenerateOperator(ANYONE)).rejects.toMatchObject({
      status: 500,
      message: 'missing admin token, cannot update',
    });
    await empty.createDatabase('a');
    await expect(
      empty.service.createResourceToken(ANYONE, input('_admin', 'db:a:read')),
    ).rejects.toMatchObject({
      status: 409,
      message: 'token name already exists, _admin',
    });
    await empty.catalog.close();
  });
});

describe('making a token', () => {
  test('[G4] a bad permission wins over a name that is taken, and nothing is left behind', async () => {
    await create('app', 'db:a:read');
    const before = [...store.catalog.tokens()];
    await expect(create('app', 'db:nope:read')).rejects.toMatchObject({
      status: 400,
      message: 'cannot parse token permission, invalid resource name nope',
    });
    await expect(create('app', 'db:a:read')).rejects.toMatchObject({
      status: 409,
      message: 'token name already exists, app',
    });
    await expect(store.service.createNamedAdmin(admin, 'app', null)).rejects.toEqual(
      refused('token_name_exists', 409),
    );
    expect([...store.catalog.tokens()]).toEqual(before);
  });

  test('[S2] names are exact: case, spaces and any Unicode count; only the empty and the endless are refused', async () => {
    const names = [
      'App',
      'app ',
      'a, b/c: "d"',
      "o'neill",
      'Ä',
      'A\u0308',
      '日本',
      '\u0000',
      'x'.repeat(4096),
    ];
    await create('app', 'db:a:read');
    for (const name of names) {
      expect((await create(name, 'db:a:read')).record.name).toBe(name);
      expect(store.catalog.tokenByName(name)?.name).toBe(name);
    }
    await expect(create('', 'db:a:read')).rejects.toMatchObject({
      status: 400,
      message: 'token name cannot be empty',
    });
    await expect(create('x'.repeat(4097), 'db:a:read')).rejects.toEqual(refused('token_name_invalid', 400));
    await expect(create('\ud800', 'db:a:read')).rejects.toEqual(refused('token_name_invalid', 400));
  });

  test('[S2] an expired token still has its name; a deleted one gives it back, but never its id', async () => {
    const first = await store.service.createNamedAdmin(admin, 'x', 0n);
    expect(store.authenticator.authenticate(first.token)).toEqual({ ok: false, reason: 'expired' });
    await expect(create('x', 'db:a:read')).rejects.toEqual(refused('token_name_exists', 409));
    await store.service.delete(admin, 'x');
    expect((await create('x', 'db:a:read')).record.id).toBe(first.record.id + 1);
  });

  test('[T4] an expiry that does not fit is refused, whole seconds from now count', async () => {
    const huge = [2n ** 64n - 1n, 2n ** 63n, 8_640_000_000_000n];
    for (const expirySecs of huge) {
      await expect(store.service.createNamedAdmin(admin, 'x', expirySecs)).rejects.toMatchObject({
        status: 400,
        message: 'expiry_secs is too large',
      });
      await expect(
        store.service.createResourceToken(admin, { ...input('x', 'db:a:read'), expirySecs }),
      ).rejects.toEqual(refused('expiry_too_large', 400));
    }
    const { record, token } = await store.service.createNamedAdmin(admin, 'x', 60n);
    expect(record.expiryMs).toBe(START_MS + 60_000);
    store.clock.atMs += 59_999;
    expect(store.login(token).token.name).toBe('x');
    store.clock.atMs += 1;
    expect(store.authenticator.authenticate(token)).toEqual({ ok: false, reason: 'expired' });
  });

  test.each([
    [{ limits: { requests_per_second: 5 } }, 'token_limits_invalid'],
    [{ limits: { requests_per_sec: 0 } }, 'token_limits_invalid'],
    [{ limits: { requests_per_sec: -1 } }, 'token_limits_invalid'],
    [{ limits: { requests_per_sec: '5' } }, 'token_limits_invalid'],
    [{ limits: { requests_per_sec: Number.NaN } }, 'token_limits_invalid'],
    [{ limits: { concurrent_queries: 1.5 } }, 'token_limits_invalid'],
    [{ limits: [] }, 'token_limits_invalid'],
    [{ allowedCidrs: [] }, 'allowed_cidr_invalid'],
    [{ allowedCidrs: ['10.0.0.0/33'] }, 'allowed_cidr_invalid'],
    [{ allowedCidrs: [5] }, 'allowed_cidr_invalid'],
    [{ description: 'x'.repeat(4097) }, 'token_description_too_long'],
  ])('[G5] %j is refused', async (fields, code) => {
    const wrong = { ...input('x', 'db:a:read'), ...fields } as CreateTokenInput;
    await expect(store.service.createResourceToken(admin, wrong)).rejects.toEqual(refused(code, 400));
    expect(store.catalog.tokenByName('x')).toBeUndefined();
  });

  test('[A1] none but an administrator makes, changes, rotates or deletes', async () => {
    const all = ['db:*:create,describe,read,write,delete', 'system:*:read', '*:*:read'];
    const caller = store.caller((await create('all', ...all)).token);
    const { service } = store;
    const calls = [
      () => service.regenerateOperator(caller),
      () => service.createNamedAdmin(caller, 'x', null),
      () => service.createResourceToken(caller, input('x', 'db:a:read')),
      () => service.update(caller, 'all', { description: 'x' }),
      () => service.rotate(caller, 'all', 0),
      () => service.delete(caller, 'all'),
      () => service.derive(caller, input('x', 'db:a:read')),
    ];
    for (const call of calls) await expect(call()).rejects.toEqual(refused('forbidden', 403));
    expect([...store.catalog.tokens()].map(({ name }) => name)).toEqual(['_admin', 'all']);
  });
});

describe('changing a token', () => {
  test('[T6] everything that was given, at once, and nothing else', async () => {
    const { token, record } = await create('app', 'db:a:read');
    store.clock.atMs += 1000;
    await store.service.update(admin, 'app', { permissions: ['db:b:write'], newName: 'app2' });
    expect([may(token, 'a', 'read'), may(token, 'b', 'write')]).toEqual([false, true]);
    expect(store.catalog.tokenByName('app')).toBeUndefined();
    expect(store.catalog.tokenByName('app2')).toMatchObject({
      id: record.id,
      hash: record.hash,
      expiryMs: null,
      createdAtMs: START_MS,
      updatedAtMs: START_MS + 1000,
      updatedBy: 0,
    });
    await store.service.update(admin, 'app2', { expirySecs: 10n });
    store.clock.atMs += 10_000;
    expect(store.authenticator.authenticate(token).ok).toBe(false);
    await store.service.update(admin, 'app2', { expirySecs: null });
    expect(store.authenticator.authenticate(token).ok).toBe(true);
    await store.service.update(admin, 'app2', { limits: { burst: 2 }, allowedCidrs: ['::1'] });
    await store.service.update(admin, 'app2', { limits: null, allowedCidrs: null });
    expect(store.catalog.tokenByName('app2')).toMatchObject({ limits: null, allowedCidrs: null });
  });

  test('[S2] a name that is taken, wrong or the operators is refused and nothing changes', async () => {
    await create('one', 'db:a:read');
    await create('two', 'db:a:read');
    const before = store.catalog.tokenByName('two');
    for (const newName of ['one', '_admin', '']) {
      await expect(store.service.update(admin, 'two', { newName, description: 'x' })).rejects.toThrow();
    }
    await expect(store.service.update(admin, 'two', { permissions: ['db:nope:read'] })).rejects.toThrow();
    await expect(store.service.update(admin, 'two', { permissions: [] })).rejects.toMatchObject({
      message: 'cannot parse token permission, missing permissions',
    });
    expect(store.catalog.tokenByName('two')).toBe(before);
    await expect(store.service.update(admin, 'none', {})).rejects.toMatchObject({
      status: 404,
      message: 'the requested resource was not found: none',
    });
  });

  test('[T5] rotation: both work until the grace ends; a second one ends the oldest; without grace at once', async () => {
    const first = (await create('app', 'db:a:read')).token;
    const second = (await store.service.rotate(admin, 'app', HOUR_SECS)).token;
    expect(store.login(first).rotatedUntilMs).toBe(START_MS + 3_600_000);
    const third = (await store.service.rotate(admin, 'app', HOUR_SECS)).token;
    expect(store.authenticator.authenticate(first)).toEqual({ ok: false, reason: 'unknown' });
    expect([may(second, 'a', 'read'), may(third, 'a', 'read')]).toEqual([true, true]);
    store.clock.atMs += 3_600_000;
    expect(store.authenticator.authenticate(second).ok).toBe(false);
    const fourth = (await store.service.rotate(admin, 'app', 0)).token;
    expect(store.authenticator.authenticate(third).ok).toBe(false);
    expect(may(fourth, 'a', 'read')).toBe(true);
    for (const grace of [-1, 0.5, Number.NaN, 31_622_401]) {
      await expect(store.service.rotate(admin, 'app', grace)).rejects.toEqual(
        refused('rotation_grace_invalid', 400),
      );
    }
  });

  test('[T6] a deleted token is gone, also one that deletes itself', async () => {
    const ops = (await store.service.createNamedAdmin(admin, 'ops', null)).token;
    await store.service.delete(store.caller(ops), 'ops');
    expect(store.authenticator.authenticate(ops)).toEqual({ ok: false, reason: 'unknown' });
    for (const name of ['ops', '']) {
      await expect(store.service.delete(admin, name)).rejects.toMatchObject({
        status: 404,
        message: `the requested resource was not found: ${name}`,
      });
    }
  });
});

describe('children', () => {
  async function parent(...permissions: string[]) {
    const made = await store.service.createResourceToken(admin, {
      ...input('parent', ...permissions),
      derive: true,
    });
    return { ...made, caller: () => store.caller(made.token) };
  }

  test('[D1] a child gets no more than its parent has: permissions, time, the right to derive', async () => {
    const { caller } = await parent('db:a:read,write');
    const { service } = store;
    const child = await service.derive(caller(), input('child', 'db:a:read'));
    expect(child.record).toMatchObject({
      origin: 'derived',
      expiryMs: START_MS + DAY_SECS * 1000,
      derive: false,
    });
    const wrong: CreateTokenInput[] = [
      input('x', 'db:b:read'),
      input('x', 'db:*:read'),
      input('x', 'db:a:delete'),
      input('x', '*:*:read'),
      { ...input('x', 'db:a:read'), expirySecs: BigInt(DAY_SECS) + 1n },
    ];
    for (const one of wrong) {
      await expect(service.derive(caller(), one)).rejects.toEqual(
        refused('derived_token_exceeds_parent', 403),
      );
    }
    await expect(service.derive(store.caller(child.token), input('x', 'db:a:read'))).rejects.toEqual(
      refused('forbidden', 403),
    );
    expect(store.catalog.tokenByName('x')).toBeUndefined();
  });

  test('[D1] the operator has no children unless asked: deriving is a right that a token carries', async () => {
    await expect(store.service.derive(admin, input('x', 'db:a:read'))).rejects.toEqual(
      refused('forbidden', 403),
    );
    await expect(store.service.derive(ANYONE, input('x', 'db:a:read'))).rejects.toEqual(
      refused('forbidden', 403),
    );
  });

  test('[D1] an expiry that is asked for ends with the parents at the latest', async () => {
    const { caller } = await parent('db:a:read');
    await store.service.update(admin, 'parent', { expirySecs: 3600n });
    const short = await store.service.derive(caller(), input('short', 'db:a:read'));
    expect(short.record.expiryMs).toBe(START_MS + 3_600_000);
    await expect(
      store.service.derive(caller(), { ...input('x', 'db:a:read'), expirySecs: 3601n }),
    ).rejects.toEqual(refused('derived_token_exceeds_parent', 403));
  });

  test('[D1] a string in its grace mints nothing that outlives the grace', async () => {
    const { token, caller } = await parent('db:a:read');
    await store.service.rotate(admin, 'parent', HOUR_SECS);
    expect(store.login(token).rotatedUntilMs).toBe(START_MS + 3_600_000);
    const child = await store.service.derive(caller(), input('child', 'db:a:read'));
    expect(child.record.expiryMs).toBe(START_MS + 3_600_000);
  });

  test('[D1] changing a child keeps it within every parent', async () => {
    const { caller } = await parent('db:a:read,write');
    const child = await store.service.derive(caller(), { ...input('child', 'db:a:read'), derive: true });
    const grandchild = await store.service.derive(
      store.caller(child.token),
      input('grandchild', 'db:a:read'),
    );
    await store.service.update(admin, 'child', { permissions: ['db:a:read,write'] });
    await store.service.update(admin, 'grandchild', { permissions: ['db:a:write'] });
    expect(may(grandchild.token, 'a', 'write')).toBe(true);
    // The grandparent is narrowed: what its grandchildren may get is narrowed with it.
    await store.service.update(admin, 'parent', { permissions: ['db:a:read'] });
    for (const permissions of [['db:a:write'], ['db:b:read']]) {
      await expect(store.service.update(admin, 'grandchild', { permissions })).rejects.toEqual(
        refused('derived_token_exceeds_parent', 403),
      );
    }
    await store.service.update(admin, 'parent', { expirySecs: 60n });
    await expect(store.service.update(admin, 'child', { expirySecs: null })).rejects.toEqual(
      refused('derived_token_exceeds_parent', 403),
    );
  });

  test('[D1] who lost the right to derive, or whose parent did, mints no more', async () => {
    const { caller } = await parent('db:a:read');
    const child = await store.service.derive(caller(), { ...input('child', 'db:a:read'), derive: true });
    await store.service.update(admin, 'parent', { derive: false });
    for (const who of [caller(), store.caller(child.token)]) {
      await expect(store.service.derive(who, input('x', 'db:a:read'))).rejects.toEqual(
        refused('forbidden', 403),
      );
    }
  });

  test('[D3] narrowing the parent narrows the child at once, widening it gives the child nothing new', async () => {
    const { caller } = await parent('db:a:read,write');
    const { token } = await store.service.derive(caller(), input('child', 'db:a:read'));
    await store.service.update(admin, 'parent', { permissions: ['db:a:write'] });
    expect(may(token, 'a', 'read')).toBe(false);
    await store.service.update(admin, 'parent', { permissions: ['db:*:read,write'] });
    expect([may(token, 'a', 'read'), may(token, 'a', 'write'), may(token, 'b', 'read')]).toEqual([
      true,
      false,
      false,
    ]);
  });

  test('[D2] dies with its parent, at once and in the store, and with its parents parent', async () => {
    const { caller } = await parent('db:a:read');
    const child = await store.service.derive(caller(), { ...input('child', 'db:a:read'), derive: true });
    const grandchild = await store.service.derive(
      store.caller(child.token),
      input('grandchild', 'db:a:read'),
    );
    await store.service.delete(admin, 'parent');
    for (const token of [child.token, grandchild.token]) {
      expect(store.authenticator.authenticate(token)).toEqual({ ok: false, reason: 'unknown' });
    }
    expect([...store.catalog.tokens()].map(({ name }) => name)).toEqual(['_admin']);
    const deleted = store.catalog.audit.read({}).filter(({ action }) => action === 'token.delete');
    expect(deleted.map(({ resource }) => resource).sort()).toEqual([
      'token:child',
      'token:grandchild',
      'token:parent',
    ]);
  });

  test('[D2] a child of a parent that is deleted meanwhile is refused and not left behind', async () => {
    const { caller } = await parent('db:a:read');
    const who = caller();
    const results = await Promise.allSettled([
      store.service.delete(admin, 'parent'),
      store.service.derive(who, input('late', 'db:a:read')),
    ]);
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
    expect(store.catalog.tokenByName('late')).toBeUndefined();
  });

  test('[D1] generations are bounded', async () => {
    let caller = (await parent('db:a:read')).caller();
    for (let generation = 1; generation <= 4; generation++) {
      const made = await store.service.derive(caller, {
        ...input(`g${generation}`, 'db:a:read'),
        derive: true,
      });
      caller = store.caller(made.token);
    }
    await expect(store.service.derive(caller, input('g5', 'db:a:read'))).rejects.toEqual(
      refused('derived_token_exceeds_parent', 403),
    );
  });
});

describe('questions', () => {
  test('[S1] a check tells the rule, or what would be needed', async () => {
    const { token } = await create('app', 'db:a:read', 'db:prod/cpu:write');
    const ask = (resource: string, action: string) => store.service.check({ name: 'app', resource, action });
    expect(ask('db:a', 'read')).toEqual({
      allowed: true,
      reason: 'allowed by db:a:read',
      rule: 'db:a:read',
      would_need: null,
    });
    expect(ask('db:prod/mem', 'write')).toEqual({
      allowed: false,
      reason: 'no permission covers it, db:prod/mem:write would',
      rule: null,
      would_need: 'db:prod/mem:write',
    });
    expect(ask('db:prod/cpu', 'write').allowed).toBe(true);
    expect(ask('db:new', 'create').would_need).toBe('db:new:create');
    expect(ask('system:health', 'read').would_need).toBe('system:health:read');
    expect(ask('*:*', 'read').would_need).toBe('*:*:*');
    expect(store.service.check({ token, resource: 'db:a', action: 'read' }).allowed).toBe(true);
    expect(store.service.check({ token: 'apiv3_x', resource: 'db:a', action: 'read' })).toEqual({
      allowed: false,
      reason: 'the token is not known',
      rule: null,
      would_need: null,
    });
    await store.service.update(admin, 'app', { expirySecs: 0n });
    expect(ask('db:a', 'read').reason).toBe('the token has expired');
  });

  test('[G1] a check that cannot be read is refused', async () => {
    await create('app', 'db:a:read');
    const wrong: [string, string][] = [
      ['a', 'read'],
      ['db:', 'read'],
      ['table:a', 'read'],
      ['db:a', 'fly'],
      ['system:heart', 'read'],
      ['system:health', 'write'],
      ['db:a/c*', 'read'],
    ];
    for (const [resource, action] of wrong) {
      expect(() => store.service.check({ name: 'app', resource, action })).toThrow(/invalid token check/);
    }
    expect(() => store.service.check({ resource: 'db:a', action: 'read' })).toThrow(
      /either token_name or token/,
    );
    expect(() => store.service.check({ name: 'none', resource: 'db:a', action: 'read' })).toThrow(
      /not found/,
    );
  });

  test('[S1] what would be needed, when given, is enough', async () => {
    const questions: [string, string][] = [
      ['db:a', 'write'],
      ['db:prod/cpu,user', 'read'],
      ['db:prod/cpu%2Fuser', 'write'],
      ['system:tokens', 'read'],
      ['system:metrics', 'read'],
    ];
    await create('poor', 'db:b:describe');
    for (const [resource, action] of questions) {
      const { would_need: needed } = store.service.check({ name: 'poor', resource, action });
      await create('rich', needed!);
      expect(store.service.check({ name: 'rich', resource, action })).toMatchObject({
        allowed: true,
        rule: needed,
      });
      await store.service.delete(admin, 'rich');
    }
  });

  test('[S1] who am I tells all but the secret', async () => {
    const limits = { requests_per_sec: 3, concurrent_queries: 2 };
    const { token } = await store.service.createResourceToken(admin, {
      ...input('app', 'db:a,b:read'),
      limits,
      expirySecs: 60n,
      derive: true,
    });
    const limiter = new TokenLimiter({ clock: store.clock });
    limiter.takeRequest(store.login(token));
    const self = describeSelf(store.login(token), limiter.left(store.login(token)));
    expect(self).toEqual({
      name: 'app',
      kind: 'resource',
      permissions: ['db:a,b:read'],
      expiry: '2026-01-02T03:05:05.000Z',
      derive: true,
      parents: [],
      limits,
      limits_left: { requests_per_sec: 2, concurrent_queries: 2 },
      allowed_cidrs: null,
      rotated_until: null,
    });
    const child = await store.service.derive(store.caller(token), input('child', 'db:a:read'));
    expect(describeSelf(store.login(child.token), {})).toMatchObject({ kind: 'derived', parents: ['app'] });
    expect(describeSelf(store.login(operator), {})).toMatchObject({
      kind: 'operator',
      permissions: ['*:*:*'],
    });
    const ops = await store.service.createNamedAdmin(admin, 'ops', null);
    expect(describeSelf(store.login(ops.token), {}).kind).toBe('named_admin');
  });
});

test('[S1] [S4] every change is in the audit log with its author, and no secret is anywhere in it', async () => {
  const strings = [operator];
  const app = await store.service.createResourceToken(admin, { ...input('app', 'db:a:read'), derive: true });
  strings.push(app.token);
  strings.push((await store.service.derive(store.caller(app.token), input('child', 'db:a:read'))).token);
  strings.push((await store.service.rotate(admin, 'app', 60)).token);
  await store.service.update(admin, 'app', { newName: 'app2', permissions: ['db:b:read'] });
  strings.push((await store.service.createNamedAdmin(admin, 'ops', null)).token);
  strings.push((await store.service.regenerateOperator(admin)).token);
  await store.service.delete(admin, 'app2');
  const rows = store.catalog.audit.read({}).filter(({ action }) => action.startsWith('token.'));
  expect(rows.map(({ action, resource, tokenName }) => [action, resource, tokenName])).toEqual([
    ['token.create_operator', 'token:_admin', null],
    ['token.create', 'token:app', '_admin'],
    ['token.derive', 'token:child', 'app'],
    ['token.rotate', 'token:app', '_admin'],
    ['token.update', 'token:app', '_admin'],
    ['token.create_admin', 'token:ops', '_admin'],
    ['token.regenerate', 'token:_admin', '_admin'],
    ['token.delete', 'token:child', '_admin'],
    ['token.delete', 'token:app2', '_admin'],
  ]);
  const text = JSON.stringify(rows);
  for (const string of strings) {
    expect(text).not.toContain(string.slice(6));
    const hash = hashToken(string);
    for (const encoding of ['hex', 'base64', 'base64url'] as const) {
      expect(text).not.toContain(hash.toString(encoding).slice(0, 20));
    }
  }
  expect(await store.catalog.audit.verify()).toMatchObject({ ok: true });
});

test('[S1] no refusal quotes a string or a hash', async () => {
  const { token } = await create('app', 'db:a:read');
  const failures = await Promise.allSettled([
    create('app', 'db:a:read'),
    store.service.rotate(admin, token, 5),
    store.service.derive(store.caller(token), input('x', 'db:a:read')),
    store.service.update(admin, 'app', { newName: '_admin' }),
  ]);
  for (const failure of failures) {
    expect(failure.status).toBe('rejected');
    const text = failure.status === 'rejected' ? String(failure.reason) : '';
    // A name that the caller sends in place of a secret comes back to that caller alone, in a 404.
    if (!text.includes('not found')) expect(text).not.toContain(token.slice(6, 30));
    expect(text).not.toContain(hashToken(token).toString('hex').slice(0, 20));
  }
});
