/**
 * Rows that are too many for a literal stand in a table in the engine's memory while their query runs. The
 * database that holds them is in memory too: nothing of it is on the disk, and a restart finds none.
 */
import { setImmediate } from 'node:timers/promises';
import { quoteIdentifier } from '../../engine/quote-identifier.ts';
import { type Engine, type EngineColumn, EngineError } from '../../engine/engine.ts';
import type { Block } from '../../engine/native/block.ts';
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

  stage(
    columns: readonly ResultColumn[],
    rows: Iterable<VirtualRow>,
    signal: AbortSignal,
  ): Promise<StagedRows> {
    return this.put(columns, (table) => this.insert(table, columns, rows, signal));
  }

  /** Columns that are there already, under their engine names. */
  stageBlock(columns: readonly ResultColumn[], block: Block, signal: AbortSignal): Promise<StagedRows> {
    return this.put(columns, (table) =>
      this.send(table, block.columns, [...encodeBlock(block)], block.rows, signal),
    );
  }

  private async put(
    columns: readonly ResultColumn[],
    fill: (table: string) => Promise<void>,
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
      await fill(table);
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
    let names: readonly EngineColumn[] = [];
    let count = 0;
    for (const batch of batches(rows, BLOCK_ROWS)) {
      const block = rowsBlock(columns, batch);
      names = block.columns;
      chunks.push(...encodeBlock(block));
      count += batch.length;
      await setImmediate();
      if (signal.aborted) throw new EngineError('cancelled', 'cancelled before it ran');
    }
    await this.send(table, names, chunks, count, signal);
  }

  private send(
    table: string,
    columns: readonly EngineColumn[],
    chunks: readonly Uint8Array[],
    rows: number,
    signal: AbortSignal,
  ): Promise<void> {
    const names = columns.map(({ name, type }) => ({ name, type }));
    return this.engine.insert(
      { database: DATABASE, table },
      { columns: names, chunks, rows },
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
