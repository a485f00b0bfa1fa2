/** The peers of the ingest benchmark: Debian's packages, started by hand on loopback, ended by their id. */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startTestServer } from '../../test/support/server.ts';

export interface Peer {
  readonly name: string;
  readonly writeUrl: string;
  /** Bytes of data on disk are counted here. */
  readonly dataDir: string;
  readonly pid: number;
  stop(): Promise<void>;
}

/** `keepData`: the caller removes the data directory. `given`: one that holds data already. */
export async function startSluice(keepData = false, given?: string): Promise<Peer> {
  const dataDir = given ?? mkdtempSync(join(tmpdir(), 'bench-sluice-'));
  const server = await startTestServer({ dataDir, args: ['--without-auth'] });
  return {
    name: 'Sluice',
    writeUrl: `${server.url}/api/v3/write_lp?db=bench&precision=nanosecond`,
    dataDir,
    pid: server.process.pid!,
    stop: async () => {
      await server.stop();
      if (!keepData) rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

/** Undefined when the package is not installed (`apt-get install victoria-metrics`). */
export async function startVictoriaMetrics(port = 18428): Promise<Peer | undefined> {
  if (!existsSync('/usr/bin/victoria-metrics')) return undefined;
  const dataDir = mkdtempSync(join(tmpdir(), 'bench-vm-'));
  const child = spawn(
    '/usr/bin/victoria-metrics',
    [`-storageDataPath=${dataDir}`, `-httpListenAddr=127.0.0.1:${port}`, '-retentionPeriod=100y'],
    { stdio: 'ignore' },
  );
  await waitFor(`http://127.0.0.1:${port}/health`);
  return peer('VictoriaMetrics', `http://127.0.0.1:${port}/write?db=bench`, dataDir, child);
}

/** Undefined when the package is not installed (`apt-get install influxdb`). */
export async function startInfluxdb1(port = 18086): Promise<Peer | undefined> {
  if (!existsSync('/usr/bin/influxd')) return undefined;
  const dataDir = mkdtempSync(join(tmpdir(), 'bench-influx-'));
  const config = join(dataDir, 'influxdb.conf');
  writeFileSync(
    config,
    [
      'reporting-disabled = true',
      `bind-address = "127.0.0.1:${port + 1}"`,
      `[meta]\ndir = "${dataDir}/meta"`,
      `[data]\ndir = "${dataDir}/data"\nwal-dir = "${dataDir}/wal"\nindex-version = "tsi1"\nquery-log-enabled = false`,
      `[http]\nbind-address = "127.0.0.1:${port}"\nlog-enabled = false`,
      '[monitor]\nstore-enabled = false',
    ].join('\n'),
  );
  const child = spawn('/usr/bin/influxd', ['-config', config], { stdio: 'ignore' });
  await waitFor(`http://127.0.0.1:${port}/ping`);
  await fetch(`http://127.0.0.1:${port}/query?q=CREATE+DATABASE+bench`, { method: 'POST' });
  return peer('InfluxDB 1.x', `http://127.0.0.1:${port}/write?db=bench`, dataDir, child);
}

function peer(name: string, writeUrl: string, dataDir: string, child: ChildProcess): Peer {
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  return {
    name,
    writeUrl,
    dataDir,
    pid: child.pid!,
    stop: async () => {
      child.kill('SIGTERM');
      await exited;
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

async function waitFor(url: string): Promise<void> {
  for (let attempt = 0; attempt < 100; attempt++) {
    const answered = await fetch(url).then(
      (response) => response.status < 500,
      () => false,
    );
    if (answered) return;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  throw new Error(`nothing answers at ${url}`);
}
