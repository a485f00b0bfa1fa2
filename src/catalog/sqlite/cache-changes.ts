/** Changes of last-value and distinct-value caches: definitions only; their contents are queries. */
import * as errors from '../../errors/catalog/catalog.ts';
import type { ChangeContext } from '../audit.ts';
import type { ColumnType, DistinctCacheRecord, LastCacheRecord } from '../records.ts';
import { auditedChange, bumpVersion, type CatalogCore } from './core.ts';
import type { CacheKind } from './store.ts';
import type { TableChanges } from './table-changes.ts';

type AnyCache = LastCacheRecord | DistinctCacheRecord;

const LAST_KEY_TYPES: ReadonlySet<ColumnType> = new Set(['tag', 'string', 'integer', 'uinteger', 'boolean']);
const DISTINCT_TYPES: ReadonlySet<ColumnType> = new Set(['tag', 'string']);

export class CacheChanges {
  private readonly core: CatalogCore;
  private readonly tables: TableChanges;

  constructor(core: CatalogCore, tables: TableChanges) {
    this.core = core;
    this.tables = tables;
  }

  createLast(context: ChangeContext, record: LastCacheRecord): Promise<LastCacheRecord> {
    return this.create(context, 'last', record, () => {
      if (record.count < 1) throw errors.invalidConfiguration('the cache count must be at least 1');
      this.checkColumns(record.tableId, record.keyColumnIds, LAST_KEY_TYPES, () =>
        errors.lastCacheColumnType(),
      );
      this.checkColumns(record.tableId, record.valueColumnIds ?? [], null, () =>
        errors.lastCacheColumnType(),
      );
    });
  }

  createDistinct(context: ChangeContext, record: DistinctCacheRecord): Promise<DistinctCacheRecord> {
    return this.create(context, 'distinct', record, () => {
      if (record.columnIds.length === 0) {
        throw errors.invalidConfiguration('no columns provided when creating distinct cache');
      }
      if (record.maxCardinality < 1) {
        throw errors.invalidConfiguration('the cache cardinality must be at least 1');
      }
      this.checkColumns(record.tableId, record.columnIds, DISTINCT_TYPES, () =>
        errors.distinctCacheColumnType(),
      );
    });
  }

  private checkColumns(
    tableId: number,
    columnIds: readonly number[],
    allowed: ReadonlySet<ColumnType> | null,
    wrongType: () => Error,
  ): void {
    const { columns } = this.tables.live(tableId);
    for (const [index, id] of columnIds.entries()) {
      const column = columns.find((candidate) => candidate.id === id);
      if (column === undefined) {
        throw errors.invalidConfiguration(`invalid column provided: ${id}`);
      }
      // No query could show both.
      if (columnIds.indexOf(id) !== index)
        throw errors.invalidConfiguration(`column provided twice: ${column.name}`);
      if (allowed !== null && !allowed.has(column.type)) throw wrongType();
    }
  }

  private create<Cache extends AnyCache>(
    context: ChangeContext,
    kind: CacheKind,
    record: Cache,
    check: () => void,
  ): Promise<Cache> {
    return auditedChange(this.core, context, (transaction) => {
      this.tables.live(record.tableId);
      check();
      const caches = this.map(kind);
      const before = caches.get(record.tableId) ?? [];
      if (before.some((cache) => cache.name === record.name)) throw errors.alreadyExists();
      this.core.store.insertCache(kind, record);
      transaction.apply(
        () => void caches.set(record.tableId, [...before, record]),
        () => void caches.set(record.tableId, before),
      );
      bumpVersion(this.core, transaction);
      return record;
    });
  }

  delete(context: ChangeContext, kind: CacheKind, tableId: number, name: string): Promise<void> {
    return auditedChange(this.core, context, (transaction) => {
      const caches = this.map(kind);
      const before = caches.get(tableId) ?? [];
      if (!before.some((cache) => cache.name === name)) throw errors.notFound(name);
      this.core.store.deleteCache(kind, tableId, name);
      transaction.apply(
        () =>
          void caches.set(
            tableId,
            before.filter((cache) => cache.name !== name),
          ),
        () => void caches.set(tableId, before),
      );
      bumpVersion(this.core, transaction);
    });
  }

  private map(kind: CacheKind): Map<number, readonly AnyCache[]> {
    const { lastCaches, distinctCaches } = this.core.state;
    return (kind === 'last' ? lastCaches : distinctCaches) as Map<number, readonly AnyCache[]>;
  }
}
