/**
 * The combinations of values that occur, null among them, each with the time of its newest point: it is in the cache
 * for as long as that point is young enough. Who asks for the first columns only gets their combinations. All of them are kept, also beyond `max_cardinality`, which counts in sorted order.
 */
import { ENGINE_TYPE } from '../../catalog/engine-names.ts';
import type { Block, BlockColumn, ColumnVector } from '../../engine/native/block.ts';
import { enlarge } from '../../ingest/field-column.ts';
import { isAfter, joinHalves, result, splitBigInt } from '../../ingest/lineprotocol/int64.ts';
import type { RowColumns } from '../../ingest/row-range.ts';
import type { CacheRead } from '../caches.ts';
import { type KeyFilter, withEqualities } from '../key-filter.ts';
import { NEWEST_COLUMN } from '../load-statement.ts';
import { Combinations, type KeyValues, onlyCombination } from './combinations.ts';
import type { Contents } from './contents.ts';
import { halvesOf } from './last-values.ts';
import { SortedCombinations } from './sorted-combinations.ts';
import { tagText } from './tag-column.ts';

export interface DistinctValuesOptions {
  /** Tags. */
  readonly keys: readonly string[];
  readonly maxCardinality: number;
  readonly floorNs: bigint | null;
}

type TextVector = Extract<ColumnVector, { kind: 'string' }>;

interface TextColumn {
  readonly vector: TextVector;
  readonly nulls: Uint8Array;
}

interface Whole {
  readonly size: number;
  /** Every combination was newer than this when the columns were made. */
  readonly newerThanNs: bigint;
  readonly columns: readonly TextColumn[];
  readonly rows: number;
  readonly bytes: number;
}

const SMALLEST_COMPACTION_ROWS = 1000;

export class DistinctValues implements Contents {
  readonly floorNs: bigint | null;
  private readonly options: DistinctValuesOptions;
  private readonly floor: { readonly low: number; readonly high: number } | null;
  private readonly combinations: Combinations;
  private readonly sorted: SortedCombinations;
  /** Low and high half of the newest time of each combination. */
  private newest = new Int32Array(0);
  /** The answers to "all of them", by the number of columns that are asked for, for as long as they hold. */
  private readonly wholes: (Whole | undefined)[] = [];

  constructor(options: DistinctValuesOptions) {
    this.options = options;
    this.floorNs = options.floorNs;
    this.floor = halvesOf(options.floorNs);
    this.combinations = new Combinations(options.keys, true);
    this.sorted = new SortedCombinations(this.combinations.values);
  }

  get rows(): number {
    return this.combinations.size;
  }

  get bytes(): number {
    const { combinations, sorted, newest, wholes } = this;
    const answers = wholes.reduce((bytes, whole) => bytes + (whole?.bytes ?? 0), 0);
    return combinations.memoryBytes + sorted.memoryBytes + newest.byteLength + answers;
  }

  append(batch: RowColumns): void {
    if (batch.rows === 0) return;
    const { keys, times, rows } = batch;
    const { combinations, floor } = this;
    combinations.isRenumbered(keys[0]!.numberedBy);
    for (let row = 0; row < rows; row++) {
      const low = times[row * 2]!;
      const high = times[row * 2 + 1]!;
      if (floor !== null && !isAfter(low, high, floor.low, floor.high)) continue;
      const key = keys[row]!;
      this.note(combinations.ofSeries(key, combinations.seriesNumber(key)), low, high);
    }
  }

  load(columns: ReadonlyMap<string, BlockColumn>, rows: number): void {
    const times = columns.get(NEWEST_COLUMN)?.vector;
    if (times?.kind !== 'int64') throw new TypeError('a load without times');
    const keys = this.options.keys.map((name) => columns.get(name)!);
    for (let row = 0; row < rows; row++) {
      const values = keys.map((column) => tagText(column, row));
      splitBigInt(times.values[row]!);
      this.note(this.combinations.of(values), result.low, result.high);
    }
  }

  private note(combination: number, low: number, high: number): void {
    const at = combination * 2;
    if (at >= this.newest.length) {
      const grown = new Int32Array(Math.max(64, at * 2));
      // The lowest instant that there is.
      for (let word = 1; word < grown.length; word += 2) grown[word] = -(2 ** 31);
      this.newest = enlarge(this.newest, grown);
    }
    const { newest } = this;
    if (!isAfter(low, high, newest[at]!, newest[at + 1]!)) return;
    newest[at] = low;
    newest[at + 1] = high;
  }

  read(request: CacheRead, visible: KeyFilter, floorNs: bigint | null): Block {
    const { keys } = this.options;
    const asked = withEqualities('all', keys, request.equalities);
    const isAll = visible === 'all' && asked === 'all';
    const names = [...request.columns.map(({ name }) => name), ...request.equalities.keys()];
    const depth = Math.max(...names.map((name) => keys.indexOf(name))) + 1;
    const { columns, rows } = isAll
      ? this.all(depth, floorNs)
      : this.columnsOf(
          depth,
          this.select(depth, visible, asked, floorNs, onlyCombination(keys, request.equalities)),
        );
    return {
      rows,
      columns: request.columns.map(({ name, engineName }) => ({
        name: engineName,
        type: ENGINE_TYPE.string,
        ...columns[keys.indexOf(name)]!,
      })),
    };
  }

  private all(depth: number, floorNs: bigint | null): Pick<Whole, 'columns' | 'rows'> {
    const whole = this.wholes[depth];
    const { size } = this.combinations;
    if (whole !== undefined && whole.size === size && (floorNs === null || floorNs <= whole.newerThanNs))
      return whole;
    const made = this.columnsOf(depth, this.select(depth, 'all', 'all', floorNs));
    const newerThanNs = this.oldest() - 1n;
    let bytes = 0;
    for (const { vector, nulls } of made.columns)
      bytes += vector.bytes.byteLength + vector.offsets.byteLength + nulls.byteLength;
    // While the old ones are still here the answer depends on the instant of asking.
    const isLasting = floorNs === null || floorNs <= newerThanNs;
    this.wholes[depth] = isLasting ? { ...made, size, newerThanNs, bytes } : undefined;
    return made;
  }

  /** Of the newest times. */
  private oldest(): bigint {
    let low = -1;
    let high = 2 ** 31 - 1;
    for (let at = 0; at < this.combinations.size * 2; at += 2) {
      const otherLow = this.newest[at]!;
      const otherHigh = this.newest[at + 1]!;
      if (isAfter(low, high, otherLow, otherHigh)) [low, high] = [otherLow, otherHigh];
    }
    return joinHalves(low, high);
  }

  private select(
    depth: number,
    visible: KeyFilter,
    asked: KeyFilter,
    floorNs: bigint | null,
    only: readonly string[] | null = null,
  ): Uint32Array {
    const floor = halvesOf(floorNs);
    const { newest } = this;
    const { values } = this.combinations;
    const { maxCardinality } = this.options;
    const order = this.candidates(only);
    const selected = new Uint32Array(Math.min(order.length, maxCardinality));
    let count = 0;
    let visibleCount = 0;
    let last: KeyValues | null = null;
    for (const combination of order) {
      const at = combination * 2;
      if (floor !== null && !isAfter(newest[at]!, newest[at + 1]!, floor.low, floor.high)) continue;
      if (visible !== 'all' && !visible(values[combination]!)) continue;
      // What the query asks for is taken from what the cache shows.
      if (++visibleCount > maxCardinality) break;
      if (asked !== 'all' && !asked(values[combination]!)) continue;
      if (last !== null && isAlike(last, values[combination]!, depth)) continue;
      last = values[combination]!;
      selected[count++] = combination;
    }
    return selected.subarray(0, count);
  }

  /** In sorted order; a combination that is named whole is looked up, where it cannot be one too many. */
  private candidates(only: readonly string[] | null): Uint32Array {
    if (only === null || this.rows > this.options.maxCardinality) return this.sorted.order();
    const found = this.combinations.find(only);
    return found === undefined ? new Uint32Array(0) : Uint32Array.of(found);
  }

  /** The first `depth` columns. */
  private columnsOf(depth: number, selected: Uint32Array): Pick<Whole, 'columns' | 'rows'> {
    const { values } = this.combinations;
    const columns = this.options.keys.slice(0, depth).map((_, key) => {
      const texts: string[] = [];
      const nulls = new Uint8Array(selected.length);
      for (const [row, combination] of selected.entries()) {
        const value = values[combination]![key] ?? null;
        if (value === null) nulls[row] = 1;
        texts.push(value ?? '');
      }
      return { vector: textVector(texts), nulls };
    });
    return { columns, rows: selected.length };
  }

  compacted(floorNs: bigint): DistinctValues | null {
    const floor = halvesOf(floorNs)!;
    const { newest, combinations } = this;
    const isYoung = (combination: number) =>
      isAfter(newest[combination * 2]!, newest[combination * 2 + 1]!, floor.low, floor.high);
    let gone = 0;
    for (let combination = 0; combination < this.rows; combination++) if (!isYoung(combination)) gone++;
    if (gone < SMALLEST_COMPACTION_ROWS || gone * 4 < this.rows) return null;
    const smaller = new DistinctValues({ ...this.options, floorNs });
    for (const combination of this.sorted.order()) {
      if (!isYoung(combination)) continue;
      const number = smaller.combinations.of(combinations.values[combination]!);
      smaller.note(number, newest[combination * 2]!, newest[combination * 2 + 1]!);
    }
    return smaller;
  }
}

/** Of sorted combinations those with the same first values stand together. */
function isAlike(a: KeyValues, b: KeyValues, depth: number): boolean {
  for (let key = 0; key < depth; key++) if (a[key] !== b[key]) return false;
  return true;
}

function textVector(texts: readonly string[]): TextVector {
  const offsets = new Uint32Array(texts.length + 1);
  const whole = Buffer.from(texts.join(''), 'utf8');
  let length = 0;
  for (const [row, text] of texts.entries()) {
    length += Buffer.byteLength(text);
    offsets[row + 1] = length;
  }
  return { kind: 'string', bytes: whole, offsets };
}
