/**
 * `npm run bench:query [-- --hosts 1000 --steps 1000 --runs 21 --parts queries,peers,formats,ingest,translation]`:
 * the TSBS cpu-only queries over HTTP, beside the engine alone (with the SQL that we print, and with SQL by hand),
 * InfluxDB 1.x and VictoriaMetrics where Debian's packages are installed. `--queries` is a pattern of names.
 * `--data-dir` takes the data of an earlier run, which `--keep` leaves.
 */
import { rmSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { load, tsbsStream } from '../ingest/load.ts';
import { type Peer, startInfluxdb1, startSluice, startVictoriaMetrics } from '../ingest/peers.ts';
import { measureBesideIngest } from './beside-ingest.ts';
import { askSluice, closeConnections, exchange, printedSql } from './client.ts';
import { EngineAlone } from './engine-alone.ts';
import { measureFormats, prettyIsBounded } from './formats.ts';
import { measure, type Timing, waitUntilIdle } from './measure.ts';
import { benchQueries, type RangeQuery } from './queries.ts';
import { printTable } from './table.ts';
import { measureTranslation } from './translation.ts';

const { values } = parseArgs({
  options: {
    hosts: { type: 'string', default: '1000' },
    steps: { type: 'string', default: '1000' },
    runs: { type: 'string', default: '21' },
    parts: { type: 'string', default: 'queries,peers,formats,ingest,translation' },
    queries: { type: 'string', default: '' },
    'data-dir': { type: 'string' },
    keep: { type: 'boolean', default: false },
  },
});
const hosts = Number(values.hosts);
const steps = Number(values.steps);
const runs = Number(values.runs);
const parts = new Set(values.parts.split(','));
/** Other draws, before those that are measured. */
const WARMING_RUNS = 1000;
const FIRST_MS = 1_451_606_400_000;
const queries = benchQueries({ startMs: FIRST_MS, endMs: FIRST_MS + steps * 10_000, hosts }).filter(
  ({ name }) => new RegExp(values.queries).test(name),
);

type Column = 'loading' | 'sluice' | 'engine' | 'byHand' | 'influx' | 'victoria';
const timings = new Map(queries.map(({ name }) => [name, new Map<Column, Timing>()]));

/** Measures every query that the server can be asked. */
async function measureAll<Run>(
  column: Column,
  pid: number,
  runsOf: (query: (typeof queries)[number]) => readonly (Run | null)[],
  ask: (run: Run) => Promise<unknown>,
): Promise<void> {
  for (const query of queries) {
    const all = runsOf(query).filter((run) => run !== null);
    const timing = () => measure(pid, all.slice(0, runs), ask, all.slice(runs));
    if (all.length > 0) timings.get(query.name)!.set(column, await timing());
    console.error(`${column} ${query.name}: ${timings.get(query.name)!.get(column)?.p50Ms.toFixed(2)} ms`);
  }
}

async function loadInto(peer: Peer): Promise<void> {
  const { failures } = await load(peer.writeUrl, tsbsStream(hosts, steps, 5000), 4);
  if (failures > 0) throw new Error(`${failures} writes failed on ${peer.name}`);
}

let sluice = await startSluice(true, values['data-dir']);
let base = new URL(sluice.writeUrl).origin;
const printed = new Map<string, string[]>();
const isLoaded = values['data-dir'] !== undefined;
let everythingSql = '';
let sizes: Awaited<ReturnType<typeof measureFormats>> = new Map();
let isBounded = false;
try {
  if (!isLoaded) await loadInto(sluice);
  const ask = (run: { readonly sql: string }) => askSluice(base, run.sql);
  if (parts.has('queries')) {
    if (!isLoaded) {
      await measureAll('loading', sluice.pid, (query) => query.runs(runs + WARMING_RUNS), ask);
      // A start looks for merges at once: else some would end between this measurement and that of the engine alone.
      await sluice.stop();
      sluice = await startSluice(true, sluice.dataDir);
      base = new URL(sluice.writeUrl).origin;
    }
    console.error(`idle after ${(await waitUntilIdle(sluice.pid)).toFixed(0)} s`);
    await measureAll('sluice', sluice.pid, (query) => query.runs(runs + WARMING_RUNS), ask);
    for (const query of queries) {
      const statements: string[] = [];
      for (const { sql } of query.runs(runs)) statements.push(await printedSql(base, sql));
      printed.set(query.name, statements);
    }
  }
  if (parts.has('formats')) {
    everythingSql = await printedSql(base, 'SELECT * FROM cpu');
    sizes = await measureFormats(sluice.pid, base);
    isBounded = await prettyIsBounded(base);
  }
  if (parts.has('ingest')) {
    const drawn = queries[0]!.runs(10_000);
    let next = 0;
    const beside = await measureBesideIngest(sluice.writeUrl, hosts, () =>
      ask(drawn[next++ % drawn.length]!),
    );
    console.log(
      `\n${queries[0]!.name} while ${beside.rate.toFixed(0)} lines/s are written (most: ${beside.maximumRate.toFixed(0)}): p50 ${beside.p50Ms.toFixed(2)} ms, p99 ${beside.p99Ms.toFixed(2)} ms of ${beside.queries} queries`,
    );
  }
} finally {
  await sluice.stop();
}
const alone = new EngineAlone(sluice.dataDir);
const engineSeconds = new Map<string, number>();
for (const format of sizes.keys())
  engineSeconds.set(format, await alone.formatSeconds(format, everythingSql));
if (parts.has('queries')) {
  for (const query of queries) {
    timings.get(query.name)!.set('engine', await alone.measure(printed.get(query.name)!));
    timings.get(query.name)!.set('byHand', await alone.measure(query.runs(runs).map((run) => run.engineSql)));
  }
}
alone.close();
if (!values.keep && !isLoaded) rmSync(sluice.dataDir, { recursive: true, force: true });

/** Loads a peer, lets it come to rest, asks it. */
async function measurePeer<Run>(
  column: Column,
  peer: Peer | undefined,
  runsOf: (query: (typeof queries)[number]) => readonly (Run | null)[],
  ask: (origin: string, run: Run) => Promise<unknown>,
): Promise<void> {
  if (peer === undefined) return;
  try {
    await loadInto(peer);
    await waitUntilIdle(peer.pid);
    const { origin } = new URL(peer.writeUrl);
    await measureAll(column, peer.pid, runsOf, (run: Run) => ask(origin, run));
  } finally {
    await peer.stop();
  }
}

if (parts.has('peers')) {
  await measurePeer(
    'influx',
    await startInfluxdb1(),
    (query) => query.runs(runs + WARMING_RUNS).map((run) => run.influxql),
    (origin, q) => exchange(`${origin}/query?db=bench&q=${encodeURIComponent(q)}`, 'GET'),
  );
  await measurePeer(
    'victoria',
    await startVictoriaMetrics(),
    (query) => query.runs(runs + WARMING_RUNS).map((run) => run.metricsql),
    (origin, { query, startMs, endMs, step }: RangeQuery) =>
      exchange(
        // Answers are not remembered: no other server's are.
        `${origin}/api/v1/query_range?nocache=1&query=${encodeURIComponent(query)}&start=${startMs / 1000}&end=${endMs / 1000}&step=${step}`,
        'GET',
      ),
  );
}
closeConnections();

const milliseconds = (timing: Timing | undefined) =>
  timing === undefined ? '' : `${timing.p50Ms.toFixed(2)} / ${timing.p99Ms.toFixed(2)}`;
const ratio = (of: Timing | undefined, to: Timing | undefined) =>
  of === undefined || to === undefined ? '' : (of.p50Ms / to.p50Ms).toFixed(2);
if (parts.has('queries') || parts.has('peers')) {
  console.log(
    `\n${hosts * steps} rows, up to ${runs} runs; p50 / p99 in ms; "over" is beyond 1.2 times the engine\n`,
  );
  printTable(
    [
      'Query',
      'Sluice',
      'CPU ms',
      'after load',
      'engine, our SQL',
      'S / e',
      'over',
      'engine, by hand',
      'InfluxDB 1.x',
      'i / S',
      'VictoriaMetrics',
      'v / S',
    ],
    [...timings].map(([name, columns]) => {
      const [ours, alone] = [columns.get('sluice'), columns.get('engine')];
      return [
        name,
        milliseconds(ours),
        ours?.processorMs.toFixed(1) ?? '',
        milliseconds(columns.get('loading')),
        milliseconds(alone),
        ratio(ours, alone),
        ours && alone ? (ours.p50Ms - 1.2 * alone.p50Ms).toFixed(2) : '',
        milliseconds(columns.get('byHand')),
        milliseconds(columns.get('influx')),
        ratio(columns.get('influx'), ours),
        milliseconds(columns.get('victoria')),
        ratio(columns.get('victoria'), ours),
      ];
    }),
  );
}
if (parts.has('formats')) {
  console.log(
    `\nAll ${hosts * steps} rows; pretty, which keeps its rows, ${isBounded ? 'refuses' : 'DOES NOT refuse'}\n`,
  );
  printTable(
    ['Format', 'rows/s', 'engine alone', 'share', 'MB above idle'],
    [...sizes].map(([format, { seconds, megabytesAboveIdle }]) => {
      const engine = engineSeconds.get(format)!;
      const rate = (inSeconds: number) => ((hosts * steps) / inSeconds).toFixed(0);
      return [
        format,
        rate(seconds),
        rate(engine),
        (engine / seconds).toFixed(2),
        megabytesAboveIdle.toFixed(0),
      ];
    }),
  );
}
if (parts.has('translation')) {
  console.log('\nTranslation of texts that were not seen before, warm\n');
  const digits = ({ p50Ms, p99Ms, processorMs }: Record<'p50Ms' | 'p99Ms' | 'processorMs', number>) =>
    [p50Ms, p99Ms, processorMs].map((ms) => ms.toFixed(3));
  printTable(
    ['Query', 'planned p50 ms', 'p99', 'CPU ms', 'and printed p50 ms', 'p99', 'CPU ms'],
    (await measureTranslation()).map(({ name, planned, printed }) => [
      name,
      ...digits(planned),
      ...digits(printed),
    ]),
  );
}
