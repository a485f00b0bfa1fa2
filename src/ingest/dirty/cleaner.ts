/** Merges partitions that may hold duplicates when they have come to rest, so that reads are plain again. */

import type { CatalogReader } from '../../catalog/catalog.ts';
import { quoteIdentifier } from '../../engine/quote-identifier.ts';
import type { TableRecord } from '../../catalog/records.ts';
import { collect, type Engine } from '../../engine/engine.ts';
import type { Clock } from '../../platform/clock.ts';
import type { Logger } from '../../telemetry/logger.ts';
import type { DirtyPartition, DirtyState } from './dirty-state.ts';

export interface CleanerParts {
  readonly engine: Engine;
  readonly catalog: CatalogReader;
  readonly state: DirtyState;
  readonly clock: Clock;
  readonly logger: Logger;
  /** A partition is left alone until nothing was marked for so long. */
  readonly quietMs: number;
}

/** A merge rewrites the partition: it may take at most this share of the time. */
const REST_FACTOR = 10;

export class Cleaner {
  private readonly parts: CleanerParts;
  private readonly abort = new AbortController();
  private running: Promise<void> | undefined;

  constructor(parts: CleanerParts) {
    this.parts = parts;
  }

  /** Cleans what is due, one partition after the other. Called by a timer. */
  tick(): Promise<void> {
    if (this.abort.signal.aborted) return Promise.resolve();
    this.running ??= this.run({ isForced: false }).finally(() => {
      this.running = undefined;
    });
    return this.running;
  }

  async close(): Promise<void> {
    this.abort.abort();
    await this.running;
  }

  /** Cleans everything that no insert is under way for, however long it has rested. */
  async cleanNow(): Promise<void> {
    await this.running;
    this.running = this.run({ isForced: true }).finally(() => {
      this.running = undefined;
    });
    await this.running;
  }

  private async run({ isForced }: { isForced: boolean }): Promise<void> {
    const { state, clock, quietMs, logger } = this.parts;
    for (const entry of state.partitions()) {
      const startedMs = clock.monotonicMs();
      if (this.abort.signal.aborted) return;
      const isResting = startedMs < entry.restUntilMs || startedMs - entry.markedAtMs < quietMs;
      if (entry.inserts > 0 || (isResting && !isForced)) continue;
      try {
        await this.clean(entry);
      } catch (error) {
        if (this.abort.signal.aborted) return;
        logger.warn({ err: error, table: entry.tableId, partition: entry.partition }, 'a merge failed');
      }
      const endedMs = clock.monotonicMs();
      entry.restUntilMs = endedMs + quietMs + (endedMs - startedMs) * REST_FACTOR;
    }
  }

  private async clean(entry: DirtyPartition): Promise<void> {
    const { state, catalog, engine } = this.parts;
    const { generation } = entry;
    const table = catalog.tableById(entry.tableId);
    if (table === undefined) {
      state.forget(entry.tableId);
      return state.save();
    }
    const { newest } = await this.blocks(table, entry.partition, null);
    if (!(await this.isMerged(table, entry.partition, newest))) {
      await engine.command(
        `OPTIMIZE TABLE ${quoteIdentifier(table.engineDatabase)}.${quoteIdentifier(table.engineTable)} ` +
          `PARTITION ID '${entry.partition}' FINAL`,
        { lane: 'maintenance', signal: this.abort.signal },
      );
    }
    // It gives up silently when other merges hold parts of the partition. What they merge may not be on the disk.
    const isDone = await engine.intact(() => this.isMerged(table, entry.partition, newest));
    if (!isDone) return;
    if (entry.generation === generation) await state.clean(entry);
  }

  /** Whether all that was inserted up to block `newest` has been through one merge. */
  private async isMerged(table: TableRecord, partition: number, newest: number): Promise<boolean> {
    const { parts, lowestLevel } = await this.blocks(table, partition, newest);
    return parts === 0 || (parts === 1 && lowestLevel > 0);
  }

  private async blocks(table: TableRecord, partition: number, until: number | null) {
    const bytes = await collect(
      this.parts.engine.query({
        sql:
          'SELECT toString(count()) AS parts, toString(max(max_block_number)) AS newest, ' +
          'toString(min(level)) AS lowest FROM system.parts WHERE active AND database = {database:String} ' +
          'AND table = {table:String} AND partition_id = {partition:String}' +
          (until === null ? '' : ' AND min_block_number <= {until:Int64}'),
        parameters: {
          database: { type: 'String', value: table.engineDatabase },
          table: { type: 'String', value: table.engineTable },
          partition: { type: 'String', value: String(partition) },
          until: { type: 'Int64', value: BigInt(until ?? 0) },
        },
        format: 'JSONEachRow',
        weight: 'light',
        signal: this.abort.signal,
      }),
    );
    const row = JSON.parse(bytes.toString('utf8')) as { parts: string; newest: string; lowest: string };
    return { parts: Number(row.parts), newest: Number(row.newest), lowestLevel: Number(row.lowest) };
  }
}
