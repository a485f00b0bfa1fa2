/** Asks several servers the same things, turn by turn, and says how long each took. */
import { processorSeconds } from '../ingest/load.ts';

export interface Timing {
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Of the server, over all its threads; what it does in the background is among it. */
  readonly processorMs: number;
}

export type Ask = () => Promise<unknown>;

/** One of those that are compared. */
export interface Contender {
  readonly name: string;
  readonly pid: number;
  /** Measured, in this order. */
  readonly runs: readonly Ask[];
  /** Made before them, to warm up. */
  readonly warming: readonly Ask[];
}

/**
 * The speed of a shared machine changes by a quarter within minutes: who is measured first and who last would be
 * compared with another machine. Within a turn everyone keeps its caches.
 */
const TURNS = 15;
/** At least. */
export const WARM_RUNS = 5;
/** A server that has just been started compiles what it runs often; none runs for a minute only. */
const WARM_MS = 3000;
/** In a turn. What takes longer is run less often, but so often at least. */
const MAXIMUM_MS = 550;
const MINIMUM_RUNS = 1;

export async function measureInTurn(contenders: readonly Contender[]): Promise<Map<string, Timing>> {
  for (const { warming } of contenders) await warm(warming);
  const measured = contenders.map((contender) => ({ contender, times: [] as number[], processorMs: 0 }));
  for (let turn = 0; turn < TURNS; turn++) {
    for (const so of measured) {
      const { pid, runs } = so.contender;
      const before = processorSeconds(pid);
      const until = Math.ceil(((turn + 1) * runs.length) / TURNS);
      so.times.push(...(await timesOf(runs.slice(Math.ceil((turn * runs.length) / TURNS), until))));
      so.processorMs += (processorSeconds(pid) - before) * 1000;
    }
  }
  return new Map(
    measured.map(({ contender, times, processorMs }) => [
      contender.name,
      { ...percentiles(times), processorMs: processorMs / times.length },
    ]),
  );
}

async function warm(runs: readonly Ask[]): Promise<void> {
  const warmUntilMs = performance.now() + WARM_MS;
  for (const [index, ask] of runs.entries()) {
    if (index >= WARM_RUNS && performance.now() > warmUntilMs) break;
    await ask();
  }
}

async function timesOf(runs: readonly Ask[]): Promise<number[]> {
  const times: number[] = [];
  const endsAtMs = performance.now() + MAXIMUM_MS;
  for (const ask of runs) {
    const started = performance.now();
    if (started > endsAtMs && times.length >= MINIMUM_RUNS) break;
    await ask();
    times.push(performance.now() - started);
  }
  return times;
}

export function percentiles(times: readonly number[]): { readonly p50Ms: number; readonly p99Ms: number } {
  const sorted = times.toSorted((a, b) => a - b);
  const at = (part: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))]!;
  return { p50Ms: at(0.5), p99Ms: at(0.99) };
}

/** Waits until a server does nothing by itself any more: no merges, no compactions. Seconds waited. */
export async function waitUntilIdle(pid: number, maximumSeconds = 300): Promise<number> {
  const started = performance.now();
  const secondsPassed = () => (performance.now() - started) / 1000;
  let quietRounds = 0;
  while (quietRounds < 3 && secondsPassed() < maximumSeconds) {
    const before = processorSeconds(pid);
    await new Promise((resolve) => setTimeout(resolve, 1000));
    quietRounds = processorSeconds(pid) - before < 0.1 ? quietRounds + 1 : 0;
  }
  return secondsPassed();
}
