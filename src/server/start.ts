/** The composition root: every part is made here, in order, and taken down in reverse. */
import { rmSync } from 'node:fs';
import { createApi } from '../api/api.ts';
import type { ApiOptions } from '../api/dependencies.ts';
import { UsageRecorder } from '../api/usage-recorder.ts';
import { Authenticator } from '../auth/authenticator.ts';
import { createAuthorizer } from '../auth/authorizer.ts';
import { MemoryCaches } from '../caches/memory-caches.ts';
import type { Catalog } from '../catalog/catalog.ts';
import { openSqliteCatalog } from '../catalog/sqlite/open.ts';
import { RowDeletes } from '../deletes/row-deletes.ts';
import { openChdbEngine } from '../engine/chdb/open.ts';
import type { Engine } from '../engine/engine.ts';
import type { IngestLimits } from '../ingest/limits.ts';
import { openIngest } from '../ingest/open.ts';
import type { LogFiles } from '../ingest/wal/files.ts';
import type { Clock } from '../platform/clock.ts';
import type { RandomSource } from '../platform/random.ts';
import { sourceRevision } from '../platform/version.ts';
import { createQueryService } from '../query/service.ts';
import { createPlanner } from '../query/sql/planner.ts';
import { checkTranslator } from '../query/translator-check.ts';
import type { Logger } from '../telemetry/logger.ts';
import { createMetrics } from '../telemetry/metrics.ts';
import { createTokenService } from '../tokens/create-token-service.ts';
import { applyTokenFiles } from '../tokens/token-files.ts';
import { applyTokensFile } from '../tokens/tokens-file.ts';
import { OPERATOR_NAME } from '../tokens/validate.ts';
import { ClientErrors } from './client-errors.ts';
import type { ServerConfig } from './config.ts';
import { dataDirectory, lockDataDirectory } from './data-directory.ts';
import { findFaults } from './find-faults.ts';
import { type Listener, listen } from './listener.ts';
import { startRecoveryListener } from './recovery-listener.ts';
import { repeat } from './timers.ts';

/** What the fault harness puts between the server and the machine. No option of the program leads here. */
export interface Substitutes {
  /** Gives what stands before the engine. */
  readonly engine?: (engine: Engine) => Engine;
  /** The disk under the write-ahead log and the write path's state. */
  readonly files?: LogFiles;
  readonly ingestLimits?: Partial<IngestLimits>;
}

export interface ServerParts {
  readonly clock: Clock;
  readonly random: RandomSource;
  readonly logger: Logger;
  readonly version: string;
  readonly environment: NodeJS.ProcessEnv;
  readonly substitutes?: Substitutes;
}

export interface RunningServer {
  readonly url: string;
  readonly hasOperator: boolean;
  /** Reads the tokens file again; what it cannot do it logs. */
  reload(): Promise<void>;
  /** Drains, flushes, closes. Idempotent. */
  stop(): Promise<void>;
}

const USAGE_EVERY_MS = 5000;
const HARD_DELETE_EVERY_MS = 60_000;
const ROW_DELETES_EVERY_MS = 1000;
const AUDIT_PRUNE_EVERY_MS = 3_600_000;

/** What has to be undone, newest first, when a later step fails or the server stops. */
class Teardown {
  private readonly steps: { readonly name: string; readonly undo: () => void | Promise<void> }[] = [];

  add(name: string, undo: () => void | Promise<void>): void {
    this.steps.push({ name, undo });
  }

  /** Every step runs, whatever the others do; the first failure is thrown at the end. */
  async run(logger: Logger): Promise<void> {
    let failure: unknown;
    for (let step = this.steps.pop(); step !== undefined; step = this.steps.pop()) {
      try {
        await step.undo();
      } catch (error) {
        logger.error({ part: step.name, error }, 'a part did not close');
        failure ??= error;
      }
    }
    if (failure !== undefined) throw failure;
  }
}

export async function startServer(config: ServerConfig, parts: ServerParts): Promise<RunningServer> {
  const teardown = new Teardown();
  try {
    return await start(config, parts, teardown);
  } catch (error) {
    await teardown.run(parts.logger).catch(() => {});
    throw error;
  }
}

async function start(config: ServerConfig, parts: ServerParts, teardown: Teardown): Promise<RunningServer> {
  const { clock, random, logger } = parts;
  const { dataDir } = config;
  if (config.temporary)
    teardown.add('data directory', () => rmSync(dataDir, { recursive: true, force: true }));
  teardown.add('lock', lockDataDirectory(dataDir));
  // The very planner that was checked is the one that is used.
  const planner = await createPlanner();
  checkTranslator(planner);
  const opened = await openChdbEngine({
    dataDir,
    logger,
    ...(config.queryThreads !== null && { threads: config.queryThreads }),
    ...(config.queryMemoryBytes !== null && { memoryBytes: config.queryMemoryBytes }),
  });
  const { engine: wrap, files, ingestLimits } = parts.substitutes ?? {};
  const engine = wrap === undefined ? opened : wrap(opened);
  teardown.add('engine', () => engine.close());
  const catalog = await openSqliteCatalog({
    path: dataDirectory(dataDir).catalogFile,
    engine,
    clock,
    random,
    logger,
    limits: config.catalogLimits,
  });
  teardown.add('catalog', () => catalog.close());
  await catalog.reconcile();
  await catalog.removeDue(clock.nowMs());
  await pruneAudit(config, catalog, clock);
  const caches = new MemoryCaches({ catalog, engine, clock, logger });
  const ingest = await openIngest({
    dataDir,
    catalog,
    engine,
    clock,
    logger,
    observer: caches,
    ...(files !== undefined && { files }),
    limits: { ...(config.bufferBytes !== null && { bufferBytes: config.bufferBytes }), ...ingestLimits },
  });
  teardown.add('ingest', () => ingest.close());
  caches.start(ingest);
  teardown.add('caches', () => caches.close());
  const rowDeletes = new RowDeletes({
    catalog,
    engine,
    ingest,
    clock,
    logger,
    minimumAgeMs: config.rowDeleteMinimumAgeMs,
    deleted: (tableId) => caches.rowsDeleted(tableId),
  });
  const authenticator = new Authenticator({ clock });
  const authorizer = createAuthorizer();
  const tokens = createTokenService({ catalog, authenticator, authorizer, clock, random });
  const reload = (cause: 'start' | 'reload') => applyFiles(config, parts, catalog, cause);
  await reload('start');
  const queries = createQueryService({
    catalog,
    engine,
    ingest,
    clock,
    logger,
    planner,
    caches,
    tokensVisible: !config.withoutAuth,
    queryLogSize: config.queryLogEntries,
    nodeId: config.nodeId,
  });
  teardown.add('queries', () => queries.close());
  const options = apiOptions(config, parts);
  const metrics = createMetrics({ version: parts.version, uuid: options.processId });
  metrics.attach({
    ingest: () => ingest.statistics(),
    narrowReads: () => queries.narrowReads(),
    tokens: () => countTokens(catalog),
    databases: () => catalog.databases().length,
  });
  const usage = new UsageRecorder(catalog, clock);
  teardown.add('token usage', () => usage.flush());
  const api = createApi({
    catalog,
    authenticator,
    authorizer,
    tokens,
    ingest,
    rowDeletes,
    queries,
    clock,
    random,
    logger: logger.child({ component: 'api' }),
    metrics,
    usage,
    options,
    faults: () => findFaults({ engine, catalog, ingest }),
  });
  teardown.add(
    'timers',
    repeat(
      [
        { name: 'row deletes', everyMs: ROW_DELETES_EVERY_MS, run: () => rowDeletes.runDue() },
        { name: 'token usage', everyMs: USAGE_EVERY_MS, run: () => usage.flush() },
        {
          name: 'hard deletes',
          everyMs: Math.min(HARD_DELETE_EVERY_MS, config.retentionCheckMs),
          run: () => catalog.removeDue(clock.nowMs()),
        },
        {
          name: 'audit retention',
          everyMs: AUDIT_PRUNE_EVERY_MS,
          run: () => pruneAudit(config, catalog, clock),
        },
      ],
      logger,
    ),
  );
  const clientErrors = new ClientErrors({
    clusterUuid: catalog.uuid,
    counted: (code) => metrics.malformedRequest(code),
  });
  if (config.recovery !== null) {
    const recovery = await startRecoveryListener(config.recovery, config.tls, {
      tokens,
      random,
      logger,
      clusterUuid: catalog.uuid,
      clientErrors,
    });
    teardown.add('recovery listener', () => recovery.stop(config.shutdownTimeoutMs));
  }
  const main: Listener = await listen(config.listener, config.tls, api, clientErrors);
  teardown.add('listener', () => main.stop(config.shutdownTimeoutMs));
  warnOfOpenDoors(config, catalog, logger);
  let stopped: Promise<void> | undefined;
  return {
    url: main.url,
    hasOperator: catalog.tokenByName(OPERATOR_NAME) !== undefined,
    reload: async () => {
      await reload('reload').catch((error: unknown) =>
        logger.error({ error }, 'the tokens file was not applied'),
      );
    },
    stop: () => {
      stopped ??= teardown.run(logger);
      return stopped;
    },
  };
}

/** Token files are for servers with authentication only (`auth.md` 5.6). */
async function applyFiles(
  config: ServerConfig,
  { clock, logger, environment }: ServerParts,
  catalog: Catalog,
  cause: 'start' | 'reload',
): Promise<void> {
  if (config.withoutAuth) return;
  if (cause === 'start') {
    await applyTokenFiles({
      adminTokenFile: config.adminTokenFile ?? undefined,
      permissionTokensFile: config.permissionTokensFile ?? undefined,
      catalog,
      clock,
      logger,
    });
  }
  if (config.tokensFile !== null) {
    await applyTokensFile({ path: config.tokensFile, catalog, clock, logger, environment, cause });
  }
}

async function pruneAudit({ auditRetentionMs }: ServerConfig, catalog: Catalog, clock: Clock): Promise<void> {
  if (auditRetentionMs !== null) await catalog.audit.prune(clock.nowMs() - auditRetentionMs);
}

function apiOptions(config: ServerConfig, { random, version }: ServerParts): ApiOptions {
  return {
    maxRequestBytes: config.maxRequestBytes,
    withoutAuth: config.withoutAuth,
    openPaths: config.openPaths,
    authFailuresPerMinute: config.authFailuresPerMinute,
    trustedProxies: config.trustedProxies,
    auditDataAccess: config.auditDataAccess,
    maxConcurrentQueries: config.maxConcurrentQueries,
    version,
    revision: sourceRevision().slice(0, 10),
    processId: random.uuid(),
  };
}

function countTokens(catalog: Catalog): number {
  let count = 0;
  for (const _token of catalog.tokens()) count++;
  return count;
}

function warnOfOpenDoors(config: ServerConfig, catalog: Catalog, logger: Logger): void {
  if (config.withoutAuth) {
    logger.warn({}, 'the server runs without authentication: everybody may do everything');
  } else if (catalog.tokenByName(OPERATOR_NAME) === undefined) {
    logger.warn({}, 'there is no operator token yet: whoever asks first for it gets it');
  }
}
