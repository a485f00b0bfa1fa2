/** What the main thread and a text thread say to each other. Types only: both sides are ours. */
import type { ResultColumn } from '../../types.ts';
import type { TextFormat } from '../text-format.ts';

export type ToTextThread =
  | {
      readonly kind: 'open';
      readonly id: number;
      readonly columns: readonly ResultColumn[];
      readonly format: TextFormat;
    }
  /** `chunk`: whole `Native` blocks end to end. One more may be sent before `done`. */
  | { readonly kind: 'lay'; readonly id: number; readonly chunk: Uint8Array }
  /** So many bytes of text were passed on. */
  | { readonly kind: 'read'; readonly id: number; readonly bytes: number }
  | { readonly kind: 'end'; readonly id: number };

export type FromTextThread =
  | { readonly kind: 'ready' }
  /** `rows` were begun since the last text. */
  | { readonly kind: 'text'; readonly id: number; readonly rows: number; readonly text: Uint8Array }
  /** All of the chunk is text. */
  | { readonly kind: 'done'; readonly id: number }
  | { readonly kind: 'failed'; readonly id: number; readonly message: string };
