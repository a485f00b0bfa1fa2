/** What the main thread and a query thread say to each other. Types only: both sides are ours. */

export type ToThread =
  | { readonly kind: 'open'; readonly path: string; readonly connectionArgs: readonly string[] }
  | {
      readonly kind: 'start';
      readonly id: number;
      readonly sql: string;
      readonly format: string;
      /** False: the whole result as one chunk, for formats whose files cannot be laid end to end. */
      readonly streamed: boolean;
      /** Chunks are sent while the reader has fewer bytes than these that it has not said to have read. */
      readonly windowBytes: number;
    }
  | { readonly kind: 'read'; readonly id: number; readonly bytes: number }
  | { readonly kind: 'cancel'; readonly id: number }
  | { readonly kind: 'close' };

export type FromThread =
  | { readonly kind: 'opened'; readonly error?: string }
  | { readonly kind: 'chunk'; readonly id: number; readonly bytes: Uint8Array; readonly rows: number }
  | { readonly kind: 'settled'; readonly id: number; readonly error?: string }
  | { readonly kind: 'closed' };
