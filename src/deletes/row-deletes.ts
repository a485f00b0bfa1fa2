/**
 * Deleting rows by time and tags (`http-api.md` 12): asked for, carried out a little later, told about afterwards.
 * A request covers what was acknowledged before it is carried out; until then it can be aborted.
 */
import type { ChangeContext } from '../catalog/audit.ts';
import type { Catalog } from '../catalog/catalog.ts';
import type { DatabaseRecord, RowDeleteRecord, TableRecord } from '../catalog/records.ts';
import type { Engine } from '../engine/engine.ts';
import { catalogErrors } from '../errors/index.ts';
import type { Ingest } from '../ingest/ingest.ts';
import type { Clock } from '../platform/clock.ts';
import type { Logger } from '../telemetry/logger.ts';
import { parsePredicate } from './predicate.ts';
import { deleteStatement } from './statement.ts';

export interface RowDeletesParts {
  readonly catalog: Catalog;
  readonly engine: Engine;
  readonly ingest: Ingest;
  readonly clock: Clock;
  readonly logger: Logger;
  /** A request rests so long before it is carried out. */
  readonly minimumAgeMs: number;
  /** Told when rows of a table may have gone, before the request counts as completed. */
  readonly deleted?: (tableId: number) => void;
}

export interface NewRowDelete {
  readonly database: DatabaseRecord;
  readonly table: TableRecord;
  readonly minTimeNs: bigint | null;
  readonly maxTimeNs: bigint | null;
  readonly predicate: string | null;
  /** Without a bound of time this must be said. */
  readonly allTime: boolean;
}

export class RowDeletes {
  private readonly parts: RowDeletesParts;
  private readonly logger: Logger;
  private readonly running = new Set<number>();
  /** When a pending request was seen first, monotonic: one from before the wall clock was set back rests no longer. */
  private seenAtMs = new Map<number, number>();

  constructor(parts: RowDeletesParts) {
    this.parts = parts;
    this.logger = parts.logger.child({ component: 'deletes' });
  }

  async submit(context: ChangeContext, request: NewRowDelete): Promise<RowDeleteRecord> {
    const { database, table, minTimeNs, maxTimeNs, predicate, allTime } = request;
    if (minTimeNs === null && maxTimeNs === null && !allTime) {
      throw catalogErrors.rowDeleteInvalid('give min_time or max_time, or all_time: true for every row');
    }
    if (minTimeNs !== null && maxTimeNs !== null && minTimeNs >= maxTimeNs) {
      throw catalogErrors.rowDeleteInvalid('min_time must be before max_time');
    }
    const tags = predicate === null ? [] : parsePredicate(predicate);
    for (const { name } of tags) {
      if (table.columnByName.get(name)?.type !== 'tag') {
        throw catalogErrors.rowDeleteInvalid(`${name} is not a tag of ${table.name}`);
      }
    }
    return this.parts.catalog.as(context).createRowDelete({
      databaseId: database.id,
      tableId: table.id,
      databaseName: database.name,
      tableName: table.name,
      minTimeNs,
      maxTimeNs,
      tags,
    });
  }

  abort(context: ChangeContext, sequence: number, reason: string | null): Promise<RowDeleteRecord> {
    // What the engine works on already cannot be taken back.
    if (this.running.has(sequence)) throw catalogErrors.rowDeleteOver(sequence, 'being carried out');
    return this.parts.catalog.as(context).endRowDelete(sequence, 'aborted', reason);
  }

  list(): readonly RowDeleteRecord[] {
    return this.parts.catalog.rowDeletes();
  }

  /** Carries out what has rested long enough, in order. One that fails stays pending and is tried again. */
  async runDue(): Promise<void> {
    for (const request of this.due()) {
      // One that cannot be carried out now must not keep the others waiting.
      await this.carryOut(request).catch((error: unknown) =>
        this.logger.error({ sequence: request.sequence, error }, 'a row delete failed and is tried again'),
      );
    }
  }

  private due(): RowDeleteRecord[] {
    const { clock, minimumAgeMs } = this.parts;
    const pending = this.list().filter(({ disposition }) => disposition === 'pending');
    const nowMs = clock.monotonicMs();
    const seen = this.seenAtMs;
    this.seenAtMs = new Map(pending.map(({ sequence }) => [sequence, seen.get(sequence) ?? nowMs]));
    const beforeMs = clock.nowMs() - minimumAgeMs;
    return pending.filter(
      ({ sequence, createdAtMs }) =>
        createdAtMs <= beforeMs || nowMs - this.seenAtMs.get(sequence)! >= minimumAgeMs,
    );
  }

  private async carryOut(request: RowDeleteRecord): Promise<void> {
    const { catalog, engine, ingest } = this.parts;
    const { sequence } = request;
    this.running.add(sequence);
    try {
      const context = serverContext(request);
      const table = catalog.tableById(request.tableId);
      const statement = table === undefined ? null : deleteStatement(table, request);
      if (statement === null) {
        await catalog
          .as(context)
          .endRowDelete(sequence, 'aborted', 'the table or tag does not exist any more');
        return;
      }
      // Out of the log as well: a replay must not bring back what is deleted now.
      await ingest.flush();
      await catalog.makeInEngine(table!.id);
      try {
        await engine.command(statement, { lane: 'maintenance', settings: { mutations_sync: 2 } });
      } finally {
        this.parts.deleted?.(request.tableId);
      }
      // What came meanwhile may have been deleted, too: it must not come back from the log either.
      await ingest.flush();
      await catalog.as(context).endRowDelete(sequence, 'completed', null);
      this.logger.info({ sequence, table: request.tableName }, 'rows were deleted');
    } finally {
      this.running.delete(sequence);
    }
  }
}

function serverContext({ sequence, databaseName, tableName }: RowDeleteRecord): ChangeContext {
  return {
    requestId: `row-delete-${sequence}`,
    tokenId: null,
    tokenName: null,
    client: null,
    action: 'rows.delete',
    resource: `db:${databaseName}/${tableName}`,
    detail: null,
  };
}
