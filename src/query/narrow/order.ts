/** ORDER BY and LIMIT over the columns of a table: which rows, in which order. */
import type { Pace } from './pace.ts';
import type { NarrowOrder, NarrowStatement } from './statement.ts';
import type { NarrowTable, TableColumn } from './table.ts';
import { compareTexts } from './text-order.ts';

type Compare = (a: number, b: number) => number;

/** Sorted at once; larger ones are merged, so that the event loop can turn between two steps. */
const CHUNK_ROWS = 1024;
/** What comparing two rows costs, in values touched. */
const COMPARISON = 8;

/** Places of rows. */
export async function orderedRows(
  table: NarrowTable,
  { order, limit }: Pick<NarrowStatement, 'order' | 'limit'>,
  pace: Pace,
): Promise<Int32Array> {
  const rows = new Int32Array(table.rows);
  for (let row = 0; row < rows.length; row++) rows[row] = row;
  const sorted = order.length === 0 ? rows : await sort(rows, comparison(table, order), pace);
  const end = limit.count === null ? sorted.length : limit.offset + limit.count;
  return sorted.subarray(Math.min(limit.offset, sorted.length), Math.min(end, sorted.length));
}

function comparison(table: NarrowTable, order: readonly NarrowOrder[]): Compare {
  const keys = order.map((key) => keyComparison(table.columns[key.column]!, key));
  const [only] = keys;
  if (keys.length === 1) return only!;
  return (a, b) => {
    for (const compare of keys) {
      const difference = compare(a, b);
      if (difference !== 0) return difference;
    }
    return 0;
  };
}

function keyComparison(column: TableColumn, { descending, nullsFirst }: NarrowOrder): Compare {
  const compare = valueComparison(column);
  const directed: Compare = descending ? (a, b) => compare(b, a) : compare;
  const isNull = nullTest(column);
  if (isNull === null) return directed;
  return (a, b) => {
    const [aIsNull, bIsNull] = [isNull(a), isNull(b)];
    if (!aIsNull && !bIsNull) return directed(a, b);
    if (aIsNull && bIsNull) return 0;
    return aIsNull === nullsFirst ? -1 : 1;
  };
}

function nullTest(column: TableColumn): ((row: number) => boolean) | null {
  switch (column.kind) {
    case 'number': {
      const { nulls } = column;
      return nulls === null ? null : (row) => nulls[row] === 1;
    }
    case 'instant':
      return null;
    case 'tag':
      return (row) => column.indexes[row] === 0;
    case 'string':
      return (row) => column.values[row] === null;
  }
}

function valueComparison(column: TableColumn): Compare {
  switch (column.kind) {
    case 'number': {
      const { values } = column;
      return (a, b) => values[a]! - values[b]!;
    }
    case 'instant': {
      const { words } = column;
      return (a, b) => words[a * 2 + 1]! - words[b * 2 + 1]! || (words[a * 2]! >>> 0) - (words[b * 2]! >>> 0);
    }
    case 'tag': {
      const ranks = ranksOf(column.dictionary);
      const { indexes } = column;
      return (a, b) => ranks[indexes[a]!]! - ranks[indexes[b]!]!;
    }
    case 'string': {
      const { values } = column;
      return (a, b) => compareTexts(values[a]!, values[b]!);
    }
  }
}

function ranksOf(dictionary: readonly (string | null)[]): Int32Array {
  const sorted = dictionary.map((text, index) => ({ text: text ?? '', index }));
  sorted.sort((a, b) => compareTexts(a.text, b.text));
  const ranks = new Int32Array(dictionary.length);
  for (const [rank, { index }] of sorted.entries()) ranks[index] = rank;
  return ranks;
}

async function sort(rows: Int32Array, compare: Compare, pace: Pace): Promise<Int32Array> {
  let from = new Int32Array(rows.length);
  for (let start = 0; start < rows.length; start += CHUNK_ROWS) {
    // An array's own sort makes use of what is in order already, and most of it is.
    const chunk = Array.from(rows.subarray(start, start + CHUNK_ROWS)).sort(compare);
    from.set(chunk, start);
    const wait = pace.spend(chunk.length * COMPARISON);
    if (wait !== undefined) await wait;
  }
  let to = new Int32Array(rows.length);
  for (let width = CHUNK_ROWS; width < rows.length; width *= 2) {
    for (let start = 0; start < rows.length; start += 2 * width)
      await merge(from, to, start, width, compare, pace);
    [from, to] = [to, from];
  }
  return from;
}

/** Merges two sorted neighbours of at most `width` rows each. */
async function merge(
  from: Int32Array,
  to: Int32Array,
  start: number,
  width: number,
  compare: Compare,
  pace: Pace,
): Promise<void> {
  const middle = Math.min(start + width, from.length);
  const end = Math.min(start + 2 * width, from.length);
  if (middle === end || compare(from[middle - 1]!, from[middle]!) <= 0) {
    to.set(from.subarray(start, end), start);
    return;
  }
  let [left, right] = [start, middle];
  for (let at = start; at < end; ) {
    const pauseAt = Math.min(end, at + CHUNK_ROWS);
    for (; at < pauseAt; at++) {
      const takesLeft = right === end || (left < middle && compare(from[left]!, from[right]!) <= 0);
      to[at] = from[takesLeft ? left++ : right++]!;
    }
    const wait = pace.spend(CHUNK_ROWS * COMPARISON);
    if (wait !== undefined) await wait;
  }
}
