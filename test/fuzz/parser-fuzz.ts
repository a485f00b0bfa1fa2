/**
 * The parser under random points, mutated lines and hostile bodies (`README.md`): what was printed is what is read,
 * every line is written or refused, what a restart would replay is what was stored, and nothing takes long or grows.
 */
import { deepStrictEqual, ok } from 'node:assert/strict';
import { FieldLayouts } from '../../src/ingest/field-layout.ts';
import type { Precision } from '../../src/ingest/ingest.ts';
import { SeriesKeyCache } from '../../src/ingest/lineprotocol/series-key-cache.ts';
import { type ParsedRequest, type ParseInput, parseRequest } from '../../src/ingest/parse-request.ts';
import { rowsOf } from '../../src/ingest/parsed-rows.fixture.ts';
import { RowsPool } from '../../src/ingest/rows-pool.ts';
import { oneOf, type Random, seededRandom } from '../support/seeded-random.ts';
import { HOSTILE_BODIES } from './hostile-bodies.ts';
import { mutate } from './mutate.ts';
import { type Point, type PointValue, printPoint, randomPoint } from './point.ts';

/** Far above what is needed (0.3 µs for the worst body): only what grows faster than its input takes so long. */
const CPU_MICROSECONDS_PER_BYTE = 5;
const CPU_MICROSECONDS = 2_000_000;
const CACHE_BYTES = 64 * 2 ** 20;
const PRECISIONS: readonly Precision[] = ['auto', 'second', 'millisecond', 'microsecond', 'nanosecond'];

export interface FuzzResult {
  rounds: number;
  points: number;
  mutatedBytes: number;
  hostileBytes: number;
  rows: number;
  refused: number;
  /** The body that took longest for its size. */
  slowest: { name: string; nanosecondsPerByte: number };
}

export interface FuzzOptions {
  readonly seed: number;
  readonly seconds: number;
  /** Largest hostile body. */
  readonly bytes: number;
  /** Index of the hostile body of every round; else they take turns. */
  readonly kind?: number;
  /** Called after each round. */
  readonly afterRound?: (result: FuzzResult) => void;
}

/** Runs until the time is over; throws with the seed of the round at the first thing that is wrong. */
export function fuzzParser({ seed, seconds, bytes, kind, afterRound }: FuzzOptions): FuzzResult {
  const result: FuzzResult = {
    ...{ rounds: 0, points: 0, mutatedBytes: 0, hostileBytes: 0, rows: 0, refused: 0 },
    slowest: { name: '', nanosecondsPerByte: 0 },
  };
  const endsAt = performance.now() + seconds * 1000;
  do {
    const roundSeed = seed + result.rounds;
    try {
      playRound(seededRandom(roundSeed), bytes, kind ?? result.rounds, result);
    } catch (error) {
      throw new Error(`seed ${roundSeed}: ${(error as Error).message}`, { cause: error });
    }
    result.rounds++;
    afterRound?.(result);
  } while (performance.now() < endsAt);
  return result;
}

function playRound(random: Random, bytes: number, kind: number, result: FuzzResult): void {
  const keys = new SeriesKeyCache(oneOf(random, [1, 4096, CACHE_BYTES]));
  for (let turn = 0; turn < 50; turn++) {
    const points = Array.from({ length: 1 + Math.floor(random() * 6) }, () => randomPoint(random));
    const lines = points.map((point) => printPoint(random, point));
    const body = lines.join(oneOf(random, ['\n', '\n\n', '\n# comment, "no\n', ' \n\t']));
    checkPoints(parse(body, keys), points);
    result.points += points.length;
    let mutated = body;
    for (let step = 0; step < 8; step++) {
      mutated = mutate(random, mutated);
      checkAny(mutated, oneOf(random, PRECISIONS), keys, 'mutated lines', result);
      result.mutatedBytes += mutated.length;
    }
  }
  const hostile = HOSTILE_BODIES[kind % HOSTILE_BODIES.length]!;
  // Cut anywhere: the end of the body is a place of its own.
  const body = hostile.make(bytes).slice(0, bytes - Math.floor(random() * 16));
  checkAny(body, 'auto', keys, hostile.name, result);
  result.hostileBytes += body.length;
}

/** Kept from body to body, as the server does. */
const layouts = new FieldLayouts();

function input(body: string, keys: SeriesKeyCache, precision: Precision = 'nanosecond'): ParseInput {
  return {
    body: Buffer.from(body),
    keys,
    precision,
    layouts,
    pool: new RowsPool(1 << 20),
    defaultTimeNs: 42n,
    limits: { databases: 5, tables: 10_000, columnsPerTable: 500, tagColumnsPerTable: 250 },
    table: () => undefined,
    tableCount: () => 0,
    allowTable: null,
    stopAtFirstError: false,
    skipLines: null,
  };
}

const parse = (body: string, keys: SeriesKeyCache) => parseRequest(input(body, keys));

function checkPoints(parsed: ParsedRequest, points: readonly Point[]): void {
  deepStrictEqual(parsed.errors, []);
  const byTable = new Map<string, unknown[]>();
  for (const { table, tags, fields, time } of points) {
    const row = { table, tags: plain(tags), fields: plain(fields), time };
    byTable.set(table, [...(byTable.get(table) ?? []), row]);
  }
  const rows = rowsOf(parsed).map(({ tags, fields, ...rest }) => ({
    ...rest,
    tags: plain(Object.entries(tags)),
    fields: plain(Object.entries(fields)),
  }));
  deepStrictEqual(
    rows.map(({ table, tags, fields, time }) => ({ table, tags, fields, time })),
    [...byTable.values()].flat(),
  );
}

/** In the order of the names, `__proto__` included. */
function plain(entries: readonly (readonly [string, unknown])[]): unknown[] {
  return entries
    .map(([name, of]): [string, unknown] => {
      const value = of as PointValue | undefined;
      return [name, typeof value === 'object' ? value.unsigned : value];
    })
    .sort(([a], [b]) => (a < b ? -1 : 1));
}

function checkAny(
  body: string,
  precision: Precision,
  keys: SeriesKeyCache,
  name: string,
  result: FuzzResult,
): void {
  const request = input(body, keys, precision);
  const before = process.cpuUsage();
  const parsed = parseRequest(request);
  const { user, system } = process.cpuUsage(before);
  const size = request.body.length;
  const spent = user + system;
  ok(
    spent < CPU_MICROSECONDS + size * CPU_MICROSECONDS_PER_BYTE,
    `${name}: ${size} bytes took ${Math.round(spent / 1000)} ms`,
  );
  if (size > 1e5 && (spent * 1000) / size > result.slowest.nanosecondsPerByte) {
    result.slowest = { name, nanosecondsPerByte: Math.round((spent * 1000) / size) };
  }
  result.rows += parsed.rows;
  result.refused += parsed.errorLines.length;
  deepStrictEqual(parsed.rows + parsed.errorLines.length, parsed.lines);
  ok(parsed.errors.length <= 10_001 && parsed.errors.length <= parsed.errorLines.length);
  let last = 0;
  for (const error of parsed.errors) {
    ok(error.line_number > last && error.line_number <= parsed.lines && error.error_message !== '');
    ok(Buffer.byteLength(error.original_line) <= 20 && error.original_line.isWellFormed());
    last = error.line_number;
  }
  if (size > 1e5) return;
  const [first] = parsed.errors;
  deepStrictEqual(parseRequest({ ...request, stopAtFirstError: true }).errors[0], first);
  // What a restart does: the refused lines are left out, all others mean the same.
  const replayed = parseRequest({ ...request, skipLines: parsed.errorLines });
  deepStrictEqual(replayed.errors, []);
  deepStrictEqual(rowsOf(replayed), rowsOf(parsed));
}
