/** Opens the in-process engine: sessions, lanes, and the proof that queries are read-only. */
import { mkdirSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { Session } from 'chdb';
import { turns } from '../../platform/turns.ts';
import type { Logger } from '../../telemetry/logger.ts';
import type { Engine } from '../engine.ts';
import { checkReadOnly } from '../self-check.ts';
import { ChdbEngine } from './chdb-engine.ts';
import { DiskGuard, restoreDefinitions } from './disk-guard.ts';
import { removeBrokenDefinitions } from './definitions.ts';
import { mendEmptyFiles } from './empty-files.ts';
import { Lane } from './lane.ts';
import { ChdbStoredRows } from './parts/chdb-stored-rows.ts';
import { QueryThread } from './query-thread.ts';
import { writeServerConfig } from './server-config.ts';
import { SmallSession } from './small-session.ts';
import { SESSION_SETTINGS } from './statement.ts';
import { listStore } from './store.ts';

export interface ChdbOptions {
  /** The server's data directory; the engine's files are in `engine/` below it. */
  readonly dataDir: string;
  readonly logger: Logger;
  /** Engine threads of one query; default 2. */
  readonly threads?: number;
  /** Memory of one query in bytes; default 4 GiB. */
  readonly memoryBytes?: number;
  /** Threads for heavy and for light queries; default 4 each. */
  readonly queryLanes?: number;
  /** How often it is looked whether the disk took what the engine merged by itself; default 2 s. */
  readonly lookEveryMs?: number;
}

/** What was merged lies beside its merged part for longer. */
const LOOK_EVERY_MS = 2000;
const QUEUE_LIMIT = 1000;
/** A request may bring hundreds of tables, and a definition waits for the disk more than it computes. */
const DEFINITION_PLACES = 4;

export async function openChdbEngine(options: ChdbOptions): Promise<Engine> {
  const path = join(options.dataDir, 'engine');
  mkdirSync(path, { recursive: true });
  const exchange = join(options.dataDir, 'exchange');
  const kept = join(exchange, 'definitions');
  restoreDefinitions(path, kept, options.logger);
  const store = listStore(path);
  removeBrokenDefinitions(path, store, options.logger);
  for (const directory of store) mendEmptyFiles(directory, options.logger);
  // Half-written insert files of a killed process: the log still has their rows.
  rmSync(exchange, { recursive: true, force: true });
  mkdirSync(kept, { recursive: true });
  const { Session: SessionClass } = createRequire(import.meta.url)('chdb') as { Session: typeof Session };
  const connectionArgs = writeServerConfig(options.dataDir);
  const sessions: Session[] = [];
  const open = (count: number) =>
    Array.from({ length: count }, () => {
      const session = new SessionClass(path, { connectionArgs });
      session.query(SESSION_SETTINGS);
      sessions.push(session);
      return session;
    });
  const places = options.queryLanes ?? 4;
  const threads = Array.from({ length: places * 2 }, () => new QueryThread(path, connectionArgs));
  const [exitSession] = open(1);
  const lanes = {
    write: new Lane(open(2), QUEUE_LIMIT),
    ddl: new Lane(open(DEFINITION_PLACES), 10_000),
    maintenance: new Lane(open(1), QUEUE_LIMIT),
    control: new Lane(open(1), 10_000),
  };
  // A process that exits while the engine computes would wait for the end of it. Before the engine's own hook.
  const onExit = () => exitSession?.query("KILL QUERY WHERE startsWith(query, '/* sluice-') ASYNC");
  process.prependListener('exit', onExit);
  const engine = new ChdbEngine({
    lanes,
    queries: {
      light: new Lane(threads.slice(0, places), QUEUE_LIMIT),
      heavy: new Lane(threads.slice(places), QUEUE_LIMIT),
    },
    small: new Lane(
      open(places).map((session) => new SmallSession(session)),
      0,
    ),
    threadPlaces: threads,
    sessions,
    guard: new DiskGuard(path, kept),
    exchange,
    logger: options.logger,
    threads: options.threads ?? 2,
    memoryBytes: options.memoryBytes ?? 4 * 2 ** 30,
    lookEveryMs: options.lookEveryMs ?? LOOK_EVERY_MS,
    storedRows: new ChdbStoredRows({
      enginePath: path,
      turns,
      nowNs: () => BigInt(Date.now()) * 1_000_000n,
    }),
    closed: () => process.removeListener('exit', onExit),
  });
  try {
    await engine.look();
    const { scalarFileReadable } = await checkReadOnly(engine);
    options.logger.debug({ scalarFileReadable }, 'the read-only lock of the engine holds');
  } catch (error) {
    await engine.close();
    throw error;
  }
  return engine;
}
