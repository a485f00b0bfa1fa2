/** "Who am I" (`beyond.md` B6): what a caller may know about the token it uses. Never the hash. */
import type { LimitsLeft } from '../auth/limiter.ts';
import { printPermission } from '../auth/permission-print.ts';
import type { Principal } from '../auth/principal.ts';
import type { TokenLimits, TokenRecord } from '../auth/token.ts';
import { lineageOf } from './derive-token.ts';
import { OPERATOR_NAME } from './validate.ts';

export type TokenKind = 'operator' | 'named_admin' | 'resource' | 'derived';

/** The reply of `GET …/token/self`; times are RFC 3339 in UTC, null = never or none. */
export interface TokenSelf {
  readonly name: string;
  readonly kind: TokenKind;
  readonly permissions: readonly string[];
  readonly expiry: string | null;
  readonly derive: boolean;
  /** Names of the tokens that bound this one, nearest first. */
  readonly parents: readonly string[];
  readonly limits: TokenLimits | null;
  readonly limits_left: LimitsLeft;
  readonly allowed_cidrs: readonly string[] | null;
  /** Set when the string is one that was rotated away. */
  readonly rotated_until: string | null;
}

/** `left` is `TokenLimiter.left` of the principal: of its own limits and its parents'. */
export function describeSelf(principal: Principal & { readonly kind: 'token' }, left: LimitsLeft): TokenSelf {
  const { token, rotatedUntilMs } = principal;
  const [, ...parents] = lineageOf(principal);
  return {
    name: token.name,
    kind: kindOf(token),
    permissions: token.permissions.map(printPermission),
    expiry: isoTime(token.expiryMs),
    derive: token.derive,
    parents: parents.map(({ name }) => name),
    limits: token.limits,
    limits_left: left,
    allowed_cidrs: token.allowedCidrs,
    rotated_until: isoTime(rotatedUntilMs),
  };
}

function kindOf(token: TokenRecord): TokenKind {
  if (token.name === OPERATOR_NAME) return 'operator';
  if (token.parentId !== null) return 'derived';
  return token.permissions.some(({ kind }) => kind === 'admin') ? 'named_admin' : 'resource';
}

function isoTime(ms: number | null): string | null {
  return ms === null ? null : new Date(ms).toISOString();
}
