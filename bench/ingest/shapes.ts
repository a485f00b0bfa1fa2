/**
 * `npm run bench:ingest-shapes [-- --lines 1000000]`: other shapes of writes into Sluice alone: 500 measurements
 * interleaved, 100 000 series, single points over 64 connections. Each on a fresh server, compared with TSBS lines.
 */
import http from 'node:http';
import { parseArgs } from 'node:util';
import { load, processorSeconds, residentMegabytes, tsbsBatches } from './load.ts';
import { startSluice } from './peers.ts';

const { values } = parseArgs({
  options: { lines: { type: 'string', default: '1000000' }, points: { type: 'string', default: '40000' } },
});
const lines = Number(values.lines);
const BATCH = 5000;
const FIRST_NS = 1_451_606_400_000_000_000n;

/** The TSBS lines, their measurement renamed so that neighbours belong to different ones. */
function interleaved(measurements: number): Buffer[] {
  let index = 0;
  return tsbsBatches(1000, lines / 1000, BATCH).map((batch) =>
    Buffer.from(
      batch.toString('latin1').replace(/^cpu,/gm, () => `cpu${index++ % measurements},`),
      'latin1',
    ),
  );
}

const shapes: [string, () => Buffer[]][] = [
  ['TSBS, 1000 series, 1 measurement', () => tsbsBatches(1000, lines / 1000, BATCH)],
  ['the same over 500 measurements, interleaved', () => interleaved(500)],
  ['100 000 series', () => tsbsBatches(100_000, lines / 100_000, BATCH)],
];

console.log(
  '| Shape | lines/s | of the first | CPU s per 1 M lines | p99 ms | peak MB |\n|---|---|---|---|---|---|',
);
let first: number | undefined;
for (const [name, make] of shapes) {
  const server = await startSluice();
  const before = processorSeconds(server.pid);
  const result = await load(server.writeUrl, make(), 4);
  const processor = ((processorSeconds(server.pid) - before) / result.lines) * 1e6;
  const memory = residentMegabytes(server.pid);
  await server.stop();
  if (result.failures > 0) throw new Error(`${result.failures} writes failed`);
  first ??= result.linesPerSecond;
  const share = (result.linesPerSecond / first).toFixed(2);
  console.log(
    `| ${name} | ${Math.round(result.linesPerSecond)} | ${share} | ${processor.toFixed(2)} | ${result.p99Ms.toFixed(1)} | ${Math.round(memory)} |`,
  );
}

console.log('\n| Single points, durable | connections | writes/s | p50 ms | p99 ms |\n|---|---|---|---|---|');
for (const connections of [1, 64]) {
  const server = await startSluice();
  const agent = new http.Agent({ keepAlive: true, maxSockets: connections });
  const count = connections === 1 ? 2000 : Number(values.points);
  const times: number[] = [];
  const write = (index: number) =>
    new Promise<void>((resolve, reject) => {
      const started = performance.now();
      const body = `cpu,host=h${index % 100} v=${index}i ${FIRST_NS + BigInt(index) * 1_000_000n}`;
      const headers = { 'content-length': body.length };
      http
        .request(server.writeUrl, { method: 'POST', agent, headers }, (response) => {
          if (response.statusCode !== 204) reject(new Error(`status ${response.statusCode}`));
          response.resume();
          response.once('end', () => {
            times.push(performance.now() - started);
            resolve();
          });
        })
        .once('error', reject)
        .end(body);
    });
  let next = 0;
  const started = performance.now();
  await Promise.all(
    Array.from({ length: connections }, async () => {
      for (let index = next++; index < count; index = next++) await write(index);
    }),
  );
  const seconds = (performance.now() - started) / 1000;
  agent.destroy();
  await server.stop();
  times.sort((a, b) => a - b);
  const at = (share: number) => times[Math.floor(times.length * share)]!.toFixed(2);
  console.log(`| 100 series | ${connections} | ${Math.round(count / seconds)} | ${at(0.5)} | ${at(0.99)} |`);
}
