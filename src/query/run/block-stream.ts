/** The engine's bytes as blocks, under a limit of rows. */

import { EngineError } from '../../engine/engine.ts';
import type { Block } from '../../engine/native/block.ts';
import { decodeBlocks } from '../../engine/native/decode.ts';

/**
 * Rows that are held back until it is known whether they stay under the limit: then exceeding a small limit is
 * an answer of its own and not a stream that breaks off.
 */
const MAXIMUM_HELD_ROWS = 65_536;

/** Throws `rows` once more than `limitRows` came. `counted` hears of every block before it is handed on. */
export async function* limitedBlocks(
  chunks: AsyncIterable<Uint8Array>,
  limitRows: number | undefined,
  counted: (rows: number) => void,
): AsyncGenerator<Block> {
  const held: Block[] = [];
  let rows = 0;
  for await (const chunk of chunks) {
    for (const block of decodeBlocks(chunk)) {
      rows += block.rows;
      if (limitRows !== undefined && rows > limitRows) {
        throw new EngineError('rows', 'more rows than the limit of the request');
      }
      counted(block.rows);
      if (limitRows === undefined) yield block;
      else held.push(block);
    }
    if (rows > MAXIMUM_HELD_ROWS) yield* held.splice(0);
  }
  yield* held;
}
