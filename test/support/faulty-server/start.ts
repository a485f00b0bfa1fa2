/** Starts a server whose disk, engine and clock can be made to fail while it runs. */
import { once } from 'node:events';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { IngestLimits } from '../../../src/ingest/limits.ts';
import { repository, startTestServer, type TestServer } from '../server.ts';
import { type Faults, type FaultsMessage, HEALTHY } from './faults.ts';

export interface FaultyServer extends TestServer {
  /** Resolves when these are in force, all others being over. */
  setFaults(faults: Partial<Faults>): Promise<void>;
}

export interface FaultyServerOptions {
  readonly dataDir: string;
  readonly args?: readonly string[];
  /** Decides what fails by chance. */
  readonly seed: number;
  readonly limits?: Partial<IngestLimits>;
  /** In force from the first moment on. */
  readonly faults?: Partial<Faults>;
  /** Kills it (SIGKILL) while it starts. */
  readonly signal?: AbortSignal;
}

const NODE = join(repository, 'node_modules/node/bin/node');
const MAIN = fileURLToPath(new URL('main.ts', import.meta.url));

export async function startFaultyServer(options: FaultyServerOptions): Promise<FaultyServer> {
  const server = await startTestServer({
    dataDir: options.dataDir,
    args: options.args ?? [],
    ...(options.signal && { signal: options.signal }),
    program: {
      command: NODE,
      args: ['--disable-warning=ExperimentalWarning', MAIN],
      environment: {
        UV_THREADPOOL_SIZE: '48',
        SLUICE_FAULT_SEED: String(options.seed),
        SLUICE_FAULT_LIMITS: JSON.stringify(options.limits ?? {}),
        SLUICE_FAULTS: JSON.stringify(options.faults ?? {}),
      },
    },
  });
  let number = 0;
  return {
    ...server,
    setFaults: async (faults) => {
      const message: FaultsMessage = { number: ++number, faults: { ...HEALTHY, ...faults } };
      server.process.send(message);
      for (;;) {
        const [answer] = await once(server.process, 'message');
        if (answer === message.number) return;
      }
    },
  };
}
