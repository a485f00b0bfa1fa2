/** The tags of a row delete as text. */
import type { RowDeleteRecord } from './records.ts';

/** The `delete_predicate` that gives the same equalities; null = there are none. */
export function printPredicate(tags: RowDeleteRecord['tags']): string | null {
  if (tags.length === 0) return null;
  return tags
    .map(({ name, value }) => `"${name.replaceAll('"', '""')}" = '${value.replaceAll("'", "''")}'`)
    .join(' AND ');
}
