/** All caches of the server: which there are follows the catalog. */
import type { Catalog } from '../catalog/catalog.ts';
import type { TableRecord } from '../catalog/records.ts';
import type { Engine } from '../engine/engine.ts';
import type { Block } from '../engine/native/block.ts';
import type { AppendObserver } from '../ingest/append-observer.ts';
import type { Ingest } from '../ingest/ingest.ts';
import type { RowColumns } from '../ingest/row-range.ts';
import type { Clock } from '../platform/clock.ts';
import type { Logger } from '../telemetry/logger.ts';
import {
  type CacheLimits,
  type CacheRead,
  type CacheReader,
  type CacheRecord,
  DEFAULT_CACHE_LIMITS,
} from './caches.ts';
import { ManagedCache } from './managed-cache.ts';

export interface MemoryCachesOptions {
  readonly catalog: Catalog;
  readonly engine: Engine;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly limits?: Partial<CacheLimits>;
}

export interface CacheStatistics {
  readonly caches: number;
  readonly ready: number;
  readonly bytes: number;
}

const TICK_MS = 1000;
const COMPACT_EVERY_MS = 10_000;

export class MemoryCaches implements CacheReader, AppendObserver {
  private readonly options: MemoryCachesOptions;
  private readonly logger: Logger;
  private readonly limits: CacheLimits;
  private readonly byRecord = new Map<CacheRecord, ManagedCache>();
  private readonly byTable = new Map<number, ManagedCache[]>();
  private ingest: Pick<Ingest, 'barrier'> | null = null;
  private unsubscribe: () => void = () => {};
  private timer: NodeJS.Timeout | undefined;
  /** One at a time: a load reads much. */
  private loading: Promise<void> | null = null;
  private catalogVersion = -1;
  private compactedAtMs = 0;
  private bytes = 0;

  constructor(options: MemoryCachesOptions) {
    this.options = options;
    this.logger = options.logger.child({ component: 'caches' });
    this.limits = { ...DEFAULT_CACHE_LIMITS, ...options.limits };
  }

  /** From here on caches are loaded. `appended` must be told of every row from before this call on. */
  start(ingest: Pick<Ingest, 'barrier'>): void {
    this.ingest = ingest;
    // Emptied between two looks at the catalog, or kept for a shorter time and a longer one again.
    const changed = () => {
      if (this.byTable.size > 0) this.follow();
    };
    this.unsubscribe = this.options.catalog.subscribe({
      tableChanged: changed,
      tableCleared: changed,
      tableRemoved: changed,
      databaseChanged: changed,
    });
    this.timer = setInterval(() => this.tick(), TICK_MS).unref();
    this.follow();
  }

  appended(batch: RowColumns): void {
    const caches = this.byTable.get(batch.record.id);
    if (caches === undefined) return;
    for (const cache of caches) cache.append(batch);
  }

  /** Rows of the table have gone otherwise than by growing old. */
  rowsDeleted(tableId: number): void {
    for (const cache of this.byTable.get(tableId) ?? []) cache.reset();
    this.loadNext();
  }

  read(record: CacheRecord, request: CacheRead): Block | null {
    if (this.ingest === null) return null;
    if (this.options.catalog.version !== this.catalogVersion) this.follow();
    const cache = this.byRecord.get(record);
    const table = this.options.catalog.tableById(record.tableId);
    if (cache === undefined || table === undefined) return null;
    const block = cache.read(table, request);
    if (block === null) this.loadNext();
    return block;
  }

  statistics(): CacheStatistics {
    let ready = 0;
    for (const cache of this.byRecord.values()) if (cache.isReady) ready++;
    return { caches: this.byRecord.size, ready, bytes: this.bytes };
  }

  /** Resolves when no cache waits for a load any more. */
  async settled(): Promise<void> {
    this.follow();
    while (this.loading !== null) await this.loading;
  }

  /** Waits for the load that runs. */
  async close(): Promise<void> {
    this.ingest = null;
    this.unsubscribe();
    clearInterval(this.timer);
    for (const cache of this.byRecord.values()) cache.close();
    this.byTable.clear();
    await this.loading;
    this.byRecord.clear();
  }

  private tick(): void {
    // Not by the version alone: a change that failed gives its version to the next one.
    this.follow();
    const nowMs = this.options.clock.monotonicMs();
    if (nowMs - this.compactedAtMs >= COMPACT_EVERY_MS) {
      this.compactedAtMs = nowMs;
      for (const cache of this.byRecord.values()) cache.compact();
    }
  }

  /** Makes the caches those of the catalog, and resets what stands on rows that are gone. */
  private follow(): void {
    const { catalog } = this.options;
    this.catalogVersion = catalog.version;
    const live = new Map<CacheRecord, TableRecord>();
    for (const { id, deletedAtMs } of catalog.databases()) {
      if (deletedAtMs !== null) continue;
      for (const record of [...catalog.lastCaches(id), ...catalog.distinctCaches(id)]) {
        const table = catalog.tableById(record.tableId);
        if (table !== undefined && table.deletedAtMs === null) live.set(record, table);
      }
    }
    for (const [record, cache] of this.byRecord) {
      if (live.has(record)) continue;
      cache.close();
      this.byRecord.delete(record);
    }
    for (const [record, table] of live) {
      const cache = this.byRecord.get(record);
      if (cache === undefined) this.byRecord.set(record, this.newCache(record));
      else cache.check(table);
    }
    this.byTable.clear();
    for (const [{ tableId }, cache] of this.byRecord) {
      this.byTable.set(tableId, [...(this.byTable.get(tableId) ?? []), cache]);
    }
    this.loadNext();
  }

  private newCache(record: CacheRecord): ManagedCache {
    const { catalog, engine, clock } = this.options;
    return new ManagedCache(record, {
      catalog,
      engine,
      clock,
      logger: this.logger,
      limits: this.limits,
      barrier: (tableIds) =>
        this.ingest?.barrier(tableIds) ?? Promise.reject(new Error('the caches are closed')),
      account: (changeBytes) => (this.bytes += changeBytes),
    });
  }

  private loadNext(): void {
    if (this.loading !== null || this.ingest === null) return;
    const nowMs = this.options.clock.monotonicMs();
    for (const cache of this.byRecord.values()) {
      if (!cache.isDue(nowMs)) continue;
      this.loading = cache.load().finally(() => {
        this.loading = null;
        this.loadNext();
      });
      return;
    }
  }
}
