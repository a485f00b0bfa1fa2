/** One point a request, acknowledged when it is on the disk, over one connection and over 64. */
import http from 'node:http';
import { startSluice } from './peers.ts';

const FIRST_NS = 1_451_606_400_000_000_000n;
const SERIES = 100;

/** A table in Markdown. */
export async function measureSinglePoints(points: number): Promise<string> {
  const rows = [
    '| Single points, durable | connections | writes/s | p50 ms | p99 ms |',
    '|---|---|---|---|---|',
  ];
  for (const connections of [1, 64]) {
    const count = connections === 1 ? Math.min(2000, points) : points;
    const server = await startSluice();
    try {
      const { seconds, times } = await writeAll(server.writeUrl, count, connections);
      times.sort((a, b) => a - b);
      const at = (share: number) => times[Math.floor(times.length * share)]!.toFixed(2);
      rows.push(
        `| ${SERIES} series | ${connections} | ${Math.round(count / seconds)} | ${at(0.5)} | ${at(0.99)} |`,
      );
    } finally {
      await server.stop();
    }
  }
  return rows.join('\n');
}

async function writeAll(url: string, count: number, connections: number) {
  const agent = new http.Agent({ keepAlive: true, maxSockets: connections });
  const times: number[] = [];
  const write = (index: number) =>
    new Promise<void>((resolve, reject) => {
      const started = performance.now();
      const body = `cpu,host=h${index % SERIES} v=${index}i ${FIRST_NS + BigInt(index) * 1_000_000n}`;
      const headers = { 'content-length': body.length };
      http
        .request(url, { method: 'POST', agent, headers }, (response) => {
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
  return { seconds, times };
}
