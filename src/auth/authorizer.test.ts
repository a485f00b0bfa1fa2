import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { naiveAllows, naiveSees } from '../../test/support/naive-authorizer.ts';
import {
  NAMED,
  OPERATIONS,
  permissions,
  principalOf,
  ROWS,
  resolveDatabase,
  TABLES,
  tokenWith,
} from '../../test/support/permission-universe.ts';
import { createAuthorizer } from './authorizer.ts';
import type { DatabaseReference, Operation, TableAccess } from './operation.ts';
import type { DatabaseAction } from './permission.ts';
import { parsePermissions } from './permission-grammar.ts';

const authorizer = createAuthorizer();
const lines = fc.array(permissions, { minLength: 1, maxLength: 3 });

function holder(...texts: string[]) {
  return principalOf(parsePermissions(texts, resolveDatabase));
}

function may(principal: ReturnType<typeof holder>, name: string, action: DatabaseAction, table?: string) {
  const database: DatabaseReference = { name, id: resolveDatabase(name) ?? null };
  const operation: Operation = { kind: 'database', database, action, ...(table !== undefined && { table }) };
  return authorizer.authorize(principal, operation).allowed;
}

function accessSees(access: TableAccess, row: Readonly<Record<string, string | undefined>>): boolean {
  if (access.kind !== 'rows') return access.kind === 'all';
  return access.anyOf.some((conditions) =>
    conditions.every(({ tag, values }) => row[tag] !== undefined && values.includes(row[tag])),
  );
}

describe('a decision', () => {
  test('[A1] is a refusal where nothing is held, whatever is asked but to be known', () => {
    const nobody = principalOf([]);
    for (const operation of OPERATIONS) {
      const { allowed } = authorizer.authorize(nobody, operation);
      expect(allowed).toBe(operation.kind === 'authenticated');
    }
    for (const database of NAMED) {
      const scope = authorizer.databaseScope(nobody, database, 'read');
      expect(scope.unrestricted).toBe(false);
      expect(TABLES.map((table) => scope.table(table).kind)).toEqual(TABLES.map(() => 'hidden'));
    }
  });

  test('[A1] [A5] [A6] [A7] [A8] [D3] equals the naive model, for tokens and their parents', () => {
    fc.assert(
      fc.property(lines, (line) => {
        const principal = principalOf(...line);
        for (const operation of OPERATIONS) {
          const decision = authorizer.authorize(principal, operation);
          expect({ operation, allowed: decision.allowed }).toEqual({
            operation,
            allowed: naiveAllows(line, operation),
          });
          expect(decision.rule === null).toBe(!decision.allowed);
          expect(decision.wouldNeed === null).toBe(decision.allowed);
        }
      }),
      { numRuns: 150 },
    );
  });

  test('[A2] [A3] depends on the principal and the operation alone', () => {
    fc.assert(
      fc.property(lines, fc.constantFrom(...OPERATIONS), lines, (line, operation, other) => {
        const first = authorizer.authorize(principalOf(...line), operation);
        authorizer.authorize(principalOf(...other), operation);
        // Equal values in other objects: no identity, no order of questions, no cache may show.
        const copy = structuredClone(line);
        expect(createAuthorizer().authorize(principalOf(...copy), structuredClone(operation))).toEqual(first);
      }),
    );
  });

  test('[A1] an anonymous principal may do everything: it exists only where authentication is off', () => {
    for (const operation of OPERATIONS) {
      expect(authorizer.authorize({ kind: 'anonymous' }, operation).allowed).toBe(true);
    }
  });

  test('[D2] a derived token without its living parents may do nothing at all', () => {
    const admin = [{ kind: 'admin' as const }];
    const orphan = tokenWith(admin, { id: 2, parentId: 7 });
    const principals = [
      { kind: 'token' as const, token: orphan, rotatedUntilMs: null },
      { kind: 'token' as const, token: orphan, rotatedUntilMs: null, ancestors: [] },
      {
        kind: 'token' as const,
        token: orphan,
        rotatedUntilMs: null,
        ancestors: [tokenWith(admin, { id: 8 })],
      },
      {
        kind: 'token' as const,
        token: orphan,
        rotatedUntilMs: null,
        ancestors: [tokenWith(admin, { id: 7, parentId: 9 })],
      },
    ];
    for (const principal of principals) {
      for (const operation of OPERATIONS) {
        expect(authorizer.authorize(principal, operation).allowed).toBe(false);
      }
      const scope = authorizer.databaseScope(principal, { name: 'a', id: 1 }, 'read');
      expect(scope.table('cpu')).toEqual({ kind: 'hidden' });
    }
  });
});

describe('plain permissions mean what they mean in InfluxDB', () => {
  test('[A5] the rows of auth.md 6.2', () => {
    const both = holder('db:a:read', 'db:a:write');
    expect(may(both, 'a', 'write')).toBe(true);
    const shadowed = holder('db:a:read', 'db:*:write');
    expect(may(shadowed, 'a', 'write')).toBe(false);
    expect(may(shadowed, 'prod', 'write')).toBe(true);
    expect(may(holder('db:*:read'), 'gone', 'read')).toBe(true);
    expect(may(holder('db:a:read'), 'gone', 'read')).toBe(false);
    expect(may(holder('db:*:read'), '_internal', 'read')).toBe(false);
    expect(may(holder('db:_internal:read'), '_internal', 'read')).toBe(false);
    expect(may(holder('db:*:create'), 'gone', 'create')).toBe(true);
    expect(may(holder('db:*:write'), 'gone', 'create')).toBe(false);
    const health = authorizer.authorize(holder('system:health:read'), {
      kind: 'system',
      resource: 'metrics',
    });
    expect(health.allowed).toBe(false);
    const writer = holder('db:*:read,write');
    expect(authorizer.authorize(writer, { kind: 'system', resource: 'health' }).allowed).toBe(false);
    expect(authorizer.authorize(writer, { kind: 'admin' }).allowed).toBe(false);
  });

  test('[A5] any action makes a database visible, as the clients of auth.md 7.4 need', () => {
    for (const action of ['create', 'describe', 'read', 'write', 'delete']) {
      const principal = holder(`db:a:${action}`);
      expect(may(principal, 'a', 'describe')).toBe(true);
      expect(may(principal, 'prod', 'describe')).toBe(false);
      expect(authorizer.authorize(principal, { kind: 'list_databases' }).allowed).toBe(true);
    }
    expect(authorizer.authorize(holder('system:*:read'), { kind: 'list_databases' }).allowed).toBe(false);
  });

  test('[A5] a permission for writing neither reads nor deletes, and none administers', () => {
    const writer = holder('db:*:read,write');
    expect(may(writer, 'a', 'delete')).toBe(false);
    expect(may(holder('db:a:write'), 'a', 'read')).toBe(false);
    const everything = holder('db:*:create,describe,read,write,delete', 'system:*:read', '*:*:read');
    expect(authorizer.authorize(everything, { kind: 'admin' }).allowed).toBe(false);
  });

  test('[A5] a token is an administrator only when the admin permission is all that it holds', () => {
    const mixed = principalOf([{ kind: 'admin' }, ...parsePermissions(['db:a:read'], resolveDatabase)]);
    expect(authorizer.authorize(mixed, { kind: 'admin' }).allowed).toBe(false);
    expect(may(mixed, 'a', 'write')).toBe(false);
  });

  test('[A9] a permission holds an id: another database of the same name is another database', () => {
    const principal = holder('db:a:read');
    const reborn = { kind: 'database', action: 'read', database: { name: 'a', id: 99 } } as const;
    expect(authorizer.authorize(principal, reborn).allowed).toBe(false);
    const renamed = {
      kind: 'database',
      action: 'read',
      database: { name: 'a-20260101T000000', id: 1 },
    } as const;
    expect(authorizer.authorize(principal, renamed).allowed).toBe(true);
  });
});

describe('what beyond.md B1 adds', () => {
  test('[A6] is only added: it never takes away what the plain permissions give', () => {
    fc.assert(
      fc.property(permissions, permissions, (plain, more) => {
        const adds = more.filter(
          (one) => one.kind === 'read_everything' || (one.kind === 'database' && (one.tables || one.rows)),
        );
        if (plain.some(({ kind }) => kind === 'admin')) return;
        for (const operation of OPERATIONS) {
          if (!authorizer.authorize(principalOf(plain), operation).allowed) continue;
          expect(authorizer.authorize(principalOf([...plain, ...adds]), operation).allowed).toBe(true);
        }
      }),
      { numRuns: 100 },
    );
  });

  test('[A10] a pattern is bound to names, so it covers databases that are made later', () => {
    const principal = holder('db:prod_*:read');
    expect(may(principal, 'prod_eu', 'read')).toBe(true);
    expect(may(principal, 'prod_new', 'read')).toBe(true);
    expect(may(principal, 'prod', 'read')).toBe(false);
    expect(may(principal, 'a', 'read')).toBe(false);
  });

  test('[A11] a table permission is about its tables, and opens the database for them only', () => {
    const principal = holder('db:a/cpu_*:read,write', 'db:a/mem:delete');
    expect(may(principal, 'a', 'read')).toBe(true);
    expect(may(principal, 'a', 'read', 'cpu_user')).toBe(true);
    expect(may(principal, 'a', 'read', 'mem')).toBe(false);
    expect(may(principal, 'a', 'delete', 'mem')).toBe(true);
    // Deleting without naming a table is deleting the whole.
    expect(may(principal, 'a', 'delete')).toBe(false);
    expect(may(principal, 'prod', 'read')).toBe(false);
  });

  test('[A8] *:*:read reads everything and changes nothing', () => {
    const principal = holder('*:*:read');
    for (const operation of OPERATIONS) {
      const reads =
        operation.kind !== 'admin' &&
        (operation.kind !== 'database' || operation.action === 'read' || operation.action === 'describe');
      expect(authorizer.authorize(principal, operation).allowed).toBe(reads);
    }
    expect(authorizer.databaseScope(principal, { name: 'a', id: 1 }, 'read').unrestricted).toBe(true);
    expect(authorizer.databaseScope(principal, { name: 'a', id: 1 }, 'write').table('cpu').kind).toBe(
      'hidden',
    );
  });

  test('[A7] introspection opens its own table of _internal and no other, and only to read', () => {
    const principal = holder('system:tokens:read', 'db:*:read,write');
    expect(may(principal, '_internal', 'read', 'system.tokens')).toBe(true);
    expect(may(principal, '_internal', 'read', 'system.queries')).toBe(false);
    expect(may(principal, '_internal', 'read', 'cpu')).toBe(false);
    expect(may(principal, '_internal', 'write')).toBe(false);
    const scope = authorizer.databaseScope(principal, { name: '_internal', id: 0 }, 'read');
    expect(scope.unrestricted).toBe(false);
    expect(scope.table('system.tokens').kind).toBe('all');
    expect(scope.table('system.audit').kind).toBe('hidden');
    expect(holder('system:*:read').token.permissions).toHaveLength(1);
    expect(may(holder('system:*:read'), '_internal', 'read')).toBe(false);
  });
});

describe('a scope', () => {
  test('[A11] [A12] [D3] shows exactly the rows of the naive model', () => {
    fc.assert(
      fc.property(lines, (line) => {
        const principal = principalOf(...line);
        for (const database of NAMED) {
          const scope = authorizer.databaseScope(principal, database, 'read');
          for (const table of TABLES) {
            const access = scope.table(table);
            const seen = ROWS.filter((row) => accessSees(access, row));
            expect(seen).toEqual(ROWS.filter((row) => naiveSees(line, database, table, row)));
            if (scope.unrestricted) expect(access.kind).toBe('all');
          }
        }
      }),
      { numRuns: 100 },
    );
  });

  test('[A11] agrees with the decision on every table, for reading and for writing', () => {
    fc.assert(
      fc.property(lines, (line) => {
        const principal = principalOf(...line);
        for (const database of NAMED) {
          for (const action of ['read', 'write'] as const) {
            const scope = authorizer.databaseScope(principal, database, action);
            for (const table of TABLES) {
              const operation = { kind: 'database', database, action, table } as const;
              const { allowed } = authorizer.authorize(principal, operation);
              // A table that is shown is allowed; one that is allowed shows at least some row to some token.
              if (scope.table(table).kind !== 'hidden') expect(allowed).toBe(true);
              if (!allowed) expect(scope.table(table).kind).toBe('hidden');
              if (line.length === 1) expect(scope.table(table).kind === 'hidden').toBe(!allowed);
            }
          }
        }
      }),
      { numRuns: 100 },
    );
  });

  test('[A12] a filter never becomes everything: rows are filtered unless a permission shows the whole table', () => {
    const filtered = holder('db:a/cpu[region=eu]:read', 'db:a/cpu[region=us,env=eu|us]:read');
    const scope = authorizer.databaseScope(filtered, { name: 'a', id: 1 }, 'read');
    expect(scope.unrestricted).toBe(false);
    expect(scope.table('cpu')).toEqual({
      kind: 'rows',
      anyOf: [
        [{ tag: 'region', values: ['eu'] }],
        [
          { tag: 'region', values: ['us'] },
          { tag: 'env', values: ['eu', 'us'] },
        ],
      ],
    });
    expect(scope.table('mem')).toEqual({ kind: 'hidden' });
  });

  test('[A12] an intersection that would grow without bound hides the table', () => {
    const many = Array.from({ length: 40 }, (_, index) => `db:a/cpu[region=r${index}]:read`);
    const principal = principalOf(
      parsePermissions(many, resolveDatabase),
      parsePermissions(many, resolveDatabase),
    );
    const scope = authorizer.databaseScope(principal, { name: 'a', id: 1 }, 'read');
    expect(scope.table('cpu')).toEqual({ kind: 'hidden' });
  });

  test('[A13] equal fingerprints show equal rows, so that no cache serves one principal to another', () => {
    const known = new Map<string, string>();
    fc.assert(
      fc.property(lines, fc.constantFrom(...NAMED), (line, database) => {
        const scope = authorizer.databaseScope(principalOf(...line), database, 'read');
        const shown = JSON.stringify(
          TABLES.map((table) => ROWS.filter((row) => accessSees(scope.table(table), row)).length).concat(
            TABLES.flatMap((table) => ROWS.map((row) => Number(accessSees(scope.table(table), row)))),
          ),
        );
        const before = known.get(scope.fingerprint);
        if (before !== undefined) expect(shown).toBe(before);
        known.set(scope.fingerprint, shown);
      }),
      { numRuns: 1500 },
    );
    expect(known.size).toBeGreaterThan(50);
  });
});
