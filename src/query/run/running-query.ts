/** One planned query on its way through the engine: printed, started, checked, counted, mapped to our errors. */
import type { Block } from '../../engine/native/block.ts';
import type { Engine, EngineQuery } from '../../engine/engine.ts';
import type { Ingest } from '../../ingest/ingest.ts';
import type { Logger } from '../../telemetry/logger.ts';
import type { QueryRecorder } from '../query-log.ts';
import type { QueryRequest, QueryResult, ResultFormat } from '../query.ts';
import { encodeRows } from '../results/encode.ts';
import { ENGINE_SETTINGS, type SelectPlan } from '../sql/plan.ts';
import type { ResultColumn } from '../types.ts';
import { limitedBlocks } from './block-stream.ts';
import { queryFailure } from './engine-failure.ts';

import type { PreparedSources } from './prepared-sources.ts';
import { ReadSnapshot } from './read-snapshot.ts';

/** How often a query starts anew because duplicates came while it started; then it reads for duplicates everywhere. */
const MAXIMUM_STARTS = 3;

export interface RunningParts {
  readonly engine: Engine;
  readonly ingest: Ingest;
  readonly logger: Logger;
  readonly plan: SelectPlan;
  readonly sources: PreparedSources;
  /** All tables that are read, those of views included. */
  readonly tableIds: readonly number[];
  readonly nowNs: bigint;
  readonly request: Pick<QueryRequest, 'limits' | 'signal'>;
  readonly serverLimits: ServerQueryLimits;
  readonly recorder: QueryRecorder;
}

/** What no query may exceed, whoever asks. Absent = the engine's own limits only. */
export interface ServerQueryLimits {
  readonly timeMs?: number;
  readonly resultRows?: number;
}

export class RunningQuery implements QueryResult {
  readonly columns: readonly ResultColumn[];
  private readonly parts: RunningParts;
  private rows = 0;
  private readonly onAbort = () => this.release();

  constructor(parts: RunningParts) {
    this.parts = parts;
    this.columns = parts.plan.columns;
    parts.request.signal.addEventListener('abort', this.onAbort, { once: true });
  }

  async *encode(format: ResultFormat): AsyncGenerator<Uint8Array> {
    yield* this.recorded(encodeRows(this.columns, this.blocks(), format));
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
    this.parts.sources.release();
    this.parts.recorder.ended('cancel', this.rows);
  }

  /** The engine's statement as it would be printed now. */
  engineSql(): string {
    return this.print(ReadSnapshot.take(this.parts.ingest, this.parts.tableIds));
  }

  private async *recorded<T>(items: AsyncIterable<T>): AsyncGenerator<T> {
    const { recorder, request, logger } = this.parts;
    try {
      yield* items;
      recorder.ended('success', this.rows);
    } catch (error) {
      recorder.ended(request.signal.aborted ? 'cancel' : 'fail', this.rows);
      throw queryFailure(error, { limits: request.limits, logger });
    } finally {
      this.release();
    }
  }

  private async *blocks(): AsyncGenerator<Block> {
    const counted = (rows: number) => {
      this.rows += rows;
    };
    yield* limitedBlocks(this.start(), this.resultRows(), counted);
  }

  /**
   * Starts the statement. When the first bytes are there the engine has fixed which data it reads; if duplicates
   * came in after it was printed and before that, it starts anew. Nothing was handed on until then.
   */
  private async *start(): AsyncGenerator<Uint8Array> {
    const { engine, ingest, tableIds } = this.parts;
    for (let starts = 1; ; starts++) {
      const isLast = starts === MAXIMUM_STARTS;
      const snapshot = isLast ? ReadSnapshot.cautious(tableIds) : ReadSnapshot.take(ingest, tableIds);
      const stream = engine.query(this.statement(this.print(snapshot)));
      const chunks = stream[Symbol.asyncIterator]();
      try {
        let next = await chunks.next();
        if (!isLast && !snapshot.covers(ReadSnapshot.take(ingest, tableIds))) continue;
        for (; next.done !== true; next = await chunks.next()) yield next.value;
        return;
      } finally {
        await chunks.return?.();
      }
    }
  }

  private print(snapshot: ReadSnapshot): string {
    const { plan, sources, nowNs } = this.parts;
    const environment = {
      nowNs,
      readState: (tableId: number) => snapshot.readState(tableId),
      virtualSource: (id: string): string => sources.sql(id, environment),
    };
    return plan.print(environment);
  }

  private statement(sql: string): EngineQuery {
    const { plan, request, serverLimits } = this.parts;
    const timeMs = smallest(request.limits.timeMs, serverLimits.timeMs);
    const resultRows = this.resultRows();
    return {
      sql,
      format: 'Native',
      settings: ENGINE_SETTINGS,
      limits: {
        ...(timeMs === undefined ? {} : { timeMs }),
        ...(resultRows === undefined ? {} : { resultRows }),
      },
      signal: request.signal,
      weight: plan.weight,
    };
  }

  private resultRows(): number | undefined {
    return smallest(this.parts.request.limits.resultRows, this.parts.serverLimits.resultRows);
  }
}

function smallest(a: number | undefined, b: number | undefined): number | undefined {
  if (a === undefined) return b;
  return b === undefined ? a : Math.min(a, b);
}
