/** Who asks (`auth.md` 4 and 5): credential, token, address, limits, in this order. */

import { principalAllowsAddress } from '../auth/cidr.ts';
import { extractCredential, queryToken } from '../auth/credentials.ts';
import type { FailureBudget } from '../auth/failure-budget.ts';
import type { TokenLimiter } from '../auth/limiter.ts';
import type { Principal } from '../auth/principal.ts';
import { authErrors } from '../errors/index.ts';
import { auditRefusal } from './audit-trail.ts';
import type { RequestContext } from './request-context.ts';
import { TokenBudget } from './token-budget.ts';

export interface AuthenticationState {
  readonly failures: FailureBudget;
  readonly limiter: TokenLimiter;
}

/** Sets the context's identity and budget, or throws. A malformed header is refused even without authentication. */
export function authenticate(context: RequestContext, { failures, limiter }: AuthenticationState): void {
  const { authenticator, metrics, options } = context.dependencies;
  const credential = extractCredential({
    authorization: context.request.headers.authorization,
    queryP: queryToken(context.path, context.search ?? ''),
  });
  if (credential.kind === 'malformed') {
    metrics.authentication('malformed');
    throw authErrors.malformedHeader();
  }
  if (options.withoutAuth) {
    context.identity = { kind: 'anonymous' };
    return;
  }
  const answer =
    credential.kind === 'token'
      ? authenticator.authenticate(credential.token)
      : ({ ok: false, reason: 'missing' } as const);
  if (!answer.ok) {
    metrics.authentication(answer.reason);
    // Who brings no token guesses nothing: probes without one get their 401 for ever.
    const verdict = credential.kind === 'token' ? failures.spend(context.client) : { ok: true as const };
    const error = verdict.ok
      ? authErrors.unauthenticated()
      : authErrors.tooManyFailures(verdict.retryAfterSecs);
    auditRefusal(context, error.status, `authentication: ${answer.reason}`, null);
    throw error;
  }
  metrics.authentication('ok');
  admit(context, answer.principal, limiter);
}

function admit(
  context: RequestContext,
  principal: Principal & { readonly kind: 'token' },
  limiter: TokenLimiter,
): void {
  context.identity = principal;
  if (!principalAllowsAddress(principal, context.client)) {
    auditRefusal(context, 403, 'address', null);
    throw authErrors.addressNotAllowed();
  }
  context.dependencies.usage.record(
    principal.token.id,
    context.client,
    context.request.headers['user-agent'],
  );
  context.budget = new TokenBudget(limiter, principal);
  context.budget.spendRequest();
}
