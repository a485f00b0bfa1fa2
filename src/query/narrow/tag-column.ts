/** A tag by rows that come run by run: all rows of a run have one value. */
import type { StoredRun } from '../../engine/stored-rows.ts';
import type { TableColumn } from './table.ts';

export class TagColumn {
  /** Its place among the tags of a run. */
  readonly tag: number;
  private readonly dictionary: (string | null)[] = [null];
  private readonly known = new Map<string | null, number>([[null, 0]]);
  private readonly pieces: { readonly index: number; readonly rows: number }[] = [];
  private rows = 0;

  constructor(tag: number) {
    this.tag = tag;
  }

  add(run: StoredRun, rows: number): void {
    const value = run.tags[this.tag] ?? null;
    let index = this.known.get(value);
    if (index === undefined) {
      index = this.dictionary.push(value) - 1;
      this.known.set(value, index);
    }
    this.pieces.push({ index, rows });
    this.rows += rows;
  }

  column(): Extract<TableColumn, { kind: 'tag' }> {
    const indexes = new Uint32Array(this.rows);
    let at = 0;
    for (const { index, rows } of this.pieces) {
      indexes.fill(index, at, at + rows);
      at += rows;
    }
    return { kind: 'tag', dictionary: this.dictionary, indexes };
  }
}
