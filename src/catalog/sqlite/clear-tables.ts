/**
 * Clearing: a table gets a new, empty engine table in the same transaction that notes the old one for removal.
 * So a crash leaves it full or empty, never between, and rows on their way to the old one never come back.
 */
import type { ChangeContext } from '../audit.ts';
import { physicalName } from '../names.ts';
import type { TableRecord } from '../records.ts';
import { tableRecord } from '../state.ts';
import type { Transaction } from './committer.ts';
import {
  auditedChange,
  type CatalogCore,
  effectiveRetention,
  noteRemoval,
  notify,
  putTable,
  reserveId,
} from './core.ts';

/** The caller holds the locks of the tables, so that neither their columns nor their engine's periods change. */
export async function clearTables(
  core: CatalogCore,
  context: ChangeContext,
  tables: readonly TableRecord[],
  check: () => void,
): Promise<void> {
  const replacements = new Map<number, TableRecord>();
  try {
    for (const { id } of tables) {
      const table = core.state.tables.get(id);
      if (table === undefined) continue;
      const replacement = emptied(core, table);
      replacements.set(id, replacement);
      await core.follower.createTable(replacement, effectiveRetention(core.state, replacement));
    }
    await auditedChange(core, context, (transaction) => {
      check();
      for (const replacement of replacements.values()) swap(core, transaction, replacement);
    });
  } catch (error) {
    for (const replacement of replacements.values()) {
      await core.follower.dropTable(replacement).catch(() => undefined);
    }
    throw error;
  }
}

function emptied(core: CatalogCore, table: TableRecord): TableRecord {
  const dataId = reserveId(core, 'nextTableId');
  const name = table.engineTable.replace(/_\d+$/, '');
  return tableRecord({ ...table, dataId, engineTable: physicalName(name, dataId) });
}

function swap(core: CatalogCore, transaction: Transaction, replacement: TableRecord): void {
  const current = core.state.tables.get(replacement.id);
  if (current === undefined) {
    // Removed for good in the meantime: the new table goes the same way.
    noteRemoval(core, transaction, replacement);
    return;
  }
  const { dataId, engineTable } = replacement;
  const next = tableRecord({ ...current, dataId, engineTable, version: current.version + 1 });
  noteRemoval(core, transaction, current);
  notify(core, transaction, (listener) => listener.tableCleared?.(next, current));
  putTable(core, transaction, next);
}
