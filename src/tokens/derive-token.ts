/** Child tokens (`beyond.md` B7): never more than their parent, never longer, and bound to it for life. */
import { MAXIMUM_DERIVATION_DEPTH } from '../auth/authenticator.ts';
import type { Permission } from '../auth/permission.ts';
import { printPermission } from '../auth/permission-print.ts';
import { firstOutside } from '../auth/permission-subset.ts';
import type { Principal } from '../auth/principal.ts';
import type { TokenRecord } from '../auth/token.ts';
import { authErrors } from '../errors/index.ts';
import type { newTokenRecord } from './new-token.ts';
import type { CreateTokenInput } from './token-service.ts';
import { expiryFromSecs, validCidrs, validDescription, validLimits } from './validate.ts';

/** Also what a child gets when nothing is asked for. */
const MAXIMUM_LIFETIME_MS = 24 * 3600 * 1000;

/** The record of a child but for its hash. Throws `derived_token_exceeds_parent`. */
export function deriveRecord(
  principal: Principal & { readonly kind: 'token' },
  input: CreateTokenInput,
  permissions: readonly Permission[],
  nowMs: number,
): Omit<Parameters<typeof newTokenRecord>[0], 'hash'> {
  const parent = principal.token;
  const line = lineageOf(principal);
  if (line.length > MAXIMUM_DERIVATION_DEPTH) {
    throw authErrors.childExceedsParent(`at most ${MAXIMUM_DERIVATION_DEPTH} generations`);
  }
  // A string that was rotated away must not outlive its grace through a child.
  const latestMs = Math.min(
    principal.rotatedUntilMs ?? Infinity,
    ...line.map((token) => token.expiryMs ?? Infinity),
  );
  const defaultMs = Math.min(latestMs, nowMs + MAXIMUM_LIFETIME_MS);
  const expiryMs = input.expirySecs === null ? defaultMs : expiryFromSecs(nowMs, input.expirySecs);
  if ((expiryMs ?? Infinity) > defaultMs) {
    throw authErrors.childExceedsParent(`expiry after ${describeTime(defaultMs)}`);
  }
  const child = {
    name: input.name,
    createdAtMs: nowMs,
    permissions,
    origin: 'derived' as const,
    expiryMs,
    description: validDescription(input.description),
    limits: validLimits(input.limits),
    allowedCidrs: validCidrs(input.allowedCidrs),
    derive: input.derive === true,
    parentId: parent.id,
  };
  for (const token of line) refuseMoreThanParent(child, token);
  return child;
}

/** The token and its parents, nearest first. */
export function lineageOf(principal: Principal & { readonly kind: 'token' }): readonly TokenRecord[] {
  return [principal.token, ...(principal.ancestors ?? [])];
}

/** Throws when the child has a permission or a time that its parent has not. */
export function refuseMoreThanParent(
  child: Pick<TokenRecord, 'permissions' | 'expiryMs' | 'derive'>,
  parent: TokenRecord | undefined,
): void {
  if (parent === undefined) throw authErrors.childExceedsParent('its parent is gone');
  const outside = firstOutside(child.permissions, parent.permissions);
  if (outside !== null) throw authErrors.childExceedsParent(`permission ${printPermission(outside)}`);
  if (parent.expiryMs !== null && (child.expiryMs ?? Infinity) > parent.expiryMs) {
    throw authErrors.childExceedsParent(`expiry after ${describeTime(parent.expiryMs)}`);
  }
  if (child.derive && !parent.derive) throw authErrors.childExceedsParent('derive');
}

function describeTime(ms: number): string {
  return new Date(ms).toISOString();
}
