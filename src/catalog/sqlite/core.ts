/** What all changes of the catalog share. */
import type { Clock } from '../../platform/clock.ts';
import type { Logger } from '../../telemetry/logger.ts';
import type { ChangeContext } from '../audit.ts';
import type { CatalogLimits, CatalogListener } from '../catalog.ts';
import type { EngineFollower } from '../engine-follower.ts';
import type { DatabaseRecord, TableRecord } from '../records.ts';
import type { CatalogState } from '../state.ts';
import type { PhysicalTable } from '../table-layout.ts';
import type { SqliteAuditLog } from './audit-log.ts';
import type { Committer, Transaction } from './committer.ts';
import type { Store } from './store.ts';

export interface CatalogCore {
  readonly state: CatalogState;
  readonly store: Store;
  readonly committer: Committer;
  readonly audit: SqliteAuditLog;
  readonly follower: EngineFollower;
  readonly clock: Clock;
  readonly limits: CatalogLimits;
  readonly logger: Logger;
  readonly listeners: Set<CatalogListener>;
}

/** A change with its audit row, in one transaction. */
export function auditedChange<T>(
  core: CatalogCore,
  context: ChangeContext,
  work: (transaction: Transaction) => T,
): Promise<T> {
  return core.committer.change((transaction) => {
    const result = work(transaction);
    auditChange(core, transaction, context);
    return result;
  });
}

/** The audit row of a change that is made in this transaction. */
export function auditChange(core: CatalogCore, transaction: Transaction, context: ChangeContext): void {
  core.audit.append(transaction, {
    ...context,
    timeMs: core.clock.nowMs(),
    decision: 'allow',
    rule: null,
    status: null,
  });
}

/** Tells the listeners after the commit; one that throws does not stop the others. */
export function notify(
  core: CatalogCore,
  transaction: Transaction,
  tell: (listener: CatalogListener) => void,
): void {
  transaction.afterCommit(() => {
    for (const listener of core.listeners) {
      try {
        tell(listener);
      } catch (error) {
        core.logger.error({ err: error }, 'a listener of the catalog failed');
      }
    }
  });
}

export function bumpVersion(core: CatalogCore, transaction: Transaction): void {
  transaction.apply(
    () => void core.state.version++,
    () => void core.state.version--,
  );
}

export function putDatabase(core: CatalogCore, transaction: Transaction, next: DatabaseRecord): void {
  const { state } = core;
  const before = state.databases.get(next.id);
  if (before === undefined) core.store.insertDatabase(next);
  else core.store.updateDatabase(next);
  transaction.apply(
    () => state.putDatabase(next),
    () => (before === undefined ? state.removeDatabase(next.id) : state.putDatabase(before)),
  );
  bumpVersion(core, transaction);
  notify(core, transaction, (listener) => listener.databaseChanged?.(next));
}

export function putTable(core: CatalogCore, transaction: Transaction, next: TableRecord): void {
  const { state } = core;
  const before = state.tables.get(next.id);
  if (before === undefined) {
    core.store.insertTable(next);
  } else {
    core.store.updateTable(next);
    core.store.insertColumns(next.id, next.columns.slice(before.columns.length));
  }
  transaction.apply(
    () => state.putTable(next),
    () => (before === undefined ? state.removeTable(next.id) : state.putTable(before)),
  );
  bumpVersion(core, transaction);
  notify(core, transaction, (listener) => listener.tableChanged?.(next));
}

/** Forgets a table and notes what the engine still has to drop. */
export function removeTable(core: CatalogCore, transaction: Transaction, table: TableRecord): void {
  const { state } = core;
  const lastCaches = state.lastCaches.get(table.id);
  const distinctCaches = state.distinctCaches.get(table.id);
  core.store.deleteTable(table.id);
  noteRemoval(core, transaction, table);
  transaction.apply(
    () => state.removeTable(table.id),
    () => {
      state.putTable(table);
      if (lastCaches !== undefined) state.lastCaches.set(table.id, lastCaches);
      if (distinctCaches !== undefined) state.distinctCaches.set(table.id, distinctCaches);
    },
  );
  bumpVersion(core, transaction);
  notify(core, transaction, (listener) => listener.tableRemoved?.(table));
}

/** Notes an engine table that the catalog has let go. */
export function noteRemoval(core: CatalogCore, transaction: Transaction, table: PhysicalTable): void {
  const removal = { engineDatabase: table.engineDatabase, engineTable: table.engineTable };
  core.store.insertRemoval(removal);
  transaction.apply(
    () => core.follower.addRemoval(removal),
    () => core.follower.forgetRemoval(removal),
  );
}

/** Notes a table that the engine has to make before anybody uses it there. */
export function noteMissing(core: CatalogCore, transaction: Transaction, table: PhysicalTable): void {
  transaction.apply(
    () => core.follower.addMissing(table),
    () => core.follower.forgetMissing(table),
  );
}

/** An id that no earlier thing had, even one whose creation failed. */
export function reserveId(
  core: CatalogCore,
  counter: 'nextDatabaseId' | 'nextTableId' | 'nextTokenId',
): number {
  return core.state[counter]++;
}

/** The period in force for a table. */
export function effectiveRetention(state: CatalogState, table: TableRecord): bigint | null {
  return table.retentionNs ?? state.databases.get(table.databaseId)?.retentionNs ?? null;
}
