/**
 * The one decision point: every interface asks here with one parsed operation. Deny by default.
 * A decision depends on the principal and the operation alone; the invariants are numbered in `SPEC.md`.
 */
import {
  type AddedRule,
  allow,
  type CompiledPermissions,
  compilePermissions,
  grants,
  matchesDatabase,
  matchesTable,
  plainEntry,
} from './compiled-permissions.ts';
import { intersectScopes, scopeOf, UNRESTRICTED_SCOPE } from './database-scope.ts';
import type { DatabaseReference, DatabaseScope, Decision, Operation } from './operation.ts';
import { INTROSPECTION_RESOURCES, type SystemResource } from './permission.ts';
import { escapeWord } from './permission-print.ts';
import type { Principal } from './principal.ts';
import type { TokenRecord } from './token.ts';

export interface Authorizer {
  authorize(principal: Principal, operation: Operation): Decision;
  /**
   * What of one database's tables the principal may read or write. It is a filter, not a door: ask `authorize`
   * for the database first. In `_internal` the introspection tables are asked for as `system.tokens`,
   * `system.queries` and `system.tables`.
   */
  databaseScope(principal: Principal, database: DatabaseReference, action: 'read' | 'write'): DatabaseScope;
}

/** `_internal`: whatever a token holds on databases, it is for administrators (`auth.md` 7.6). */
const INTERNAL_ID = 0;
const INTERNAL_NAME = '_internal';

const ADMIN_RULE = '*:*:*';
const ADMIN = allow(ADMIN_RULE);
const READ_EVERYTHING = allow('*:*:read');
const ANONYMOUS = allow('anonymous');
const AUTHENTICATED = allow('authenticated');
const ANY_DATABASE = allow('any db permission');

function deny(wouldNeed: string): Decision {
  return { allowed: false, rule: null, wouldNeed };
}

/** An authorizer has no state of its own; there is one kind of it. */
export function createAuthorizer(): Authorizer {
  return { authorize, databaseScope };
}

/**
 * The token and all its parents as they are now, all of which have to allow. Nothing when a parent is missing:
 * then nothing is allowed.
 */
function lineage(principal: Principal & { readonly kind: 'token' }): readonly TokenRecord[] {
  const { token, ancestors = [] } = principal;
  let parentId = token.parentId;
  for (const ancestor of ancestors) {
    if (ancestor.id !== parentId) return [];
    parentId = ancestor.parentId;
  }
  return parentId === null ? [token, ...ancestors] : [];
}

function authorize(principal: Principal, operation: Operation): Decision {
  if (principal.kind === 'anonymous') return ANONYMOUS;
  if (principal.token.parentId === null) {
    return decide(compilePermissions(principal.token.permissions), operation);
  }
  const tokens = lineage(principal);
  let decision: Decision | null = null;
  for (const token of tokens) {
    const next = decide(compilePermissions(token.permissions), operation);
    if (!next.allowed) return next;
    decision ??= next;
  }
  return decision ?? deny('a living parent token');
}

function decide(compiled: CompiledPermissions, operation: Operation): Decision {
  if (compiled.admin) return ADMIN;
  switch (operation.kind) {
    case 'database':
      return decideDatabase(compiled, operation);
    case 'list_databases':
      return compiled.anyDatabase ? ANY_DATABASE : deny('db:*:describe');
    case 'system': {
      const decision = compiled.system.get(operation.resource);
      if (decision !== undefined) return decision;
      return compiled.readEverything ? READ_EVERYTHING : deny(`system:${operation.resource}:read`);
    }
    case 'authenticated':
      return AUTHENTICATED;
    case 'admin':
      return deny(ADMIN_RULE);
  }
}

function isInternal(database: DatabaseReference): boolean {
  return database.id === INTERNAL_ID || database.name === INTERNAL_NAME;
}

function decideDatabase(
  compiled: CompiledPermissions,
  operation: Operation & { readonly kind: 'database' },
): Decision {
  const { database, action, table } = operation;
  const reads = action === 'read' || action === 'describe';
  if (compiled.readEverything && reads) return READ_EVERYTHING;
  if (isInternal(database)) return decideInternal(compiled, reads, table);
  const plain = plainEntry(compiled, database);
  if (plain !== null && grants(plain.actions, action)) return plain.decision;
  for (const rule of compiled.added) {
    if (!grants(rule.actions, action) || !matchesDatabase(rule.databases, database)) continue;
    if (table === undefined ? coversSome(rule, action) : matchesTable(rule.tables, table))
      return rule.decision;
  }
  const resource = table === undefined ? database.name : `${database.name}/${escapeWord(table)}`;
  return deny(`db:${resource}:${action}`);
}

/**
 * Without a table: may it do this to the database, or, for reads, writes and listings, to some part of it (the
 * scope then says which). Creating and deleting are about the whole.
 */
function coversSome(rule: AddedRule, action: string): boolean {
  return (rule.tables === null && rule.rows === null) || (action !== 'create' && action !== 'delete');
}

function decideInternal(compiled: CompiledPermissions, reads: boolean, table: string | undefined): Decision {
  if (reads) {
    for (const resource of INTROSPECTION_RESOURCES) {
      const decision = compiled.system.get(resource);
      if (decision === undefined) continue;
      if (table === undefined || table === `system.${resource}`) return decision;
    }
  }
  return deny(ADMIN_RULE);
}

function databaseScope(
  principal: Principal,
  database: DatabaseReference,
  action: 'read' | 'write',
): DatabaseScope {
  if (principal.kind === 'anonymous') return UNRESTRICTED_SCOPE;
  const tokens = lineage(principal);
  const scopes = tokens.map(({ permissions }) => {
    const compiled = compilePermissions(permissions);
    if (compiled.admin || (compiled.readEverything && action === 'read')) return UNRESTRICTED_SCOPE;
    if (!isInternal(database)) return scopeOf(compiled, database, action);
    const visible =
      action === 'read' ? INTROSPECTION_RESOURCES.filter((resource) => compiled.system.has(resource)) : [];
    return scopeOf(internalTables(visible), database, action);
  });
  return intersectScopes(scopes);
}

/** Introspection as permissions on tables, so that one piece of code makes every scope. */
function internalTables(
  visible: readonly SystemResource[],
): Pick<CompiledPermissions, 'plainById' | 'plainAll' | 'added'> {
  const tables = visible.map((resource) => ({ kind: 'name' as const, name: `system.${resource}` }));
  const decision = allow(`system:${visible.join(',')}:read`);
  const databases = [{ kind: 'all' as const }];
  return {
    plainById: new Map(),
    plainAll: null,
    added:
      visible.length === 0 ? [] : [{ databases, tables, rows: null, actions: new Set(['read']), decision }],
  };
}
