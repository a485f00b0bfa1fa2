/**
 * Rows that are too many for a literal stand in a table in the engine's memory while their query runs. The
 * database that holds them is in memory too: nothing of it is on the disk, and a restart finds none.
 */
import { quoteIdentifier } from '../../catalog/engine-names.ts';
import type { Engine } from '../../engine/engine.ts';
import { encodeBlock } from '../../engine/native/encode.ts';
import type { Logger } from '../../telemetry/logger.ts';
import type { ResultColumn } from '../types.ts';
import { structureOf } from './print-rows.ts';
import { rowsBlock } from './rows-block.ts';
import type { VirtualRow } from './virtual-table.ts';

const DATABASE = '__sluice_staging';
/** Rows of one block: bounds what is encoded at once. */
const BLOCK_ROWS = 8192;

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
    rows: readonly VirtualRow[],
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

  private async insert(
    table: string,
    columns: readonly ResultColumn[],
    rows: readonly VirtualRow[],
    signal: AbortSignal,
  ): Promise<void> {
    const chunks: Uint8Array[] = [];
    let names: { name: string; type: string }[] = [];
    for (let from = 0; from < rows.length; from += BLOCK_ROWS) {
      const block = rowsBlock(columns, rows.slice(from, from + BLOCK_ROWS));
      names = block.columns.map(({ name, type }) => ({ name, type }));
      chunks.push(...encodeBlock(block));
    }
    await this.engine.insert(
      { database: DATABASE, table },
      { columns: names, chunks, rows: rows.length },
      { durable: false, signal },
    );
  }
}
