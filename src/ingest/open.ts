/** Opens the write path: the log is read again, and what it holds is served from the first query on. */
import { join } from 'node:path';
import type { Catalog } from '../catalog/catalog.ts';
import { type Engine, EngineError } from '../engine/engine.ts';
import { engineErrors } from '../errors/index.ts';
import type { Clock } from '../platform/clock.ts';
import type { Logger } from '../telemetry/logger.ts';
import type { AppendObserver } from './append-observer.ts';
import { Buffers } from './buffers.ts';
import { Cleaner } from './dirty/cleaner.ts';
import { DirtyState } from './dirty/dirty-state.ts';
import { StateFile } from './dirty/state-file.ts';
import { DEFAULT_INGEST_LIMITS, type IngestLimits } from './limits.ts';
import { replay } from './replay.ts';
import { IngestService } from './service.ts';
import { type LogFiles, nodeFiles } from './wal/files.ts';
import { openLog } from './wal/open.ts';

export interface IngestOptions {
  /** The server's data directory; the log is in `wal/` below it, the rest in `ingest/`. */
  readonly dataDir: string;
  /** Reconciled with the engine. */
  readonly catalog: Catalog;
  readonly engine: Engine;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly limits?: Partial<IngestLimits>;
  readonly observer?: AppendObserver;
  /** The disk; tests put a failing one in. */
  readonly files?: LogFiles;
}

/** Throws when the log or the state is damaged, and says what to do then. */
export async function openIngest(options: IngestOptions): Promise<IngestService> {
  const { dataDir, catalog, engine, clock } = options;
  const logger = options.logger.child({ component: 'ingest' });
  const limits = { ...DEFAULT_INGEST_LIMITS, ...options.limits };
  const directory = join(dataDir, 'ingest');
  const files = options.files ?? nodeFiles;
  await files.makeDirectory(directory);
  const stateFile = new StateFile(directory, files);
  const dirty = new DirtyState(stateFile, await stateFile.read(), () => clock.monotonicMs());
  const opened = await openLog({ directory: join(dataDir, 'wal'), files, clock, logger: options.logger });
  let service: IngestService | undefined;
  const buffers = new Buffers({
    engine,
    catalog,
    dirty,
    clock,
    logger,
    limits,
    freed: () => service?.freed(),
    whole: () => service?.whole(),
  });
  try {
    const { flushedBefore } = dirty;
    await replay({ catalog, buffers, flushedBefore, logger, limits }, opened.replay());
  } catch (error) {
    await opened.log.close();
    throw error instanceof EngineError ? engineErrors.engineUnavailable().withCause(error) : error;
  }
  const cleaner = new Cleaner({ engine, catalog, state: dirty, clock, logger, quietMs: limits.cleanAfterMs });
  service = new IngestService({
    catalog,
    log: opened.log,
    buffers,
    dirty,
    cleaner,
    clock,
    logger,
    limits,
    observer: options.observer ?? null,
  });
  return service;
}
