/**
 * `node bench/caches/ingest.ts [--hosts 1000 --steps 300 --rounds 3]`: what caches on the table cost the write path.
 * TSBS lines into a server without caches, with a last value cache of all columns, and with a distinct one as well.
 */
import { rmSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { load, processorSeconds, tsbsBatches } from '../ingest/load.ts';
import { startSluice } from '../ingest/peers.ts';

const { values } = parseArgs({
  options: {
    hosts: { type: 'string', default: '1000' },
    steps: { type: 'string', default: '300' },
    rounds: { type: 'string', default: '3' },
  },
});
const batches = tsbsBatches(Number(values.hosts), Number(values.steps), 5000);
const setups = { none: [], last: ['last_cache'], both: ['last_cache', 'distinct_cache'] } as const;
const results = new Map<string, { readonly rate: number; readonly processor: number }[]>();

for (let round = 0; round < Number(values.rounds); round++) {
  for (const [name, kinds] of Object.entries(setups)) {
    const sluice = await startSluice(true);
    try {
      const base = new URL(sluice.writeUrl).origin;
      await load(sluice.writeUrl, batches.slice(0, 1), 1);
      for (const kind of kinds) {
        const definition =
          kind === 'last_cache'
            ? { ttl: 10_000_000_000 }
            : { columns: ['hostname'], max_age: 10_000_000_000 };
        const reply = await fetch(`${base}/api/v3/configure/${kind}`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ db: 'bench', table: 'cpu', ...definition }),
        });
        if (!reply.ok) throw new Error(await reply.text());
      }
      // Found and loaded in the background.
      await new Promise((resolve) => setTimeout(resolve, 2500));
      const before = processorSeconds(sluice.pid);
      const { linesPerSecond, lines } = await load(sluice.writeUrl, batches, 4);
      const processor = ((processorSeconds(sluice.pid) - before) / lines) * 1e6;
      results.set(name, [...(results.get(name) ?? []), { rate: linesPerSecond, processor }]);
    } finally {
      await sluice.stop();
      rmSync(sluice.dataDir, { recursive: true, force: true });
    }
  }
}

const median = (numbers: number[]) => numbers.toSorted((a, b) => a - b)[numbers.length >> 1]!;
console.log('| Caches on the table | lines/s (median) | CPU s per 1 M lines |\n|---|---|---|');
for (const [name, runs] of results) {
  const rate = Math.round(median(runs.map((run) => run.rate)));
  console.log(`| ${name} | ${rate} | ${median(runs.map((run) => run.processor)).toFixed(2)} |`);
}
