/** One cache through its life: loaded from the table, fed by the write path, compacted, loaded anew, given up. */
import { setImmediate } from 'node:timers/promises';
import type { Catalog } from '../catalog/catalog.ts';
import type { ColumnRecord, TableRecord } from '../catalog/records.ts';
import type { Engine } from '../engine/engine.ts';
import type { Block, BlockColumn } from '../engine/native/block.ts';
import { decodeBlocks } from '../engine/native/decode.ts';
import type { RowColumns } from '../ingest/row-range.ts';
import type { Clock } from '../platform/clock.ts';
import type { Logger } from '../telemetry/logger.ts';
import { floorNs } from './age.ts';
import type { CacheLimits, CacheRead, CacheRecord } from './caches.ts';
import type { Contents } from './contents/contents.ts';
import { DistinctValues } from './contents/distinct-values.ts';
import { LastValues } from './contents/last-values.ts';
import { accessFilter } from './key-filter.ts';
import { distinctValuesStatement, lastRowsStatement } from './load-statement.ts';

export interface ManagedCacheParts {
  readonly catalog: Pick<Catalog, 'tableById' | 'retentionNs'>;
  readonly engine: Engine;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly limits: CacheLimits;
  /** Resolves when the engine has every row that was acknowledged before the call. */
  barrier(tableIds: readonly number[]): Promise<void>;
  /** What a cache holds grew or shrank by so much; gives the memory of all caches. */
  account(changeBytes: number): number;
}

type State =
  /** To be loaded when its turn comes, not before `notBeforeMs`. */
  | { readonly kind: 'empty'; readonly notBeforeMs: number }
  | { readonly kind: 'loading'; readonly contents: Contents }
  | { readonly kind: 'ready'; contents: Contents }
  /** For good: too large, or of a kind that only the table can answer. */
  | { readonly kind: 'off' };

/** What a load or a compaction leaves out is older by this than what a query of the same moment may ask for. */
const SLACK_NS = 60_000_000_000n;
/** No row needs less. */
const SMALLEST_ROW_BYTES = 64;
const LOAD_BLOCK_ROWS = 8192;
/** With 5 s at first: 10 minutes. */
const MAXIMUM_DOUBLINGS = 7;
const LOAD_SETTINGS = { do_not_merge_across_partitions_select_final: 1, use_query_condition_cache: 0 };

export class ManagedCache {
  readonly record: CacheRecord;
  private readonly parts: ManagedCacheParts;
  private state: State = { kind: 'empty', notBeforeMs: 0 };
  /** What the contents were loaded from, and for: anything else makes them void. */
  private dataId = -1;
  private retentionNs: bigint | null = null;
  private accountedBytes = 0;
  private failures = 0;

  constructor(record: CacheRecord, parts: ManagedCacheParts) {
    this.record = record;
    this.parts = parts;
  }

  get isReady(): boolean {
    return this.state.kind === 'ready';
  }

  /** True when it waits for a load that may start now. */
  isDue(nowMs: number): boolean {
    return this.state.kind === 'empty' && nowMs >= this.state.notBeforeMs;
  }

  /** Forgets everything: the table holds other rows than the write path told of. */
  reset(): void {
    if (this.state.kind !== 'off') this.enter({ kind: 'empty', notBeforeMs: 0 });
  }

  /** Gives the memory back, for good. */
  close(): void {
    this.enter({ kind: 'off' });
  }

  /** Resets when the table was emptied or its rows are kept for another time. */
  check(table: TableRecord): void {
    const isOther =
      this.dataId !== table.dataId || this.retentionNs !== this.parts.catalog.retentionNs(table);
    // What was too large may fit now.
    if (isOther) this.enter({ kind: 'empty', notBeforeMs: 0 });
  }

  append(batch: RowColumns): void {
    const { state } = this;
    if (!('contents' in state)) return;
    try {
      state.contents.append(batch);
    } catch (error) {
      this.parts.logger.error(
        { cache: this.record.name, err: error },
        'a cache could not take rows and starts anew',
      );
      this.reset();
      return;
    }
    this.bound();
  }

  read(table: TableRecord, request: CacheRead): Block | null {
    this.check(table);
    if (this.state.kind !== 'ready') return null;
    const { contents } = this.state;
    const floor = floorNs(request.nowNs, { ageSecs: this.ageSecs, retentionNs: this.retentionNs });
    if (contents.floorNs !== null && (floor === null || floor < contents.floorNs)) return null;
    const filter = accessFilter(table, this.keyNames(table), request.access);
    return filter === null ? null : contents.read(request, filter, floor);
  }

  /** Gives back the memory of rows that have grown too old. */
  compact(): void {
    if (this.state.kind !== 'ready') return;
    const floor = this.loadFloor();
    if (floor === null) return;
    const smaller = this.state.contents.compacted(floor);
    if (smaller !== null) this.enter({ kind: 'ready', contents: smaller });
  }

  async load(): Promise<void> {
    const { catalog, clock, logger } = this.parts;
    const table = catalog.tableById(this.record.tableId);
    if (table === undefined) return;
    this.dataId = table.dataId;
    this.retentionNs = catalog.retentionNs(table);
    const contents = this.newContents(table);
    if (contents === null) {
      this.enter({ kind: 'off' });
      return;
    }
    const state: State = { kind: 'loading', contents };
    // From here on `append` feeds it: nothing that is acknowledged during the load is missed.
    this.enter(state);
    try {
      await this.fill(table, contents, state);
      if (this.state !== state) return;
      this.failures = 0;
      this.enter({ kind: 'ready', contents });
    } catch (error) {
      if (this.state !== state) return;
      logger.warn({ cache: this.record.name, err: error }, 'a cache could not be loaded and will be, later');
      this.enter({ kind: 'empty', notBeforeMs: clock.monotonicMs() + this.pauseMs() });
    }
  }

  private async fill(table: TableRecord, contents: Contents, state: State): Promise<void> {
    const { engine, barrier, limits } = this.parts;
    await barrier([table.id]);
    if (this.state !== state) return;
    const maximumRows = Math.ceil(limits.bytesPerCache / SMALLEST_ROW_BYTES);
    const { sql, nameOf } = this.statement(table, contents, maximumRows);
    let rows = 0;
    for await (const chunk of engine.query({
      sql,
      format: 'Native',
      settings: LOAD_SETTINGS,
      limits: { blockRows: LOAD_BLOCK_ROWS },
      weight: 'heavy',
    })) {
      for (const block of decodeBlocks(chunk)) {
        if (this.state !== state) return;
        contents.load(byName(block, nameOf), block.rows);
        rows += block.rows;
        if (rows > maximumRows) this.giveUp();
        this.bound();
        await setImmediate();
      }
    }
  }

  /** Longer each time: what the engine cannot do now it may never be able to do. */
  private pauseMs(): number {
    const doublings = Math.min(this.failures++, MAXIMUM_DOUBLINGS);
    return this.parts.limits.retryAfterMs * 2 ** doublings;
  }

  private newContents(table: TableRecord): Contents | null {
    const { record } = this;
    const keys = this.keyColumns(table);
    // A later point of the same time can change a field, and so take a row out of one combination into another.
    if (keys.some(({ type }) => type !== 'tag')) return null;
    const names = keys.map(({ name }) => name);
    const floor = this.loadFloor();
    if ('columnIds' in record) {
      return new DistinctValues({ keys: names, maxCardinality: record.maxCardinality, floorNs: floor });
    }
    const { valueColumnIds, count } = record;
    const values =
      valueColumnIds === null
        ? null
        : new Set(table.columns.filter(({ id }) => valueColumnIds.includes(id)).map(({ name }) => name));
    return new LastValues({ keys: names, values, count, floorNs: floor });
  }

  private statement(
    table: TableRecord,
    contents: Contents,
    maximumRows: number,
  ): { readonly sql: string; readonly nameOf: ReadonlyMap<string, string> } {
    const keys = this.keyColumns(table);
    const { floorNs: floor } = contents;
    if (contents instanceof LastValues) {
      const columns = contents.expect(table);
      const { count } = this.record as { readonly count: number };
      return {
        sql: lastRowsStatement(table, keys, columns, { count, floorNs: floor, maximumRows }),
        nameOf: names(columns),
      };
    }
    return {
      sql: distinctValuesStatement(table, keys, { floorNs: floor, maximumRows }),
      nameOf: names(keys),
    };
  }

  private enter(state: State): void {
    this.state = state;
    this.account();
  }

  private account(): number {
    const bytes = 'contents' in this.state ? this.state.contents.bytes : 0;
    const change = bytes - this.accountedBytes;
    this.accountedBytes = bytes;
    return this.parts.account(change);
  }

  private bound(): void {
    const totalBytes = this.account();
    const { limits } = this.parts;
    if (this.accountedBytes > limits.bytesPerCache || totalBytes > limits.bytes) this.giveUp();
  }

  private giveUp(): void {
    const { logger, limits } = this.parts;
    if (this.state.kind === 'off') return;
    logger.warn(
      { cache: this.record.name, tableId: this.record.tableId, bytes: this.accountedBytes, limits },
      'a cache is too large for the memory that caches have: its queries read the table from now on; ' +
        'delete it and make one with fewer keys, columns or rows, or a shorter time to live',
    );
    this.enter({ kind: 'off' });
  }

  private loadFloor(): bigint | null {
    const nowNs = this.parts.clock.nowNs() - SLACK_NS;
    return floorNs(nowNs, { ageSecs: this.ageSecs, retentionNs: this.retentionNs });
  }

  private get ageSecs(): number {
    return 'columnIds' in this.record ? this.record.maxAgeSecs : this.record.ttlSecs;
  }

  private keyColumns(table: TableRecord): ColumnRecord[] {
    const ids = 'columnIds' in this.record ? this.record.columnIds : this.record.keyColumnIds;
    return ids
      .map((id) => table.columns.find((column) => column.id === id))
      .filter((column) => column !== undefined);
  }

  private keyNames(table: TableRecord): string[] {
    return this.keyColumns(table).map(({ name }) => name);
  }
}

const names = (columns: readonly ColumnRecord[]) =>
  new Map(columns.map(({ name, engineName }) => [engineName, name]));

function byName(block: Block, nameOf: ReadonlyMap<string, string>): Map<string, BlockColumn> {
  return new Map(block.columns.map((column) => [nameOf.get(column.name) ?? column.name, column]));
}
