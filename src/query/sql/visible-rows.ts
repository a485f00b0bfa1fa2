/** Which rows of a table a principal may see, by the tags that the table has. */
import type { TableAccess } from '../../auth/operation.ts';
import type { TableRecord } from '../../catalog/records.ts';

/** Engine name of a tag -> the values of which a row must have one; all entries must hold. Empty: every row. */
type Alternative = ReadonlyMap<string, ReadonlySet<string>>;

/**
 * A row is visible when any alternative holds; none: no row is. null: all are. A condition on a tag that the table
 * lacks never holds.
 */
export function visibleRows(table: TableRecord, access: TableAccess): readonly Alternative[] | null {
  if (access.kind !== 'rows') return access.kind === 'all' ? null : [];
  return access.anyOf.flatMap((conditions) => {
    const alternative = new Map<string, ReadonlySet<string>>();
    for (const { tag, values } of conditions) {
      const column = table.columnByName.get(tag);
      if (column?.type !== 'tag') return [];
      const before = alternative.get(column.engineName);
      // As the engine gets to see them: half a surrogate pair is none.
      const given = values.map((value) => value.toWellFormed());
      const both = new Set(before === undefined ? given : given.filter((value) => before.has(value)));
      if (both.size === 0) return [];
      alternative.set(column.engineName, both);
    }
    return [alternative];
  });
}
