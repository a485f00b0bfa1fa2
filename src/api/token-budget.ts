/** The limits of one request's token (B9), as failures of this edge. The counting is `src/auth/limiter.ts`. */
import type { LimitDecision, LimitsLeft, TokenLimiter } from '../auth/limiter.ts';
import type { Principal } from '../auth/principal.ts';
import { authErrors } from '../errors/index.ts';

/** What one request may still spend. Every method throws 429 with the field that was hit. */
export class TokenBudget {
  private readonly limiter: TokenLimiter;
  private readonly principal: Principal;

  constructor(limiter: TokenLimiter, principal: Principal) {
    this.limiter = limiter;
    this.principal = principal;
  }

  spendRequest(): void {
    require(this.limiter.takeRequest(this.principal));
  }

  spendWriteBytes(bytes: number): void {
    require(this.limiter.takeWriteBytes(this.principal, bytes));
  }

  /** Counts a query as running until the returned call. */
  startQuery(): () => void {
    const admission = this.limiter.startQuery(this.principal);
    require(admission);
    return admission.end;
  }

  /** The strictest limits of one query. */
  queryLimits(): { timeMs?: number; resultRows?: number } {
    const { seconds, rows } = this.limiter.queryBounds(this.principal);
    return {
      ...(seconds !== undefined && { timeMs: seconds * 1000 }),
      ...(rows !== undefined && { resultRows: rows }),
    };
  }

  /** What is left now, for "who am I" (B6). */
  left(): LimitsLeft {
    return this.limiter.left(this.principal);
  }
}

function require<Decision extends LimitDecision>(
  decision: Decision,
): asserts decision is Decision & { readonly ok: true } {
  if (!decision.ok) throw authErrors.tokenLimitExceeded(decision.retryAfterSecs, decision.field);
}
