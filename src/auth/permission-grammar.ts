/**
 * Permissions as callers write them, strings and JSON objects, to permissions as stored (`auth.md` 2, B1).
 *
 * Strict: an unknown word is an error, never a default; nothing is trimmed save the names of system resources.
 * Names are bound to ids here, except patterns, which stay bound to names.
 */
import { authErrors } from '../errors/index.ts';
import {
  type DatabaseAction,
  isDatabaseAction,
  isSystemResource,
  type Permission,
  type SystemResource,
} from './permission.ts';
import { type DatabaseResource, parseDatabaseResource } from './permission-resource.ts';

/** The grammar's only question to the catalog: the id of a live database; undefined = there is none. */
export type ResolveDatabase = (name: string) => number | undefined;

/** A permission as a caller wrote it. */
export type PermissionSource =
  | string
  | {
      readonly resource_type: string;
      readonly resource_names: readonly string[];
      readonly actions: readonly string[];
      readonly tables?: readonly string[];
      readonly where?: Readonly<Record<string, string | readonly string[]>>;
    };

/** The parts of a permission string, before anything is looked up. */
export interface PermissionParts {
  readonly resource_type: string;
  readonly resource_names: readonly string[];
  readonly actions: readonly string[];
}

/** What all permissions of one token may hold, counted in names times tables. */
const MAXIMUM_RESOURCES = 10_000;

function fail(reason: string): never {
  throw authErrors.permissionInvalid(reason);
}

/** All permissions of a token, validated in list order. Throws `token_permission_invalid`. */
export function parsePermissions(
  sources: readonly PermissionSource[],
  resolve: ResolveDatabase,
): Permission[] {
  if (sources.length === 0) fail('missing permissions');
  const permissions: Permission[] = [];
  let resources = 0;
  for (const source of sources) {
    for (const permission of parsePermission(source, resolve)) {
      resources += countResources(permission);
      if (resources > MAXIMUM_RESOURCES) tooManyResources();
      permissions.push(permission);
    }
  }
  return permissions;
}

/**
 * One permission as written. Several come out where one string names tables of several databases: each database
 * with its own tables, so that no combination is granted that was not written.
 */
export function parsePermission(source: PermissionSource, resolve: ResolveDatabase): Permission[] {
  const parts = typeof source === 'string' ? splitPermission(source) : source;
  const { resource_type: type, resource_names: names, actions } = parts;
  const extra = typeof source === 'string' ? {} : { tables: source.tables, where: source.where };
  const refined = extra.tables !== undefined || extra.where !== undefined;
  if (type !== 'db' && type !== 'system' && type !== '*') fail(`resource type not supported ${type}`);
  if (type === '*') {
    const reads = actions.length > 0 && actions.every((action) => action === 'read');
    const everything = names.length > 0 && names.every((name) => name === '*');
    if (reads && everything && !refined) return [{ kind: 'read_everything' }];
    return fail('* resource type can only be set for admin token');
  }
  if (names.length === 0) fail(`missing resource name ${type}`);
  if (names.includes('*') && names.some((name) => name !== '*')) fail('mixed wildcard (*) and resource name');
  if (type === 'system') {
    if (refined) fail('tables and where are supported by resource type db only');
    return [parseSystem(names, actions)];
  }
  return parseDatabase(names, actions, extra, resolve);
}

/** `TYPE:NAMES:ACTIONS`: type up to the first colon, actions after the last, names between them. */
export function splitPermission(text: string): PermissionParts {
  const first = text.indexOf(':');
  const last = text.lastIndexOf(':');
  if (first === -1 || first === last) {
    fail(`expected RESOURCE_TYPE:RESOURCE_NAMES:ACTIONS, got ${text}`);
  }
  const actions = text.slice(last + 1);
  return {
    resource_type: text.slice(0, first),
    resource_names: splitNames(text.slice(first + 1, last)),
    actions: actions === '' ? [] : actions.split(','),
  };
}

/** At commas that are not inside brackets. */
function splitNames(text: string): string[] {
  if (text === '') return [];
  const names: string[] = [];
  let start = 0;
  let inBrackets = false;
  for (let index = 0; index < text.length; index++) {
    const character = text[index];
    if (character === '[') inBrackets = true;
    else if (character === ']') inBrackets = false;
    else if (character === ',' && !inBrackets) {
      names.push(text.slice(start, index));
      start = index + 1;
    }
  }
  names.push(text.slice(start));
  return names;
}

function parseSystem(names: readonly string[], actions: readonly string[]): Permission {
  const resources = new Set<SystemResource>();
  for (const name of names) {
    const resource = name.trim().toLowerCase();
    if (name === '*') continue;
    if (!isSystemResource(resource)) fail(`invalid resource name ${name}`);
    resources.add(resource);
  }
  if (actions.length === 0) fail('missing actions');
  for (const action of actions) {
    if (action !== 'read') fail(`action not supported, system action ${action}`);
  }
  return { kind: 'system', resources: names.includes('*') ? 'all' : [...resources], actions: ['read'] };
}

function parseDatabase(
  names: readonly string[],
  actionWords: readonly string[],
  extra: Parameters<typeof parseDatabaseResource>[1],
  resolve: ResolveDatabase,
): Permission[] {
  if (names.length * (extra.tables?.length ?? 1) > MAXIMUM_RESOURCES) tooManyResources();
  const resources = [...new Set(names)].map((name) => parseDatabaseResource(name, extra, resolve));
  if (actionWords.length === 0) fail('missing actions');
  for (const action of actionWords) {
    if (!isDatabaseAction(action)) fail(`action not supported, database action ${action}`);
  }
  const actions = [...new Set(actionWords)] as DatabaseAction[];
  if (resources.some(({ rows }) => rows !== null) && actions.some((action) => action !== 'read')) {
    fail('row conditions support action read only');
  }
  if (resources.some(({ tables }) => tables !== null) && actions.includes('create')) {
    fail('action not supported, table action create');
  }
  return groupResources(resources).map((group) => ({ kind: 'database', ...group, actions }));
}

/** Whole databases share one permission, as in InfluxDB; neighbouring tables of one database share one too. */
function groupResources(resources: readonly DatabaseResource[]) {
  const groups: (Omit<DatabaseResource, 'database'> & { databases: DatabaseResource['database'][] })[] = [];
  let whole: (typeof groups)[number] | undefined;
  for (const { database, tables, rows } of resources) {
    const before = groups.at(-1);
    if (tables === null && rows === null) {
      if (whole === undefined) {
        whole = { databases: [], tables, rows };
        groups.push(whole);
      }
      if (!whole.databases.some((other) => same(other, database))) whole.databases.push(database);
    } else if (
      tables !== null &&
      before?.tables &&
      same(before.databases[0], database) &&
      same(before.rows, rows)
    ) {
      const added = tables.filter((table) => !before.tables!.some((other) => same(other, table)));
      groups[groups.length - 1] = { ...before, tables: [...before.tables, ...added] };
    } else {
      groups.push({ databases: [database], tables, rows });
    }
  }
  return groups;
}

function same(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

function countResources(permission: Permission): number {
  if (permission.kind !== 'database') return 1;
  return permission.databases.length * Math.max(1, permission.tables?.length ?? 1);
}

function tooManyResources(): never {
  return fail(`too many resource names, at most ${MAXIMUM_RESOURCES} are supported in one token`);
}
