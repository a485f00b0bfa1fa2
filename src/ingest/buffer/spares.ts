/**
 * Memory of large chunks that have left, for those to come: growing step by step would copy them again and again.
 * A few for all tables together: one for each of a dozen large tables would be more than the rows that wait.
 */
import type { FieldType } from '../../catalog/records.ts';
import { type ColumnSource, FieldColumn } from '../field-column.ts';
import { SeriesRegistry } from './series-registry.ts';
import type { TableChunk } from './table-chunk.ts';

/** A chunk that nobody uses must not keep the series of the table that it was of. */
const NO_SERIES = new SeriesRegistry(null);

export interface SparesLimits {
  readonly chunks: number;
  readonly columnBytes: number;
}

export class Spares implements ColumnSource {
  private readonly limits: SparesLimits;
  private readonly chunks: TableChunk[] = [];
  private readonly columns = new Map<FieldType, FieldColumn[]>();
  private columnBytes = 0;
  /** Monotonic time at which something was given back last. */
  givenAtMs = 0;

  constructor(limits: SparesLimits) {
    this.limits = limits;
  }

  takeChunk(): TableChunk | undefined {
    return this.chunks.pop();
  }

  takeColumn(name: string, type: FieldType, rows: number): FieldColumn {
    const column = this.columns.get(type)?.pop();
    if (column === undefined) return new FieldColumn(name, type, rows);
    this.columnBytes -= column.memoryBytes;
    column.reset(name);
    column.ensure(rows);
    return column;
  }

  /** A chunk that nobody needs any more: what is not worth keeping is given back. */
  give(chunk: TableChunk, isLarge: boolean, nowMs: number): void {
    for (const column of chunk.storedFields.values()) column.release();
    if (!isLarge) {
      for (const column of chunk.fields.values()) column.release();
      chunk.release();
      return;
    }
    this.givenAtMs = nowMs;
    for (const column of chunk.fields.values()) {
      const { type, memoryBytes } = column;
      if (this.columnBytes + memoryBytes > this.limits.columnBytes) {
        column.release();
        continue;
      }
      this.columnBytes += memoryBytes;
      const columns = this.columns.get(type) ?? [];
      columns.push(column);
      this.columns.set(type, columns);
    }
    if (this.chunks.length >= this.limits.chunks) {
      chunk.release();
      return;
    }
    chunk.reset(NO_SERIES);
    this.chunks.push(chunk);
  }

  clear(): void {
    for (const chunk of this.chunks) chunk.release();
    for (const columns of this.columns.values()) for (const column of columns) column.release();
    this.chunks.length = 0;
    this.columns.clear();
    this.columnBytes = 0;
  }
}
