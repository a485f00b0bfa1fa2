import type { TokenRecord } from './token.ts';

/** Who asks. `anonymous` exists only with `--without-auth` or on opted-out paths, and may do everything there. */
export type Principal =
  | {
      readonly kind: 'token';
      readonly token: TokenRecord /** Set when a rotated-away string was used (B3). */;
      readonly rotatedUntilMs: number | null;
    }
  | { readonly kind: 'anonymous' };
