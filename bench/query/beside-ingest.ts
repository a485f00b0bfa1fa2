/** A query asked again and again while points are written at half of what the server takes at most. */
import { load, tsbsStream } from '../ingest/load.ts';

export interface BesideIngest {
  /** Lines a second, as fast as they are taken. */
  readonly maximumRate: number;
  /** Lines a second while the queries ran. */
  readonly rate: number;
  readonly queries: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

const BATCH_LINES = 5000;
const MEASURE_LINES = 1_000_000;
const SECONDS = 8;

/** Writes go to a database of their own name, so that the queries read what they always do. */
export async function measureBesideIngest(
  writeUrl: string,
  hosts: number,
  ask: () => Promise<unknown>,
): Promise<BesideIngest> {
  const url = writeUrl.replace('db=bench', 'db=beside');
  const steps = Math.ceil(MEASURE_LINES / hosts);
  const { linesPerSecond: maximumRate } = await load(url, tsbsStream(hosts, steps, BATCH_LINES), 4);
  // Made before: the client must not compute while the server is measured.
  const more = Math.ceil(((maximumRate / 2) * SECONDS) / hosts);
  const bodies = [...tsbsStream(hosts, more, BATCH_LINES, steps)];
  const times: number[] = [];
  let isOver = false;
  const asking = (async () => {
    while (!isOver) {
      const started = performance.now();
      await ask();
      times.push(performance.now() - started);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  })();
  const rate = await writeAt(url, bodies, maximumRate / 2);
  isOver = true;
  await asking;
  times.sort((a, b) => a - b);
  const at = (part: number) => times[Math.floor(times.length * part)]!;
  return { maximumRate, rate, queries: times.length, p50Ms: at(0.5), p99Ms: at(0.99) };
}

/** Posts batches by the clock, one after the other; the rate that it held. */
async function writeAt(url: string, bodies: readonly Buffer[], linesPerSecond: number): Promise<number> {
  const started = performance.now();
  for (const [index, body] of bodies.entries()) {
    const waitMs = started + (index * BATCH_LINES * 1000) / linesPerSecond - performance.now();
    if (waitMs > 0) await new Promise((resolve) => setTimeout(resolve, waitMs));
    const { failures } = await load(url, [body], 1);
    if (failures > 0) throw new Error('a write was refused');
  }
  return (bodies.length * BATCH_LINES * 1000) / (performance.now() - started);
}
