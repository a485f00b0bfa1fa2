/** Columns of an answer while it is made: of groups, or of rows as they are. */
import { AskEngine } from './ask-engine.ts';

export type TableColumn =
  /** Booleans are 0 and 1; whole numbers are exact. */
  | { readonly kind: 'number'; readonly values: Float64Array; readonly nulls: Uint8Array | null }
  /** Nanoseconds since 1970 in 64 bits, little endian, two words each. */
  | { readonly kind: 'instant'; readonly words: Int32Array }
  /** The first entry of the dictionary is null. */
  | {
      readonly kind: 'tag';
      readonly dictionary: readonly (string | null)[];
      readonly indexes: Uint32Array;
    }
  | { readonly kind: 'string'; readonly values: readonly (string | null)[] };

export interface NarrowTable {
  readonly rows: number;
  readonly columns: readonly TableColumn[];
}

/** What is larger is not narrow, and would keep the event loop when it is laid out. */
const MAXIMUM_ROWS = 65_536;

export function checkSize(rows: number): void {
  if (rows > MAXIMUM_ROWS) throw new AskEngine('too many rows in the answer');
}
