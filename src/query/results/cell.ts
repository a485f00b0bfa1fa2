/** What a writer of one column's values looks like. */

/** `json`: a JSON value; `text`: the display form; `csv`: the display form as a CSV field. */
export type CellStyle = 'json' | 'text' | 'csv';

export interface Cell {
  /** 1 marks a null; absent when there is none. `write` must not be called for a null. */
  readonly nulls: Uint8Array | undefined;
  write(row: number): void;
}

export type RowWriter = (row: number) => void;
