/** The audit log in the catalog's store: changes inside their transaction, refusals a little later, in order. */
import type { Logger } from '../../telemetry/logger.ts';
import type { AuditEntry, AuditLog, AuditRow } from '../audit.ts';
import { CHAIN_START, type ChainHead, chainRow, verifyChain } from '../audit-chain.ts';
import type { Transaction } from './committer.ts';
import { auditFromRow } from './rows.ts';
import type { Store } from './store.ts';

const FLUSH_DELAY_MS = 500;
/** Beyond this many waiting entries the log commits at once, so that memory stays bounded. */
const MAXIMUM_PENDING = 1000;
/** While the disk refuses, the newest entries are kept in memory up to here. */
const MAXIMUM_KEPT = 100_000;

export class SqliteAuditLog implements AuditLog {
  private head: ChainHead;
  private pending: AuditEntry[] = [];
  private timer: NodeJS.Timeout | null = null;
  private readonly store: Store;
  private readonly flush: () => void;
  private readonly logger: Logger;

  /** `flush` commits an (else empty) transaction, which takes the pending entries along. */
  constructor(store: Store, head: ChainHead | null, flush: () => void, logger: Logger) {
    this.store = store;
    this.head = head ?? { seq: 0, hash: CHAIN_START };
    this.flush = flush;
    this.logger = logger;
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

  verify(): ReturnType<AuditLog['verify']> {
    this.flushPending();
    return verifyChain(this.storedRows(), this.head);
  }

  private *storedRows(): Iterable<AuditRow> {
    for (const row of this.store.rows('audit', 'seq')) yield auditFromRow(row);
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

  /** The head as text for the store's `meta`. */
  headText(): string {
    return `${this.head.seq}:${this.head.hash}`;
  }
}

export function parseHead(text: string | undefined): ChainHead | null {
  const match = /^(\d+):([0-9a-f]{64})$/.exec(text ?? '');
  return match === null ? null : { seq: Number(match[1]), hash: match[2] as string };
}
