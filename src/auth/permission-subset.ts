/**
 * Whether a derived token's permissions are within its parent's (`beyond.md` B7), decided on the permissions
 * themselves and erring toward no. What a child may do is cut to its parents' at every decision anyway; this
 * check is so that its maker is told at once.
 */
import {
  type CompiledPermissions,
  compilePermissions,
  grants,
  matchesDatabase,
  plainEntry,
} from './compiled-permissions.ts';
import type { DatabaseReference } from './operation.ts';
import type {
  DatabaseAction,
  DatabaseSelector,
  Permission,
  RowCondition,
  TableSelector,
} from './permission.ts';

type DatabasePermission = Permission & { readonly kind: 'database' };

/** The first of `child` that is not within `parent`; null when all are. */
export function firstOutside(child: readonly Permission[], parent: readonly Permission[]): Permission | null {
  const compiled = compilePermissions(parent);
  return child.find((permission) => !isWithin(permission, compiled)) ?? null;
}

function isWithin(permission: Permission, parent: CompiledPermissions): boolean {
  if (parent.admin) return true;
  switch (permission.kind) {
    case 'admin':
      return false;
    case 'read_everything':
      return parent.readEverything;
    case 'system': {
      const resources = [...compilePermissions([permission]).system.keys()];
      return parent.readEverything || resources.every((resource) => parent.system.has(resource));
    }
    case 'database':
      return permission.databases.every((database) =>
        permission.actions.every((action) => databaseWithin(permission, database, action, parent)),
      );
  }
}

function databaseWithin(
  permission: DatabasePermission,
  database: DatabaseSelector,
  action: DatabaseAction,
  parent: CompiledPermissions,
): boolean {
  if (parent.readEverything && (action === 'read' || action === 'describe')) return true;
  if (plainCovers(database, action, parent)) return true;
  const rules = parent.added.filter(
    (rule) => grants(rule.actions, action) && rule.databases.some((own) => selectorCovers(own, database)),
  );
  const tables = permission.tables ?? [null];
  return tables.every((table) =>
    rules.some((rule) => tableCovers(rule.tables, table) && rowsCover(rule.rows, permission.rows)),
  );
}

/** For many databases at once, an exact entry of the parent that lacks the action would shadow its wildcard. */
function plainCovers(
  database: DatabaseSelector,
  action: DatabaseAction,
  parent: CompiledPermissions,
): boolean {
  if (database.kind === 'id') {
    const entry = plainEntry(parent, { id: database.id, name: database.name });
    return entry !== null && grants(entry.actions, action);
  }
  if (parent.plainAll === null || !grants(parent.plainAll.actions, action)) return false;
  for (const [id, entry] of parent.plainById) {
    const reference: DatabaseReference = { id, name: parent.plainNames.get(id) ?? '' };
    if (!grants(entry.actions, action) && matchesDatabase([database], reference)) return false;
  }
  return true;
}

function selectorCovers(own: DatabaseSelector, asked: DatabaseSelector): boolean {
  if (own.kind === 'all') return true;
  if (own.kind === 'id') return asked.kind === 'id' && asked.id === own.id;
  if (asked.kind === 'all') return false;
  return (asked.kind === 'id' ? asked.name : asked.prefix).startsWith(own.prefix);
}

function tableCovers(own: readonly TableSelector[] | null, asked: TableSelector | null): boolean {
  if (own === null) return true;
  if (asked === null) return false;
  return own.some((table) => {
    if (table.kind === 'name') return asked.kind === 'name' && asked.name === table.name;
    return (asked.kind === 'name' ? asked.name : asked.prefix).startsWith(table.prefix);
  });
}

/** Every condition of the parent is met by a condition of the child that is at least as strict. */
function rowsCover(own: readonly RowCondition[] | null, asked: readonly RowCondition[] | null): boolean {
  if (own === null) return true;
  return own.every(({ tag, values }) =>
    (asked ?? []).some((row) => row.tag === tag && row.values.every((value) => values.includes(value))),
  );
}
