/**
 * Memory of large arrays, given back when nobody needs them any more. The collector would do so by itself, but only
 * once all that lies outside of its heap has doubled: of hundreds of megabytes that a few large bodies take, as much
 * again would lie around as garbage.
 */

/** Smaller ones are the collector's, and may share their memory with others. */
const SMALLEST_BYTES = 131_072;

/** Nobody may look at the array, or at any other view of its memory, from now on: all of them are empty. */
export function release({ buffer }: NodeJS.TypedArray): void {
  if (buffer instanceof ArrayBuffer && buffer.byteLength >= SMALLEST_BYTES) buffer.transfer(0);
}
