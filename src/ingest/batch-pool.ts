/** Batches that are done with, for later requests to the same tables: their columns are there and fit already. */
import type { TableRecord } from '../catalog/records.ts';
import { TableBatch } from './table-batch.ts';

/** Requests that are on their way to the disk together hold a batch each. */
const BATCHES_PER_TABLE = 64;

interface Spares {
  readonly record: TableRecord;
  readonly batches: TableBatch[];
}

export class BatchPool {
  /** By table id. A changed table has another record: what was kept for the old one does not fit. */
  private readonly spares = new Map<number, Spares>();
  private readonly limitBytes: number;
  private bytes = 0;

  constructor(limitBytes: number) {
    this.limitBytes = limitBytes;
  }

  /** An empty batch of the table as it is now; a new one has room for `rows` rows. */
  take(record: TableRecord, rows: number): TableBatch {
    const spares = this.spares.get(record.id);
    if (spares !== undefined && spares.record !== record) this.forget(spares);
    else {
      const batch = spares?.batches.pop();
      if (batch !== undefined) {
        this.bytes -= batch.keptBytes;
        return batch;
      }
    }
    return new TableBatch(record.name, record, false, rows);
  }

  /** Takes a batch back whose rows nobody needs any more. */
  give(batch: TableBatch): void {
    const { record, bytes } = batch;
    // One that was made before its columns were has their names as new ones.
    if (record === undefined || batch.newColumns.length > 0 || bytes > this.limitBytes) return;
    if (this.bytes + bytes > this.limitBytes) this.clear();
    let spares = this.spares.get(record.id);
    if (spares?.record !== record) {
      if (spares !== undefined) this.forget(spares);
      spares = { record, batches: [] };
      this.spares.set(record.id, spares);
    }
    if (spares.batches.length >= BATCHES_PER_TABLE) return;
    batch.reset();
    batch.keptBytes = bytes;
    spares.batches.push(batch);
    this.bytes += bytes;
  }

  private forget({ record, batches }: Spares): void {
    for (const batch of batches) this.bytes -= batch.keptBytes;
    this.spares.delete(record.id);
  }

  private clear(): void {
    this.spares.clear();
    this.bytes = 0;
  }
}
