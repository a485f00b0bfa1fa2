/**
 * The server as `influxdb3 serve` starts it, with faults between it and the machine: a program of its own, so
 * that no way leads to the faults from the product. SLUICE_FAULT_SEED decides by chance what fails,
 * SLUICE_FAULT_LIMITS (JSON) makes the write path small, SLUICE_FAULTS (JSON) is wrong from the
 * start; later the channel tells what is wrong.
 */
import { serve } from '../../../src/server/serve.ts';
import { seededRandom } from '../seeded-random.ts';
import { faultyClock } from './clock.ts';
import { faultyEngine } from './engine.ts';
import { type FaultsMessage, HEALTHY, type Misfortune } from './faults.ts';
import { faultyFiles } from './files.ts';

const misfortune: Misfortune = {
  faults: { ...HEALTHY, ...JSON.parse(process.env.SLUICE_FAULTS ?? '{}') },
  random: seededRandom(Number(process.env.SLUICE_FAULT_SEED ?? 1)),
  failing: 0,
};

process.on('message', async ({ number, faults }: FaultsMessage) => {
  misfortune.faults = faults;
  while (misfortune.failing > 0) await new Promise((resolve) => setTimeout(resolve, 5));
  process.send!(number);
});

const code = await serve(process.argv.slice(2), process.env, {
  clock: faultyClock(misfortune),
  substitutes: {
    engine: (engine) => faultyEngine(engine, misfortune),
    files: faultyFiles(misfortune),
    ingestLimits: JSON.parse(process.env.SLUICE_FAULT_LIMITS ?? '{}'),
  },
});
process.exit(code);
