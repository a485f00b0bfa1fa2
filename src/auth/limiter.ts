/**
 * The limits that tokens carry (`beyond.md` B9). A derived token also uses up what its parents have, so that
 * children cannot multiply a limit. State is in memory and per process.
 */
import type { Principal } from './principal.ts';
import type { TokenLimits } from './token.ts';
import { TokenBucket } from './token-bucket.ts';

export type LimitDecision =
  | { readonly ok: true }
  /** `field` was hit; a retry makes sense after `retryAfterSecs` whole seconds. */
  | { readonly ok: false; readonly field: keyof TokenLimits; readonly retryAfterSecs: number };

export type QueryAdmission =
  /** Call `end` exactly when the query is over; more calls do nothing. */
  { readonly ok: true; readonly end: () => void } | (LimitDecision & { readonly ok: false });

/** What is left of the limits now (B6). Absent = unlimited. */
export interface LimitsLeft {
  readonly requests_per_sec?: number;
  readonly write_bytes_per_sec?: number;
  readonly concurrent_queries?: number;
}

interface State {
  limits: TokenLimits;
  requests_per_sec: TokenBucket | null;
  write_bytes_per_sec: TokenBucket | null;
  runningQueries: number;
}

const OK: LimitDecision = { ok: true };
const UNLIMITED_QUERY: QueryAdmission = { ok: true, end: () => {} };

export class TokenLimiter {
  readonly #clock: { monotonicMs(): number };
  readonly #states = new Map<number, State>();

  constructor(parts: { readonly clock: { monotonicMs(): number } }) {
    this.#clock = parts.clock;
  }

  /** Counts one request. */
  takeRequest(principal: Principal): LimitDecision {
    return this.#take(principal, 'requests_per_sec', 1);
  }

  /** Counts the bytes of a body, after decompression. */
  takeWriteBytes(principal: Principal, bytes: number): LimitDecision {
    return this.#take(principal, 'write_bytes_per_sec', bytes);
  }

  /** Counts a query as running until its `end` is called. */
  startQuery(principal: Principal): QueryAdmission {
    const states = this.#statesOf(principal);
    if (states.length === 0) return UNLIMITED_QUERY;
    for (const { limits, runningQueries } of states) {
      if (limits.concurrent_queries !== undefined && runningQueries >= limits.concurrent_queries) {
        return { ok: false, field: 'concurrent_queries', retryAfterSecs: 1 };
      }
    }
    for (const state of states) state.runningQueries++;
    let running = true;
    const end = () => {
      if (!running) return;
      running = false;
      for (const state of states) state.runningQueries--;
    };
    return { ok: true, end };
  }

  /** The strictest of the token's and its parents' bounds on one query. Seconds and rows; absent = none. */
  queryBounds(principal: Principal): { readonly seconds?: number; readonly rows?: number } {
    const limits = limitedTokens(principal).map((token) => token.limits);
    const seconds = Math.min(...limits.map((limit) => limit.query_seconds ?? Infinity));
    const rows = Math.min(...limits.map((limit) => limit.query_result_rows ?? Infinity));
    return { ...(seconds < Infinity && { seconds }), ...(rows < Infinity && { rows }) };
  }

  /** What is left of the limits in force: each is the least of what the token and its parents have left. */
  left(principal: Principal): LimitsLeft {
    const nowMs = this.#clock.monotonicMs();
    const states = this.#statesOf(principal);
    const least = (field: keyof LimitsLeft, leftOf: (state: State) => number | undefined): LimitsLeft => {
      const left = Math.min(...states.map((state) => leftOf(state) ?? Infinity));
      return left === Infinity ? {} : { [field]: Math.max(0, Math.floor(left)) };
    };
    return {
      ...least('requests_per_sec', (state) => state.requests_per_sec?.level(nowMs)),
      ...least('write_bytes_per_sec', (state) => state.write_bytes_per_sec?.level(nowMs)),
      ...least('concurrent_queries', ({ limits: { concurrent_queries: queries }, runningQueries }) =>
        queries === undefined ? undefined : queries - runningQueries,
      ),
    };
  }

  /** Drops what is remembered of a deleted token. */
  forget(tokenId: number): void {
    this.#states.delete(tokenId);
  }

  #take(
    principal: Principal,
    field: 'requests_per_sec' | 'write_bytes_per_sec',
    amount: number,
  ): LimitDecision {
    if (principal.kind === 'anonymous') return OK;
    const { token, ancestors } = principal;
    // Nearly every token has no parents: then there is one bucket or none, and little is allocated.
    if (ancestors === undefined) {
      const bucket = token.limits === null ? null : this.#state(token.id, token.limits)[field];
      return bucket === null ? OK : takeFromAll([bucket], field, amount, this.#clock.monotonicMs());
    }
    const buckets = this.#statesOf(principal)
      .map((state) => state[field])
      .filter((bucket) => bucket !== null);
    return takeFromAll(buckets, field, amount, this.#clock.monotonicMs());
  }

  #statesOf(principal: Principal): State[] {
    // The common token has neither limits nor parents: no work for it.
    if (principal.kind === 'anonymous') return [];
    if (principal.token.limits === null && principal.ancestors === undefined) return [];
    return limitedTokens(principal).map(({ id, limits }) => this.#state(id, limits));
  }

  #state(id: number, limits: TokenLimits): State {
    const known = this.#states.get(id);
    if (known !== undefined && known.limits === limits) return known;
    const nowMs = this.#clock.monotonicMs();
    const burst = limits.burst ?? 1;
    const bucket = (rate: number | undefined) =>
      rate === undefined ? null : new TokenBucket(rate, Math.max(1, rate * burst), nowMs);
    const buckets = {
      limits,
      requests_per_sec: bucket(limits.requests_per_sec),
      write_bytes_per_sec: bucket(limits.write_bytes_per_sec),
    };
    // Changed limits take new buckets; running queries stay counted, in the same object that will end them.
    const state = known === undefined ? { ...buckets, runningQueries: 0 } : Object.assign(known, buckets);
    this.#states.set(id, state);
    return state;
  }
}

/** All buckets are asked before any is taken from: a refused request costs nothing. */
function takeFromAll(
  buckets: readonly TokenBucket[],
  field: 'requests_per_sec' | 'write_bytes_per_sec',
  amount: number,
  nowMs: number,
): LimitDecision {
  let waitMs = 0;
  for (const bucket of buckets) waitMs = Math.max(waitMs, bucket.waitMs(amount, nowMs));
  if (waitMs > 0) return { ok: false, field, retryAfterSecs: Math.ceil(waitMs / 1000) };
  for (const bucket of buckets) bucket.take(amount, nowMs);
  return OK;
}

function limitedTokens(principal: Principal): { readonly id: number; readonly limits: TokenLimits }[] {
  if (principal.kind === 'anonymous') return [];
  return [principal.token, ...(principal.ancestors ?? [])].flatMap(({ id, limits }) =>
    limits === null ? [] : [{ id, limits }],
  );
}
