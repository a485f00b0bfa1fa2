/**
 * The newest `count` rows of every combination of key values. The invariant that makes it exact: of each
 * combination it holds all points after `floorNs`, or the newest `count` of them; so a point that does not find
 * its place is none of the last ones, now or later, because points only go by growing old.
 */
import { ENGINE_TYPE, SERIES_COLUMN, TIME_COLUMN } from '../../catalog/engine-names.ts';
import type { ColumnRecord, FieldType, TableRecord } from '../../catalog/records.ts';
import type { Block, BlockColumn } from '../../engine/native/block.ts';
import { isAfter, result, splitBigInt } from '../../ingest/lineprotocol/int64.ts';
import type { SeriesKey } from '../../ingest/lineprotocol/series-key.ts';
import type { RowColumns } from '../../ingest/row-range.ts';
import type { CacheRead } from '../caches.ts';
import { type KeyFilter, withEqualities } from '../key-filter.ts';
import { Combinations, NONE, onlyCombination } from './combinations.ts';
import type { Contents } from './contents.ts';
import { createValueColumn } from './create-value-column.ts';
import { LastRows } from './last-rows.ts';
import { TagColumn, tagText } from './tag-column.ts';
import type { Targets, ValueColumn } from './value-column.ts';
import { gatherHalves } from './whole-column.ts';

export interface LastValuesOptions {
  /** Tags. */
  readonly keys: readonly string[];
  /** null = every column. */
  readonly values: ReadonlySet<string> | null;
  readonly count: number;
  readonly floorNs: bigint | null;
}

/** Less than this, or less than a quarter of the rows, is not worth the copy. */
const SMALLEST_COMPACTION_ROWS = 1000;
const COLUMN_BYTES = 400;

export class LastValues implements Contents {
  readonly floorNs: bigint | null;
  private readonly options: LastValuesOptions;
  private readonly combinations: Combinations;
  private store: LastRows;
  private tags = new Map<string, TagColumn>();
  private fields = new Map<string, { readonly type: FieldType; readonly column: ValueColumn }>();
  private readonly floor: { readonly low: number; readonly high: number } | null;
  private slots = new Int32Array(0);
  private fresh = new Uint8Array(0);

  constructor(options: LastValuesOptions) {
    this.options = options;
    this.floorNs = options.floorNs;
    this.floor = halvesOf(options.floorNs);
    this.combinations = new Combinations(options.keys);
    this.store = new LastRows(options.count);
    for (const name of options.keys) this.tags.set(name, new TagColumn(this.store.capacity));
  }

  get rows(): number {
    return this.store.size;
  }

  get bytes(): number {
    let bytes = this.store.memoryBytes + this.combinations.memoryBytes + this.slots.length * 5;
    for (const tag of this.tags.values()) bytes += tag.memoryBytes + COLUMN_BYTES;
    for (const { column } of this.fields.values()) bytes += column.memoryBytes + COLUMN_BYTES;
    return bytes;
  }

  append(batch: RowColumns): void {
    if (batch.rows === 0) return;
    const targets = this.place(batch);
    for (const field of batch.fields.values()) {
      if (this.takes(field.name)) this.field(field.name, field.type);
    }
    for (const [name, { column }] of this.fields) column.apply(batch.fields.get(name), targets);
  }

  private place(batch: RowColumns): Targets {
    const { keys, times, rows } = batch;
    const { combinations, store, floor } = this;
    if (this.slots.length < rows) {
      this.slots = new Int32Array(rows * 2);
      this.fresh = new Uint8Array(rows * 2);
    }
    const { slots, fresh } = this;
    if (combinations.isRenumbered(keys[0]!.numberedBy)) store.renumbered();
    for (let row = 0; row < rows; row++) {
      const low = times[row * 2]!;
      const high = times[row * 2 + 1]!;
      slots[row] = -1;
      fresh[row] = 0;
      if (floor !== null && !isAfter(low, high, floor.low, floor.high)) continue;
      const key = keys[row]!;
      const series = combinations.seriesNumber(key);
      const combination = combinations.ofSeries(key, series);
      if (combination === NONE) continue;
      const placed = store.place(combination, low, high, series, key);
      if (placed === 'none') continue;
      slots[row] = store.slot;
      if (placed === 'same') continue;
      fresh[row] = 1;
      if (store.isOtherSeries) this.setTags(store.slot, key);
    }
    this.ensure();
    return { rows, slots, fresh };
  }

  private setTags(slot: number, { tagNames, tagValues }: SeriesKey): void {
    for (const name of tagNames) if (!this.tags.has(name) && this.takes(name)) this.addTag(name);
    for (const [name, tag] of this.tags) {
      const at = tagNames.indexOf(name);
      tag.ensure(this.store.capacity);
      tag.set(slot, at === -1 ? null : tagValues[at]!);
    }
  }

  load(columns: ReadonlyMap<string, BlockColumn>, rows: number): void {
    const times = columns.get(TIME_COLUMN)?.vector;
    const ids = columns.get(SERIES_COLUMN)?.vector;
    if (times?.kind !== 'int64' || ids?.kind !== 'fixed')
      throw new TypeError('a load without times or series');
    const idBytes = Buffer.from(ids.bytes.buffer, ids.bytes.byteOffset, ids.bytes.byteLength);
    const keys = this.options.keys.map((name) => columns.get(name)!);
    for (let row = 0; row < rows; row++) {
      const values = keys.map((column) => tagText(column, row));
      if (values.includes(null)) continue;
      splitBigInt(times.values[row]!);
      const identity = { seriesId: idBytes.subarray(row * 16, row * 16 + 16) };
      const combination = this.combinations.of(values as string[]);
      const placed = this.store.place(combination, result.low, result.high, -1, identity);
      if (placed === 'none') continue;
      this.ensure();
      const { slot } = this.store;
      if (placed === 'new') {
        for (const { column } of this.fields.values()) column.clear(slot);
        for (const [name, tag] of this.tags) {
          const column = columns.get(name);
          tag.set(slot, column === undefined ? null : tagText(column, row));
        }
      }
      for (const [name, { column }] of this.fields) {
        const from = columns.get(name);
        if (from !== undefined) column.fill(slot, from, row);
      }
    }
  }

  /** The columns that a load may bring. To be called before it. */
  expect(table: TableRecord): readonly ColumnRecord[] {
    const columns = table.columns.filter(({ name, type }) => type !== 'time' && this.takes(name));
    for (const { name, type } of columns) {
      if (type === 'tag') this.addTag(name);
      else if (type !== 'time') this.field(name, type);
    }
    return columns;
  }

  read(request: CacheRead, filter: KeyFilter, floorNs: bigint | null): Block {
    const slots = this.select(request, filter, floorNs);
    const columns = request.columns.map(
      (record): BlockColumn => ({
        name: record.engineName,
        ...typed(record, this.gather(record, slots)),
      }),
    );
    return { rows: slots.length, columns };
  }

  private gather(record: ColumnRecord, slots: Uint32Array): Pick<BlockColumn, 'vector' | 'nulls'> {
    if (record.type === 'time') {
      const { buffer } = gatherHalves(this.store.times, slots);
      return { vector: { kind: 'int64', values: new BigInt64Array(buffer) } };
    }
    // A column without a value so far.
    if (record.type === 'tag') return (this.tags.get(record.name) ?? new TagColumn(this.rows)).gather(slots);
    const field = this.fields.get(record.name)?.column ?? createValueColumn(record.type, this.rows);
    return field.gather(slots);
  }

  private select(request: CacheRead, visible: KeyFilter, floorNs: bigint | null): Uint32Array {
    const { lists, times } = this.store;
    const { keys } = this.options;
    const floor = halvesOf(floorNs);
    const filter = withEqualities(visible, keys, request.equalities);
    const others = [...request.equalities].filter(([name]) => !keys.includes(name));
    const selected = new Uint32Array(this.rows);
    let count = 0;
    for (const combination of this.candidates(request.equalities)) {
      if (filter !== 'all' && !filter(this.combinations.values[combination]!)) continue;
      const list = lists[combination] ?? [];
      for (let at = list.length - 1; at >= 0; at--) {
        const slot = list[at]!;
        if (floor !== null && !isAfter(times[slot * 2]!, times[slot * 2 + 1]!, floor.low, floor.high)) break;
        if (others.length > 0 && !others.every(([name, values]) => this.hasTag(name, slot, values))) continue;
        selected[count++] = slot;
      }
    }
    return selected.subarray(0, count);
  }

  private hasTag(name: string, slot: number, values: ReadonlySet<string>): boolean {
    const value = this.tags.get(name)?.get(slot) ?? null;
    return value !== null && values.has(value);
  }

  /** Combinations that may be asked for. One that is named whole is looked up. */
  private *candidates(equalities: CacheRead['equalities']): Generator<number> {
    const only = onlyCombination(this.options.keys, equalities);
    if (only !== null) {
      const found = this.combinations.find(only);
      if (found !== undefined) yield found;
      return;
    }
    for (let combination = 0; combination < this.combinations.size; combination++) yield combination;
  }

  compacted(floorNs: bigint): LastValues | null {
    const floor = halvesOf(floorNs)!;
    const { lists, times } = this.store;
    const slots: number[] = [];
    const owners: number[] = [];
    for (const [combination, list] of lists.entries()) {
      for (const slot of list) {
        if (!isAfter(times[slot * 2]!, times[slot * 2 + 1]!, floor.low, floor.high)) continue;
        slots.push(slot);
        owners.push(combination);
      }
    }
    const gone = this.rows - slots.length;
    if (gone < SMALLEST_COMPACTION_ROWS || gone * 4 < this.rows) return null;
    const smaller = new LastValues({ ...this.options, floorNs });
    const kept = Uint32Array.from(slots);
    const into = Int32Array.from(owners, (combination) =>
      smaller.combinations.of(this.combinations.values[combination]!),
    );
    smaller.store = this.store.pick(kept, into);
    for (const [name, tag] of this.tags) smaller.tags.set(name, tag.pick(kept));
    for (const [name, { type, column }] of this.fields) {
      smaller.fields.set(name, { type, column: column.pick(kept) });
    }
    smaller.ensure();
    return smaller;
  }

  private takes(name: string): boolean {
    const { keys, values } = this.options;
    return values === null || values.has(name) || keys.includes(name);
  }

  private addTag(name: string): void {
    if (!this.tags.has(name)) this.tags.set(name, new TagColumn(this.store.capacity));
  }

  private field(name: string, type: FieldType): void {
    if (this.fields.has(name)) return;
    this.fields.set(name, { type, column: createValueColumn(type, this.store.capacity) });
  }

  private ensure(): void {
    const { capacity } = this.store;
    for (const tag of this.tags.values()) tag.ensure(capacity);
    for (const { column } of this.fields.values()) column.ensure(capacity);
  }
}

export function halvesOf(ns: bigint | null): { readonly low: number; readonly high: number } | null {
  if (ns === null) return null;
  splitBigInt(ns);
  return { low: result.low, high: result.high };
}

/** A tag comes as a dictionary or as plain texts. */
function typed(
  { type }: ColumnRecord,
  column: Pick<BlockColumn, 'vector' | 'nulls'>,
): Omit<BlockColumn, 'name'> {
  const isPlain = type === 'tag' && column.vector.kind === 'string';
  return { type: ENGINE_TYPE[isPlain ? 'string' : type], ...column };
}
