/** How many columns a line may name. */
export interface WidthLimit {
  /** Of tags, or of fields, that any line may name. */
  readonly columns: number;
  /** For a table that may have more; asked for a line that names more. */
  readonly columnsOf: (measurement: string) => number;
}
