/** One planned query on its way through the engine: printed, started, checked, counted, mapped to our errors. */
import { isDeepStrictEqual } from 'node:util';
import type { CatalogReader } from '../../catalog/catalog.ts';
import { type Engine, EngineError, type EngineQuery } from '../../engine/engine.ts';
import type { Block } from '../../engine/native/block.ts';
import type { Ingest } from '../../ingest/ingest.ts';
import type { Logger } from '../../telemetry/logger.ts';
import type { QueryRequest, QueryResult, ResultFormat } from '../query.ts';
import type { QueryRecorder } from '../query-log.ts';
import { encodeRows, encodeText } from '../results/encode.ts';
import { isTextFormat } from '../results/text-format.ts';
import type { TextThreads } from '../results/threads/text-threads.ts';
import { ENGINE_SETTINGS, LIGHT_SETTINGS, type SelectPlan } from '../sql/plan.ts';
import type { ResultColumn } from '../types.ts';
import { limitedBlocks, limitedRows } from './block-stream.ts';
import { queryFailure } from './engine-failure.ts';

import type { PreparedSources } from './prepared-sources.ts';
import { ReadSnapshot } from './read-snapshot.ts';
import { type SmallQueries, shapeOf } from './small-queries.ts';

/** How often a query starts anew because duplicates came while it started; then it reads for duplicates everywhere. */
const MAXIMUM_STARTS = 3;

/** A plan with everything in place to run it. */
export interface PreparedPlan {
  readonly plan: SelectPlan;
  readonly sources: PreparedSources;
  /** All tables that are read, those of views included. */
  readonly tableIds: readonly number[];
  /** The catalog's version before it was planned. */
  readonly catalogVersion: number;
}

export interface RunningParts {
  readonly engine: Engine;
  readonly ingest: Ingest;
  readonly catalog: Pick<CatalogReader, 'version'>;
  readonly logger: Logger;
  readonly prepared: PreparedPlan;
  /** Plans the same text again, over the catalog as it is now. */
  replan(): Promise<PreparedPlan>;
  readonly nowNs: bigint;
  readonly request: Pick<QueryRequest, 'limits' | 'signal' | 'database' | 'scope' | 'text'>;
  readonly serverLimits: ServerQueryLimits;
  readonly recorder: QueryRecorder;
  readonly smallQueries: SmallQueries;
  readonly textThreads: TextThreads;
}

/** What no query may exceed, whoever asks. Absent = the engine's own limits only. */
export interface ServerQueryLimits {
  readonly timeMs?: number;
  readonly resultRows?: number;
}

export class RunningQuery implements QueryResult {
  readonly columns: readonly ResultColumn[];
  private readonly parts: RunningParts;
  private prepared: PreparedPlan;
  private readonly limits: ServerQueryLimits;
  /** Ends with the request, or when the time is over; waiting for a place counts too. */
  private readonly signal: AbortSignal;
  private readonly timeout: AbortSignal | null;
  private readonly shape: string;
  private rows = 0;
  private readonly onAbort = () => this.release();
  private readonly counted = (rows: number) => {
    this.rows += rows;
  };

  constructor(parts: RunningParts) {
    this.parts = parts;
    this.prepared = parts.prepared;
    this.shape = shapeOf(parts.request);
    this.columns = parts.prepared.plan.columns;
    this.limits = {
      ...smallestLimit('timeMs', parts.request.limits, parts.serverLimits),
      ...smallestLimit('resultRows', parts.request.limits, parts.serverLimits),
    };
    this.timeout = this.limits.timeMs === undefined ? null : AbortSignal.timeout(this.limits.timeMs);
    const { signal } = parts.request;
    this.signal = this.timeout === null ? signal : AbortSignal.any([signal, this.timeout]);
    parts.request.signal.addEventListener('abort', this.onAbort, { once: true });
  }

  async *encode(format: ResultFormat): AsyncGenerator<Uint8Array> {
    yield* this.recorded(this.encoded(format));
  }

  /** Runs to the end without keeping anything; the number of rows. */
  async count(): Promise<number> {
    for await (const _ of this.recorded(this.blocks())) {
      // Only counted.
    }
    return this.rows;
  }

  /** Frees what was staged and records that nobody waited for the end. Safe to call at any time. */
  release(): void {
    this.parts.request.signal.removeEventListener('abort', this.onAbort);
    this.prepared.sources.release();
    this.parts.recorder.ended('cancel', this.rows);
  }

  /** The engine's statement as it would be printed now. */
  engineSql(): string {
    return this.print(ReadSnapshot.take(this.parts.ingest, this.prepared.tableIds));
  }

  private async *recorded<T>(items: AsyncIterable<T>): AsyncGenerator<T> {
    const { recorder, request, logger } = this.parts;
    try {
      yield* items;
      recorder.ended('success', this.rows);
    } catch (error) {
      recorder.ended(request.signal.aborted ? 'cancel' : 'fail', this.rows);
      throw queryFailure(this.timedOut(error), {
        tokenLimits: request.limits,
        limits: this.limits,
        logger,
      });
    } finally {
      this.release();
    }
  }

  private encoded(format: ResultFormat): AsyncIterable<Uint8Array> {
    const { columns, limits, counted } = this;
    if (!isTextFormat(format)) return encodeRows(columns, this.blocks(), format);
    const open = () => this.parts.textThreads.open(columns, format);
    return encodeText(columns, limitedRows(this.start(), limits.resultRows, counted, open), format);
  }

  private blocks(): AsyncIterable<Block> {
    return limitedBlocks(this.start(), this.limits.resultRows, this.counted);
  }

  private timedOut(error: unknown): unknown {
    const isOver = this.timeout?.aborted === true && !this.parts.request.signal.aborted;
    if (!isOver || !(error instanceof EngineError) || error.kind !== 'cancelled') return error;
    return new EngineError('time', 'the time of the query is over', { cause: error });
  }

  /**
   * Starts the statement. When the first bytes are there the engine has fixed which data it reads; if duplicates
   * came in after it was printed and before that, it starts anew, and so it does when a table was replaced
   * meanwhile. Nothing was handed on until then.
   */
  private async *start(): AsyncGenerator<Uint8Array> {
    const { engine, ingest } = this.parts;
    for (let starts = 1; ; starts++) {
      const { tableIds } = this.prepared;
      const isLast = starts === MAXIMUM_STARTS;
      const snapshot = isLast ? ReadSnapshot.cautious(tableIds) : ReadSnapshot.take(ingest, tableIds);
      const stream = engine.query(this.statement(this.print(snapshot)));
      const chunks = stream[Symbol.asyncIterator]();
      try {
        let next = await this.first(chunks, isLast);
        if (next === 'again') continue;
        if (!isLast && !snapshot.covers(ReadSnapshot.take(ingest, tableIds))) continue;
        for (; next.done !== true; next = await chunks.next()) yield next.value;
        this.parts.smallQueries.ran(this.shape, stream.statistics());
        return;
      } finally {
        await chunks.return?.();
      }
    }
  }

  /** The first chunk; `again` when the plan was stale and there is a new one. */
  private async first(
    chunks: AsyncIterator<Uint8Array>,
    isLast: boolean,
  ): Promise<IteratorResult<Uint8Array> | 'again'> {
    try {
      return await chunks.next();
    } catch (error) {
      const isUnknown = error instanceof EngineError && error.kind === 'unknown';
      if (isLast || !isUnknown || this.parts.catalog.version === this.prepared.catalogVersion) throw error;
      const next = await this.parts.replan();
      this.prepared.sources.release();
      this.prepared = next;
      if (!isDeepStrictEqual(next.plan.columns, this.columns)) throw error;
      return 'again';
    }
  }

  private print(snapshot: ReadSnapshot): string {
    const { nowNs } = this.parts;
    const { plan, sources } = this.prepared;
    const environment = {
      nowNs,
      readState: (tableId: number) => snapshot.readState(tableId),
      virtualSource: (id: string): string => sources.sql(id, environment),
    };
    return plan.print(environment);
  }

  private statement(sql: string): EngineQuery {
    const { weight } = this.prepared.plan;
    return {
      sql,
      format: 'Native',
      settings: weight === 'light' ? LIGHT_SETTINGS : ENGINE_SETTINGS,
      limits: this.limits,
      signal: this.signal,
      weight,
      small: this.parts.smallQueries.isSmall(this.shape),
    };
  }
}

/** The smaller one of two limits; nothing where there is none. */
export function smallestLimit<Name extends keyof ServerQueryLimits>(
  name: Name,
  a: ServerQueryLimits,
  b: ServerQueryLimits,
): Pick<ServerQueryLimits, Name> {
  const values = [a[name], b[name]].filter((value) => value !== undefined);
  return (values.length === 0 ? {} : { [name]: Math.min(...values) }) as Pick<ServerQueryLimits, Name>;
}
