/** Posts prepared batches over keep-alive connections and measures from outside. */

import { readFileSync } from 'node:fs';
import http from 'node:http';

export interface LoadResult {
  readonly lines: number;
  readonly seconds: number;
  readonly linesPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly failures: number;
}

/** Line protocol in the shape of TSBS cpu-only: 10 tags, 10 integer fields, a point per host every 10 s. */
export function tsbsBatches(hosts: number, steps: number, batchLines: number): Buffer[] {
  return [...tsbsStream(hosts, steps, batchLines)];
}

/** The same one by one: ten million lines do not fit into memory beside a server. `firstStep` moves the times. */
export function* tsbsStream(
  hosts: number,
  steps: number,
  batchLines: number,
  firstStep = 0,
): Generator<Buffer> {
  let seed = 42;
  const random = () => {
    seed = (seed * 1103515245 + 12345) & 0x7fffffff;
    return seed / 0x7fffffff;
  };
  const pick = (values: readonly string[]) => values[Math.floor(random() * values.length)]!;
  const regions = [
    'us-east-1',
    'us-west-1',
    'us-west-2',
    'eu-west-1',
    'eu-central-1',
    'ap-southeast-1',
    'sa-east-1',
  ];
  const fields = 'user system idle nice iowait irq softirq steal guest guest_nice'.split(' ');
  const series = Array.from({ length: hosts }, (_, host) => {
    const region = pick(regions);
    return {
      key:
        `cpu,hostname=host_${host},region=${region},datacenter=${region}${pick(['a', 'b', 'c'])},rack=${Math.floor(random() * 100)},` +
        `os=${pick(['Ubuntu15.10', 'Ubuntu16.10', 'Ubuntu16.04LTS'])},arch=${pick(['x64', 'x86'])},team=${pick(['SF', 'NYC', 'LON', 'CHI'])},` +
        `service=${Math.floor(random() * 20)},service_version=${Math.floor(random() * 2)},service_environment=${pick(['production', 'staging', 'test'])}`,
      values: fields.map(() => Math.floor(random() * 100)),
    };
  });
  let lines: string[] = [];
  for (let step = 0; step < steps; step++) {
    for (const { key, values } of series) {
      for (let field = 0; field < values.length; field++) {
        values[field] = Math.min(100, Math.max(0, values[field]! + Math.floor(random() * 3) - 1));
      }
      const text = fields.map((name, field) => `usage_${name}=${values[field]}i`).join(',');
      lines.push(`${key} ${text} ${1_451_606_400 + (firstStep + step) * 10}000000000\n`);
      if (lines.length === batchLines) {
        yield Buffer.from(lines.join(''));
        lines = [];
      }
    }
  }
  if (lines.length > 0) yield Buffer.from(lines.join(''));
}

export async function load(url: string, batches: Iterable<Buffer>, connections: number): Promise<LoadResult> {
  const agent = new http.Agent({ keepAlive: true, maxSockets: connections });
  const latencies: number[] = [];
  let failures = 0;
  let lines = 0;
  const source = batches[Symbol.iterator]();
  const post = (body: Buffer) =>
    new Promise<void>((resolve, reject) => {
      const started = performance.now();
      const request = http.request(
        url,
        { method: 'POST', agent, headers: { 'content-length': body.length } },
        (reply) => {
          reply.resume();
          reply.once('end', () => {
            latencies.push(performance.now() - started);
            if (reply.statusCode! >= 300) failures++;
            resolve();
          });
        },
      );
      request.once('error', reject);
      request.end(body);
    });
  const started = performance.now();
  await Promise.all(
    Array.from({ length: connections }, async () => {
      for (let next = source.next(); next.done !== true; next = source.next()) {
        lines += countLines(next.value);
        await post(next.value);
      }
    }),
  );
  const seconds = (performance.now() - started) / 1000;
  agent.destroy();
  latencies.sort((a, b) => a - b);
  return {
    lines,
    seconds,
    linesPerSecond: lines / seconds,
    p50Ms: latencies[Math.floor(latencies.length * 0.5)]!,
    p99Ms: latencies[Math.floor(latencies.length * 0.99)]!,
    failures,
  };
}

function countLines(batch: Buffer): number {
  let lines = 0;
  for (let at = batch.indexOf(10); at >= 0; at = batch.indexOf(10, at + 1)) lines++;
  return lines;
}

/** Resident memory of a process in MB, from the kernel. */
export function residentMegabytes(pid: number): number {
  const line = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
  return line ? Number(line[1]) / 1024 : 0;
}

/** Processor time that a process has used, in seconds: on a shared machine it says more than the clock. */
export function processorSeconds(pid: number): number {
  const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // The program's name may hold blanks; user and system time are the 14th and 15th field, in hundredths.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
}
