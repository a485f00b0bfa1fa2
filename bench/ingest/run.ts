/**
 * `npm run bench:ingest [-- --parts peers,shapes,points,parser,hostile,long --write]`: everything that is measured of
 * writing, 25 minutes in all. `--kinds` takes some hostile bodies by words of their names, `--profile` tells what the
 * event loop was kept by. Prints tables in Markdown; `--write` puts them into `bench/RESULTS.md` with the date and the
 * command. VictoriaMetrics and InfluxDB 1.x take part where Debian's packages are installed.
 */
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { comparePeers } from './beside-peers.ts';
import { measureHostile } from './hostile.ts';
import { measureLong } from './long.ts';
import { measureParser } from './parser.ts';
import { measureShapes } from './shapes.ts';
import { measureSinglePoints } from './single-points.ts';
import { writeResults } from './write-results.ts';

const { values } = parseArgs({
  options: {
    parts: { type: 'string', default: 'peers,shapes,points,parser,hostile,long' },
    hosts: { type: 'string', default: '1000' },
    steps: { type: 'string', default: '1500' },
    rounds: { type: 'string', default: '3' },
    lines: { type: 'string', default: '1000000' },
    points: { type: 'string', default: '40000' },
    windows: { type: 'string', default: '50' },
    settle: { type: 'string', default: '180' },
    kinds: { type: 'string', default: '' },
    profile: { type: 'boolean', default: false },
    write: { type: 'boolean', default: false },
  },
});

interface Part {
  readonly title: string;
  measure(): string | Promise<string>;
}

const PARTS: Record<string, Part> = {
  peers: {
    title: `TSBS cpu-only, ${values.hosts} hosts, ${Number(values.hosts) * Number(values.steps)} lines a round, batches of 5000, 4 connections, turn by turn. A 204 of Sluice is on disk; the others with their defaults, InfluxDB with index tsi1.`,
    measure: () => comparePeers(Number(values.hosts), Number(values.steps), Number(values.rounds)),
  },
  shapes: {
    title: `Other shapes, Sluice alone, ${values.lines} lines each, a fresh server each.`,
    measure: () => measureShapes(Number(values.lines)),
  },
  points: {
    title: 'One point a request.',
    measure: () => measureSinglePoints(Number(values.points)),
  },
  parser: {
    title: 'The parser alone, all rules on, one core.',
    measure: measureParser,
  },
  hostile: {
    title:
      'What keeps the event loop of a server: processor time of its main thread from one time that a timer of 1 ms runs to the next. Each body on a fresh server, twice.',
    measure: () => measureHostile(values.kinds.split(',').filter(Boolean), values.profile),
  },
  long: {
    title: `${values.windows} million lines of 1000 hosts whose values never repeat, then ${values.settle} s of rest.`,
    measure: () => measureLong(Number(values.windows), Number(values.settle)),
  },
};

for (const name of values.parts.split(',')) {
  const part = PARTS[name];
  if (part === undefined) throw new Error(`no part is called ${name}: ${Object.keys(PARTS).join(', ')}`);
  const text = `${part.title}\n\n${await part.measure()}`;
  console.log(`${text}\n`);
  if (values.write) {
    const command = `npm run bench:ingest -- --parts ${name}`;
    const made = `${new Date().toISOString().slice(0, 10)}, ${availableParallelism()} processors with the loader on them, \`${command}\`.`;
    writeResults(name, `${made} ${text}`);
  }
}
