/**
 * `npm run bench:ingest [-- --hosts 1000 --steps 300 --rounds 3]`: TSBS cpu-only lines into Sluice, and into
 * VictoriaMetrics and InfluxDB 1.x where Debian's packages are installed, turn by turn on this machine.
 */
import { parseArgs } from 'node:util';
import { type LoadResult, load, processorSeconds, residentMegabytes, tsbsBatches } from './load.ts';
import { startInfluxdb1, startSluice, startVictoriaMetrics } from './peers.ts';

const { values } = parseArgs({
  options: {
    hosts: { type: 'string', default: '1000' },
    steps: { type: 'string', default: '300' },
    batch: { type: 'string', default: '5000' },
    connections: { type: 'string', default: '4' },
    rounds: { type: 'string', default: '3' },
  },
});
const batches = tsbsBatches(Number(values.hosts), Number(values.steps), Number(values.batch));
const results = new Map<string, (LoadResult & { memory: number; processor: number })[]>();
for (let round = 0; round < Number(values.rounds); round++) {
  for (const start of [startSluice, startVictoriaMetrics, startInfluxdb1]) {
    const peer = await start();
    if (peer === undefined) continue;
    try {
      const before = processorSeconds(peer.pid);
      const result = await load(peer.writeUrl, batches, Number(values.connections));
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

const median = (numbers: number[]) => numbers.toSorted((a, b) => a - b)[numbers.length >> 1]!;
const sluice = median(results.get('Sluice')!.map((result) => result.linesPerSecond));
console.log(
  '| Server | lines/s (median) | p50 ms | p99 ms | peak MB | CPU s per 1 M lines | Sluice / it |\n|---|---|---|---|---|---|---|',
);
for (const [name, runs] of results) {
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
  console.log(`| ${cells.join(' | ')} |`);
}
