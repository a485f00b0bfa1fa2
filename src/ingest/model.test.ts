/**
 * The write path against a naive model, over random histories: duplicates in every place where they can meet
 * (one request, buffer, flush, engine, merge, replay), new columns, cleared tables, clean and unclean restarts.
 * SLUICE_MODEL_SEED replays one, SLUICE_MODEL_HISTORIES asks for more.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { copyLive } from '../../test/support/copy-live.ts';
import { AUTHOR, type IngestHarness, openHarness } from '../../test/support/ingest.ts';
import type { IngestLimits } from './limits.ts';

const HISTORIES = Number(process.env.SLUICE_MODEL_HISTORIES ?? 3);
const STEPS = 25;
const TABLES = ['m', 'n'];
const WEEK_NS = 604_800_000_000_000n;

type Fields = Map<string, unknown>;
/** Per table: point key -> fields. */
type Model = Map<string, Map<string, Fields>>;

/** Small enough that every path is taken within a short history. */
const LIMITS: Partial<IngestLimits>[] = [
  { chunkRows: 5 },
  { chunkCells: 12 },
  { lookUps: 1 },
  { seriesBytes: 1, chunkRows: 8 },
  { cleanAfterMs: 1, chunkRows: 3 },
];

test(
  `${HISTORIES} random histories`,
  async () => {
    const seed = Number(process.env.SLUICE_MODEL_SEED ?? Date.now() % 1_000_000);
    for (let history = 0; history < HISTORIES; history++) await play(seed + history);
  },
  40_000 * Math.max(HISTORIES, 3),
);

async function play(seed: number): Promise<void> {
  const random = generator(seed);
  const below = (limit: number) => Math.floor(random() * limit);
  const root = mkdtempSync(join(tmpdir(), 'sluice-model-'));
  let directory = join(root, '0');
  let restarts = 0;
  const model: Model = new Map(TABLES.map((name) => [name, new Map()]));
  const limits = LIMITS[below(LIMITS.length)]!;
  let harness = await openHarness(directory, limits);
  try {
    for (let step = 0; step < STEPS; step++) {
      const action = below(20);
      if (action < 12) await write(harness, model, below);
      else if (action < 15) await check(harness, model, seed);
      else if (action === 15) await harness.ingest.flush();
      else if (action === 16) await harness.clean();
      else if (action === 17) await clear(harness, model, TABLES[below(2)]!);
      else {
        if (action === 18) await harness.close();
        else {
          // A copy under way is what a killed process leaves: no close, no flush, no trim.
          const before = directory;
          directory = join(root, String(++restarts));
          copyLive(before, directory);
          await harness.close();
        }
        harness = await openHarness(directory, limits);
      }
    }
    await check(harness, model, seed);
    await harness.clean();
    for (const name of TABLES) {
      if (harness.catalog.table(harness.database.id, name) === undefined) continue;
      expect({ seed, dirty: harness.ingest.readState(harness.table(name).id).dirty }).toEqual({
        seed,
        dirty: [],
      });
    }
    await check(harness, model, seed);
  } finally {
    await harness.close();
    rmSync(root, { recursive: true, force: true });
  }
}

async function write(harness: IngestHarness, model: Model, below: (limit: number) => number): Promise<void> {
  const requests = Array.from({ length: 1 + below(3) }, () => {
    const lines = Array.from({ length: 1 + below(6) }, () => line(model, below));
    return async () => {
      await harness.write(lines.join('\n'), { noSync: below(4) === 0 });
      for (const text of lines) met(harness).add(harness.table(text[0]!).dataId);
    };
  });
  // Requests that run together are applied in the order of the log, unless one has to wait for the schema, or for
  // what the engine holds of a table that is met for the first time.
  const isSettled = TABLES.every((name) => {
    const table = harness.catalog.table(harness.database.id, name);
    return table?.columns.length === 8 && met(harness).has(table.dataId);
  });
  if (isSettled) await Promise.all(requests.map((request) => request()));
  else for (const request of requests) await request();
}

/** The contents of tables that this server was given rows of. */
function met(harness: IngestHarness): Set<number> {
  const contents = metBy.get(harness) ?? new Set();
  metBy.set(harness, contents);
  return contents;
}
const metBy = new WeakMap<IngestHarness, Set<number>>();

/** A random line, applied to the model. Few series, times and fields: most points meet others. */
function line(model: Model, below: (limit: number) => number): string {
  const table = TABLES[below(2)]!;
  const tags = [`a=${below(3)}`, ...(below(2) === 0 ? [`b=${below(2)}`] : [])];
  const time = 1_700_000_000_000_000_000n + BigInt(below(8)) + BigInt(below(3)) * WEEK_NS;
  const fields: [string, unknown, string][] = [];
  for (const name of ['f', 'i', 's', 'ok', 'late']) {
    if (fields.length > 0 && below(2) === 0) continue;
    const value = below(1000);
    if (name === 'f') fields.push([name, value / 4, String(value / 4)]);
    else if (name === 's') fields.push([name, `v${value}`, `"v${value}"`]);
    else if (name === 'ok') fields.push([name, value % 2 === 0, value % 2 === 0 ? 't' : 'f']);
    else fields.push([name, String(value), `${value}i`]);
    if (below(3) === 0) break;
  }
  const key = JSON.stringify([...tags, String(time)]);
  const points = model.get(table)!;
  const point = points.get(key) ?? new Map<string, unknown>();
  for (const [name, value] of fields) point.set(name, value);
  points.set(key, point);
  const order = below(2) === 0 ? tags : tags.toReversed();
  return `${table},${order.join(',')} ${fields.map(([name, , text]) => `${name}=${text}`).join(',')} ${time}`;
}

async function clear(harness: IngestHarness, model: Model, name: string): Promise<void> {
  const table = harness.catalog.table(harness.database.id, name);
  if (table === undefined) return;
  await harness.catalog.as(AUTHOR).clearTable(table.id);
  model.get(name)!.clear();
}

async function check(harness: IngestHarness, model: Model, seed: number): Promise<void> {
  for (const name of TABLES) {
    if (harness.catalog.table(harness.database.id, name) === undefined) {
      expect({ seed, points: model.get(name)!.size }).toEqual({ seed, points: 0 });
      continue;
    }
    const stored = (await harness.rows(name)).map((row) => JSON.stringify(plain(row))).sort();
    const wanted = [...model.get(name)!]
      .map(([key, fields]) => {
        const parts = JSON.parse(key) as string[];
        const tags = parts.slice(0, -1).map((tag) => tag.split('='));
        return JSON.stringify(
          plain({ ...Object.fromEntries(tags), ...Object.fromEntries(fields), time: parts.at(-1) }),
        );
      })
      .sort();
    expect({ seed, name, rows: stored }).toEqual({ seed, name, rows: wanted });
  }
}

/** Without nulls, in order of the names. */
function plain(row: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(row)
      .filter(([, value]) => value !== null)
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  );
}

/** A small deterministic generator (mulberry32). */
function generator(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
