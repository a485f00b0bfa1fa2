/** A running query of the in-process engine, pulled chunk by chunk. */
import type { Session } from 'chdb';
import { EngineError, type EngineQuery, type QueryStatistics, type QueryStream } from '../engine.ts';
import type { Lane } from './lane.ts';
import { mapError } from './map-error.ts';
import { bindParameters, limitSettings, settingsClause } from './statement.ts';

interface QueryParts {
  readonly lane: Lane;
  readonly query: EngineQuery;
  /** Stands in a comment at the head of the statement, so that a kill finds it. */
  readonly marker: string;
  readonly defaults: Readonly<Record<string, number>>;
  kill(marker: string): Promise<void>;
  ended(): void;
}

export class ChdbQueryStream implements QueryStream {
  private readonly parts: QueryParts;
  private readonly abort = new AbortController();
  private rowsRead = 0;
  private bytesRead = 0;
  private elapsedMs = 0;
  private session: Session | undefined;

  constructor(parts: QueryParts) {
    this.parts = parts;
    const { signal } = parts.query;
    if (signal?.aborted) this.abort.abort();
    else signal?.addEventListener('abort', () => this.cancel(), { once: true });
  }

  statistics(): QueryStatistics {
    return { rowsRead: this.rowsRead, bytesRead: this.bytesRead, elapsedMs: this.elapsedMs };
  }

  cancel(): void {
    if (this.abort.signal.aborted) return;
    this.abort.abort();
    if (this.session !== undefined) void this.parts.kill(this.parts.marker);
  }

  async *[Symbol.asyncIterator](): AsyncIterator<Uint8Array> {
    const { lane, query } = this.parts;
    const started = performance.now();
    let finished = false;
    try {
      this.session = await lane.acquire(this.abort.signal);
      const stream = this.session.queryStream(this.text(), { format: query.format });
      for await (const chunk of stream) {
        if (this.abort.signal.aborted) throw new EngineError('cancelled', 'the query was cancelled');
        this.rowsRead += chunk.numRows;
        this.bytesRead += chunk.numBytes;
        yield chunk.raw();
      }
      finished = true;
    } catch (error) {
      finished = true;
      const mapped = mapError(error);
      throw this.abort.signal.aborted && mapped.kind !== 'down'
        ? new EngineError('cancelled', 'the query was cancelled', { cause: error })
        : mapped;
    } finally {
      this.elapsedMs = performance.now() - started;
      if (!finished) await this.parts.kill(this.parts.marker);
      if (this.session !== undefined) lane.release(this.session);
      this.session = undefined;
      this.parts.ended();
    }
  }

  private text(): string {
    const { query, defaults, marker } = this.parts;
    const settings = {
      ...defaults,
      ...limitSettings(query.limits ?? {}),
      ...query.settings,
      ...(query.format === 'ArrowStream' ? { output_format_arrow_compression_method: 'none' } : {}),
      readonly: 1,
    };
    return `/* ${marker} */ ${bindParameters(query.sql, query.parameters ?? {})}${settingsClause(settings)}`;
  }
}
