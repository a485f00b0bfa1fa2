/** Runs what is to be measured, one after the other, and says how long it took. */
import { processorSeconds } from '../ingest/load.ts';

export interface Timing {
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Of the server, over all its threads; what it does in the background is among it. */
  readonly processorMs: number;
}

const WARM_RUNS = 5;
/** A server that has just been started compiles what it runs often; none runs for a minute only. */
const WARM_MS = 3000;
/** What takes longer is run less often, but so often at least. */
const MAXIMUM_MS = 8000;
const MINIMUM_RUNS = 9;

/** `warming` runs, or else the first ones, are made before, to warm up. */
export async function measure<Run>(
  pid: number,
  runs: readonly Run[],
  ask: (run: Run) => Promise<unknown>,
  warming: readonly Run[] = [],
): Promise<Timing> {
  const warmUntilMs = performance.now() + WARM_MS;
  for (const [index, run] of [...warming, ...runs.slice(0, WARM_RUNS)].entries()) {
    if (index >= WARM_RUNS && performance.now() > warmUntilMs) break;
    await ask(run);
  }
  const times: number[] = [];
  const before = processorSeconds(pid);
  const endsAtMs = performance.now() + MAXIMUM_MS;
  for (const run of runs) {
    const started = performance.now();
    if (started > endsAtMs && times.length >= MINIMUM_RUNS) break;
    await ask(run);
    times.push(performance.now() - started);
  }
  const processorMs = ((processorSeconds(pid) - before) * 1000) / times.length;
  return { ...percentiles(times), processorMs };
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
