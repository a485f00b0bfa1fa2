/**
 * `npm run bench:caches [-- --series 10000 --values 100000 --runs 300]`: last values and distinct values over HTTP
 * with JSON, beside the SQL over the table that gives the same rows; quiet, and while lines are written.
 */
import { rmSync } from 'node:fs';
import http from 'node:http';
import { parseArgs } from 'node:util';
import { load, processorSeconds, residentMegabytes, tsbsBatches } from '../ingest/load.ts';
import { startSluice } from '../ingest/peers.ts';
import { OneBufferClient } from './one-buffer-client.ts';

const { values } = parseArgs({
  options: {
    series: { type: 'string', default: '10000' },
    values: { type: 'string', default: '100000' },
    runs: { type: 'string', default: '300' },
  },
});
const series = Number(values.series);
const distinct = Number(values.values);
const runs = Number(values.runs);
const FOR_EVER_SECS = 10_000_000_000;
const agent = new http.Agent({ keepAlive: true });

function exchange(url: string, method: string, body: string | Buffer): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const request = http.request(
      url,
      { method, agent, headers: { 'content-type': 'application/json' } },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', () => {
          const reply = Buffer.concat(chunks);
          if (response.statusCode! < 300) resolve(reply);
          else reject(new Error(`${response.statusCode} ${reply.toString('utf8', 0, 500)}`));
        });
      },
    );
    request.on('error', reject);
    request.end(body);
  });
}

interface Timing {
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Of the server, over all its threads. */
  readonly processorMs: number;
  readonly bytes: number;
}

async function measure(pid: number, count: number, run: () => Promise<number>): Promise<Timing> {
  let bytes = 0;
  const times: number[] = [];
  let processorBefore = 0;
  for (let index = -Math.ceil(count / 5); index < count; index++) {
    if (index === 0) processorBefore = processorSeconds(pid);
    const started = performance.now();
    bytes = await run();
    if (index >= 0) times.push(performance.now() - started);
  }
  const processorMs = ((processorSeconds(pid) - processorBefore) * 1000) / count;
  times.sort((a, b) => a - b);
  return { p50Ms: times[count >> 1]!, p99Ms: times[Math.floor(count * 0.99)]!, processorMs, bytes };
}

const sluice = await startSluice(true);
const client = await OneBufferClient.connect(new URL(sluice.writeUrl).origin);
try {
  const base = new URL(sluice.writeUrl).origin;
  const sql = (q: string) =>
    client.post('/api/v3/query_sql', JSON.stringify({ db: 'bench', q, format: 'json' }));
  const create = (kind: string, definition: object) =>
    exchange(`${base}/api/v3/configure/${kind}`, 'POST', JSON.stringify({ db: 'bench', ...definition }));
  await load(sluice.writeUrl, tsbsBatches(series, 10, 5000), 4);
  const lines = Array.from({ length: distinct }, (_, value) => `ids,id=value_${value} f=1 ${value}`);
  for (let at = 0; at < distinct; at += 10_000) {
    await exchange(sluice.writeUrl, 'POST', lines.slice(at, at + 10_000).join('\n'));
  }
  const quietMegabytes = residentMegabytes(sluice.pid);
  await create('last_cache', {
    table: 'cpu',
    name: 'narrow',
    key_columns: ['hostname'],
    value_columns: ['usage_user'],
    ttl: FOR_EVER_SECS,
  });
  await create('last_cache', { table: 'cpu', name: 'wide', ttl: FOR_EVER_SECS });
  await create('distinct_cache', { table: 'ids', name: 'ids', columns: ['id'], max_age: FOR_EVER_SECS });
  const names = ["last_cache('cpu', 'narrow')", "last_cache('cpu', 'wide')", "distinct_cache('ids')"];
  for (const name of names) await sql(`SELECT * FROM ${name}`);
  // Loaded in the background.
  await new Promise((resolve) => setTimeout(resolve, 5000));
  const [narrow, wide, ids] = names;
  let host = 0;
  const next = () => {
    host = (host + 7919) % series;
    return `host_${host}`;
  };
  const newest =
    'SELECT hostname, time, usage_user FROM (SELECT hostname, time, usage_user, row_number() ' +
    'OVER (PARTITION BY hostname ORDER BY time DESC) AS r FROM cpu) WHERE r = 1';
  const questions: readonly [string, number, () => string][] = [
    ['one of the last values', runs, () => `SELECT * FROM ${narrow} WHERE hostname = '${next()}'`],
    ['one of them, 10 tags and 10 fields', runs, () => `SELECT * FROM ${wide} WHERE hostname = '${next()}'`],
    ['all last values, 3 columns', runs, () => `SELECT * FROM ${narrow}`],
    ['all last values, 21 columns', runs / 3, () => `SELECT * FROM ${wide}`],
    [
      'grouped',
      runs / 3,
      () => `SELECT region, avg(usage_user) AS mean FROM ${wide} GROUP BY region ORDER BY region`,
    ],
    ['the ten highest', runs / 3, () => `SELECT * FROM ${narrow} ORDER BY usage_user DESC LIMIT 10`],
    ['all distinct values', runs, () => `SELECT * FROM ${ids}`],
    ['one distinct value', runs, () => `SELECT * FROM ${ids} WHERE id = 'value_77'`],
    ['from the table: all last values, 3 columns', runs / 15, () => newest],
    ['from the table: all distinct values', runs / 15, () => 'SELECT DISTINCT id FROM ids ORDER BY id'],
  ];
  const report = async (when: string) => {
    for (const [what, count, question] of questions) {
      const timing = await measure(sluice.pid, Math.ceil(count), () => sql(question()));
      const { p50Ms, p99Ms, processorMs, bytes } = timing;
      console.log(
        `| ${what} | ${when} | ${p50Ms.toFixed(2)} | ${p99Ms.toFixed(2)} | ${processorMs.toFixed(2)} | ${bytes} |`,
      );
    }
  };
  console.log('| Question | | p50 ms | p99 ms | server CPU ms | bytes |\n|---|---|---|---|---|---|');
  await report('no writes');
  let isWriting = true;
  const writing = (async () => {
    const batches = tsbsBatches(series, 1, 1000).map((batch) => batch.toString('utf8'));
    for (let step = 0; isWriting; step++) {
      const time = `${1_451_606_400 + 1000 + step}000000000\n`;
      for (const batch of batches) {
        if (!isWriting) break;
        await exchange(sluice.writeUrl, 'POST', batch.replace(/\d{19}\n/g, time));
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
    }
  })();
  await report('1 000 lines written every 10 ms');
  isWriting = false;
  await writing;
  console.log(
    `\nMB resident: ${Math.round(quietMegabytes)} before the caches, ${Math.round(residentMegabytes(sluice.pid))} at the end.`,
  );
} finally {
  client.close();
  agent.destroy();
  await sluice.stop();
  rmSync(sluice.dataDir, { recursive: true, force: true });
}
