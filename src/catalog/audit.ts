/** The audit log's contract (`beyond.md` B12). Rows are chained by SHA-256; changes are in the same transaction. */

/** Who changes something and why: bound to a catalog writer with `Catalog.as`, so no change is anonymous. */
export interface ChangeContext {
  readonly requestId: string;
  readonly tokenId: number | null;
  readonly tokenName: string | null;
  /** Client address as decided by the trusted-proxy rule; null for the server itself. */
  readonly client: string | null;
  /** What was asked, for example `token.create`, `database.delete`. */
  readonly action: string;
  /** On what, for example `token:probe`, `db:metrics/cpu`. Never a secret. */
  readonly resource: string;
  /** Small JSON text of what changed (names, permissions as strings, expiry); never a string or a hash. */
  readonly detail: string | null;
}

export interface AuditEntry extends ChangeContext {
  readonly timeMs: number;
  readonly decision: 'allow' | 'deny';
  readonly rule: string | null;
  /** HTTP status or its like; null when not known yet. */
  readonly status: number | null;
}

export interface AuditRow extends AuditEntry {
  /** From 1, without gaps. */
  readonly seq: number;
  readonly prevHash: string;
  readonly hash: string;
}

export interface AuditLog {
  /** Appends without waiting (refusals, data access): durable within a second, in order, never lost on a clean stop. */
  record(entry: AuditEntry): void;
  /** Rows in order of `seq`. */
  read(range: { readonly afterSeq?: number; readonly limit?: number }): readonly AuditRow[];
  /** Walks the chain, in slices between which others run; tells the first row that is altered, missing or inserted. */
  verify(): Promise<
    | { readonly ok: true; readonly rows: number }
    | { readonly ok: false; readonly seq: number; readonly problem: string }
  >;
  /**
   * Retention: removes the oldest rows up to the first that is not older than `beforeMs`; audited itself. The
   * chain then begins after them. Answers how many went.
   */
  prune(beforeMs: number): Promise<number>;
}
