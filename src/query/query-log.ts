/** The recent queries, for `system.queries`: bounded in number and in bytes of text, oldest out first. */
import type { QueryLanguage, QueryPrincipal } from './query.ts';

type QueryPhase = 'received' | 'planned' | 'permit' | 'success' | 'fail' | 'cancel';

/** One query; all durations are nanoseconds, null until known. */
export interface LoggedQuery {
  readonly id: string;
  readonly databaseId: number;
  readonly principal: QueryPrincipal | null;
  readonly language: QueryLanguage;
  readonly text: string;
  readonly issuedAtNs: bigint;
  readonly phase: QueryPhase;
  readonly planNs: bigint | null;
  /** Waiting for pending rows before the engine starts. */
  readonly permitNs: bigint | null;
  readonly executeNs: bigint | null;
  readonly endToEndNs: bigint | null;
  readonly rows: bigint | null;
}

export type NewQuery = Pick<LoggedQuery, 'databaseId' | 'principal' | 'language' | 'text' | 'issuedAtNs'>;

type Mutable = { -readonly [Key in keyof LoggedQuery]: LoggedQuery[Key] };

const MAXIMUM_TEXT_BYTES = 16 * 1024 * 1024;

/** What a running query tells the log; each call is one step further. */
export class QueryRecorder {
  private readonly entry: Mutable;
  private readonly nowMs: () => number;
  private readonly startedMs: number;
  private lastMs: number;

  constructor(entry: Mutable, nowMs: () => number) {
    this.entry = entry;
    this.nowMs = nowMs;
    this.startedMs = nowMs();
    this.lastMs = this.startedMs;
  }

  planned(): void {
    this.entry.planNs = this.lap();
    this.entry.phase = 'planned';
  }

  permitted(): void {
    this.entry.permitNs = this.lap();
    this.entry.phase = 'permit';
  }

  ended(phase: 'success' | 'fail' | 'cancel', rows: number | null): void {
    if (this.entry.endToEndNs !== null) return;
    if (this.entry.permitNs !== null) this.entry.executeNs = this.lap();
    this.entry.endToEndNs = nanoseconds(this.nowMs() - this.startedMs);
    this.entry.rows = rows === null ? null : BigInt(rows);
    this.entry.phase = phase;
  }

  private lap(): bigint {
    const nowMs = this.nowMs();
    const lapMs = nowMs - this.lastMs;
    this.lastMs = nowMs;
    return nanoseconds(lapMs);
  }
}

export class QueryLog {
  private readonly size: number;
  private readonly nowMs: () => number;
  private readonly log = new Set<Mutable>();
  private textBytes = 0;
  private nextId = 0;

  /** `size` in queries; `nowMs` is a monotonic clock. */
  constructor(size: number, nowMs: () => number) {
    this.size = size;
    this.nowMs = nowMs;
  }

  start(query: NewQuery): QueryRecorder {
    const entry = newEntry(query, String(this.nextId++));
    this.log.add(entry);
    this.textBytes += entry.text.length * 2;
    this.trim();
    return new QueryRecorder(entry, this.nowMs);
  }

  /** For a query inside of another one: it is not listed. */
  unlisted(query: NewQuery): QueryRecorder {
    return new QueryRecorder(newEntry(query, ''), this.nowMs);
  }

  /** Oldest first. */
  entries(): Iterable<LoggedQuery> {
    return this.log;
  }

  private trim(): void {
    for (const oldest of this.log) {
      if (this.log.size <= this.size && this.textBytes <= MAXIMUM_TEXT_BYTES) return;
      this.log.delete(oldest);
      this.textBytes -= oldest.text.length * 2;
    }
  }
}

function newEntry(query: NewQuery, id: string): Mutable {
  return {
    ...query,
    id,
    phase: 'received',
    planNs: null,
    permitNs: null,
    executeNs: null,
    endToEndNs: null,
    rows: null,
  };
}

function nanoseconds(ms: number): bigint {
  return BigInt(Math.round(ms * 1e6));
}
