/** Opens the catalog of one machine. */
import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Engine } from '../../engine/engine.ts';
import type { Clock } from '../../platform/clock.ts';
import type { RandomSource } from '../../platform/random.ts';
import type { Logger } from '../../telemetry/logger.ts';
import type { Catalog, CatalogLimits } from '../catalog.ts';
import { EngineFollower } from '../engine-follower.ts';
import { physicalName } from '../names.ts';
import { parseHead, SqliteAuditLog } from './audit-log.ts';
import { SqliteCatalog, serverContext } from './catalog.ts';
import { Committer } from './committer.ts';
import { auditedChange, type CatalogCore, putDatabase, reserveId } from './core.ts';
import { loadState, readMeta, saveCounters } from './load.ts';
import { Store } from './store.ts';

export const defaultLimits: CatalogLimits = {
  databases: 100,
  tables: 10_000,
  columnsPerTable: 500,
  tagColumnsPerTable: 4096,
};

const INTERNAL_RETENTION_NS = 7n * 86_400n * 1_000_000_000n;

export interface SqliteCatalogOptions {
  /** The database file; its directory is made. */
  readonly path: string;
  /** null: nothing follows (tests, offline tools). */
  readonly engine: Engine | null;
  readonly clock: Clock;
  readonly random: RandomSource;
  readonly logger: Logger;
  readonly limits?: Partial<CatalogLimits>;
}

/** Opens or creates; `_internal` exists when it resolves. Call `reconcile` before the engine is used. */
export async function openSqliteCatalog(options: SqliteCatalogOptions): Promise<Catalog> {
  const { clock, random } = options;
  const logger = options.logger.child({ component: 'catalog' });
  if (options.path !== ':memory:') mkdirSync(dirname(options.path), { recursive: true });
  const store = new Store(options.path);
  const meta = readMeta(store);
  const state = loadState(store, meta);
  const follower = new EngineFollower(options.engine, logger);
  for (const row of store.rows('engine_removals', 'engine_database, engine_table DESC')) {
    follower.addRemoval({
      engineDatabase: row.engine_database as string,
      engineTable: row.engine_table as string,
    });
  }
  const audit: SqliteAuditLog = new SqliteAuditLog({
    store,
    start: parseHead(meta.get('audit_start')),
    head: nextHead(store, meta),
    flush: () => committer.flush(),
    change: (work) => committer.change(work),
    clock,
    logger,
  });
  const committer: Committer = new Committer(
    store,
    {
      first: (transaction) => audit.writePending(transaction),
      last: () => saveCounters({ store, state, audit }),
    },
    logger,
  );
  const core: CatalogCore = {
    state,
    store,
    committer,
    audit,
    follower,
    clock,
    logger,
    limits: { ...defaultLimits, ...options.limits },
    listeners: new Set(),
  };
  const uuid = meta.get('uuid') ?? random.uuid();
  if (!meta.has('uuid')) await createInternal(core, uuid);
  return new SqliteCatalog(core, uuid);
}

async function createInternal(core: CatalogCore, uuid: string): Promise<void> {
  const id = reserveId(core, 'nextDatabaseId');
  const engineDatabase = physicalName('_internal', id);
  await core.follower.createDatabase(engineDatabase);
  await auditedChange(core, serverContext('catalog.create', 'db:_internal'), (transaction) => {
    core.store.putMeta('uuid', uuid);
    putDatabase(
      core,
      transaction,
      Object.freeze({
        id,
        name: '_internal',
        retentionNs: INTERNAL_RETENTION_NS,
        createdAtMs: core.clock.nowMs(),
        deletedAtMs: null,
        hardDeleteAtMs: null,
        originalName: '_internal',
        engineDatabase,
      }),
    );
  });
}

/**
 * Where the chain goes on. Rows beyond the noted head were put in by someone else: going on after them, but
 * from the noted hash, keeps the server running and the break visible for ever.
 */
function nextHead(store: Store, meta: ReadonlyMap<string, string>) {
  const head = parseHead(meta.get('audit_head'));
  const lastSeq = store.lastAuditSeq();
  return head === null || lastSeq <= head.seq ? head : { seq: lastSeq, hash: head.hash };
}
