/** Runs `influxdb3` or a shell line as a user would. */
import { spawn } from 'node:child_process';
import { dirname } from 'node:path';
import { cleanEnvironment, influxdb3 } from './server.ts';

export interface Finished {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A line for `sh`, with `influxdb3` on the path. */
export function shell(line: string, environment: Record<string, string> = {}, input = ''): Promise<Finished> {
  return run('sh', ['-c', line], environment, input);
}

export function cli(args: string[], environment: Record<string, string> = {}, input = ''): Promise<Finished> {
  return run(influxdb3, args, environment, input);
}

function run(
  command: string,
  args: string[],
  environment: Record<string, string>,
  input: string,
): Promise<Finished> {
  return new Promise((resolve, reject) => {
    const env = cleanEnvironment(environment);
    env.PATH = `${dirname(influxdb3)}:${env.PATH}`;
    const child = spawn(command, args, { env, stdio: ['pipe', 'pipe', 'pipe'] });
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, stdout, stderr }));
    // A command that never reads its input closes the pipe first; that is no failure.
    child.stdin.on('error', () => {});
    child.stdin.end(input);
  });
}
