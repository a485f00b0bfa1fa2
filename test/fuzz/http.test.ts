/** The short form of `soak.ts --http`. SLUICE_FUZZ_SEED replays a run, SLUICE_FUZZ_SECONDS makes it longer. */
import { expect, test } from 'vitest';
import { fuzzHttp } from './http-fuzz.ts';

const SECONDS = Number(process.env.SLUICE_FUZZ_SECONDS ?? 8);

test(
  `${SECONDS} s of hostile bodies over HTTP, packed in every way`,
  async () => {
    const seed = Number(process.env.SLUICE_FUZZ_SEED ?? Date.now() % 1_000_000);
    const result = await fuzzHttp({ seed, seconds: SECONDS, bytes: 500_000 });
    expect(result.rounds).toBeGreaterThan(30);
    expect(result.peakMegabytes).toBeLessThan(1500);
  },
  SECONDS * 1000 + 60_000,
);
