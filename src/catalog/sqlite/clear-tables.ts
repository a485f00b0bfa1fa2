/**
 * Clearing: a table gets a new engine table, which is made when it is needed, in the same transaction that notes the
 * old one for removal. So a crash leaves it full or empty, never between, and rows on their way to the old one never
 * come back.
 */
import type { ChangeContext } from '../audit.ts';
import { physicalName } from '../names.ts';
import type { TableRecord } from '../records.ts';
import { tableRecord } from '../state.ts';
import type { Transaction } from './committer.ts';
import {
  auditedChange,
  type CatalogCore,
  noteMissing,
  noteRemoval,
  notify,
  putTable,
  reserveId,
} from './core.ts';

/** The caller holds the locks of the tables, so that their columns do not change. */
export function clearTables(
  core: CatalogCore,
  context: ChangeContext,
  tables: readonly TableRecord[],
  check: () => void,
): Promise<void> {
  return auditedChange(core, context, (transaction) => {
    check();
    for (const { id } of tables) {
      const current = core.state.tables.get(id);
      if (current !== undefined) clear(core, transaction, current);
    }
  });
}

function clear(core: CatalogCore, transaction: Transaction, table: TableRecord): void {
  const dataId = reserveId(core, 'nextTableId');
  const engineTable = physicalName(table.engineTable.replace(/_\d+$/, ''), dataId);
  const next = tableRecord({ ...table, dataId, engineTable, version: table.version + 1 });
  noteRemoval(core, transaction, table);
  notify(core, transaction, (listener) => listener.tableCleared?.(next, table));
  putTable(core, transaction, next);
  noteMissing(core, transaction, next);
}
