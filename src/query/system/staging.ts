/**
 * Rows that are too many for a literal stand in a table in the engine's memory while their query runs. The
 * database that holds them is in memory too: nothing of it is on the disk, and a restart finds none.
 */
import { setImmediate } from 'node:timers/promises';
import { quoteIdentifier } from '../../catalog/engine-names.ts';
import { type Engine, EngineError } from '../../engine/engine.ts';
import { encodeBlock } from '../../engine/native/encode.ts';
import type { Logger } from '../../telemetry/logger.ts';
import type { ResultColumn } from '../types.ts';
import { structureOf } from './print-rows.ts';
import { rowsBlock } from './rows-block.ts';
import type { VirtualRow } from './virtual-table.ts';

const DATABASE = '__sluice_staging';
/** Rows of one block: bounds what is encoded at once. */
const BLOCK_ROWS = 2048;

export interface StagedRows {
  /** What stands after FROM. */
  readonly source: string;
  /** Drops the rows; safe to call twice. */
  release(): void;
}

export class Staging {
  private readonly engine: Engine;
  private readonly logger: Logger;
  private database: Promise<void> | undefined;
  private nextTable = 0;

  constructor(engine: Engine, logger: Logger) {
    this.engine = engine;
    this.logger = logger;
  }

  async stage(
    columns: readonly ResultColumn[],
    rows: Iterable<VirtualRow>,
    signal: AbortSignal,
  ): Promise<StagedRows> {
    await this.createDatabase();
    const table = `rows_${process.pid}_${this.nextTable++}`;
    const name = `${quoteIdentifier(DATABASE)}.${quoteIdentifier(table)}`;
    await this.engine.command(`CREATE TABLE ${name} (${structureOf(columns)}) ENGINE = Memory`);
    let isHeld = true;
    const release = () => {
      if (!isHeld) return;
      isHeld = false;
      this.engine.command(`DROP TABLE IF EXISTS ${name} SYNC`).catch((error: unknown) => {
        this.logger.warn({ error: String(error) }, 'could not drop the rows of a system table');
      });
    };
    try {
      await this.insert(table, columns, rows, signal);
    } catch (error) {
      release();
      throw error;
    }
    return { source: name, release };
  }

  private createDatabase(): Promise<void> {
    this.database ??= this.engine
      .command(`CREATE DATABASE IF NOT EXISTS ${quoteIdentifier(DATABASE)} ENGINE = Memory`)
      .catch((error: unknown) => {
        this.database = undefined;
        throw error;
      });
    return this.database;
  }

  /** Block by block, so that many rows do not hold up everybody else. */
  private async insert(
    table: string,
    columns: readonly ResultColumn[],
    rows: Iterable<VirtualRow>,
    signal: AbortSignal,
  ): Promise<void> {
    const chunks: Uint8Array[] = [];
    let names: { name: string; type: string }[] = [];
    let count = 0;
    for (const batch of batches(rows, BLOCK_ROWS)) {
      const block = rowsBlock(columns, batch);
      names = block.columns.map(({ name, type }) => ({ name, type }));
      chunks.push(...encodeBlock(block));
      count += batch.length;
      await setImmediate();
      if (signal.aborted) throw new EngineError('cancelled', 'cancelled before it ran');
    }
    await this.engine.insert(
      { database: DATABASE, table },
      { columns: names, chunks, rows: count },
      { durable: false, signal },
    );
  }
}

function* batches<T>(items: Iterable<T>, size: number): Generator<T[]> {
  let batch: T[] = [];
  for (const item of items) {
    batch.push(item);
    if (batch.length < size) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}
