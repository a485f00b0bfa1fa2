/**
 * `node test/fuzz/soak.ts [--minutes 10] [--seed 1] [--http]`: the fuzz of the parser, or that of the server over
 * HTTP, for a long time, with bodies of full size.
 */
import { parseArgs } from 'node:util';
import { fuzzHttp } from './http-fuzz.ts';
import { growthPerGigabyte } from './memory-growth.ts';
import { fuzzParser } from './parser-fuzz.ts';

const BODY_BYTES = 10 * 2 ** 20;
/** A body of 700 000 new series is about 1000. */
const PARSER_MEGABYTES = 1500;
/**
 * Of the server (`README.md` says where its memory is). It lies level at 1750 after 4 GB of bodies: the program and the
 * engine's library 265, keys, series and rows up to their limits (`limits.ts`), pages of V8's heap and free memory between
 * arrays, which are not given back, and 200 of the engine. On top come two inserts of rows of 500 columns at the same
 * time, 220 to 280 each.
 */
const SERVER_MEGABYTES = 2350;
/**
 * Beyond that it grows by what clients leave in the engine: each GB of these bodies 40 to 50 parts of a table of 500
 * columns, each 0.3 to 0.4 MB. (From 4 to 13 GB it grew by 16 for each.)
 */
const PARTS_MEGABYTES_PER_GIGABYTE = 20;
/** Those 20, and as the lowest of each gigabyte still sways by a hundred, what that may make of the fewest that are looked at. */
const GROWTH_MEGABYTES_PER_GIGABYTE = 60;
/** Of bodies: then caches are full, and what is not given back is as large as it gets. */
const WARM_UP_MEGABYTES = 4000;
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
      checkPeak(peakMegabytes(), PARSER_MEGABYTES, soFar.rounds);
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
      const partsMegabytes = (PARTS_MEGABYTES_PER_GIGABYTE * megabytes) / 1000;
      checkPeak(peakMegabytes, SERVER_MEGABYTES + partsMegabytes, rounds);
      if (rounds % REPORT_EVERY_ROUNDS === 0) {
        const now = memory.at(-1)!.megabytes;
        report(`${rounds} rounds, ${Math.round(megabytes)} MB sent, ${now} MB now, peak ${peakMegabytes} MB`);
      }
    },
  });
  const growth = growthPerGigabyte(result.memory, WARM_UP_MEGABYTES);
  const { rounds, answers, peakMegabytes } = result;
  console.log({
    rounds,
    answers,
    peakMegabytes,
    growthMegabytesPerGigabyte: growth ?? 'too few bodies to tell',
  });
  if (growth !== undefined && growth > GROWTH_MEGABYTES_PER_GIGABYTE) {
    throw new Error(`its memory grows by ${growth} MB for each GB of bodies`);
  }
}

function checkPeak(peakMegabytes: number, limitMegabytes: number, rounds: number): void {
  if (peakMegabytes <= limitMegabytes) return;
  throw new Error(`after ${rounds} rounds ${peakMegabytes} MB, more than ${limitMegabytes}`);
}

function report(words: string): void {
  console.log(`${new Date().toISOString()} ${words}`);
}
