/**
 * `npm run bench:query [-- --hosts 1000 --steps 1000 --runs 21]`: the TSBS cpu-only queries over HTTP, beside the
 * same engine SQL on the engine alone (as JSON lines, like the answer), and InfluxQL on InfluxDB 1.x where Debian's package is installed.
 */
import { rmSync } from 'node:fs';
import http from 'node:http';
import { parseArgs } from 'node:util';
import { openChdbEngine } from '../../src/engine/chdb/open.ts';
import { collect, type Engine } from '../../src/engine/engine.ts';
import { silentLogger } from '../../src/telemetry/logger.ts';
import { load, tsbsStream } from '../ingest/load.ts';
import { type Peer, startInfluxdb1, startSluice } from '../ingest/peers.ts';
import { type BesideIngest, measureBesideIngest } from './beside-ingest.ts';
import { type BenchQuery, benchQueries } from './queries.ts';

const { values } = parseArgs({
  options: {
    hosts: { type: 'string', default: '1000' },
    steps: { type: 'string', default: '1000' },
    runs: { type: 'string', default: '21' },
  },
});
const hosts = Number(values.hosts);
const steps = Number(values.steps);
const runs = Number(values.runs);
const FIRST_MS = 1_451_606_400_000;
const span = { start: new Date(FIRST_MS), end: new Date(FIRST_MS + steps * 10_000), hosts };
const queries = benchQueries(span);
const agent = new http.Agent({ keepAlive: true });

interface Timing {
  readonly medianMs: number;
  readonly bytes: number;
}

async function measure(run: () => Promise<number>): Promise<Timing> {
  for (let warm = 0; warm < 3; warm++) await run();
  const times: number[] = [];
  let bytes = 0;
  for (let index = 0; index < runs; index++) {
    const started = performance.now();
    bytes = await run();
    times.push(performance.now() - started);
  }
  return { medianMs: times.toSorted((a, b) => a - b)[runs >> 1]!, bytes };
}

function exchange(url: string, method: string, body?: string): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const request = http.request(url, { method, agent }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => {
        const reply = Buffer.concat(chunks);
        if (response.statusCode === 200) resolve(reply);
        else reject(new Error(`${response.statusCode} ${reply.toString('utf8', 0, 500)}`));
      });
    });
    request.on('error', reject);
    request.end(body);
  });
}

/** Once, without keeping anything: ten million rows are a lot of text. */
async function once(run: () => Promise<number>): Promise<Timing> {
  const started = performance.now();
  const bytes = await run();
  return { medianMs: performance.now() - started, bytes };
}

function drain(base: string, q: string, format: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const request = http.request(`${base}/api/v3/query_sql`, { method: 'POST', agent }, (response) => {
      let bytes = 0;
      response.on('data', (chunk: Buffer) => {
        bytes += chunk.length;
      });
      response.on('end', () => (response.complete ? resolve(bytes) : reject(new Error('cut short'))));
    });
    request.on('error', reject);
    request.end(JSON.stringify({ db: 'bench', q, format }));
  });
}

const sql = (base: string, q: string) =>
  exchange(`${base}/api/v3/query_sql`, 'POST', JSON.stringify({ db: 'bench', q, format: 'json' }));

async function loadInto(peer: Peer): Promise<void> {
  const { failures } = await load(peer.writeUrl, tsbsStream(hosts, steps, 5000), 4);
  if (failures > 0) throw new Error(`${failures} writes failed on ${peer.name}`);
}

/** The engine SQL of a query, as EXPLAIN shows it to an administrator. */
async function engineSql(base: string, query: BenchQuery): Promise<string> {
  const rows = JSON.parse((await sql(base, `EXPLAIN ${query.sql}`)).toString('utf8')) as {
    plan_type: string;
    plan: string;
  }[];
  const row = rows.find(({ plan_type }) => plan_type.startsWith('engine'));
  if (row === undefined) throw new Error('EXPLAIN shows no engine SQL');
  return row.plan;
}

/** What leaves in each format, beside what the engine alone makes of the same rows. */
const everything = 'SELECT * FROM cpu';

const results = new Map<string, { sluice: Timing; engine?: Timing; influx?: Timing }>();
const statements = new Map<string, string>();
const rates = new Map<string, Timing>();
const engineRates = new Map<string, Timing>();
let everythingSql = '';
let besideIngest: BesideIngest | undefined;
const sluice = await startSluice(true);
try {
  await loadInto(sluice);
  const base = new URL(sluice.writeUrl).origin;
  for (const query of queries) {
    results.set(query.name, {
      sluice: await measure(async () => (await sql(base, query.sql)).length),
    });
    statements.set(query.name, await engineSql(base, query));
    console.error(`${query.name}: ${results.get(query.name)!.sluice.medianMs.toFixed(2)} ms`);
  }
  everythingSql = await engineSql(base, { name: 'everything', sql: everything, influxql: null });
  for (const format of ['jsonl', 'csv', 'parquet'] as const)
    rates.set(format, await once(() => drain(base, everything, format)));
  besideIngest = await measureBesideIngest(sluice.writeUrl, hosts, () => sql(base, queries[0]!.sql));
} finally {
  await sluice.stop();
}
const engine: Engine = await openChdbEngine({ dataDir: sluice.dataDir, logger: silentLogger });
try {
  for (const [name, statement] of statements) {
    const alone = await measure(
      async () => (await collect(engine.query({ sql: statement, format: 'JSONEachRow' }))).length,
    );
    results.set(name, { ...results.get(name)!, engine: alone });
  }
  for (const format of ['JSONEachRow', 'CSV', 'Parquet'] as const) {
    engineRates.set(
      format,
      await once(async () => (await collect(engine.query({ sql: everythingSql, format }))).length),
    );
  }
} finally {
  await engine.close();
  rmSync(sluice.dataDir, { recursive: true, force: true });
}
const influx = await startInfluxdb1();
if (influx !== undefined) {
  try {
    await loadInto(influx);
    const base = new URL(influx.writeUrl).origin;
    for (const query of queries) {
      if (query.influxql === null) continue;
      const url = `${base}/query?db=bench&q=${encodeURIComponent(query.influxql)}`;
      const timing = await measure(async () => (await exchange(url, 'GET')).length);
      results.set(query.name, { ...results.get(query.name)!, influx: timing });
    }
  } finally {
    await influx.stop();
  }
}
agent.destroy();

console.log(`${hosts * steps} rows, ${runs} runs, medians\n`);
console.log(
  '| Query | Sluice ms | engine alone ms | Sluice / engine | over ms | InfluxDB 1.x ms | 1.x / Sluice |',
);
console.log('|---|---|---|---|---|---|---|');
for (const [name, { sluice: ours, engine: alone, influx: theirs }] of results) {
  const cells = [
    name,
    ours.medianMs.toFixed(2),
    alone?.medianMs.toFixed(2) ?? '',
    alone === undefined ? '' : (ours.medianMs / alone.medianMs).toFixed(2),
    alone === undefined ? '' : (ours.medianMs - alone.medianMs).toFixed(2),
    theirs?.medianMs.toFixed(2) ?? '',
    theirs === undefined ? '' : (theirs.medianMs / ours.medianMs).toFixed(2),
  ];
  console.log(`| ${cells.join(' | ')} |`);
}

console.log(`\nAll rows once, rows a second\n`);
console.log('| Format | Sluice | engine alone | Sluice / engine |');
console.log('|---|---|---|---|');
const pairs = { jsonl: 'JSONEachRow', csv: 'CSV', parquet: 'Parquet' } as const;
for (const [format, engineFormat] of Object.entries(pairs)) {
  const perSecond = (timing: Timing | undefined) => (hosts * steps * 1000) / (timing?.medianMs ?? Number.NaN);
  const [ours, alone] = [perSecond(rates.get(format)), perSecond(engineRates.get(engineFormat))];
  console.log(`| ${format} | ${ours.toFixed(0)} | ${alone.toFixed(0)} | ${(ours / alone).toFixed(2)} |`);
}
if (besideIngest !== undefined) {
  const { maximumRate, rate, p50Ms, p99Ms, queries: count } = besideIngest;
  console.log(
    `\n${queries[0]!.name} while ${rate.toFixed(0)} lines/s are written (most: ${maximumRate.toFixed(0)}): p50 ${p50Ms.toFixed(2)} ms, p99 ${p99Ms.toFixed(2)} ms of ${count} queries`,
  );
}
