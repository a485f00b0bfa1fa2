/** Every table that a principal can name, with its columns: what the views of `information_schema` list. */
import { sortedResultColumns } from '../../column-types.ts';
import type { ResultColumn } from '../../types.ts';
import { systemTables } from '../registry.ts';
import { type VirtualContext, visibleTables } from '../virtual-context.ts';
import type { VirtualTable } from '../virtual-table.ts';

export const CATALOG = 'public';

export interface ListedTable {
  readonly schema: string;
  readonly name: string;
  readonly kind: 'BASE TABLE' | 'VIEW';
  columns(): readonly ResultColumn[];
}

/** User tables by name, then system tables by name, then the views in their fixed order. */
export function* listedTables(
  context: VirtualContext,
  views: readonly VirtualTable[],
): Generator<ListedTable> {
  for (const table of visibleTables(context)) {
    yield {
      schema: 'iox',
      name: table.name,
      kind: 'BASE TABLE',
      columns: () => sortedResultColumns(table),
    };
  }
  const virtual = (schema: string, kind: ListedTable['kind']) => (table: VirtualTable) => ({
    schema,
    name: table.name,
    kind,
    columns: () => table.columns(context),
  });
  yield* systemTables(context).map(virtual('system', 'BASE TABLE'));
  yield* views.map(virtual('information_schema', 'VIEW'));
}
