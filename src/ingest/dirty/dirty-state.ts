/**
 * Where duplicates may be in the engine: what has to be known again after a restart. A mark is on disk before
 * the rows that it is for are in the engine.
 */
import type { LogSequence } from '../wal/log.ts';
import { partitionOf } from './partition.ts';
import type { StateFile, StoredState } from './state-file.ts';

/** A partition of a table that may hold duplicates, all of them between two times. */
export interface DirtyPartition {
  readonly tableId: number;
  readonly partition: number;
  fromNs: bigint;
  /** Inclusive. */
  toNs: bigint;
  /** Grows with every mark: who cleans sees that new duplicates came meanwhile. */
  generation: number;
  /** Inserts under way whose rows are marked. */
  inserts: number;
  markedAtMs: number;
  /** Not to be cleaned before this. */
  restUntilMs: number;
}

export interface TimeRange {
  fromNs: bigint;
  /** Inclusive. */
  toNs: bigint;
}

export class DirtyState {
  private readonly file: StateFile;
  private readonly monotonicMs: () => number;
  private readonly tables = new Map<number, Map<number, DirtyPartition>>();
  /** Times that a mark grew, and how many of them are on disk: a save that failed is owed. */
  private widenings = 0;
  private savedWidenings = 0;
  /** Log records before this are in the engine: the log may still hold some of them. */
  flushedBefore: LogSequence;

  constructor(file: StateFile, stored: StoredState, monotonicMs: () => number) {
    this.file = file;
    this.monotonicMs = monotonicMs;
    for (const { tableId, partition, fromNs, toNs } of stored.dirty) {
      this.extend(tableId, partition, { fromNs, toNs });
    }
    this.flushedBefore = stored.flushedBefore;
  }

  /** Marks the partitions; resolves when that is on disk. The result is for `insertEnded`. */
  async mark(tableId: number, ranges: ReadonlyMap<number, TimeRange>): Promise<DirtyPartition[]> {
    const marked: DirtyPartition[] = [];
    for (const [partition, range] of ranges) {
      const before = this.tables.get(tableId)?.get(partition);
      if (before === undefined || range.fromNs < before.fromNs || range.toNs > before.toNs) this.widenings++;
      const entry = this.extend(tableId, partition, range);
      entry.inserts++;
      marked.push(entry);
    }
    try {
      if (this.savedWidenings < this.widenings) await this.save();
    } catch (error) {
      this.insertEnded(marked);
      throw error;
    }
    return marked;
  }

  insertEnded(marked: readonly DirtyPartition[]): void {
    for (const entry of marked) entry.inserts--;
  }

  partitions(): DirtyPartition[] {
    return [...this.tables.values()].flatMap((partitions) => [...partitions.values()]);
  }

  /** The table's partitions that may hold duplicates. */
  of(tableId: number): Iterable<DirtyPartition> {
    return this.tables.get(tableId)?.values() ?? [];
  }

  /** Nothing in the partition occurs twice any more. */
  async clean(entry: DirtyPartition): Promise<void> {
    const partitions = this.tables.get(entry.tableId);
    if (partitions?.get(entry.partition) !== entry) return;
    partitions.delete(entry.partition);
    if (partitions.size === 0) this.tables.delete(entry.tableId);
    await this.save();
  }

  /** The table's rows are gone: so is its state. */
  forget(tableId: number): void {
    this.tables.delete(tableId);
  }

  async save(): Promise<void> {
    const { widenings } = this;
    await this.file.write(() => ({ dirty: this.partitions(), flushedBefore: this.flushedBefore }));
    this.savedWidenings = Math.max(this.savedWidenings, widenings);
  }

  private extend(tableId: number, partition: number, { fromNs, toNs }: TimeRange): DirtyPartition {
    let partitions = this.tables.get(tableId);
    if (partitions === undefined) {
      partitions = new Map();
      this.tables.set(tableId, partitions);
    }
    let entry = partitions.get(partition);
    if (entry === undefined) {
      entry = {
        tableId,
        partition,
        fromNs,
        toNs,
        generation: 0,
        inserts: 0,
        markedAtMs: 0,
        restUntilMs: 0,
      };
      partitions.set(partition, entry);
    }
    if (fromNs < entry.fromNs) entry.fromNs = fromNs;
    if (toNs > entry.toNs) entry.toNs = toNs;
    entry.generation++;
    entry.markedAtMs = this.monotonicMs();
    return entry;
  }
}

/** Adds a time to the range of its partition. */
export function includeTime(ranges: Map<number, TimeRange>, timeNs: bigint): void {
  const partition = partitionOf(timeNs);
  const range = ranges.get(partition);
  if (range === undefined) ranges.set(partition, { fromNs: timeNs, toNs: timeNs });
  else if (timeNs < range.fromNs) range.fromNs = timeNs;
  else if (timeNs > range.toNs) range.toNs = timeNs;
}
