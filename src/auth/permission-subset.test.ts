import fc from 'fast-check';
import { expect, test } from 'vitest';
import { naiveAllows, naiveSees } from '../../test/support/naive-authorizer.ts';
import {
  NAMED,
  OPERATIONS,
  permission,
  permissions,
  ROWS,
  resolveDatabase,
  TABLES,
} from '../../test/support/permission-universe.ts';
import { parsePermissions } from './permission-grammar.ts';
import { firstOutside } from './permission-subset.ts';

const isWithin = (child: string[], parent: string[]) =>
  firstOutside(parsePermissions(child, resolveDatabase), parsePermissions(parent, resolveDatabase)) === null;

test('[D1] what is let through is within: no operation and no row that the parent has not', () => {
  let accepted = 0;
  fc.assert(
    fc.property(permission, permissions, (child, parent) => {
      if (firstOutside([child], parent) !== null) return;
      accepted++;
      for (const operation of OPERATIONS) {
        if (naiveAllows([[child]], operation)) {
          expect({ operation, allowed: naiveAllows([parent], operation) }).toEqual({
            operation,
            allowed: true,
          });
        }
      }
      for (const database of NAMED) {
        for (const table of TABLES) {
          for (const row of ROWS) {
            if (naiveSees([[child]], database, table, row)) {
              expect(naiveSees([parent], database, table, row)).toBe(true);
            }
          }
        }
      }
    }),
    { numRuns: 3000 },
  );
  expect(accepted).toBeGreaterThan(300);
});

test('[D1] each permission of a token is within that token, unless its own exact entry shadows it', () => {
  fc.assert(
    fc.property(permission, (one) => {
      expect(firstOutside([one], [one])).toBeNull();
    }),
  );
  expect(isWithin(['db:*:write'], ['db:a:read', 'db:*:write'])).toBe(false);
  expect(isWithin(['db:prod:write'], ['db:a:read', 'db:*:write'])).toBe(true);
});

test.each([
  [['db:a:read'], ['db:*:read'], true],
  [['db:*:read'], ['db:a:read'], false],
  [['db:a/cpu/x:read'], ['db:a/cpu:read'], true],
  [['db:prod/cpu:read'], ['db:prod:read'], true],
  [['db:prod:read'], ['db:prod/*:read'], true],
  [['db:prod:read'], ['db:prod/cpu:read'], false],
  [['db:prod/cpu_user:read'], ['db:prod/cpu_*:read'], true],
  [['db:prod/cpu*:read'], ['db:prod/cpu_*:read'], false],
  [['db:prod_eu:read'], ['db:prod_*:read'], true],
  [['db:prod_e*:read'], ['db:prod_*:read'], true],
  [['db:p*:read'], ['db:prod_*:read'], false],
  [['db:prod/cpu[region=eu]:read'], ['db:prod/cpu[region=eu|us]:read'], true],
  [['db:prod/cpu[region=eu,env=x]:read'], ['db:prod/cpu[region=eu]:read'], true],
  [['db:prod/cpu[region=eu]:read'], ['db:prod/cpu[region=eu,env=x]:read'], false],
  [['db:prod/cpu:read'], ['db:prod/cpu[region=eu]:read'], false],
  [['db:a:read,write'], ['db:a:read'], false],
  [['db:a:describe'], ['db:a:read'], true],
  [['*:*:read'], ['db:*:create,describe,read,write,delete', 'system:*:read'], false],
  [['db:a:read'], ['*:*:read'], true],
  [['db:a:write'], ['*:*:read'], false],
  [['system:tokens:read'], ['*:*:read'], true],
  [['system:*:read'], ['system:health,metrics,ping,ready:read'], true],
  [['system:tokens:read'], ['system:*:read'], false],
])('[D1] %j within %j: %s', (child, parent, expected) => {
  expect(isWithin(child, parent)).toBe(expected);
});

test('[D1] nothing but an administrator covers administration', () => {
  const admin = [{ kind: 'admin' as const }];
  expect(firstOutside(admin, admin)).toBeNull();
  expect(firstOutside(admin, parsePermissions(['*:*:read', 'db:*:write'], resolveDatabase))).toEqual(
    admin[0],
  );
});
