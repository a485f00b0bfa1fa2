/** Keeps `bench/RESULTS.md` true: each part that was measured has its place there, between two comments. */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const PATH = fileURLToPath(new URL('../RESULTS.md', import.meta.url));

/** Replaces what stands between `<!-- bench:ingest NAME -->` and `<!-- end -->`. */
export function writeResults(name: string, text: string): void {
  const before = readFileSync(PATH, 'utf8');
  const start = `<!-- bench:ingest ${name} -->\n`;
  const from = before.indexOf(start);
  const to = before.indexOf('<!-- end -->', from);
  if (from < 0 || to < 0) throw new Error(`${PATH} has no place for ${name}`);
  writeFileSync(PATH, `${before.slice(0, from + start.length)}${text}\n${before.slice(to)}`);
}
