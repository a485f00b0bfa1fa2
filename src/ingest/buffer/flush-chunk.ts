/** A chunk into the engine: each point once, complete, and marked where it may be there twice. */
import type { CatalogReader } from '../../catalog/catalog.ts';
import type { TableRecord } from '../../catalog/records.ts';
import type { Engine, InsertBatch } from '../../engine/engine.ts';
import type { Clock } from '../../platform/clock.ts';
import { turns } from '../../platform/turns.ts';
import { type DirtyState, includeTime, type TimeRange } from '../dirty/dirty-state.ts';
import type { IngestLimits } from '../limits.ts';
import { joinHalves } from '../lineprotocol/int64.ts';
import { type Duplicates, findDuplicates, hasValue } from './duplicates.ts';
import { encodeChunk } from './encode-chunk.ts';
import type { FlushCounters } from './flush-counters.ts';
import { appendStored, lookUp } from './look-up.ts';
import { select } from './selection.ts';
import type { Spares } from './spares.ts';
import type { TableChunk } from './table-chunk.ts';

/** After so many rows (a power of two, less one) it is looked whether others should run. */
const LOOK_MASK = 1023;

export interface FlushParts {
  readonly engine: Engine;
  readonly catalog: CatalogReader;
  readonly dirty: DirtyState;
  readonly clock: Clock;
  readonly limits: IngestLimits;
  readonly counters: FlushCounters;
  readonly spares: Spares;
}

/** A chunk that is ready to be inserted, again where an insert failed. */
export interface PreparedChunk {
  readonly table: TableRecord;
  readonly batch: InsertBatch;
  /** Where its rows may double rows of the engine. */
  readonly doubles: Map<number, TimeRange>;
}

export async function prepareChunk(
  parts: FlushParts,
  table: TableRecord,
  chunk: TableChunk,
): Promise<PreparedChunk> {
  await turns.begin();
  await chunk.makeColumns(parts.spares, turns);
  const duplicates = await findDuplicates(chunk, turns);
  const doubles = new Map<number, TimeRange>();
  const stored = new Map<number, number>();
  if (duplicates.candidates.length > 0) {
    const asked = rowsToLookUp(table, chunk, duplicates, parts.limits.lookUps);
    const isDirty = [...parts.dirty.of(table.id)].length > 0;
    for await (const found of lookUp(parts.engine, table, chunk, asked, { isDirty })) {
      appendStored(chunk, table, found, stored);
    }
    for (const column of chunk.storedFields.values()) column.ensure(stored.size + 1);
    const isAnswered = new Set(asked);
    // Not looked up: nobody knows, so it counts as double.
    await includeTimes(
      doubles,
      chunk,
      duplicates.candidates.filter((row) => stored.has(row) || !isAnswered.has(row)),
    );
  }
  const selection = select(chunk, duplicates, stored);
  const batch = encodeChunk(chunk, selection, table, { blockCells: parts.limits.blockCells, turns });
  return { table, batch, doubles };
}

/** The marks are on the disk before the rows are in the engine. */
export async function insertChunk(
  parts: FlushParts,
  { table, batch, doubles }: PreparedChunk,
): Promise<void> {
  const { engine, dirty, clock, counters } = parts;
  const marked = await dirty.mark(table.id, doubles);
  try {
    const target = { database: table.engineDatabase, table: table.engineTable };
    await counters.count(
      batch.rows,
      () => clock.monotonicMs(),
      () => engine.insert(target, batch, { durable: true }),
    );
  } finally {
    dirty.insertEnded(marked);
  }
}

/** After a failed insert: any of the rows may be in the engine, so that the next attempt doubles them. */
export function doubtAll({ doubles }: PreparedChunk, chunk: TableChunk): Promise<void> {
  return includeTimes(
    doubles,
    chunk,
    Array.from({ length: chunk.rows }, (_, row) => row),
  );
}

/** Lets others run now and then. */
async function includeTimes(
  ranges: Map<number, TimeRange>,
  chunk: TableChunk,
  rows: readonly number[],
): Promise<void> {
  for (const [index, row] of rows.entries()) {
    includeTime(ranges, timeNs(chunk, row));
    if ((index & LOOK_MASK) === 0 && turns.isOver) await turns.goOn();
  }
}

/** All that are in doubt when they are few, for then reads can stay plain; else those that lack a field. */
function rowsToLookUp(
  table: TableRecord,
  chunk: TableChunk,
  duplicates: Duplicates,
  limit: number,
): readonly number[] {
  const { candidates } = duplicates;
  if (candidates.length <= limit) return candidates;
  const names = table.columns.filter(({ type }) => type !== 'tag' && type !== 'time').map(({ name }) => name);
  const fields = names.map((name) => chunk.fields.get(name));
  return candidates.filter((row) =>
    fields.some((field) => field === undefined || !hasValue(field, row, duplicates)),
  );
}

function timeNs(chunk: TableChunk, row: number): bigint {
  return joinHalves(chunk.times[row * 2]!, chunk.times[row * 2 + 1]!);
}
