/**
 * `npm run bench:ingest-long [-- --windows 50 --settle 150]`: so many million TSBS lines into Sluice and then into
 * VictoriaMetrics: the rate at the end beside the rate at the start, memory, stalls of Sluice's event loop, and
 * the bytes that a row has on the disk when nothing is merged or removed any more.
 */
import { execFileSync } from 'node:child_process';
import { parseArgs } from 'node:util';
import { load, processorSeconds, residentMegabytes, tsbsBatches } from './load.ts';
import { type Peer, startSluice, startVictoriaMetrics } from './peers.ts';
import { eventLoopLagMs } from './stalls.ts';

const { values } = parseArgs({
  options: {
    windows: { type: 'string', default: '50' },
    settle: { type: 'string', default: '150' },
    hosts: { type: 'string', default: '1000' },
  },
});
const hosts = Number(values.hosts);
const windows = Number(values.windows);
const LINES = 1_000_000;
const STEP_SECONDS = 10;
const FIRST_SECOND = 1_451_606_400;
const SECOND_DIGITS = 10;

/** One window of lines, made once: the next windows differ in their times only, which are written over in place. */
const batches = tsbsBatches(hosts, LINES / hosts, 5000);
const places = batches.map((batch) => {
  const ends: number[] = [];
  for (let at = batch.indexOf(10); at >= 0; at = batch.indexOf(10, at + 1)) ends.push(at);
  return ends;
});

function moveTo(window: number): void {
  const shift = window * (LINES / hosts) * STEP_SECONDS;
  let line = 0;
  for (const [index, batch] of batches.entries()) {
    for (const end of places[index]!) {
      const step = Math.floor(line++ / hosts);
      batch.write(String(FIRST_SECOND + step * STEP_SECONDS + shift), end - 9 - SECOND_DIGITS, 'latin1');
    }
  }
}

const median = (numbers: number[]) => numbers.toSorted((a, b) => a - b)[numbers.length >> 1]!;

async function run(peer: Peer): Promise<string> {
  const rates: number[] = [];
  const lags: number[] = [];
  let worst = 0;
  for (let window = 0; window < windows; window++) {
    moveTo(window);
    if (peer.name === 'Sluice') await eventLoopLagMs(peer.writeUrl);
    const result = await load(peer.writeUrl, batches, 4);
    if (result.failures > 0) throw new Error(`${result.failures} writes failed`);
    rates.push(result.linesPerSecond);
    if (peer.name === 'Sluice') {
      const { p99, max } = await eventLoopLagMs(peer.writeUrl);
      lags.push(p99);
      worst = Math.max(worst, max);
    }
    console.error(`${peer.name} ${window + 1}: ${Math.round(result.linesPerSecond)} lines/s`);
  }
  const processor = processorSeconds(peer.pid) / windows;
  await new Promise((resolve) => setTimeout(resolve, Number(values.settle) * 1000));
  const bytes = Number(execFileSync('du', ['-sb', peer.dataDir], { encoding: 'utf8' }).split('\t')[0]);
  const last = median(rates.slice(-5));
  const cells = [
    peer.name,
    Math.round(rates[0]!),
    Math.round(last),
    (last / rates[0]!).toFixed(2),
    Math.round(median(rates)),
    Math.round(residentMegabytes(peer.pid)),
    processor.toFixed(2),
    (bytes / (windows * LINES)).toFixed(2),
    lags.length === 0 ? '' : `${median(lags).toFixed(1)} / ${worst.toFixed(1)}`,
  ];
  return `| ${cells.join(' | ')} |`;
}

const rows: string[] = [];
for (const start of [startSluice, startVictoriaMetrics]) {
  const peer = await start();
  if (peer === undefined) continue;
  try {
    rows.push(await run(peer));
  } finally {
    await peer.stop();
  }
}
console.log(
  `${windows} M lines.\n\n| Server | first M lines/s | last 5 M | last / first | median | peak MB | CPU s per 1 M lines | bytes a row on disk | event loop ms late, p99 / most |`,
);
console.log('|---|---|---|---|---|---|---|---|---|');
for (const row of rows) console.log(row);
