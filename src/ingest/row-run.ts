/** Values of rows that lie end to end in words (`field-layout.ts`), and how they become columns. */
import type { FieldColumn } from './field-column.ts';
import type { RowShape } from './field-layout.ts';
import { BOOLEAN, FLOAT, STRING } from './lineprotocol/scanner.ts';

const float = new Float64Array(1);
const halves = new Int32Array(float.buffer);

export function writeFloat(words: Int32Array, at: number, value: number): void {
  float[0] = value;
  words[at] = halves[0]!;
  words[at + 1] = halves[1]!;
}

/** Rows of one shape, end to end; strings are ranges of `bytes`. */
export interface RowRun {
  readonly shape: RowShape;
  readonly words: Int32Array;
  readonly start: number;
  readonly count: number;
  readonly bytes: Uint8Array;
}

/** Sets the rows from `row` on of a column, which has room for them, to the values that a field has in the run. */
export function fillColumn(column: FieldColumn, field: number, run: RowRun, row: number): void {
  const { shape, words, start, count, bytes } = run;
  const { width } = shape;
  const kind = shape.layout.kinds[field];
  let at = start + shape.offsets[field]!;
  const end = row + count;
  if (kind === STRING) {
    for (let to = row; to < end; to++, at += width) {
      const stop = words[at + 1]!;
      column.setString(to, bytes, words[at]!, stop < 0 ? ~stop : stop, stop < 0);
    }
    return;
  }
  column.present.fill(1, row, end);
  if (kind === FLOAT) {
    const { floats } = column;
    for (let to = row; to < end; to++, at += width) {
      halves[0] = words[at]!;
      halves[1] = words[at + 1]!;
      floats[to] = float[0]!;
    }
  } else if (kind === BOOLEAN) {
    const { booleans } = column;
    for (let to = row; to < end; to++, at += width) booleans[to] = words[at]!;
  } else if (shape.isNarrow) {
    const pairs = column.halves;
    for (let to = row * 2; to < end * 2; to += 2, at += width) {
      const low = words[at]!;
      pairs[to] = low;
      pairs[to + 1] = low >> 31;
    }
  } else {
    const pairs = column.halves;
    for (let to = row * 2; to < end * 2; to += 2, at += width) {
      pairs[to] = words[at]!;
      pairs[to + 1] = words[at + 1]!;
    }
  }
}
