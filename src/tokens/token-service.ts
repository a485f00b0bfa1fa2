/**
 * What can be done with tokens, as one service: HTTP, CLI and start-up files all come through here.
 * It validates, checks subset rules, calls the catalog; it knows nothing of HTTP.
 */

import type { PermissionSource } from '../auth/permission-grammar.ts';
import type { Principal } from '../auth/principal.ts';
import type { TokenLimits, TokenRecord } from '../auth/token.ts';
import type { ChangeContext } from '../catalog/audit.ts';

export interface CreateTokenInput {
  readonly name: string;
  readonly permissions: readonly PermissionSource[];
  readonly expirySecs: bigint | null;
  readonly description?: string | null;
  readonly limits?: TokenLimits | null;
  readonly allowedCidrs?: readonly string[] | null;
  readonly derive?: boolean;
}

/** The string exists only here, in the reply that creates it. */
export interface CreatedToken {
  readonly record: TokenRecord;
  readonly token: string;
}

/** `undefined` = leave as it is. */
export interface UpdateTokenInput {
  readonly newName?: string;
  readonly description?: string | null;
  readonly permissions?: readonly PermissionSource[];
  readonly expirySecs?: bigint | null;
  readonly limits?: TokenLimits | null;
  readonly allowedCidrs?: readonly string[] | null;
  readonly derive?: boolean;
}

/** Who asks; becomes the audit row's author. */
export type Caller = Pick<ChangeContext, 'requestId' | 'client'> & { readonly principal: Principal };

export interface TokenCheck {
  readonly allowed: boolean;
  readonly reason: string;
  readonly rule: string | null;
  readonly would_need: string | null;
}

/**
 * All calls but `derive` and `createOperator` need an administrator and throw `forbidden` otherwise; `createOperator`
 * is open to anyone until the operator token exists. A change holds from the next request after its promise resolves.
 */
export interface TokenService {
  /** Throws `token_name_exists` (409) when there is one. */
  createOperator(caller: Caller): Promise<CreatedToken>;
  /** The old string dies at once. Throws `missing_admin_token` (500). For the recovery listener too. */
  regenerateOperator(caller: Caller): Promise<CreatedToken>;
  createNamedAdmin(caller: Caller, name: string, expirySecs: bigint | null): Promise<CreatedToken>;
  /** A bad permission wins over a bad name, as in InfluxDB. */
  createResourceToken(caller: Caller, input: CreateTokenInput): Promise<CreatedToken>;
  /** Throws `not_found`; `cannot_change_operator_token` for what makes the operator the operator. */
  update(caller: Caller, name: string, change: UpdateTokenInput): Promise<TokenRecord>;
  /** The string before works for `graceSecs` more; the one before that ends at once. */
  rotate(caller: Caller, name: string, graceSecs: number): Promise<CreatedToken>;
  /** A child of the caller's own token. Throws `forbidden`, or `derived_token_exceeds_parent` with what was too much. */
  derive(caller: Caller, input: CreateTokenInput): Promise<CreatedToken>;
  /** With all that was derived from it. `_admin` is refused (405) before it is looked for. */
  delete(caller: Caller, name: string): Promise<void>;
  /** Changes nothing; the interface asks for `admin` first. */
  check(input: { name?: string; token?: string; resource: string; action: string }): TokenCheck;
}
