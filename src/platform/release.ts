/**
 * Memory of large arrays, given back when nobody needs them any more. The collector would do so by itself, but only
 * once all that lies outside of its heap has doubled: of hundreds of megabytes that a few large bodies take, as much
 * again would lie around as garbage.
 */
import type { Turns } from './turns.ts';

/** Smaller ones are the collector's, and may share their memory with others. */
const SMALLEST_BYTES = 131_072;

/** Nobody may look at the array, or at any other view of its memory, from now on: all of them are empty. */
export function release({ buffer }: NodeJS.TypedArray): void {
  if (buffer instanceof ArrayBuffer && buffer.byteLength >= SMALLEST_BYTES) buffer.transfer(0);
}

/** Many of them, some in each turn: to unmap hundreds of megabytes takes tens of milliseconds. */
export async function releaseInTurns(arrays: Iterable<NodeJS.TypedArray>, turns: Turns): Promise<void> {
  await turns.begin();
  for (const array of arrays) {
    release(array);
    if (turns.isOver) await turns.goOn();
  }
}
