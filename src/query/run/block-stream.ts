/** The engine's bytes as blocks, under a limit of rows. */

import { EngineError } from '../../engine/engine.ts';
import type { Block } from '../../engine/native/block.ts';
import { decodeBlocks } from '../../engine/native/decode.ts';
import type { Rows } from '../results/piece-rows.ts';
import type { LaidResult, LaidRows } from '../results/threads/text-thread.ts';

/**
 * Rows that are held back until it is known whether they stay under the limit: then exceeding a small limit is
 * an answer of its own and not a stream that breaks off.
 */
const MAXIMUM_HELD_ROWS = 65_536;

/** What came before, with this chunk: then a thread that lays rows is worth its while. */
const LARGE_BYTES = 4 * 2 ** 20;

/** Where the rows of large results are laid, if there is such a place. */
export type OpenLaidResult = () => LaidResult | undefined;

/** Throws `rows` once more than `limitRows` came. `counted` hears of every block before it is handed on. */
export async function* limitedBlocks(
  chunks: AsyncIterable<Uint8Array>,
  limitRows: number | undefined,
  counted: (rows: number) => void,
): AsyncGenerator<Block> {
  for await (const rows of limitedRows(chunks, limitRows, counted, () => undefined))
    if (!(rows instanceof Uint8Array)) yield rows;
}

/** The same, but the rows of a large result are text as soon as `open` finds a place for it. */
export async function* limitedRows(
  chunks: AsyncIterable<Uint8Array>,
  limitRows: number | undefined,
  counted: (rows: number) => void,
  open: OpenLaidResult,
): AsyncGenerator<Rows> {
  const held: Block[] = [];
  let rows = 0;
  let bytes = 0;
  let laid: LaidResult | undefined;
  /** Rows of the chunk before: the thread lays the next one while they are read. */
  let ahead: AsyncIterable<LaidRows> = none();
  const count = (more: number) => {
    rows += more;
    if (limitRows !== undefined && rows > limitRows) {
      throw new EngineError('rows', 'more rows than the limit of the request');
    }
    counted(more);
  };
  async function* texts(parts: AsyncIterable<LaidRows>): AsyncGenerator<Uint8Array> {
    for await (const part of parts) {
      count(part.rows);
      yield part.text;
    }
  }
  try {
    for await (const chunk of chunks) {
      bytes += chunk.byteLength;
      const mayBeHeld = limitRows !== undefined && rows <= MAXIMUM_HELD_ROWS;
      if (bytes >= LARGE_BYTES && !mayBeHeld) laid ??= open();
      if (laid !== undefined) {
        const next = laid.lay(chunk);
        yield* texts(ahead);
        ahead = next;
        continue;
      }
      for (const block of decodeBlocks(chunk)) {
        count(block.rows);
        if (limitRows === undefined) yield block;
        else held.push(block);
      }
      if (rows > MAXIMUM_HELD_ROWS) yield* held.splice(0);
    }
    yield* held;
    yield* texts(ahead);
  } finally {
    laid?.end();
  }
}

async function* none(): AsyncGenerator<never> {}
