/** A running query of the in-process engine, pulled chunk by chunk. */
import { EngineError, type EngineQuery, type QueryStatistics, type QueryStream } from '../engine.ts';
import { type Killer, marked } from './killer.ts';
import type { Lane } from './lane.ts';
import { mapError } from './map-error.ts';
import type { QueryThread } from './query-thread.ts';
import type { SmallSession } from './small-session.ts';
import {
  bindParameters,
  checkSingleStatement,
  limitSettings,
  type Settings,
  settingsClause,
} from './statement.ts';
import type { WriteWatch } from './write-proof.ts';

/** A query that takes longer may have put rows aside on the disk, which may not have taken them. */
const LONG_MS = 200;
/** Bytes on their way to the reader at once, and one chunk more: some are read, others ready. */
const WINDOW_BYTES = 2 ** 21;
/** The thread hears of what was read in so many steps a window: of each small chunk would wake it all the time. */
const WINDOW_STEPS = 4;
/** What the engine gets beyond a time limit to say so itself. */
const GRACE_MS = 300;
const MAXIMUM_TIMER_MS = 2 ** 31 - 1;

interface QueryParts {
  readonly lane: Lane<QueryThread>;
  readonly small: Lane<SmallSession>;
  readonly query: EngineQuery;
  readonly marker: string;
  readonly defaults: Readonly<Record<string, number>>;
  readonly killer: Killer;
  /** Since the query began. */
  readonly writes: WriteWatch;
  ended(): void;
}

export class ChdbQueryStream implements QueryStream {
  private readonly parts: QueryParts;
  /** Aborted by `cancel`: leaves the queue of the lane. */
  private readonly abort = new AbortController();
  private readonly onAbort = () => this.cancel();
  private readonly chunks: Uint8Array[] = [];
  private thread: QueryThread | undefined;
  /** The statement runs in a session of this thread. */
  private isWhole = false;
  private settled = false;
  private error: EngineError | undefined;
  private timer: NodeJS.Timeout | undefined;
  /** Why it was killed, when not by its reader. */
  private killedFor: EngineError | undefined;
  private wake = () => {};
  /** The thread has not heard of yet. */
  private readBytes = 0;
  private resultRows = 0;
  private resultBytes = 0;
  private startedMs = 0;
  private elapsedMs = 0;
  /** That the disk took all of a long query's rows: asked as soon as the engine is done, while rows are still read. */
  private proof: Promise<void> | undefined;

  constructor(parts: QueryParts) {
    this.parts = parts;
    const { signal } = parts.query;
    if (signal?.aborted) this.abort.abort();
    else signal?.addEventListener('abort', this.onAbort, { once: true });
  }

  statistics(): QueryStatistics {
    return { resultRows: this.resultRows, resultBytes: this.resultBytes, elapsedMs: this.elapsedMs };
  }

  /** Works without the reader: a reader that stopped pulling must not keep the place. */
  cancel(): void {
    if (this.abort.signal.aborted || this.settled) return;
    this.abort.abort();
    this.parts.query.signal?.removeEventListener('abort', this.onAbort);
    this.chunks.length = 0;
    if (this.thread !== undefined || this.isWhole) {
      this.thread?.cancel();
      this.parts.killer.kill(this.parts.marker);
    } else this.end();
    this.wake();
  }

  /** Kills it if the engine is working on it: then it fails for this reason. */
  interrupt(reason: EngineError): void {
    if (this.settled || (this.thread === undefined && !this.isWhole)) return;
    this.killedFor = reason;
    this.thread?.cancel();
    this.parts.killer.kill(this.parts.marker);
  }

  async *[Symbol.asyncIterator](): AsyncIterator<Uint8Array> {
    this.startedMs = performance.now();
    try {
      await this.start();
      while (true) {
        if (this.abort.signal.aborted) throw new EngineError('cancelled', 'the query was cancelled');
        const chunk = this.chunks.shift();
        if (chunk !== undefined) {
          const { byteLength } = chunk;
          yield chunk;
          this.read(byteLength);
        } else if (this.settled) {
          if (this.error !== undefined) throw await this.parts.writes.explain(this.error);
          await this.proof;
          return;
        } else {
          await new Promise<void>((resolve) => {
            this.wake = resolve;
          });
        }
      }
    } finally {
      this.elapsedMs = performance.now() - this.startedMs;
      this.cancel();
      this.end();
    }
  }

  private read(bytes: number): void {
    this.readBytes += bytes;
    if (this.readBytes < WINDOW_BYTES / WINDOW_STEPS) return;
    this.thread?.read(this.readBytes);
    this.readBytes = 0;
  }

  private async start(): Promise<void> {
    const { lane, query, marker, killer } = this.parts;
    if (query.small === true && (await this.startWhole())) return;
    const sql = `${this.text()}${settingsClause({ ...this.settings(), readonly: 1 })}`;
    const thread = await lane.acquire(this.abort.signal);
    try {
      await thread.ready();
      if (this.abort.signal.aborted) throw new EngineError('cancelled', 'the query was cancelled');
    } catch (error) {
      lane.release(thread);
      throw mapError(error);
    }
    this.thread = thread;
    this.limitTime();
    // Only a SELECT can be streamed, and only Native blocks can be laid end to end: the engine would end
    // every chunk of the other formats as a complete file.
    const streamed = query.format === 'Native' && /^[\s(]*(select|with)\b/i.test(query.sql);
    thread.start(
      { sql, format: query.format, streamed, windowBytes: WINDOW_BYTES },
      {
        chunk: (bytes, rows) => {
          if (this.abort.signal.aborted) return;
          this.resultRows += rows;
          this.resultBytes += bytes.byteLength;
          this.chunks.push(bytes);
          this.wake();
        },
        settled: (error) => {
          this.thread = undefined;
          killer.settled(marker);
          lane.release(thread);
          this.settle(error);
        },
      },
    );
  }

  /** False when the statement has to be streamed: no place is free, or its result is large. */
  private async startWhole(): Promise<boolean> {
    const { small, marker, killer } = this.parts;
    const sql = this.text();
    const session = this.abort.signal.aborted ? undefined : small.take();
    if (session === undefined) return false;
    this.isWhole = true;
    this.limitTime();
    let failure: EngineError | undefined;
    try {
      const result = await session.read(sql, this.parts.query.format, this.settings());
      if (result === 'large') return false;
      this.resultRows = result.rows;
      this.resultBytes = result.bytes.byteLength;
      if (result.bytes.byteLength > 0) this.chunks.push(result.bytes);
    } catch (error) {
      failure = mapError(error);
    } finally {
      this.isWhole = false;
      clearTimeout(this.timer);
      killer.settled(marker);
      small.release(session);
    }
    this.settle(failure);
    return true;
  }

  private settle(error: EngineError | undefined): void {
    clearTimeout(this.timer);
    this.settled = true;
    this.error = this.reason(error);
    if (this.error === undefined && performance.now() - this.startedMs > LONG_MS) {
      this.proof = this.parts.writes.require();
      // Nobody may be reading any more.
      this.proof.catch(() => {});
    }
    this.end();
    this.wake();
  }

  private reason(error: EngineError | undefined): EngineError | undefined {
    return error === undefined || error.kind === 'cancelled' ? (this.killedFor ?? error) : error;
  }

  /** The engine looks at its clock between blocks only: a stage that takes long is killed from outside. */
  private limitTime(): void {
    const timeMs = this.parts.query.limits?.timeMs;
    if (timeMs === undefined) return;
    this.timer = setTimeout(
      () => {
        this.interrupt(new EngineError('time', 'the statement took too long and was killed'));
      },
      Math.min(timeMs + GRACE_MS, MAXIMUM_TIMER_MS),
    );
  }

  /** Nothing may hold on to a stream that has ended, neither the engine nor the caller's signal. */
  private end(): void {
    if (this.thread !== undefined || this.isWhole) return;
    this.parts.query.signal?.removeEventListener('abort', this.onAbort);
    this.parts.ended();
  }

  private settings(): Settings {
    const { query, defaults } = this.parts;
    return {
      ...defaults,
      ...limitSettings(query.limits ?? {}),
      ...query.settings,
      ...(query.format === 'ArrowStream' ? { output_format_arrow_compression_method: 'none' } : {}),
    };
  }

  private text(): string {
    const { query, marker } = this.parts;
    checkSingleStatement(query.sql);
    return marked(marker, bindParameters(query.sql, query.parameters ?? {}));
  }
}
