/** TSBS cpu-only lines into Sluice, VictoriaMetrics and InfluxDB 1.x, turn by turn on this machine. */
import { type LoadResult, load, processorSeconds, residentMegabytes, tsbsBatches } from './load.ts';
import { median } from './median.ts';
import { startInfluxdb1, startSluice, startVictoriaMetrics } from './peers.ts';

const BATCH_LINES = 5000;
const CONNECTIONS = 4;

/** A table in Markdown. Peers whose Debian package is not installed are left out. */
export async function comparePeers(hosts: number, steps: number, rounds: number): Promise<string> {
  const batches = tsbsBatches(hosts, steps, BATCH_LINES);
  const results = new Map<string, (LoadResult & { memory: number; processor: number })[]>();
  for (let round = 0; round < rounds; round++) {
    for (const start of [startSluice, startVictoriaMetrics, startInfluxdb1]) {
      const peer = await start();
      if (peer === undefined) continue;
      try {
        const before = processorSeconds(peer.pid);
        const result = await load(peer.writeUrl, batches, CONNECTIONS);
        const memory = residentMegabytes(peer.pid);
        const processor = ((processorSeconds(peer.pid) - before) / result.lines) * 1e6;
        results.set(peer.name, [...(results.get(peer.name) ?? []), { ...result, memory, processor }]);
        console.error(
          `${peer.name}: ${Math.round(result.linesPerSecond)} lines/s, ${result.failures} failures`,
        );
      } finally {
        await peer.stop();
      }
    }
  }
  const sluice = median(results.get('Sluice')!.map((result) => result.linesPerSecond));
  const rows = [...results].map(([name, runs]) => {
    const rate = median(runs.map((run) => run.linesPerSecond));
    const cells = [
      name,
      Math.round(rate),
      median(runs.map((run) => run.p50Ms)).toFixed(1),
      median(runs.map((run) => run.p99Ms)).toFixed(1),
      Math.round(median(runs.map((run) => run.memory))),
      median(runs.map((run) => run.processor)).toFixed(2),
      (sluice / rate).toFixed(2),
    ];
    return `| ${cells.join(' | ')} |`;
  });
  return [
    '| Server | lines/s (median) | p50 ms | p99 ms | peak MB | CPU s per 1 M lines | Sluice / it |',
    '|---|---|---|---|---|---|---|',
    ...rows,
  ].join('\n');
}
