/**
 * The permission model once more, slow and straight from `auth.md` 6 and `beyond.md` B1, written apart from
 * `src/auth`, so that tests can compare.
 */
import type { DatabaseReference, Operation } from '../../src/auth/operation.ts';
import type { DatabaseAction, Permission } from '../../src/auth/permission.ts';

type DatabasePermission = Permission & { readonly kind: 'database' };

/** May someone with all of these lists (its own and its parents') do it? */
export function naiveAllows(line: readonly (readonly Permission[])[], operation: Operation): boolean {
  return line.length > 0 && line.every((held) => allows(held, operation));
}

/** Is a row with these tags to be seen by someone with all of these lists? */
export function naiveSees(
  line: readonly (readonly Permission[])[],
  database: DatabaseReference,
  table: string,
  row: Readonly<Record<string, string | undefined>>,
): boolean {
  return line.length > 0 && line.every((held) => sees(held, database, table, row));
}

function allows(held: readonly Permission[], operation: Operation): boolean {
  if (held.length === 1 && held[0]!.kind === 'admin') return true;
  const readsAll = held.some(({ kind }) => kind === 'read_everything');
  switch (operation.kind) {
    case 'admin':
      return false;
    case 'authenticated':
      return true;
    case 'list_databases':
      return readsAll || held.some((one) => one.kind === 'database' && one.actions.length > 0);
    case 'system':
      return readsAll || holdsSystem(held, operation.resource);
    case 'database': {
      const { database, action, table } = operation;
      const isRead = action === 'read' || action === 'describe';
      if (readsAll && isRead) return true;
      if (database.id === 0 || database.name === '_internal') {
        const shown = ['tokens', 'queries', 'tables'].filter((resource) => holdsSystem(held, resource));
        return isRead && shown.some((name) => table === undefined || table === `system.${name}`);
      }
      if (plainAllows(held, database, action)) return true;
      return added(held).some((one) => {
        if (!names(one, database) || !covers(one.actions, action)) return false;
        if (table !== undefined) return hasTable(one, table);
        const isWhole = one.tables === null && one.rows === null;
        return isWhole || action === 'read' || action === 'write' || action === 'describe';
      });
    }
  }
}

function sees(
  held: readonly Permission[],
  database: DatabaseReference,
  table: string,
  row: Readonly<Record<string, string | undefined>>,
): boolean {
  if (held.length === 1 && held[0]!.kind === 'admin') return true;
  if (held.some(({ kind }) => kind === 'read_everything')) return true;
  if (database.id === 0 || database.name === '_internal') {
    return allows(held, { kind: 'database', database, action: 'read', table });
  }
  if (plainAllows(held, database, 'read')) return true;
  return added(held).some(
    (one) =>
      one.actions.includes('read') &&
      names(one, database) &&
      hasTable(one, table) &&
      (one.rows ?? []).every(({ tag, values }) => row[tag] !== undefined && values.includes(row[tag])),
  );
}

function holdsSystem(held: readonly Permission[], resource: string): boolean {
  return held.some((one) => {
    if (one.kind !== 'system' || one.actions.length === 0) return false;
    if (one.resources === 'all') return ['health', 'metrics', 'ping', 'ready'].includes(resource);
    return (one.resources as readonly string[]).includes(resource);
  });
}

/** The exact entry if there is one, else the wildcard's; never both. */
function plainAllows(
  held: readonly Permission[],
  database: DatabaseReference,
  action: DatabaseAction,
): boolean {
  const plain = held.filter(
    (one): one is DatabasePermission => one.kind === 'database' && one.tables === null && one.rows === null,
  );
  const exact = plain.filter((one) =>
    one.databases.some((selector) => selector.kind === 'id' && selector.id === database.id),
  );
  const wild = plain.filter((one) => one.databases.some(({ kind }) => kind === 'all'));
  const deciding = exact.length > 0 ? exact : wild;
  return covers(
    deciding.flatMap(({ actions }) => actions),
    action,
  );
}

/** What InfluxDB does not have: tables, rows, patterns. */
function added(held: readonly Permission[]): DatabasePermission[] {
  return held.flatMap((one): DatabasePermission[] => {
    if (one.kind !== 'database') return [];
    if (one.tables !== null || one.rows !== null) return [one];
    const patterns = one.databases.filter(({ kind }) => kind === 'prefix');
    return patterns.length === 0 ? [] : [{ ...one, databases: patterns }];
  });
}

function names(one: DatabasePermission, database: DatabaseReference): boolean {
  return one.databases.some((selector) => {
    if (selector.kind === 'all') return true;
    if (selector.kind === 'id') return selector.id === database.id;
    return database.name.startsWith(selector.prefix);
  });
}

function hasTable(one: DatabasePermission, table: string): boolean {
  return (
    one.tables === null ||
    one.tables.some((selector) =>
      selector.kind === 'name' ? selector.name === table : table.startsWith(selector.prefix),
    )
  );
}

function covers(actions: readonly DatabaseAction[], action: DatabaseAction): boolean {
  return action === 'describe' ? actions.length > 0 : actions.includes(action);
}
