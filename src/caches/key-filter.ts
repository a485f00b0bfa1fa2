/** Which combinations of key values a principal may see, and a query asks for. */
import type { TableAccess } from '../auth/operation.ts';
import type { TableRecord } from '../catalog/records.ts';

/** `values[i]` is the value of key i; no condition holds for null. */
export type KeyFilter = ((values: readonly (string | null)[]) => boolean) | 'all';

type Conditions = readonly { readonly key: number; readonly values: ReadonlySet<string> }[];

/**
 * null = the keys do not say which rows are visible. A condition on a tag that the table lacks never holds.
 */
export function accessFilter(
  table: TableRecord,
  keys: readonly string[],
  access: TableAccess,
): KeyFilter | null {
  if (access.kind === 'all') return 'all';
  if (access.kind === 'hidden') return () => false;
  const alternatives: Conditions[] = [];
  for (const conditions of access.anyOf) {
    const canHold = conditions.every(
      ({ tag, values }) => table.columnByName.get(tag)?.type === 'tag' && values.length > 0,
    );
    if (!canHold) continue;
    const onKeys = conditions.map(({ tag, values }) => ({ key: keys.indexOf(tag), values: new Set(values) }));
    if (onKeys.some(({ key }) => key === -1)) return null;
    alternatives.push(onKeys);
  }
  return (row) => alternatives.some((conditions) => holds(conditions, row));
}

/** Both; `equalities` on other columns than keys are left to the caller. */
export function withEqualities(
  filter: KeyFilter,
  keys: readonly string[],
  equalities: ReadonlyMap<string, ReadonlySet<string>>,
): KeyFilter {
  const conditions = keys.flatMap((name, key) => {
    const values = equalities.get(name);
    return values === undefined ? [] : [{ key, values }];
  });
  if (conditions.length === 0) return filter;
  return (row) => holds(conditions, row) && (filter === 'all' || filter(row));
}

function holds(conditions: Conditions, row: readonly (string | null)[]): boolean {
  return conditions.every(({ key, values }) => {
    const value = row[key] ?? null;
    return value !== null && values.has(value);
  });
}
