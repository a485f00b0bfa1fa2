/** The real server as a child process on a free port, with its own data directory; ended by its id. */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const repository = fileURLToPath(new URL('../..', import.meta.url));
export const influxdb3 = join(repository, 'bin/influxdb3');

export interface TestServer {
  readonly url: string;
  readonly dataDir: string;
  readonly process: ChildProcess;
  /** Everything that the server printed so far. */
  log(): string;
  /** SIGTERM, then waits; gives the exit code. */
  stop(): Promise<number | null>;
  /** SIGKILL, then waits. */
  kill(): Promise<void>;
}

export interface TestServerOptions {
  readonly dataDir?: string;
  readonly args?: readonly string[];
  /** Kills it (SIGKILL) while it starts. */
  readonly signal?: AbortSignal;
  /** Started instead of `influxdb3 serve`, with a channel for messages. */
  readonly program?: {
    readonly command: string;
    readonly args: readonly string[];
    readonly environment: Record<string, string>;
  };
}

/** Starts a server and waits until it listens. `dataDir` is kept when it was given. */
export async function startTestServer(options: TestServerOptions = {}): Promise<TestServer> {
  const dataDir = options.dataDir ?? mkdtempSync(join(tmpdir(), 'sluice-test-'));
  const addressDir = mkdtempSync(join(tmpdir(), 'sluice-address-'));
  const addressFile = join(addressDir, 'address');
  const { program } = options;
  const child = spawn(
    program?.command ?? influxdb3,
    [
      ...(program?.args ?? ['serve']),
      ...['--node-id', 'test', '--object-store', 'file', '--data-dir', dataDir],
      ...['--http-bind', '127.0.0.1:0', '--tcp-listener-file-path', addressFile],
      ...(options.args ?? []),
    ],
    {
      stdio: ['ignore', 'pipe', 'pipe', ...(program === undefined ? [] : (['ipc'] as const))],
      env: cleanEnvironment(program?.environment),
    },
  );
  let output = '';
  child.stdout!.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stderr!.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const exited = new Promise<number | null>((resolve) => child.once('exit', (code) => resolve(code)));
  const deadline = Date.now() + 45_000;
  while (!existsSync(addressFile) || readFileSync(addressFile, 'utf8') === '') {
    if (child.exitCode !== null || Date.now() > deadline || options.signal?.aborted) {
      child.kill('SIGKILL');
      await exited;
      rmSync(addressDir, { recursive: true, force: true });
      throw new Error(`the server did not start:\n${output}`);
    }
    await new Promise((resolve) => setTimeout(resolve, options.signal === undefined ? 50 : 5));
  }
  const address = readFileSync(addressFile, 'utf8').trim();
  rmSync(addressDir, { recursive: true, force: true });
  const end = async (signal: NodeJS.Signals) => {
    if (child.exitCode === null && child.signalCode === null) child.kill(signal);
    const code = await exited;
    if (options.dataDir === undefined) rmSync(dataDir, { recursive: true, force: true });
    return code;
  };
  return {
    url: `http://${address}`,
    dataDir,
    process: child,
    log: () => output,
    stop: () => end('SIGTERM'),
    kill: async () => void (await end('SIGKILL')),
  };
}

/** The environment without the variables that would steer the server or the command line. */
export function cleanEnvironment(extra: Record<string, string> = {}): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(([name]) => !/^(INFLUXDB3_|LOG_FILTER|VITEST)/.test(name));
  return { ...Object.fromEntries(kept), ...extra };
}
