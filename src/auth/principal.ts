import type { TokenRecord } from './token.ts';

/** Who asks. `anonymous` exists only with `--without-auth` or on opted-out paths, and may do everything there. */
export type Principal =
  | {
      readonly kind: 'token';
      readonly token: TokenRecord;
      /** Set when a rotated-away string was used (B3). */
      readonly rotatedUntilMs: number | null;
      /**
       * The parents of a derived token, nearest first, as they are now. What it may do is what it AND all of
       * these may do; a derived token without them may do nothing.
       */
      readonly ancestors?: readonly TokenRecord[];
    }
  | { readonly kind: 'anonymous' };
