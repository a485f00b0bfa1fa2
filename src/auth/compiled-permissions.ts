/**
 * A token's permissions in the form that decisions are made on, once per record.
 *
 * Plain entries are looked up as InfluxDB does (`auth.md` 6.2): exact id, then `*`; the first one FOUND decides.
 * What B1 adds (patterns, tables, rows, `*:*:read`) is only ever added to that answer and shadows nothing.
 */
import type { DatabaseReference, Decision } from './operation.ts';
import {
  type DatabaseAction,
  type DatabaseSelector,
  type Permission,
  PLAIN_SYSTEM_RESOURCES,
  type RowCondition,
  type SystemResource,
  type TableSelector,
} from './permission.ts';
import { printPermission } from './permission-print.ts';

/** Actions granted under one key, with the texts that granted them. */
export interface PlainEntry {
  readonly actions: ReadonlySet<DatabaseAction>;
  /** Made once, so that a decision that allows allocates nothing. */
  readonly decision: Decision;
}

/** One B1 permission on databases. */
export interface AddedRule {
  readonly databases: readonly DatabaseSelector[];
  readonly tables: readonly TableSelector[] | null;
  readonly rows: readonly RowCondition[] | null;
  readonly actions: ReadonlySet<DatabaseAction>;
  /** Made once, so that a decision that allows allocates nothing. */
  readonly decision: Decision;
}

export interface CompiledPermissions {
  readonly admin: boolean;
  readonly readEverything: boolean;
  readonly plainById: ReadonlyMap<number, PlainEntry>;
  readonly plainNames: ReadonlyMap<number, string>;
  readonly plainAll: PlainEntry | null;
  readonly added: readonly AddedRule[];
  readonly system: ReadonlyMap<SystemResource, Decision>;
  /** True when some entry grants some action on some database. */
  readonly anyDatabase: boolean;
}

const cache = new WeakMap<readonly Permission[], CompiledPermissions>();

/** By content: many tokens hold the same permissions, and then share one compiled form in the processor's cache. */
const shared = new Map<string, CompiledPermissions>();
const MAXIMUM_SHARED = 10_000;

/** Compiled once per list of permissions; records are immutable, so this never goes stale. */
export function compilePermissions(permissions: readonly Permission[]): CompiledPermissions {
  const known = cache.get(permissions);
  if (known !== undefined) return known;
  const text = JSON.stringify(permissions);
  const compiled = shared.get(text) ?? compile(permissions);
  cache.set(permissions, compiled);
  if (shared.size < MAXIMUM_SHARED) shared.set(text, compiled);
  return compiled;
}

function compile(permissions: readonly Permission[]): CompiledPermissions {
  const plainById = new Map<number, PlainEntry>();
  const plainNames = new Map<number, string>();
  let plainAll: PlainEntry | null = null;
  const added: AddedRule[] = [];
  const system = new Map<SystemResource, Decision>();
  for (const permission of permissions) {
    if (permission.kind === 'system') {
      if (permission.actions.length === 0) continue;
      const decision = allow(printPermission(permission));
      for (const resource of permission.resources === 'all' ? PLAIN_SYSTEM_RESOURCES : permission.resources) {
        system.set(resource, decision);
      }
    } else if (permission.kind === 'database') {
      const decision = allow(printPermission(permission));
      const { databases, tables, rows } = permission;
      const actions = new Set(permission.actions);
      if (tables !== null || rows !== null) {
        added.push({ databases, tables, rows, actions, decision });
        continue;
      }
      const prefixes = databases.filter(({ kind }) => kind === 'prefix');
      if (prefixes.length > 0) added.push({ databases: prefixes, tables, rows, actions, decision });
      for (const selector of databases) {
        if (selector.kind === 'all') plainAll = mergeEntry(plainAll, actions, decision);
        if (selector.kind !== 'id') continue;
        plainById.set(selector.id, mergeEntry(plainById.get(selector.id) ?? null, actions, decision));
        plainNames.set(selector.id, selector.name);
      }
    }
  }
  const grants = [...plainById.values(), ...(plainAll === null ? [] : [plainAll]), ...added];
  const admin = permissions.length === 1 && permissions[0]?.kind === 'admin';
  const readEverything = permissions.some(({ kind }) => kind === 'read_everything');
  const anyDatabase = admin || readEverything || grants.some(({ actions }) => actions.size > 0);
  return { admin, readEverything, plainById, plainNames, plainAll, added, system, anyDatabase };
}

/** Entries with the same key are OR-ed. */
function mergeEntry(
  entry: PlainEntry | null,
  actions: ReadonlySet<DatabaseAction>,
  decision: Decision,
): PlainEntry {
  if (entry === null) return { actions, decision };
  return {
    actions: new Set([...entry.actions, ...actions]),
    decision: allow(`${entry.decision.rule},${decision.rule}`),
  };
}

/** The decision that a rule allows. */
export function allow(rule: string): Decision {
  return { allowed: true, rule, wouldNeed: null };
}

/** The plain entry that decides for this database; null when there is none. */
export function plainEntry(compiled: CompiledPermissions, database: DatabaseReference): PlainEntry | null {
  if (database.id !== null) {
    const exact = compiled.plainById.get(database.id);
    if (exact !== undefined) return exact;
  }
  return compiled.plainAll;
}

/**
 * Whether an entry's actions contain the one asked for. `describe` is asked for listings and metadata only, and
 * there a database is visible to whoever may do anything with it (`auth.md` 7.4).
 */
export function grants(actions: ReadonlySet<DatabaseAction>, action: DatabaseAction): boolean {
  return action === 'describe' ? actions.size > 0 : actions.has(action);
}

export function matchesDatabase(
  selectors: readonly DatabaseSelector[],
  database: DatabaseReference,
): boolean {
  return selectors.some((selector) => {
    if (selector.kind === 'id') return selector.id === database.id;
    return selector.kind === 'all' || database.name.startsWith(selector.prefix);
  });
}

export function matchesTable(selectors: readonly TableSelector[] | null, table: string): boolean {
  return (
    selectors === null ||
    selectors.some((selector) =>
      selector.kind === 'name' ? selector.name === table : table.startsWith(selector.prefix),
    )
  );
}
