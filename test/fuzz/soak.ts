/** `node test/fuzz/soak.ts [--minutes 10] [--seed 1]`: the parser's fuzz for a long time, with bodies of full size. */
import { parseArgs } from 'node:util';
import { fuzzParser } from './parser-fuzz.ts';

const BODY_BYTES = 10 * 2 ** 20;
/** Of this whole process; a body of 700 000 new series is about 1000. */
const MEMORY_MEGABYTES = 1500;
const REPORT_EVERY_ROUNDS = 35;

const { values } = parseArgs({
  options: { minutes: { type: 'string', default: '10' }, seed: { type: 'string' } },
});
const seed = Number(values.seed ?? Date.now() % 1_000_000);
console.log(`seed ${seed}`);
const peakMegabytes = () => Math.round(process.resourceUsage().maxRSS / 1000);
const result = fuzzParser({
  seed,
  seconds: Number(values.minutes) * 60,
  bytes: BODY_BYTES,
  afterRound: (soFar) => {
    if (peakMegabytes() > MEMORY_MEGABYTES) {
      throw new Error(`after ${soFar.rounds} rounds ${peakMegabytes()} MB, more than ${MEMORY_MEGABYTES}`);
    }
    if (soFar.rounds % REPORT_EVERY_ROUNDS === 0) {
      console.log(`${new Date().toISOString()} ${JSON.stringify(soFar)} peak ${peakMegabytes()} MB`);
    }
  },
});
console.log({ ...result, peakMegabytes: peakMegabytes() });
