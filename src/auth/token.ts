import type { Permission } from './permission.ts';

/** Limits that a token carries (`beyond.md` B9). Absent = unlimited. */
export interface TokenLimits {
  readonly requests_per_sec?: number;
  readonly write_bytes_per_sec?: number;
  readonly concurrent_queries?: number;
  readonly query_seconds?: number;
  readonly query_result_rows?: number;
  /** Size of the bucket of both rates, in seconds' worth; default 1. */
  readonly burst?: number;
}

/** How a token came to be; `file` ones belong to `--tokens-file`, `derived` ones to their parent. */
export type TokenOrigin = 'api' | 'file' | 'derived' | 'preconfigured' | 'recovery';

/** One token as the catalog stores it. The string itself is never stored. */
export interface TokenRecord {
  /** One sequence for all kinds, from 0, never used again. */
  readonly id: number;
  readonly name: string;
  /** SHA-512 of the whole token string, raw 64 bytes. */
  readonly hash: Buffer;
  readonly description: string | null;
  readonly createdBy: number | null;
  readonly createdAtMs: number;
  readonly updatedAtMs: number | null;
  readonly updatedBy: number | null;
  /** null = never. A token is valid while `expiryMs > now`. */
  readonly expiryMs: number | null;
  readonly permissions: readonly Permission[];
  readonly origin: TokenOrigin;
  readonly limits: TokenLimits | null;
  readonly allowedCidrs: readonly string[] | null;
  /** May mint children (B7). */
  readonly derive: boolean;
  readonly parentId: number | null;
  /** The hash that still works after a rotation, and until when (B3). */
  readonly previous: { readonly hash: Buffer; readonly expiresAtMs: number } | null;
}
