/** Starts a server whose disk, engine and clock can be made to fail while it runs. */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { IngestLimits } from '../../../src/ingest/limits.ts';
import { influxdb3, repository, startTestServer, type TestServer } from '../server.ts';
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
/** Those of the product: without them its memory is not what it would be. */
const NODE_OPTIONS = /exec "\$node" (.*) "\$main"/.exec(readFileSync(influxdb3, 'utf8'))![1]!.split(' ');
const MAIN = fileURLToPath(new URL('main.ts', import.meta.url));

export async function startFaultyServer(options: FaultyServerOptions): Promise<FaultyServer> {
  const server = await startTestServer({
    dataDir: options.dataDir,
    args: options.args ?? [],
    ...(options.signal && { signal: options.signal }),
    program: {
      command: NODE,
      args: [...NODE_OPTIONS, MAIN],
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
