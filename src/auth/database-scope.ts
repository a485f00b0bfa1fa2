/** What of a database's tables a principal sees: built once a request, asked per table, named by a fingerprint. */
import {
  type AddedRule,
  type CompiledPermissions,
  matchesDatabase,
  matchesTable,
  plainEntry,
} from './compiled-permissions.ts';
import type { DatabaseReference, DatabaseScope, TableAccess } from './operation.ts';
import type { RowCondition } from './permission.ts';

const ALL: TableAccess = { kind: 'all' };
const HIDDEN: TableAccess = { kind: 'hidden' };

/** Alternatives of an intersection beyond this hide the table: a filter that grows without bound fails closed. */
const MAXIMUM_ALTERNATIVES = 1000;

export const UNRESTRICTED_SCOPE: DatabaseScope = {
  unrestricted: true,
  table: () => ALL,
  fingerprint: 'all',
};

export const EMPTY_SCOPE: DatabaseScope = {
  unrestricted: false,
  table: () => HIDDEN,
  fingerprint: 'none',
};

/** The scope that one token's own permissions give. */
export function scopeOf(
  compiled: Pick<CompiledPermissions, 'plainById' | 'plainAll' | 'added'>,
  database: DatabaseReference,
  action: 'read' | 'write',
): DatabaseScope {
  const plain = plainEntry(compiled as CompiledPermissions, database);
  if (plain?.actions.has(action)) return UNRESTRICTED_SCOPE;
  const rules = compiled.added.filter(
    (rule) => rule.actions.has(action) && matchesDatabase(rule.databases, database),
  );
  if (rules.length === 0) return EMPTY_SCOPE;
  if (rules.some(({ tables, rows }) => tables === null && rows === null)) return UNRESTRICTED_SCOPE;
  return {
    unrestricted: false,
    table: (name) => tableAccess(rules, name),
    fingerprint: fingerprint(rules),
  };
}

function tableAccess(rules: readonly AddedRule[], table: string): TableAccess {
  const anyOf: (readonly RowCondition[])[] = [];
  for (const rule of rules) {
    if (!matchesTable(rule.tables, table)) continue;
    if (rule.rows === null) return ALL;
    anyOf.push(rule.rows);
  }
  return anyOf.length === 0 ? HIDDEN : { kind: 'rows', anyOf };
}

/** Equal for rules that allow the same in another order; JSON, so that no name can imitate another rule. */
function fingerprint(rules: readonly AddedRule[]): string {
  const texts = rules.map(({ tables, rows }) => {
    const sortedTables = tables?.map((table) => JSON.stringify(table)).sort() ?? null;
    const sortedRows =
      rows?.map(({ tag, values }) => JSON.stringify([tag, [...values].sort()])).sort() ?? null;
    return JSON.stringify([sortedTables, sortedRows]);
  });
  return `rules:${JSON.stringify([...new Set(texts)].sort())}`;
}

/** What all of the scopes allow. None at all allows nothing. */
export function intersectScopes(scopes: readonly DatabaseScope[]): DatabaseScope {
  const first = scopes[0];
  if (first === undefined) return EMPTY_SCOPE;
  if (scopes.length === 1) return first;
  const limiting = scopes.filter(({ unrestricted }) => !unrestricted);
  if (limiting.length === 0) return UNRESTRICTED_SCOPE;
  if (limiting.length === 1) return limiting[0] as DatabaseScope;
  return {
    unrestricted: false,
    table: (name) => limiting.map((scope) => scope.table(name)).reduce(intersectAccess),
    fingerprint: `and:${JSON.stringify(limiting.map((scope) => scope.fingerprint))}`,
  };
}

function intersectAccess(a: TableAccess, b: TableAccess): TableAccess {
  if (a.kind === 'hidden' || b.kind === 'hidden') return HIDDEN;
  if (a.kind === 'all') return b;
  if (b.kind === 'all') return a;
  if (a.anyOf.length * b.anyOf.length > MAXIMUM_ALTERNATIVES) return HIDDEN;
  const anyOf = a.anyOf.flatMap((left) => b.anyOf.map((right) => [...left, ...right]));
  return { kind: 'rows', anyOf };
}
