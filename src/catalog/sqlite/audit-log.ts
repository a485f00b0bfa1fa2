/** The audit log in the catalog's store: changes inside their transaction, refusals a little later, in order. */
import { setImmediate } from 'node:timers/promises';
import type { Clock } from '../../platform/clock.ts';
import type { Logger } from '../../telemetry/logger.ts';
import type { AuditEntry, AuditLog, AuditRow } from '../audit.ts';
import { CHAIN_START, type ChainHead, type ChainVerdict, ChainWalk, chainRow } from '../audit-chain.ts';
import { KeyedLock } from '../keyed-lock.ts';
import type { Transaction } from './committer.ts';
import { auditFromRow } from './rows.ts';
import type { Store } from './store.ts';

const FLUSH_DELAY_MS = 500;
/** Beyond this many waiting entries the log commits at once, so that memory stays bounded. */
const MAXIMUM_PENDING = 1000;
/** While the disk refuses, the newest entries are kept in memory up to here. */
const MAXIMUM_KEPT = 100_000;

/** Rows that are read and hashed in one go: a few milliseconds. */
const ROWS_AT_ONCE = 500;
const PRUNED_AT_ONCE = 2000;

export interface AuditLogParts {
  readonly store: Store;
  readonly start: ChainHead | null;
  readonly head: ChainHead | null;
  /** Commits an (else empty) transaction, which takes the pending entries along. */
  readonly flush: () => void;
  readonly change: (work: (transaction: Transaction) => void) => Promise<void>;
  readonly clock: Clock;
  readonly logger: Logger;
}

export class SqliteAuditLog implements AuditLog {
  private head: ChainHead;
  /** What the first row that is kept follows. */
  private start: ChainHead;
  private readonly whole = new KeyedLock();
  private pending: AuditEntry[] = [];
  private timer: NodeJS.Timeout | null = null;
  private readonly store: Store;
  private readonly flush: () => void;
  private readonly change: AuditLogParts['change'];
  private readonly clock: Clock;
  private readonly logger: Logger;

  constructor(parts: AuditLogParts) {
    this.store = parts.store;
    this.start = parts.start ?? { seq: 0, hash: CHAIN_START };
    this.head = parts.head ?? this.start;
    this.flush = parts.flush;
    this.change = parts.change;
    this.clock = parts.clock;
    this.logger = parts.logger;
  }

  record(entry: AuditEntry): void {
    if (this.pending.length >= MAXIMUM_KEPT) {
      this.logger.error({ action: entry.action }, 'the audit log is full and the disk refuses: entry lost');
      return;
    }
    this.pending.push(entry);
    const delayMs = this.pending.length % MAXIMUM_PENDING === 0 ? 0 : FLUSH_DELAY_MS;
    if (this.timer !== null && delayMs > 0) return;
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = setTimeout(() => this.flushPending(), delayMs);
  }

  read(range: { readonly afterSeq?: number; readonly limit?: number }): readonly AuditRow[] {
    this.flushPending();
    const limit = range.limit ?? -1;
    return this.store.auditRows(range.afterSeq ?? 0, limit).map(auditFromRow);
  }

  async verify(): Promise<ChainVerdict> {
    // What retention removes meanwhile would look like rows that are missing.
    return this.whole.use('', async () => {
      this.flushPending();
      const end = this.head;
      const lastSeq = this.store.lastAuditSeq();
      const walk = new ChainWalk(this.start);
      for (let after = -1; after < lastSeq; ) {
        const rows = this.store.auditRows(after, ROWS_AT_ONCE).map(auditFromRow);
        const last = rows.at(-1);
        if (last === undefined) break;
        const problem = walk.follow(rows.filter((row) => row.seq <= lastSeq));
        if (problem !== null) return problem;
        after = last.seq;
        await setImmediate();
      }
      return walk.finish(end);
    });
  }

  prune(beforeMs: number): Promise<number> {
    return this.whole.use('', async () => {
      this.flushPending();
      const newestSeq = this.head.seq;
      for (let removed = 0; ; ) {
        const rows = this.store.auditRows(this.start.seq, PRUNED_AT_ONCE).map(auditFromRow);
        const kept = rows.findIndex((row) => row.timeMs >= beforeMs || row.seq >= newestSeq);
        const old = kept < 0 ? rows : rows.slice(0, kept);
        const last = old.at(-1);
        if (last === undefined) return removed;
        const problem = new ChainWalk(this.start).follow(old);
        if (problem !== null) {
          this.logger.error({ problem }, 'the audit chain is broken: retention keeps the rows as evidence');
          return removed;
        }
        await this.removeUpTo({ seq: last.seq, hash: last.hash }, old.length);
        removed += old.length;
      }
    });
  }

  private removeUpTo(start: ChainHead, rows: number): Promise<void> {
    return this.change((transaction) => {
      const before = this.start;
      this.store.deleteAudit(start.seq);
      transaction.apply(
        () => {
          this.start = start;
        },
        () => {
          this.start = before;
        },
      );
      this.append(transaction, prunedEntry(this.clock.nowMs(), start.seq, rows));
    });
  }

  flushPending(): void {
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
    if (this.pending.length > 0) this.flush();
  }

  /** First in every transaction: what was recorded earlier stands earlier. */
  writePending(transaction: Transaction): void {
    const entries = this.pending;
    if (entries.length === 0) return;
    transaction.apply(
      () => {
        this.pending = [];
      },
      () => {
        this.pending = entries;
      },
    );
    for (const entry of entries) this.append(transaction, entry);
  }

  append(transaction: Transaction, entry: AuditEntry): void {
    const before = this.head;
    const row = chainRow(entry, before);
    this.store.insertAudit(row);
    transaction.apply(
      () => {
        this.head = { seq: row.seq, hash: row.hash };
      },
      () => {
        this.head = before;
      },
    );
  }

  /** The ends of the chain as text for the store's `meta`. */
  endTexts(): { readonly head: string; readonly start: string } {
    const text = ({ seq, hash }: ChainHead) => `${seq}:${hash}`;
    return { head: text(this.head), start: text(this.start) };
  }
}

function prunedEntry(timeMs: number, seq: number, rows: number): AuditEntry {
  return {
    requestId: '',
    tokenId: null,
    tokenName: null,
    client: null,
    action: 'audit.prune',
    resource: 'audit',
    detail: JSON.stringify({ up_to_seq: seq, rows }),
    timeMs,
    decision: 'allow',
    rule: null,
    status: null,
  };
}

export function parseHead(text: string | undefined): ChainHead | null {
  const match = /^(\d+):([0-9a-f]{64})$/.exec(text ?? '');
  return match === null ? null : { seq: Number(match[1]), hash: match[2] as string };
}
