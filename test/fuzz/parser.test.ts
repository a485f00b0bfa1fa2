/** The short form of `soak.ts`. SLUICE_FUZZ_SEED replays a run, SLUICE_FUZZ_SECONDS makes it longer. */
import { expect, test } from 'vitest';
import { HOSTILE_BODIES } from './hostile-bodies.ts';
import { fuzzParser } from './parser-fuzz.ts';

const SECONDS = Number(process.env.SLUICE_FUZZ_SECONDS ?? 10);

test(
  `${SECONDS} s of random points, mutated lines and hostile bodies`,
  () => {
    const seed = Number(process.env.SLUICE_FUZZ_SEED ?? Date.now() % 1_000_000);
    const result = fuzzParser({ seed, seconds: SECONDS, bytes: 200_000 });
    expect(result.points).toBeGreaterThan(1000);
    expect(result.rows).toBeGreaterThan(1000);
    expect(result.refused).toBeGreaterThan(1000);
  },
  SECONDS * 1000 + 60_000,
);

test('a body of a full request of each hostile kind stays within its memory', () => {
  let peakBytes = 0;
  // One round per kind, whatever the time.
  for (const [index] of HOSTILE_BODIES.entries()) {
    fuzzParser({ seed: 1, seconds: 0, bytes: 2 ** 20, kind: index });
    peakBytes = Math.max(peakBytes, process.memoryUsage().rss);
  }
  expect(peakBytes).toBeLessThan(1_000_000_000);
}, 120_000);
