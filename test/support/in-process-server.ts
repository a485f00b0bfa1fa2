/** The whole server in the test's own process, with a clock that only moves when it is told to. */
import { mkdtempSync, rmSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemRandom } from '../../src/platform/random.ts';
import type { ServerConfig } from '../../src/server/config.ts';
import { parseServeOptions } from '../../src/server/serve-options.ts';
import { type Substitutes, startServer } from '../../src/server/start.ts';
import { createLogger } from '../../src/telemetry/create-logger.ts';
import { parseLogFilter } from '../../src/telemetry/log-filter.ts';

export class ManualClock {
  private ms = Date.now();

  advance(ms: number): void {
    this.ms += ms;
  }

  nowMs(): number {
    return this.ms;
  }

  nowNs(): bigint {
    return BigInt(this.ms) * 1_000_000n;
  }

  monotonicMs(): number {
    return this.ms;
  }
}

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly text: string;
}

export interface Ask {
  readonly method?: string;
  /** Sent as it is. */
  readonly path: string;
  /** Bearer; `authorization` in the headers wins. */
  readonly token?: string | undefined;
  readonly headers?: Readonly<Record<string, string>>;
  /** An object is sent as JSON, with its type. */
  readonly body?: string | Uint8Array | object;
}

export interface InProcessServer {
  readonly url: string;
  readonly dataDir: string;
  readonly clock: ManualClock;
  readonly log: readonly string[];
  ask(ask: Ask): Promise<Answer>;
  /** Creates the operator token; gives its string. */
  bootstrap(): Promise<string>;
  reload(): Promise<void>;
  /** Keeps the data directory when it was given. */
  stop(): Promise<void>;
}

export async function startInProcess(
  options: {
    args?: readonly string[];
    dataDir?: string;
    environment?: NodeJS.ProcessEnv;
    substitutes?: Substitutes;
  } = {},
): Promise<InProcessServer> {
  const dataDir = options.dataDir ?? mkdtempSync(join(tmpdir(), 'sluice-in-process-'));
  const clock = new ManualClock();
  const log: string[] = [];
  const server = await startServer(config(dataDir, options.args ?? []), {
    clock,
    random: systemRandom,
    logger: createLogger({
      filter: parseLogFilter('debug'),
      format: 'json',
      write: (line) => log.push(line),
    }),
    version: '0.0.0',
    environment: options.environment ?? {},
    ...(options.substitutes && { substitutes: options.substitutes }),
  });
  const ask = (what: Ask) => send(server.url, what);
  return {
    url: server.url,
    dataDir,
    clock,
    log,
    ask,
    reload: () => server.reload(),
    bootstrap: async () => {
      const { text } = await ask({ method: 'POST', path: '/api/v3/configure/token/admin' });
      return (JSON.parse(text) as { token: string }).token;
    },
    stop: async () => {
      await server.stop();
      if (options.dataDir === undefined) rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

function config(dataDir: string, args: readonly string[]): ServerConfig {
  const base = ['--node-id', 'test', '--data-dir', dataDir, '--http-bind', '127.0.0.1:0'];
  const options = parseServeOptions([...base, ...args], {});
  if (options.kind !== 'config') throw new Error('a test does not ask for help');
  return options.config;
}

/** No client library: nothing may tidy up the path or the headers. */
export function send(url: string, { method = 'GET', path, token, headers = {}, body }: Ask): Promise<Answer> {
  const { hostname, port } = new URL(url);
  const isJson = typeof body === 'object' && !(body instanceof Uint8Array);
  const bytes =
    body === undefined ? undefined : isJson ? JSON.stringify(body) : (body as string | Uint8Array);
  const sent = {
    // Node frames no body of a DELETE by itself.
    ...(bytes !== undefined && { 'content-length': String(Buffer.byteLength(bytes)) }),
    ...(isJson && { 'content-type': 'application/json' }),
    ...(token !== undefined && { authorization: `Bearer ${token}` }),
    ...headers,
  };
  return new Promise((resolve, reject) => {
    const request = httpRequest({ hostname, port, method, path, headers: sent, agent: false }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers as Answer['headers'],
          text: Buffer.concat(chunks).toString('utf8'),
        }),
      );
    });
    request.on('error', reject);
    request.end(bytes);
  });
}
