/**
 * `node test/fuzz/soak.ts [--minutes 10] [--seed 1] [--http]`: the fuzz of the parser, or that of the server over
 * HTTP, for a long time, with bodies of full size.
 */
import { parseArgs } from 'node:util';
import { fuzzHttp, growthPerMinute } from './http-fuzz.ts';
import { fuzzParser } from './parser-fuzz.ts';

const BODY_BYTES = 10 * 2 ** 20;
/**
 * Of the process that parses. A body of 700 000 new series is about 1000 here; there it comes beside the engine (450,
 * and 400 while it takes rows of 500 columns), the memory of series and rows (700 by the limits), and two more bodies.
 */
const MEMORY_MEGABYTES = { parser: 1500, http: 2500 };
/** Above what the engine's share sways by; 10 minutes took about 50 a minute, at 1 GB of bodies a minute. */
const GROWTH_MEGABYTES_PER_MINUTE = 100;
const REPORT_EVERY_ROUNDS = 35;

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '10' },
    seed: { type: 'string' },
    http: { type: 'boolean', default: false },
  },
});
const options = {
  seed: Number(values.seed ?? Date.now() % 1_000_000),
  seconds: Number(values.minutes) * 60,
  bytes: BODY_BYTES,
};
console.log(`seed ${options.seed}`);
await (values.http ? soakHttp() : soakParser());

function soakParser(): void {
  const peakMegabytes = () => Math.round(process.resourceUsage().maxRSS / 1000);
  const result = fuzzParser({
    ...options,
    afterRound: (soFar) => {
      checkPeak(peakMegabytes(), MEMORY_MEGABYTES.parser, soFar.rounds);
      if (soFar.rounds % REPORT_EVERY_ROUNDS === 0)
        report(`${JSON.stringify(soFar)} peak ${peakMegabytes()} MB`);
    },
  });
  console.log({ ...result, peakMegabytes: peakMegabytes() });
}

async function soakHttp(): Promise<void> {
  const result = await fuzzHttp({
    ...options,
    afterRound: ({ rounds, megabytes, memory, peakMegabytes }) => {
      checkPeak(peakMegabytes, MEMORY_MEGABYTES.http, rounds);
      if (rounds % REPORT_EVERY_ROUNDS === 0) {
        const now = memory.at(-1)!.megabytes;
        report(`${rounds} rounds, ${Math.round(megabytes)} MB sent, ${now} MB now, peak ${peakMegabytes} MB`);
      }
    },
  });
  const growth = growthPerMinute(result);
  const { rounds, answers, peakMegabytes } = result;
  console.log({ rounds, answers, peakMegabytes, growthMegabytesPerMinute: growth });
  if (growth > GROWTH_MEGABYTES_PER_MINUTE) throw new Error(`its memory grows by ${growth} MB a minute`);
}

function checkPeak(peakMegabytes: number, limitMegabytes: number, rounds: number): void {
  if (peakMegabytes <= limitMegabytes) return;
  throw new Error(`after ${rounds} rounds ${peakMegabytes} MB, more than ${limitMegabytes}`);
}

function report(words: string): void {
  console.log(`${new Date().toISOString()} ${words}`);
}
