/**
 * What can be done with tokens, as one service: HTTP, CLI and start-up files all come through here.
 * It validates, checks subset rules, calls the catalog; it knows nothing of HTTP.
 */

import type { Principal } from '../auth/principal.ts';
import type { TokenLimits, TokenRecord } from '../auth/token.ts';
import type { ChangeContext } from '../catalog/audit.ts';

/** A permission as a caller wrote it: JSON object or string; validated by the service, in list order. */
export type PermissionInput =
  | string
  | {
      readonly resource_type: string;
      readonly resource_names: readonly string[];
      readonly actions: readonly string[];
      readonly tables?: readonly string[];
      readonly where?: Readonly<Record<string, string | readonly string[]>>;
    };

export interface CreateTokenInput {
  readonly name: string;
  readonly permissions: readonly PermissionInput[];
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
  readonly permissions?: readonly PermissionInput[];
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

export interface TokenService {
  createOperator(caller: Caller): Promise<CreatedToken>;
  regenerateOperator(caller: Caller): Promise<CreatedToken>;
  createNamedAdmin(caller: Caller, name: string, expirySecs: bigint | null): Promise<CreatedToken>;
  createResourceToken(caller: Caller, input: CreateTokenInput): Promise<CreatedToken>;
  update(caller: Caller, name: string, change: UpdateTokenInput): Promise<TokenRecord>;
  rotate(caller: Caller, name: string, graceSecs: number): Promise<CreatedToken>;
  derive(caller: Caller, input: CreateTokenInput): Promise<CreatedToken>;
  delete(caller: Caller, name: string): Promise<void>;
  check(input: { name?: string; token?: string; resource: string; action: string }): TokenCheck;
}
