/** The limits that tokens carry (B9), kept per token id in memory; a derived token also spends its parents' budgets. */
import type { Principal } from '../auth/principal.ts';
import type { TokenLimits, TokenRecord } from '../auth/token.ts';
import { authErrors } from '../errors/index.ts';
import type { Clock } from '../platform/clock.ts';
import { TokenBucket } from './token-bucket.ts';

interface State {
  readonly limits: TokenLimits;
  readonly requests: TokenBucket | null;
  readonly writeBytes: TokenBucket | null;
  runningQueries: number;
}

/** Every token's state. */
export class TokenBudgets {
  private readonly clock: Clock;
  private readonly states = new Map<number, State>();

  constructor(clock: Clock) {
    this.clock = clock;
  }

  /** null for a principal whose tokens have no limit at all, which costs nothing. */
  of(principal: Principal): TokenBudget | null {
    if (principal.kind === 'anonymous') return null;
    const { token, ancestors } = principal;
    if (token.limits === null && ancestors === undefined) return null;
    const states: State[] = [];
    for (const limited of [token, ...(ancestors ?? [])]) {
      if (limited.limits !== null) states.push(this.state(limited, limited.limits));
    }
    return states.length === 0 ? null : new TokenBudget(states, this.clock);
  }

  /** Forgets a deleted token. */
  remove(tokenId: number): void {
    this.states.delete(tokenId);
  }

  private state(token: TokenRecord, limits: TokenLimits): State {
    const known = this.states.get(token.id);
    if (known !== undefined && known.limits === limits) return known;
    const nowMs = this.clock.monotonicMs();
    const burstSecs = limits.burst ?? 1;
    const bucket = (ratePerSec: number | undefined) =>
      ratePerSec === undefined
        ? null
        : new TokenBucket(ratePerSec, Math.max(1, ratePerSec * burstSecs), nowMs);
    const state: State = {
      limits,
      requests: bucket(limits.requests_per_sec),
      writeBytes: bucket(limits.write_bytes_per_sec),
      // Queries that run under the old limits still count.
      runningQueries: known?.runningQueries ?? 0,
    };
    this.states.set(token.id, state);
    return state;
  }
}

/** What one request may still spend. Every method throws 429 with the field that was hit. */
export class TokenBudget {
  private readonly states: readonly State[];
  private readonly clock: Clock;

  constructor(states: readonly State[], clock: Clock) {
    this.states = states;
    this.clock = clock;
  }

  spendRequest(): void {
    this.spend('requests_per_sec', 1, (state) => state.requests);
  }

  spendWriteBytes(bytes: number): void {
    this.spend('write_bytes_per_sec', bytes, (state) => state.writeBytes);
  }

  /** Counts a query as running until the returned call. */
  startQuery(): () => void {
    for (const { limits, runningQueries } of this.states) {
      if (limits.concurrent_queries !== undefined && runningQueries >= limits.concurrent_queries) {
        throw authErrors.tokenLimitExceeded(1, 'concurrent_queries');
      }
    }
    for (const state of this.states) state.runningQueries++;
    let isRunning = true;
    return () => {
      if (isRunning) for (const state of this.states) state.runningQueries--;
      isRunning = false;
    };
  }

  /** The strictest limits of one query. */
  queryLimits(): { timeMs?: number; resultRows?: number } {
    const seconds = smallest(this.states.map(({ limits }) => limits.query_seconds));
    const rows = smallest(this.states.map(({ limits }) => limits.query_result_rows));
    return {
      ...(seconds === undefined ? {} : { timeMs: seconds * 1000 }),
      ...(rows === undefined ? {} : { resultRows: rows }),
    };
  }

  /** What is left now, for "who am I" (B6). */
  left(): Record<string, number> {
    const nowMs = this.clock.monotonicMs();
    const left: Record<string, number> = {};
    const note = (field: string, value: number) => {
      left[field] = Math.min(left[field] ?? Infinity, Math.max(0, Math.floor(value)));
    };
    for (const { limits, requests, writeBytes, runningQueries } of this.states) {
      if (requests !== null) note('requests', requests.available(nowMs));
      if (writeBytes !== null) note('write_bytes', writeBytes.available(nowMs));
      if (limits.concurrent_queries !== undefined) {
        note('concurrent_queries', limits.concurrent_queries - runningQueries);
      }
    }
    return left;
  }

  private spend(field: string, amount: number, bucketOf: (state: State) => TokenBucket | null): void {
    const nowMs = this.clock.monotonicMs();
    for (const state of this.states) {
      const waitSecs = bucketOf(state)?.take(amount, nowMs) ?? 0;
      if (waitSecs > 0) throw authErrors.tokenLimitExceeded(waitSecs, field);
    }
  }
}

function smallest(values: readonly (number | undefined)[]): number | undefined {
  const known = values.filter((value) => value !== undefined);
  return known.length === 0 ? undefined : Math.min(...known);
}
