/** Answers narrow statements from the rows as the engine stores them, without it; else it says that it has to be asked. */
import type { CatalogReader } from '../../catalog/catalog.ts';
import { EngineError } from '../../engine/engine.ts';
import type { Block } from '../../engine/native/block.ts';
import type { StoredRows } from '../../engine/stored-rows.ts';
import type { Ingest } from '../../ingest/ingest.ts';
import type { Clock } from '../../platform/clock.ts';
import type { Logger } from '../../telemetry/logger.ts';
import type { QueryRequest } from '../query.ts';
import type { PreparedPlan } from '../run/running-query.ts';
import { overlaps } from '../sql/time-range.ts';
import { AskEngine } from './ask-engine.ts';
import { evaluate } from './evaluate.ts';
import { Pace } from './pace.ts';
import type { NarrowStatement } from './statement.ts';

/** A reading that has to look at more is the engine's: its own planning is little beside the work then. */
const MAXIMUM_ROWS = 200_000;

export interface NarrowReadsParts {
  readonly storedRows: StoredRows;
  readonly ingest: Pick<Ingest, 'readState'>;
  readonly catalog: Pick<CatalogReader, 'version'>;
  readonly clock: Pick<Clock, 'monotonicMs'>;
  readonly logger: Logger;
}

/** What a query may take. */
interface Limits {
  readonly signal: QueryRequest['signal'];
  readonly timeMs?: number;
}

interface Span {
  readonly fromNs: bigint;
  readonly toNs: bigint;
}

export class NarrowReads {
  private readonly parts: NarrowReadsParts;
  private answered = 0;
  private leftToEngine = 0;

  constructor(parts: NarrowReadsParts) {
    this.parts = parts;
  }

  statistics(): { readonly answered: number; readonly leftToEngine: number } {
    const { answered, leftToEngine } = this;
    return { answered, leftToEngine };
  }

  /** null: the engine has to answer. Throws only when the time is over or the request is gone. */
  async block(prepared: PreparedPlan, nowNs: bigint, limits: Limits): Promise<Block | null> {
    const { narrow } = prepared.plan;
    if (narrow === undefined) return null;
    const block = await this.read(narrow, prepared, nowNs, limits);
    if (block === null) this.leftToEngine++;
    else this.answered++;
    return block;
  }

  private async read(
    narrow: NarrowStatement,
    prepared: PreparedPlan,
    nowNs: bigint,
    { signal, timeMs }: Limits,
  ): Promise<Block | null> {
    const { columns } = prepared.plan;
    const { clock, logger } = this.parts;
    const endsAtMs = clock.monotonicMs() + (timeMs ?? Number.POSITIVE_INFINITY);
    const pace = new Pace(signal, () => clock.monotonicMs() >= endsAtMs);
    try {
      const span = spanOf(narrow, nowNs);
      if (!this.isCurrent(prepared, narrow, span)) return null;
      const runs = await this.runs(narrow, span, signal);
      pace.check();
      // Duplicates may have come while it read, or the table may be another one by now.
      if (runs === null || !this.isCurrent(prepared, narrow, span)) return null;
      return await evaluate(narrow, runs, columns, pace);
    } catch (error) {
      // A reading that was cut short has errors of its own.
      pace.check();
      if (error instanceof EngineError && (error.kind === 'time' || error.kind === 'cancelled')) throw error;
      logger.debug(
        { err: error },
        error instanceof AskEngine
          ? 'rows need the engine to be answered from'
          : 'rows could not be read without the engine',
      );
      return null;
    }
  }

  private runs(
    { table, tagFilter, visible, tags, fields }: NarrowStatement,
    span: Span,
    signal: AbortSignal,
  ): ReturnType<StoredRows['read']> {
    const isEmpty =
      span.fromNs > span.toNs ||
      visible?.length === 0 ||
      [...tagFilter.values()].some((values) => values.size === 0);
    if (isEmpty) return Promise.resolve([]);
    const request = { table, ...span, tagFilter, visible, tags, fields, maximumRows: MAXIMUM_ROWS, signal };
    return this.parts.storedRows.read(request);
  }

  /** Whether the table is the one that was planned for, and has each of its points once. */
  private isCurrent({ catalogVersion }: PreparedPlan, { tableId }: NarrowStatement, span: Span): boolean {
    const { catalog, ingest } = this.parts;
    const isDirty = ingest.readState(tableId).dirty.some((dirty) => overlaps(span, dirty));
    return !isDirty && catalog.version === catalogVersion;
  }
}

/** Points that are older than the retention period do not exist. */
function spanOf({ fromNs, toNs, retentionNs }: NarrowStatement, nowNs: bigint): Span {
  const keptFromNs = retentionNs === null ? fromNs : nowNs - retentionNs;
  return { fromNs: keptFromNs > fromNs ? keptFromNs : fromNs, toNs };
}
