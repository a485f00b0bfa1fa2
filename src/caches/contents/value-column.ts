/** One field of a cache's rows, by slots. */
import type { BlockColumn } from '../../engine/native/block.ts';
import type { FieldColumn } from '../../ingest/field-column.ts';

/** Where the rows of a batch go: a slot each, or -1; 1 = the slot's row is a new one, what it held is void. */
export interface Targets {
  readonly rows: number;
  readonly slots: Int32Array;
  readonly fresh: Uint8Array;
}

export interface ValueColumn {
  readonly memoryBytes: number;
  ensure(capacity: number): void;
  /** The values of a batch, in its order; absent: the batch has none. */
  apply(field: FieldColumn | undefined, targets: Targets): void;
  /** A value of the engine, unless the slot has one already. */
  fill(slot: number, column: BlockColumn, row: number): void;
  clear(slot: number): void;
  gather(slots: Uint32Array): Pick<BlockColumn, 'vector' | 'nulls'>;
  /** A new column with these slots, in this order. */
  pick(slots: Uint32Array): ValueColumn;
}
