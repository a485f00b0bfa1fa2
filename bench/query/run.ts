/**
 * `npm run bench:query [-- --hosts 1000 --steps 1000 --runs 21 --parts queries,peers,formats,doubles,ingest,translation]`:
 * the TSBS cpu-only queries over HTTP, in turn with the engine alone (with the SQL that we print, and with SQL by
 * hand), and with InfluxDB 1.x and VictoriaMetrics where Debian's packages are installed. `--queries` is a pattern of
 * names; `--doubles` is how many rows of doubles leave in each format. `--keep` leaves the data, which `--data-dir` takes.
 */
import { rmSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { load, tsbsStream } from '../ingest/load.ts';
import { type Peer, startInfluxdb1, startSluice, startVictoriaMetrics } from '../ingest/peers.ts';
import { measureBesideIngest } from './beside-ingest.ts';
import { askSluice, closeConnections, exchange, printedSql } from './client.ts';
import { EngineAlone } from './engine-alone.ts';
import { doublesStream } from './doubles.ts';
import { measureFormats, prettyIsBounded } from './formats.ts';
import { type Contender, measureInTurn, type Timing, WARM_RUNS, waitUntilIdle } from './measure.ts';
import { type BenchQuery, benchQueries, type QueryRun } from './queries.ts';
import { printFormats, printQueries, printTranslation } from './report.ts';
import { measureTranslation } from './translation.ts';

const { values } = parseArgs({
  options: {
    hosts: { type: 'string', default: '1000' },
    steps: { type: 'string', default: '1000' },
    runs: { type: 'string', default: '21' },
    parts: { type: 'string', default: 'queries,peers,formats,doubles,ingest,translation' },
    queries: { type: 'string', default: '' },
    doubles: { type: 'string', default: '2000000' },
    'data-dir': { type: 'string' },
    keep: { type: 'boolean', default: false },
  },
});
const hosts = Number(values.hosts);
const steps = Number(values.steps);
const runCount = Number(values.runs);
const parts = new Set(values.parts.split(','));
const doubleRows = Number(values.doubles);
/** Other draws, before those that are measured. */
const WARMING_RUNS = 4000;
const FIRST_MS = 1_451_606_400_000;
const queries = benchQueries({ startMs: FIRST_MS, endMs: FIRST_MS + steps * 10_000, hosts }).filter(
  ({ name }) => new RegExp(values.queries).test(name),
);

async function loadInto(peer: Peer, batches: Iterable<Buffer>): Promise<Peer> {
  const { failures } = await load(peer.writeUrl, batches, 4);
  if (failures > 0) throw new Error(`${failures} writes failed on ${peer.name}`);
  return peer;
}

/** A start looks for merges at once: after one that follows the loading, the parts stay as they are. */
async function startSluiceWithData(): Promise<Peer> {
  if (values['data-dir'] !== undefined) return startSluice(true, values['data-dir']);
  const loading = await startSluice(true);
  if ([...parts].some((part) => part !== 'doubles')) await loadInto(loading, tsbsStream(hosts, steps, 5000));
  if (parts.has('doubles')) await loadInto(loading, doublesStream(doubleRows, 5000));
  await waitUntilIdle(loading.pid);
  await loading.stop();
  return startSluice(true, loading.dataDir);
}

async function reportFormats(sluice: Peer, alone: EngineAlone, table: string, rows: number): Promise<void> {
  const base = new URL(sluice.writeUrl).origin;
  const everything = await printedSql(base, `SELECT * FROM ${table}`);
  const formats = await measureFormats(sluice.pid, base, table, (format) =>
    alone.formatSeconds(format, everything),
  );
  printFormats(table, rows, await prettyIsBounded(base, table), formats);
}

/** How a server is asked a run of a query; null where it cannot be. */
type Language = (run: QueryRun) => (() => Promise<unknown>) | null;

const inInfluxql =
  (origin: string): Language =>
  ({ influxql }) =>
    influxql === null
      ? null
      : () => exchange(`${origin}/query?db=bench&q=${encodeURIComponent(influxql)}`, 'GET');

/** Answers are not remembered: no other server's are. */
const inMetricsql =
  (origin: string): Language =>
  ({ metricsql }) => {
    if (metricsql === null) return null;
    const { query, startMs, endMs, step } = metricsql;
    const span = `start=${startMs / 1000}&end=${endMs / 1000}&step=${step}`;
    const url = `${origin}/api/v1/query_range?nocache=1&query=${encodeURIComponent(query)}&${span}`;
    return () => exchange(url, 'GET');
  };

function contenderOf(name: string, pid: number, query: BenchQuery, language: Language): Contender {
  const all = query
    .runs(runCount + WARMING_RUNS)
    .map(language)
    .filter((ask) => ask !== null);
  return { name, pid, runs: all.slice(0, runCount), warming: all.slice(runCount) };
}

/** The engine by itself compiles nothing: the first runs warm it up. */
function engineContender(name: string, alone: EngineAlone, statements: readonly string[]) {
  const runs = statements.map((sql) => () => alone.ask(sql));
  return { name, pid: process.pid, runs, warming: runs.slice(0, WARM_RUNS) };
}

async function measureQueries(sluice: Peer, alone: EngineAlone): Promise<Map<string, Map<string, Timing>>> {
  const base = new URL(sluice.writeUrl).origin;
  const peers: { readonly name: string; readonly peer: Peer; readonly language: Language }[] = [];
  const timings = new Map<string, Map<string, Timing>>();
  try {
    if (parts.has('peers')) {
      for (const [name, start, language] of [
        ['influx', startInfluxdb1, inInfluxql],
        ['victoria', startVictoriaMetrics, inMetricsql],
      ] as const) {
        const peer = await start();
        if (peer === undefined) continue;
        peers.push({ name, peer, language: language(new URL(peer.writeUrl).origin) });
        await loadInto(peer, tsbsStream(hosts, steps, 5000));
      }
      for (const { peer } of peers) await waitUntilIdle(peer.pid);
    }
    for (const query of queries) {
      const contenders = peers.map(({ name, peer, language }) =>
        contenderOf(name, peer.pid, query, language),
      );
      if (parts.has('queries')) {
        const drawn = query.runs(runCount);
        const printed: string[] = [];
        for (const { sql } of drawn) printed.push(await printedSql(base, sql));
        const byHand = drawn.map(({ engineSql }) => engineSql);
        contenders.unshift(
          contenderOf(
            'sluice',
            sluice.pid,
            query,
            ({ sql }) =>
              () =>
                askSluice(base, sql),
          ),
          engineContender('engine', alone, printed),
          engineContender('byHand', alone, byHand),
        );
      }
      timings.set(query.name, await measureInTurn(contenders.filter(({ runs }) => runs.length > 0)));
      const medians = [...timings.get(query.name)!].map(([name, { p50Ms }]) => `${name} ${p50Ms.toFixed(2)}`);
      console.error(`${query.name}: ${medians.join(', ')} ms`);
    }
  } finally {
    for (const { peer } of peers) await peer.stop();
  }
  return timings;
}

const sluice = await startSluiceWithData();
const base = new URL(sluice.writeUrl).origin;
console.error(`idle after ${(await waitUntilIdle(sluice.pid)).toFixed(0)} s`);
const alone = new EngineAlone(sluice.dataDir);
try {
  if (parts.has('queries') || parts.has('peers')) {
    printQueries(hosts * steps, runCount, await measureQueries(sluice, alone));
  }
  if (parts.has('formats')) await reportFormats(sluice, alone, 'cpu', hosts * steps);
  if (parts.has('doubles')) await reportFormats(sluice, alone, 'doubles', doubleRows);
  if (parts.has('ingest')) {
    const drawn = queries[0]!.runs(10_000);
    let next = 0;
    const beside = await measureBesideIngest(sluice.writeUrl, hosts, () =>
      askSluice(base, drawn[next++ % drawn.length]!.sql),
    );
    console.log(
      `\n${queries[0]!.name} while ${beside.rate.toFixed(0)} lines/s are written (most: ${beside.maximumRate.toFixed(0)}): p50 ${beside.p50Ms.toFixed(2)} ms, p99 ${beside.p99Ms.toFixed(2)} ms of ${beside.queries} queries`,
    );
  }
} finally {
  alone.close();
  await sluice.stop();
  if (!values.keep && values['data-dir'] === undefined) {
    rmSync(sluice.dataDir, { recursive: true, force: true });
  }
}
closeConnections();
if (parts.has('translation')) printTranslation(await measureTranslation());
