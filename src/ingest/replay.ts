/** What the log holds after a start goes through the buffers again. Doing so twice changes nothing. */
import type { Catalog } from '../catalog/catalog.ts';
import type { TableRecord } from '../catalog/records.ts';
import type { Logger } from '../telemetry/logger.ts';
import type { Buffers } from './buffers.ts';
import { FieldLayouts } from './field-layout.ts';
import type { IngestLimits } from './limits.ts';
import { SeriesKeyCache } from './lineprotocol/series-key-cache.ts';
import { decodeRecord } from './log-record.ts';
import { unpackBody } from './packed-body.ts';
import { type ParseInput, parseRequest } from './parse-request.ts';
import { RowsPool } from './rows-pool.ts';
import type { LoggedRecord, LogSequence } from './wal/log.ts';

export interface ReplayParts {
  readonly catalog: Catalog;
  readonly buffers: Buffers;
  /** Records before this are in the engine. */
  readonly flushedBefore: LogSequence;
  readonly logger: Logger;
  readonly limits: IngestLimits;
}

/** Accepted lines are not judged by limits that came later. */
const NO_LIMITS = {
  databases: Number.POSITIVE_INFINITY,
  tables: Number.POSITIVE_INFINITY,
  columnsPerTable: Number.POSITIVE_INFINITY,
  tagColumnsPerTable: Number.POSITIVE_INFINITY,
};
const PART_ROWS = 1024;
const KEY_CACHE_BYTES = 32 * 2 ** 20;

export async function replay(parts: ReplayParts, records: AsyncIterable<LoggedRecord>): Promise<void> {
  const { buffers, flushedBefore, limits, logger } = parts;
  const memory = {
    keys: new SeriesKeyCache(KEY_CACHE_BYTES),
    layouts: new FieldLayouts(),
    pool: new RowsPool(limits.rowsPoolBytes),
  };
  let count = 0;
  let rows = 0;
  for await (const record of records) {
    if (record.sequence < flushedBefore) continue;
    rows += await replayRecord(parts, memory, record);
    count++;
    if (buffers.bytes > limits.bufferBytes / 2) await buffers.flush();
  }
  if (count > 0) logger.info({ records: count, rows }, 'the write-ahead log was replayed');
}

async function replayRecord(
  { catalog, buffers, logger }: ReplayParts,
  memory: Pick<ParseInput, 'keys' | 'layouts' | 'pool'>,
  { sequence, payload }: LoggedRecord,
): Promise<number> {
  const record = decodeRecord(payload);
  const live = new Map<string, TableRecord>();
  for (const [name, { id, dataId }] of record.tables) {
    const table = catalog.tableById(id);
    if (table?.dataId !== dataId) continue;
    if (buffers.get(id) === undefined) await buffers.load(table);
    live.set(name, table);
  }
  const parsed = parseRequest({
    body: unpackBody(record.body),
    ...memory,
    precision: record.precision,
    defaultTimeNs: record.defaultTimeNs,
    limits: NO_LIMITS,
    table: (name) => live.get(name) ?? 'gone',
    tableCount: () => 0,
    allowTable: null,
    stopAtFirstError: false,
    skipLines: record.skipLines,
  });
  let { rows } = parsed;
  if (parsed.errors.length > 0) {
    logger.error({ sequence, errors: parsed.errors.slice(0, 3) }, 'acknowledged lines no longer parse');
  }
  for (const batch of parsed.tables) {
    if (batch.needsSchema) {
      // The catalog was durable before the log: this is a catalog from a backup, older than the log.
      logger.error(
        { sequence, table: batch.name, rows: batch.rows },
        'the catalog lacks columns of logged rows',
      );
      rows -= batch.rows;
      continue;
    }
    const record = batch.record!;
    for (const part of batch.parts(PART_ROWS)) buffers.get(record.id)?.append(part, record, sequence);
  }
  memory.pool.give(parsed.stores);
  return rows;
}
