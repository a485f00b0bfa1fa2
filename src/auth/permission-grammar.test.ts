import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { permission, resolveDatabase } from '../../test/support/permission-universe.ts';
import { SluiceError } from '../errors/index.ts';
import type { Permission } from './permission.ts';
import { type PermissionSource, parsePermission, parsePermissions } from './permission-grammar.ts';
import { printPermission, printPermissions } from './permission-print.ts';
import { unescapeWord } from './permission-resource.ts';

const parse = (...sources: PermissionSource[]) => parsePermissions(sources, resolveDatabase);

function reason(...sources: PermissionSource[]): string {
  try {
    parse(...sources);
  } catch (error) {
    expect(error).toBeInstanceOf(SluiceError);
    expect(error).toMatchObject({ code: 'token_permission_invalid', status: 400, body: 'text' });
    return (error as Error).message.replace('cannot parse token permission, ', '');
  }
  return 'accepted';
}

type DatabasePermission = Permission & { readonly kind: 'database' };

const database = (
  fields: Pick<DatabasePermission, 'databases'> & Partial<DatabasePermission>,
): DatabasePermission => ({ kind: 'database', tables: null, rows: null, actions: ['read'], ...fields });

describe('plain permissions', () => {
  test('[G1] strings and objects say the same', () => {
    const object = { resource_type: 'db', resource_names: ['a', 'prod'], actions: ['read', 'write'] };
    expect(parse(object)).toEqual(parse('db:a,prod:read,write'));
    expect(parse('db:a,prod:read,write')).toEqual([
      database({
        databases: [
          { kind: 'id', id: 1, name: 'a' },
          { kind: 'id', id: 3, name: 'prod' },
        ],
        actions: ['read', 'write'],
      }),
    ]);
    expect(parse('db:*:create')).toEqual([database({ databases: [{ kind: 'all' }], actions: ['create'] })]);
    expect(parse({ resource_type: 'db', resource_names: ['*', '*'], actions: ['read'] })).toEqual(
      parse('db:*:read'),
    );
    expect(parse('system:*:read')).toEqual([{ kind: 'system', resources: 'all', actions: ['read'] }]);
    expect(parse({ resource_type: 'system', resource_names: [' HEALTH '], actions: ['read'] })).toEqual(
      parse('system:health:read'),
    );
    expect(parse('db:a,a:read,read')).toEqual(parse('db:a:read'));
  });

  test.each([
    ['table:a:read', 'resource type not supported table'],
    ['token:a:read', 'resource type not supported token'],
    ['DB:a:read', 'resource type not supported DB'],
    [' db:a:read', 'resource type not supported  db'],
    ['*:a:read', '* resource type can only be set for admin token'],
    ['*:*:*', '* resource type can only be set for admin token'],
    ['*:*:write', '* resource type can only be set for admin token'],
    ['*:*:read,write', '* resource type can only be set for admin token'],
    ['*:*:', '* resource type can only be set for admin token'],
    ['db:*,a:read', 'mixed wildcard (*) and resource name'],
    ['system:*,health:read', 'mixed wildcard (*) and resource name'],
    ['db:nope:read', 'invalid resource name nope'],
    ['db: a:read', 'invalid resource name  a'],
    ['db:A:read', 'invalid resource name A'],
    ['db:a,:read', 'invalid resource name '],
    ['system:heart:read', 'invalid resource name heart'],
    ['db:a:*', 'action not supported, database action *'],
    ['db:a:update', 'action not supported, database action update'],
    ['db:a:drop', 'action not supported, database action drop'],
    ['db:a:Read', 'action not supported, database action Read'],
    ['db:a: read', 'action not supported, database action  read'],
    ['db:a:read,', 'action not supported, database action '],
    ['db:a:read,wirte', 'action not supported, database action wirte'],
    ['system:health:write', 'action not supported, system action write'],
    ['system:health:*', 'action not supported, system action *'],
    ['db:a:', 'missing actions'],
    ['db::read', 'missing resource name db'],
    ['db:a', 'expected RESOURCE_TYPE:RESOURCE_NAMES:ACTIONS, got db:a'],
    ['', 'expected RESOURCE_TYPE:RESOURCE_NAMES:ACTIONS, got '],
  ])('[G1] %j is refused: %s', (text, expected) => {
    expect(reason(text)).toBe(expected);
  });

  test('[G1] empty parts of an object are refused, because such a token would grant nothing', () => {
    const whole = { resource_type: 'db', resource_names: ['a'], actions: ['read'] };
    expect(reason()).toBe('missing permissions');
    expect(reason({ ...whole, resource_names: [] })).toBe('missing resource name db');
    expect(reason({ ...whole, actions: [] })).toBe('missing actions');
  });

  test('[G4] the first problem in the order of auth.md 2.4 is told: list order, then type, names, actions', () => {
    expect(reason('db:nope:fly', 'table:a:read')).toBe('invalid resource name nope');
    expect(reason('db:*,nope:fly')).toBe('mixed wildcard (*) and resource name');
    expect(reason('fly:*,nope:fly')).toBe('resource type not supported fly');
    expect(reason('db:a:read', 'db:a:fly')).toBe('action not supported, database action fly');
  });
});

describe('patterns, tables and rows', () => {
  test('[G1] the strings of beyond.md B1', () => {
    expect(parse('db:prod_*:read')).toEqual([database({ databases: [{ kind: 'prefix', prefix: 'prod_' }] })]);
    expect(parse('db:a/cpu_*,a/mem:read,write')).toEqual([
      database({
        databases: [{ kind: 'id', id: 1, name: 'a' }],
        tables: [
          { kind: 'prefix', prefix: 'cpu_' },
          { kind: 'name', name: 'mem' },
        ],
        actions: ['read', 'write'],
      }),
    ]);
    expect(parse('db:prod/cpu[region=eu,env=prod|stage]:read')).toEqual([
      database({
        databases: [{ kind: 'id', id: 3, name: 'prod' }],
        tables: [{ kind: 'name', name: 'cpu' }],
        rows: [
          { tag: 'region', values: ['eu'] },
          { tag: 'env', values: ['prod', 'stage'] },
        ],
      }),
    ]);
    expect(parse('*:*:read')).toEqual([{ kind: 'read_everything' }]);
    expect(parse('system:tokens,queries,tables:read')).toEqual([
      { kind: 'system', resources: ['tokens', 'queries', 'tables'], actions: ['read'] },
    ]);
  });

  test('[G1] tables and where of an object are those of a string', () => {
    const object = {
      resource_type: 'db',
      resource_names: ['prod'],
      tables: ['cpu'],
      where: { region: 'eu', env: ['prod', 'stage'] },
      actions: ['read'],
    };
    expect(parse(object)).toEqual(parse('db:prod/cpu[region=eu,env=prod|stage]:read'));
    expect(parse({ ...object, tables: ['*'] })).toEqual(parse('db:prod/*[region=eu,env=prod|stage]:read'));
  });

  test('[G3] tables stay with the database that they were written with', () => {
    const parsed = parse('db:a/cpu,prod/mem:read');
    expect(parsed).toHaveLength(2);
    expect(parsed.map(printPermission)).toEqual(['db:a/cpu:read', 'db:prod/mem:read']);
  });

  test('[G3] a live database whose name holds a slash is that database, not a table', () => {
    expect(parse('db:a/cpu:read')).toEqual([database({ databases: [{ kind: 'id', id: 2, name: 'a/cpu' }] })]);
    expect(parse('db:a/cpu/mem:read')).toEqual([
      database({
        databases: [{ kind: 'id', id: 2, name: 'a/cpu' }],
        tables: [{ kind: 'name', name: 'mem' }],
      }),
    ]);
  });

  test.each([
    ['db:prod*x:read', 'invalid resource name prod*x'],
    ['db:*x:read', 'invalid resource name *x'],
    ['db:prod**:read', 'invalid resource name prod**'],
    ['db:pr od*:read', 'invalid resource name pr od*'],
    ['db:nope/cpu:read', 'invalid resource name nope/cpu'],
    ['db:a/:read', 'invalid resource name a/'],
    ['db:a/c*u:read', 'invalid resource name a/c*u'],
    ['db:prod[region=eu]:read', 'invalid resource name prod[region=eu]'],
    ['db:prod/cpu[]:read', 'invalid resource name prod/cpu[]'],
    ['db:prod/cpu[region]:read', 'invalid resource name prod/cpu[region]'],
    ['db:prod/cpu[region=]:read', 'invalid resource name prod/cpu[region=]'],
    ['db:prod/cpu[=eu]:read', 'invalid resource name prod/cpu[=eu]'],
    ['db:prod/cpu[region=*]:read', 'invalid resource name prod/cpu[region=*]'],
    ['db:prod/cpu[region=eu*]:read', 'invalid resource name prod/cpu[region=eu*]'],
    ['db:prod/cpu[region=eu|]:read', 'invalid resource name prod/cpu[region=eu|]'],
    ['db:prod/cpu[region!=eu]:read', 'accepted'],
    ['db:prod/cpu[region=eu,region=us]:read', 'invalid resource name prod/cpu[region=eu,region=us]'],
    ['db:prod/cpu[region=eu:read', 'invalid resource name prod/cpu[region=eu'],
    ['db:prod/cpu[region=eu]x:read', 'invalid resource name prod/cpu[region=eu]x'],
    ['db:prod/cpu[region=%ff]:read', 'invalid resource name prod/cpu[region=%ff]'],
    ['db:prod/cpu[region=eu]:write', 'row conditions support action read only'],
    ['db:prod/cpu[region=eu]:read,describe', 'row conditions support action read only'],
    ['db:prod/cpu:create', 'action not supported, table action create'],
  ])('[G1] %j: %s', (text, expected) => {
    expect(reason(text)).toBe(expected);
  });

  test('[G1] an object cannot say its tables or rows twice, nor nothing by them', () => {
    const object = { resource_type: 'db', resource_names: ['prod'], actions: ['read'] };
    const twice = { ...object, resource_names: ['prod/cpu'], tables: ['mem'] };
    expect(reason(twice)).toBe('resource name prod/cpu already names a table');
    const filtered = { ...object, resource_names: ['prod/cpu[region=eu]'], where: { env: 'x' } };
    expect(reason(filtered)).toBe('resource name prod/cpu[region=eu] already has row conditions');
    expect(reason({ ...object, tables: [] })).toBe('missing tables');
    expect(reason({ ...object, tables: ['*', 'cpu'] })).toBe('mixed wildcard (*) and table name');
    expect(reason({ ...object, where: {} })).toBe('invalid where, expected tags with one or more values');
    expect(reason({ ...object, where: { region: [] } })).toBe(
      'invalid where, expected tags with one or more values',
    );
    expect(reason({ ...object, actions: ['write'], where: { region: 'eu' } })).toBe(
      'row conditions support action read only',
    );
    const system = { resource_type: 'system', resource_names: ['health'], actions: ['read'], tables: ['x'] };
    expect(reason(system)).toBe('tables and where are supported by resource type db only');
  });

  test('[G5] what one token holds is bounded', () => {
    const names = Array.from({ length: 10_001 }, (_, index) => `prod/t${index}`);
    expect(reason({ resource_type: 'db', resource_names: names, actions: ['read'] })).toBe(
      'too many resource names, at most 10000 are supported in one token',
    );
    const conditions = Array.from({ length: 33 }, (_, index) => `t${index}=v`).join(',');
    expect(reason(`db:prod/cpu[${conditions}]:read`)).toMatch(/^invalid resource name/);
    const values = Array.from({ length: 1001 }, (_, index) => `v${index}`).join('|');
    expect(reason(`db:prod/cpu[region=${values}]:read`)).toMatch(/^invalid resource name/);
  });
});

describe('the grammar as a whole', () => {
  test('[G2] what is printed is parsed back to the same permissions', () => {
    fc.assert(
      fc.property(permission, (one) => {
        // The text is the name of a live database, which wins; `db:a/%63pu` would say the table.
        fc.pre(!isShadowed(one));
        const parsed = parsePermission(printPermission(one), resolveDatabase);
        // Mixed whole databases and tables of one string come back as several; these do not mix.
        expect(parsed).toEqual([one]);
        expect(parsed.map(printPermission)).toEqual([printPermission(one)]);
      }),
      { numRuns: 2000 },
    );
  });

  test('[G2] any table name, tag and value survives', () => {
    const word = fc
      .string({ unit: 'grapheme', minLength: 1, maxLength: 12 })
      .filter((text) => text.isWellFormed());
    fc.assert(
      fc.property(word, word, fc.uniqueArray(word, { minLength: 1, maxLength: 3 }), (table, tag, values) => {
        const one = database({
          databases: [{ kind: 'id', id: 3, name: 'prod' }],
          tables: [{ kind: 'name', name: table }],
          rows: [{ tag, values }],
        });
        expect(parse(printPermission(one))).toEqual([one]);
      }),
      { numRuns: 1000 },
    );
  });

  test('[G3] a string that is accepted grants nothing that is not written in it, however it is damaged', () => {
    const edit = fc.record({
      at: fc.nat(60),
      remove: fc.nat(3),
      insert: fc.oneof(
        fc.constantFrom(
          '*',
          ':',
          ',',
          '/',
          '[',
          ']',
          '=',
          '|',
          '%2A',
          '%2a',
          '%',
          'read',
          'write',
          ' ',
          '\u0000',
        ),
        fc.string({ maxLength: 2 }),
      ),
    });
    let accepted = 0;
    fc.assert(
      fc.property(permission, fc.array(edit, { maxLength: 3 }), (one, edits) => {
        let text = printPermission(one);
        for (const { at, remove, insert } of edits) {
          const start = at % (text.length + 1);
          text = text.slice(0, start) + insert + text.slice(start + remove);
        }
        let parsed: Permission[];
        try {
          parsed = parsePermission(text, resolveDatabase);
        } catch (error) {
          expect(error).toBeInstanceOf(SluiceError);
          return;
        }
        accepted++;
        for (const granted of parsed) expectWritten(text, granted);
        // Printing and parsing again changes nothing: the text of an accepted permission is its meaning.
        const printed = parsed.map(printPermission);
        expect(parsePermissions(printed, resolveDatabase).map(printPermission)).toEqual(printed);
      }),
      { numRuns: 5000 },
    );
    expect(accepted).toBeGreaterThan(500);
  });

  test('[G3] system:* is no more than InfluxDB means by it', () => {
    expect(printPermissions(parse('system:*:read'))).toBe('system:*:read');
    expect(parse('system:*:read')).toEqual([{ kind: 'system', resources: 'all', actions: ['read'] }]);
  });

  test('[G1] the reader of strings answers anything with permissions or a refusal, never with another failure', () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof(fc.string(), fc.string({ unit: 'binary' })), { maxLength: 3 }),
        (texts) => {
          expect(typeof reason(...texts)).toBe('string');
        },
      ),
      { numRuns: 2000 },
    );
  });
});

/** Whether a table is written as a live database is called. */
function isShadowed(one: Permission): boolean {
  if (one.kind !== 'database' || one.rows !== null) return false;
  const names = one.databases.map((selector) => (selector.kind === 'id' ? selector.name : '*'));
  const tables = (one.tables ?? []).map((table) => (table.kind === 'name' ? table.name : '*'));
  return names.some((name) => tables.some((table) => resolveDatabase(`${name}/${table}`) !== undefined));
}

/** Every part of what is granted stands in the text, in its own place. */
function expectWritten(text: string, granted: Permission): void {
  const type = text.slice(0, text.indexOf(':'));
  const names = text.slice(text.indexOf(':') + 1, text.lastIndexOf(':'));
  const actions = text.slice(text.lastIndexOf(':') + 1).split(',');
  if (granted.kind === 'admin') throw new Error('no text grants administration');
  if (granted.kind === 'read_everything') {
    expect([type, actions.every((action) => action === 'read')]).toEqual(['*', true]);
    return;
  }
  expect(type).toBe(granted.kind === 'system' ? 'system' : 'db');
  for (const action of granted.actions) expect(actions).toContain(action);
  if (granted.kind === 'system') {
    const written = names.split(',').map((name) => name.trim().toLowerCase());
    if (granted.resources === 'all') expect(written).toContain('*');
    else for (const resource of granted.resources) expect(written).toContain(resource);
    return;
  }
  const items = names.split(/,(?![^[]*\])/);
  for (const database of granted.databases) {
    const beginning =
      database.kind === 'all' ? '*' : database.kind === 'id' ? database.name : `${database.prefix}*`;
    const holders = items.filter((item) => item === beginning || item.startsWith(`${beginning}/`));
    expect(holders.length).toBeGreaterThan(0);
    for (const table of granted.tables ?? []) {
      const found = holders.some((item) => {
        const written = item.slice(beginning.length + 1).split('[')[0]!;
        if (table.kind === 'name') return unescapeWord(written) === table.name;
        return written.endsWith('*') && unescapeWord(written.slice(0, -1)) === table.prefix;
      });
      expect(found).toBe(true);
    }
    if (granted.rows === null) expect(holders.some((item) => !item.includes('['))).toBe(true);
  }
}
