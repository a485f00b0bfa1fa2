/** The audit chain: each row's hash covers its whole content and the hash before it. */
import { createHash } from 'node:crypto';
import type { AuditEntry, AuditRow } from './audit.ts';

/** What the first row follows. */
export const CHAIN_START = '0'.repeat(64);

export interface ChainHead {
  readonly seq: number;
  readonly hash: string;
}

/** The row that follows `head`. */
export function chainRow(entry: AuditEntry, head: ChainHead): AuditRow {
  const seq = head.seq + 1;
  return { ...entry, seq, prevHash: head.hash, hash: rowHash(entry, seq, head.hash) };
}

/** SHA-256 over a JSON array: unambiguous whatever the texts hold. */
function rowHash(entry: AuditEntry, seq: number, prevHash: string): string {
  const content = JSON.stringify([
    prevHash,
    seq,
    entry.timeMs,
    entry.requestId,
    entry.tokenId,
    entry.tokenName,
    entry.client,
    entry.action,
    entry.resource,
    entry.decision,
    entry.rule,
    entry.status,
    entry.detail,
  ]);
  return createHash('sha256').update(content).digest('hex');
}

export type ChainVerdict =
  | { readonly ok: true; readonly rows: number }
  | { readonly ok: false; readonly seq: number; readonly problem: string };

/** Walks rows in order of `seq`, as many at a time as one likes. */
export class ChainWalk {
  private readonly start: ChainHead;
  private head: ChainHead;

  /** `start` is what the first row follows: the beginning, or the last row that retention removed. */
  constructor(start: ChainHead) {
    this.start = start;
    this.head = start;
  }

  /** The first problem among the next rows, if there is one. */
  follow(rows: Iterable<AuditRow>): ChainVerdict | null {
    for (const row of rows) {
      const { head } = this;
      if (row.seq !== head.seq + 1) {
        const problem =
          row.seq <= head.seq ? 'a row was inserted here' : 'a row is missing here, it was removed';
        return { ok: false, seq: head.seq + 1, problem };
      }
      if (row.prevHash !== head.hash) {
        const problem = 'the row does not follow the one before it: a row was altered, inserted or removed';
        return { ok: false, seq: row.seq, problem };
      }
      if (rowHash(row, row.seq, row.prevHash) !== row.hash) {
        return { ok: false, seq: row.seq, problem: 'the row was altered: its hash does not match' };
      }
      this.head = { seq: row.seq, hash: row.hash };
    }
    return null;
  }

  /**
   * `end` is the head that the store noted in the same transaction as the last row: without it, rows cut off at
   * the end would leave a chain that still fits.
   */
  finish(end: ChainHead): ChainVerdict {
    const { head } = this;
    if (head.seq < end.seq) {
      return { ok: false, seq: head.seq + 1, problem: 'a row is missing here, it was removed' };
    }
    if (head.seq > end.seq) return { ok: false, seq: end.seq + 1, problem: 'a row was inserted here' };
    return head.hash === end.hash
      ? { ok: true, rows: head.seq - this.start.seq }
      : { ok: false, seq: head.seq, problem: 'the row was altered: it is not the last one written' };
  }
}
