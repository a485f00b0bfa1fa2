/**
 * Random histories of tokens and databases against the naive model, on the real catalog, token service,
 * authenticator and authorizer, with a clock that the history moves. A failure prints its seed and path.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { naiveAllows } from '../../test/support/naive-authorizer.ts';
import { TokenModel } from '../../test/support/token-model.ts';
import { ANYONE, DATABASE_CONTEXT, openTokenStore, type TokenStore } from '../../test/support/token-store.ts';
import type { Operation } from '../auth/operation.ts';
import type { DatabaseAction } from '../auth/permission.ts';
import { parsePermissions } from '../auth/permission-grammar.ts';
import { firstOutside } from '../auth/permission-subset.ts';
import { SluiceError } from '../errors/index.ts';

const DATABASES = ['prod_a', 'prod_b', 'other'];
const TABLES = [undefined, 'cpu', 'mem'];
const ACTIONS: readonly DatabaseAction[] = ['create', 'describe', 'read', 'write', 'delete'];
const PERMISSIONS = [
  'db:*:read',
  'db:*:create,write',
  'db:prod_*:read',
  'db:prod_a:read',
  'db:prod_a:read,write',
  'db:prod_b,other:write,delete',
  'db:other/cpu:read,write',
  'db:prod_a/c*:read',
  'db:prod_a/cpu[host=x]:read',
  '*:*:read',
  'system:health:read',
];

const name = fc.constantFrom('t1', 't2', 't3', 't4');
const permissionTexts = fc.uniqueArray(fc.constantFrom(...PERMISSIONS), { minLength: 1, maxLength: 3 });
const expirySecs = fc.option(fc.constantFrom(0, 30, 3600, 90_000));
/** Picks one of the strings given out so far. */
const pick = fc.nat(30);

const step = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('create' as const),
      name,
      permissionTexts,
      expirySecs,
      derive: fc.boolean(),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('createAdmin' as const), name, expirySecs }) },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('update' as const),
      name,
      permissionTexts: fc.option(permissionTexts),
      expirySecs: fc.option(fc.record({ secs: expirySecs })),
      newName: fc.option(name),
      derive: fc.option(fc.boolean()),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('rotate' as const),
      name,
      graceSecs: fc.constantFrom(0, 30, 3600),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('derive' as const),
      pick,
      name,
      permissionTexts,
      expirySecs,
      derive: fc.boolean(),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('delete' as const), name }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('regenerate' as const) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('createDatabase' as const),
      database: fc.constantFrom(...DATABASES),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('deleteDatabase' as const),
      database: fc.constantFrom(...DATABASES),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('undeleteDatabase' as const), pick }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('wait' as const),
      secs: fc.constantFrom(1, 29, 30, 3600, 86_400),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('restart' as const) }) },
);
type Step = typeof step extends fc.Arbitrary<infer Value> ? Value : never;

class World {
  store: TokenStore;
  readonly model: TokenModel;
  /** Every string ever given out; its index is its name in the model. */
  readonly strings: string[] = [];
  readonly #path: string;

  constructor(store: TokenStore, path: string) {
    this.store = store;
    this.#path = path;
    this.model = new TokenModel(store.clock.atMs);
    this.model.databases.push({ id: 0, name: '_internal', originalName: '_internal', isDeleted: false });
  }

  get admin() {
    return this.store.caller(this.strings[this.model.named('_admin')!.string]!);
  }

  /** Numbers a new string. */
  give(token: string): number {
    return this.strings.push(token) - 1;
  }

  async run(one: Step): Promise<void> {
    const { model } = this;
    switch (one.do) {
      case 'create':
        return this.#create(one);
      case 'createAdmin': {
        const isFree = model.named(one.name) === undefined;
        const made = await this.#expect(isFree, () =>
          this.store.service.createNamedAdmin(this.admin, one.name, big(one.expirySecs)),
        );
        if (made === undefined) return;
        model.add({
          id: made.record.id,
          name: one.name,
          string: this.give(made.token),
          expiryMs: after(model.nowMs, one.expirySecs),
          permissions: [{ kind: 'admin' }],
          derive: false,
          parentId: null,
        });
        return;
      }
      case 'update':
        return this.#update(one);
      case 'rotate': {
        const token = model.named(one.name);
        const made = await this.#expect(token !== undefined, () =>
          this.store.service.rotate(this.admin, one.name, one.graceSecs),
        );
        if (made !== undefined) model.rotate(token!, this.give(made.token), one.graceSecs * 1000);
        return;
      }
      case 'derive':
        return this.#derive(one);
      case 'delete': {
        const token = model.named(one.name);
        const done = await this.#expect(token !== undefined, () =>
          this.store.service.delete(this.admin, one.name).then(() => true),
        );
        if (done !== undefined) model.remove(token!);
        return;
      }
      case 'regenerate': {
        const made = await this.store.service.regenerateOperator(this.admin);
        model.rotate(model.named('_admin')!, this.give(made.token), 0);
        return;
      }
      case 'createDatabase': {
        const isFree = !model.databases.some((database) => database.name === one.database);
        const id = await this.#expect(isFree, () => this.store.createDatabase(one.database));
        if (id === undefined) return;
        model.databases.push({ id, name: one.database, originalName: one.database, isDeleted: false });
        return;
      }
      case 'deleteDatabase': {
        const database = model.databases.find((other) => other.name === one.database && !other.isDeleted);
        if (database === undefined) return;
        const deleted = await this.store.catalog
          .as(DATABASE_CONTEXT)
          .deleteDatabase(database.id, { kind: 'never' });
        // How a deleted database is called is the catalog's business; that it is renamed is not.
        expect(deleted.name).not.toBe(one.database);
        Object.assign(database, { name: deleted.name, isDeleted: true });
        return;
      }
      case 'undeleteDatabase': {
        const deleted = model.databases.filter(({ isDeleted }) => isDeleted);
        const database = deleted[one.pick % Math.max(1, deleted.length)];
        if (database === undefined || model.resolve(database.originalName) !== undefined) return;
        const undeleted = await this.store.catalog.as(DATABASE_CONTEXT).undeleteDatabase(database.id);
        expect(undeleted.name).toBe(database.originalName);
        Object.assign(database, { name: undeleted.name, isDeleted: false });
        return;
      }
      case 'wait':
        model.nowMs += one.secs * 1000;
        this.store.clock.atMs = model.nowMs;
        return;
      case 'restart':
        await this.store.catalog.close();
        this.store = await openTokenStore(this.#path, model.nowMs);
        return;
    }
  }

  async #create(one: Step & { do: 'create' }): Promise<void> {
    const { model } = this;
    const permissions = this.#parse(one.permissionTexts);
    const isFine = permissions !== undefined && model.named(one.name) === undefined;
    const made = await this.#expect(isFine, () =>
      this.store.service.createResourceToken(this.admin, {
        name: one.name,
        permissions: one.permissionTexts,
        expirySecs: big(one.expirySecs),
        derive: one.derive,
      }),
    );
    if (made === undefined) return;
    model.add({
      id: made.record.id,
      name: one.name,
      string: this.give(made.token),
      expiryMs: after(model.nowMs, one.expirySecs),
      permissions: permissions!,
      derive: one.derive,
      parentId: null,
    });
  }

  async #update(one: Step & { do: 'update' }): Promise<void> {
    const { model } = this;
    const token = model.named(one.name);
    const permissions = one.permissionTexts === null ? token?.permissions : this.#parse(one.permissionTexts);
    const expiryMs =
      one.expirySecs === null ? (token?.expiryMs ?? null) : after(model.nowMs, one.expirySecs.secs);
    const derive = one.derive ?? token?.derive ?? false;
    const nameIsFree =
      one.newName === null || one.newName === one.name || model.named(one.newName) === undefined;
    const parents = token === undefined ? [] : model.lineOf(token).slice(1);
    const isWithin = parents.every(
      (parent) =>
        firstOutside(permissions ?? [], parent.permissions) === null &&
        (parent.expiryMs === null || (expiryMs ?? Infinity) <= parent.expiryMs) &&
        (!derive || parent.derive),
    );
    const isFine = token !== undefined && permissions !== undefined && nameIsFree && isWithin;
    const changed = await this.#expect(isFine, () =>
      this.store.service.update(this.admin, one.name, {
        ...(one.permissionTexts !== null && { permissions: one.permissionTexts }),
        ...(one.expirySecs !== null && { expirySecs: big(one.expirySecs.secs) }),
        ...(one.newName !== null && { newName: one.newName }),
        ...(one.derive !== null && { derive: one.derive }),
      }),
    );
    if (changed === undefined) return;
    Object.assign(token!, { permissions, expiryMs, derive, name: one.newName ?? one.name });
  }

  async #derive(one: Step & { do: 'derive' }): Promise<void> {
    const { model } = this;
    const string = one.pick % this.strings.length;
    const answer = model.authenticate(string);
    if (typeof answer === 'string') return;
    const { line } = answer;
    const permissions = this.#parse(one.permissionTexts);
    const latestMs = model.latestChildMs(string, line);
    const expiryMs = one.expirySecs === null ? latestMs : model.nowMs + one.expirySecs * 1000;
    const isFine =
      permissions !== undefined &&
      model.named(one.name) === undefined &&
      line.length <= 4 &&
      expiryMs <= latestMs &&
      line.every((parent) => parent.derive && firstOutside(permissions, parent.permissions) === null);
    const made = await this.#expect(isFine, () =>
      this.store.service.derive(this.store.caller(this.strings[string]!), {
        name: one.name,
        permissions: one.permissionTexts,
        expirySecs: big(one.expirySecs),
        derive: one.derive,
      }),
    );
    if (made === undefined) return;
    model.add({
      id: made.record.id,
      name: one.name,
      string: this.give(made.token),
      expiryMs,
      permissions: permissions!,
      derive: one.derive,
      parentId: line[0]!.id,
    });
  }

  /** What the texts mean in the model's world; undefined when they name a database that is not there. */
  #parse(texts: readonly string[]) {
    try {
      return parsePermissions(texts, (wanted) => this.model.resolve(wanted));
    } catch (error) {
      if (error instanceof SluiceError) return undefined;
      throw error;
    }
  }

  /** Runs a change that must succeed or must be refused, as the model says. */
  async #expect<Value>(isFine: boolean, run: () => Promise<Value>): Promise<Value | undefined> {
    let value: Value | undefined;
    let failure: unknown;
    try {
      value = await run();
    } catch (error) {
      if (!(error instanceof SluiceError)) throw error;
      failure = error.message;
    }
    expect({ isFine: failure === undefined, failure }).toEqual({ isFine, failure });
    return value;
  }

  /** Every string, every operation: the same answer from the store and the model. */
  compare(): void {
    const { model, store } = this;
    const names = [...DATABASES, ...model.databases.map((database) => database.name), 'absent'];
    const operations: Operation[] = [
      { kind: 'admin' },
      { kind: 'list_databases' },
      { kind: 'system', resource: 'health' },
    ];
    for (const databaseName of new Set(names)) {
      const database = model.reference(databaseName);
      expect(store.catalog.database(databaseName)?.id ?? null).toBe(database.id);
      for (const action of ACTIONS) {
        for (const table of TABLES) {
          operations.push({ kind: 'database', database, action, ...(table !== undefined && { table }) });
        }
      }
    }
    for (const [string, text] of this.strings.entries()) {
      const expected = model.authenticate(string);
      const actual = store.authenticator.authenticate(text);
      expect(actual.ok ? 'ok' : actual.reason).toBe(typeof expected === 'string' ? expected : 'ok');
      if (!actual.ok || typeof expected === 'string') continue;
      const line = expected.line.map(({ permissions }) => permissions);
      for (const operation of operations) {
        const { allowed } = store.authorizer.authorize(actual.principal, operation);
        if (allowed !== naiveAllows(line, operation)) {
          expect({ operation, line, allowed }).toBe('as in the model');
        }
      }
    }
    const kept = [...store.catalog.tokens()].map(({ id, name, parentId }) => ({ id, name, parentId }));
    const wanted = model.tokens.map(({ id, name, parentId }) => ({ id, name, parentId }));
    expect(kept).toEqual(wanted.sort((one, other) => one.id - other.id));
  }
}

const big = (secs: number | null) => (secs === null ? null : BigInt(secs));
const after = (nowMs: number, secs: number | null) => (secs === null ? null : nowMs + secs * 1000);

test('[S6] [D1] [T6] any history gives the answers of the naive model, over restarts too', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'token-history-'));
  let count = 0;
  let checks = 0;
  try {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 40 }), async (steps) => {
        const path = join(directory, `${count++}.db`);
        const world = new World(await openTokenStore(path), path);
        try {
          const operator = await world.store.service.createOperator(ANYONE);
          world.model.add({
            id: operator.record.id,
            name: '_admin',
            string: world.give(operator.token),
            expiryMs: null,
            permissions: [{ kind: 'admin' }],
            derive: false,
            parentId: null,
          });
          for (const database of ['prod_a', 'other']) await world.run({ do: 'createDatabase', database });
          for (const one of steps) {
            await world.run(one);
            world.compare();
            checks += world.strings.length;
          }
          expect(await world.store.catalog.audit.verify()).toMatchObject({ ok: true });
        } finally {
          await world.store.catalog.close();
        }
      }),
      { numRuns: Number(process.env.SLUICE_HISTORIES ?? 60) },
    );
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
  expect(checks).toBeGreaterThan(1000);
});
