/** Permissions as text: exactly InfluxDB's for what InfluxDB has (`auth.md` 10.1), B1's strings for the rest. */
import {
  DATABASE_ACTIONS,
  type DatabaseSelector,
  type Permission,
  type RowCondition,
  type TableSelector,
} from './permission.ts';

/** The text of several permissions, as `system.tokens` shows it. */
export function printPermissions(permissions: readonly Permission[]): string {
  return permissions.map(printPermission).join(',');
}

/** The text of one permission; for what the grammar makes, parsing it gives the permission back. */
export function printPermission(permission: Permission): string {
  switch (permission.kind) {
    case 'admin':
      return '*:*:*';
    case 'read_everything':
      return '*:*:read';
    case 'system':
      return `system:${permission.resources === 'all' ? '*' : permission.resources.join(',')}:${permission.actions.join(',')}`;
    case 'database': {
      const actions = DATABASE_ACTIONS.filter((action) => permission.actions.includes(action));
      return `db:${printResources(permission)}:${actions.join(',')}`;
    }
  }
}

function printResources(permission: Permission & { readonly kind: 'database' }): string {
  const { databases, tables, rows } = permission;
  if (tables === null && rows === null) return databases.map(printDatabase).join(',');
  const condition = rows === null ? '' : printRows(rows);
  const items: string[] = [];
  for (const database of databases) {
    for (const table of tables ?? [null]) {
      items.push(`${printDatabase(database)}/${table === null ? '*' : printTable(table)}${condition}`);
    }
  }
  return items.join(',');
}

export function printDatabase(selector: DatabaseSelector): string {
  switch (selector.kind) {
    case 'all':
      return '*';
    case 'id':
      return selector.name;
    case 'prefix':
      return `${selector.prefix}*`;
  }
}

function printTable(selector: TableSelector): string {
  return selector.kind === 'name' ? escapeWord(selector.name) : `${escapeWord(selector.prefix)}*`;
}

/** `[region=eu,env=prod|stage]` */
export function printRows(rows: readonly RowCondition[]): string {
  const conditions = rows.map((row) => `${escapeWord(row.tag)}=${row.values.map(escapeWord).join('|')}`);
  return `[${conditions.join(',')}]`;
}

/**
 * A table name, tag or value inside a permission string. Those may hold any character, so the ones that the
 * grammar needs, and controls, are percent-encoded; lone surrogates cannot be encoded and become U+FFFD.
 */
export function escapeWord(word: string): string {
  return word.toWellFormed().replace(/[%,/*=|[\]\u0000-\u001f\u007f]/g, (character) => {
    return `%${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`;
  });
}
