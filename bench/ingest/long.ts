/**
 * Many million TSBS lines into Sluice and then into VictoriaMetrics: the rate at the end beside the rate at the start,
 * memory, how late Sluice's event loop was, and the bytes that a row has on the disk when nothing is merged or removed
 * any more.
 */
import { execFileSync } from 'node:child_process';
import { load, processorSeconds, residentMegabytes, tsbsStream } from './load.ts';
import { median } from './median.ts';
import { type Peer, startSluice, startVictoriaMetrics } from './peers.ts';
import { eventLoopLateness, printLateness } from './stalls.ts';

const LINES = 1_000_000;
const BATCH_LINES = 5000;
const HOSTS = 1000;
const CONNECTIONS = 4;

/** Made before the window is timed. */
function next(stream: Iterator<Buffer>, count: number): Buffer[] {
  return Array.from({ length: count }, () => stream.next().value as Buffer);
}

async function run(peer: Peer, windows: number, settleSeconds: number): Promise<string> {
  // One stream for all windows: values that came again would be packed far better than real ones.
  const stream = tsbsStream(HOSTS, (LINES / HOSTS) * windows, BATCH_LINES);
  const rates: number[] = [];
  for (let window = 0; window < windows; window++) {
    const result = await load(peer.writeUrl, next(stream, LINES / BATCH_LINES), CONNECTIONS);
    if (result.failures > 0) throw new Error(`${result.failures} writes failed`);
    rates.push(result.linesPerSecond);
    console.error(`${peer.name} ${window + 1}: ${Math.round(result.linesPerSecond)} lines/s`);
  }
  const processor = processorSeconds(peer.pid) / windows;
  await new Promise((resolve) => setTimeout(resolve, settleSeconds * 1000));
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
  ];
  return `| ${cells.join(' | ')} |`;
}

/** Tables in Markdown. `windows`: millions of lines. */
export async function measureLong(windows: number, settleSeconds: number): Promise<string> {
  const rows: string[] = [];
  let lateness = '';
  for (const start of [startSluice, startVictoriaMetrics]) {
    const peer = await start();
    if (peer === undefined) continue;
    try {
      const before = peer.name === 'Sluice' ? await eventLoopLateness(peer.writeUrl) : undefined;
      rows.push(await run(peer, windows, settleSeconds));
      if (before !== undefined) lateness = printLateness(before, await eventLoopLateness(peer.writeUrl));
    } finally {
      await peer.stop();
    }
  }
  return [
    '| Server | first M lines/s | last 5 M | last / first | median | peak MB | CPU s per 1 M lines | bytes a row on disk |',
    '|---|---|---|---|---|---|---|---|',
    ...rows,
    '',
    lateness,
  ].join('\n');
}
