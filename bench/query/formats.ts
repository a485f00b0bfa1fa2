/** All rows in each format: how many a second, and how much memory the server takes for it beyond what it has idle. */
import { readFileSync, writeFileSync } from 'node:fs';
import { residentMegabytes } from '../ingest/load.ts';
import { drainSluice } from './client.ts';

export const FORMATS = {
  json: 'JSON',
  jsonl: 'JSONEachRow',
  csv: 'CSV',
  parquet: 'Parquet',
} as const;

type Format = keyof typeof FORMATS;

export interface FormatTiming {
  readonly seconds: number;
  readonly megabytesAboveIdle: number;
}

const currentMegabytes = (pid: number) =>
  Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))![1]) / 1024;

export async function measureFormats(pid: number, base: string): Promise<Map<Format, FormatTiming>> {
  const timings = new Map<Format, FormatTiming>();
  for (const format of Object.keys(FORMATS) as Format[]) {
    const idleMegabytes = currentMegabytes(pid);
    // The kernel's highest value so far, from now on.
    writeFileSync(`/proc/${pid}/clear_refs`, '5');
    const started = performance.now();
    await drainSluice(base, 'SELECT * FROM cpu', format);
    const seconds = (performance.now() - started) / 1000;
    timings.set(format, { seconds, megabytesAboveIdle: residentMegabytes(pid) - idleMegabytes });
  }
  return timings;
}

/** `pretty` keeps its rows for their width: beyond a bound it says no, whatever there is. */
export async function prettyIsBounded(base: string): Promise<boolean> {
  return drainSluice(base, 'SELECT * FROM cpu', 'pretty').then(
    () => false,
    () => true,
  );
}
