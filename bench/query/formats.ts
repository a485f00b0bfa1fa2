/** All rows in each format: how many a second, and how much memory the server takes for it beyond what it has idle. */
import { readFileSync, writeFileSync } from 'node:fs';
import { processorSeconds, residentMegabytes } from '../ingest/load.ts';
import { drainSluice } from './client.ts';

export const FORMATS = {
  json: 'JSON',
  jsonl: 'JSONEachRow',
  csv: 'CSV',
  parquet: 'Parquet',
} as const;

export type Format = keyof typeof FORMATS;

export interface FormatTiming {
  /** Medians of all rounds. */
  readonly seconds: number;
  readonly engineSeconds: number;
  /** Of the server, over all its threads. */
  readonly processorSeconds: number;
  /** The most of all rounds. */
  readonly megabytesAboveIdle: number;
}

/** In turn, so that an hour in which the machine is slow is slow for both. */
const ROUNDS = 3;

const currentMegabytes = (pid: number) =>
  Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))![1]) / 1024;

/** All rows of a table from the server, and from what the engine alone takes for the same statement. */
export async function measureFormats(
  pid: number,
  base: string,
  table: string,
  engineSeconds: (format: Format) => Promise<number>,
): Promise<Map<Format, FormatTiming>> {
  const timings = new Map<Format, FormatTiming>();
  for (const format of Object.keys(FORMATS) as Format[]) {
    const ours: number[] = [];
    const engines: number[] = [];
    const busy: number[] = [];
    let megabytesAboveIdle = 0;
    for (let round = 0; round < ROUNDS; round++) {
      const idleMegabytes = currentMegabytes(pid);
      // The kernel's highest value so far, from now on.
      writeFileSync(`/proc/${pid}/clear_refs`, '5');
      const busyBefore = processorSeconds(pid);
      const started = performance.now();
      await drainSluice(base, `SELECT * FROM ${table}`, format);
      ours.push((performance.now() - started) / 1000);
      busy.push(processorSeconds(pid) - busyBefore);
      megabytesAboveIdle = Math.max(megabytesAboveIdle, residentMegabytes(pid) - idleMegabytes);
      engines.push(await engineSeconds(format));
    }
    timings.set(format, {
      seconds: median(ours),
      engineSeconds: median(engines),
      processorSeconds: median(busy),
      megabytesAboveIdle,
    });
  }
  return timings;
}

const median = (values: readonly number[]) => values.toSorted((a, b) => a - b)[values.length >> 1]!;

/** `pretty` keeps its rows for their width: beyond a bound it says no, whatever there is. */
export async function prettyIsBounded(base: string, table: string): Promise<boolean> {
  return drainSluice(base, `SELECT * FROM ${table}`, 'pretty').then(
    () => false,
    () => true,
  );
}
