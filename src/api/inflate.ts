/**
 * Packed bodies, inflated. What zlib puts them into is given back at once: left to the collector it was most of the
 * garbage that a server has which takes packed bodies.
 */
import { createGunzip } from 'node:zlib';
import type { BytePool } from '../platform/byte-pool.ts';
import { release } from '../platform/release.ts';

/**
 * Each chunk is handed to another thread and back, which takes longer than to inflate the 16 KiB that are the default.
 * Line protocol shrinks to a tenth.
 */
const chunkBytes = (packedBytes: number) => Math.min(MAXIMUM_CHUNK_BYTES, Math.max(16_384, packedBytes * 12));
const MAXIMUM_CHUNK_BYTES = 2 ** 18;

/**
 * Takes several members; undefined: it becomes more than `limitBytes`, and the rest was not inflated. Rejects with the
 * error of zlib. The result may lie in an array of the pool.
 */
export function inflate(
  packed: Uint8Array,
  limitBytes: number,
  pool?: BytePool,
): Promise<Uint8Array | undefined> {
  return new Promise((resolve, reject) => {
    const gunzip = createGunzip({ chunkSize: chunkBytes(packed.byteLength) });
    const chunks: Buffer[] = [];
    let bytes = 0;
    gunzip.on('data', (chunk: Buffer) => {
      chunks.push(chunk);
      bytes += chunk.length;
      if (bytes <= limitBytes) return;
      gunzip.destroy();
      releaseFull(chunks);
      resolve(undefined);
    });
    gunzip.once('error', (error) => {
      releaseFull(chunks);
      reject(error);
    });
    gunzip.once('end', () => resolve(join(chunks, bytes, pool)));
    gunzip.end(packed);
  });
}

/** After the end: nobody writes into any of the chunks again. */
function join(chunks: readonly Buffer[], bytes: number, pool?: BytePool): Uint8Array {
  const [first] = chunks;
  if (chunks.length === 1 && first !== undefined) {
    pool?.adopt(first);
    return first;
  }
  const whole = (pool?.take(bytes) ?? Buffer.allocUnsafeSlow(bytes)).subarray(0, bytes);
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.length;
  }
  for (const chunk of chunks) release(chunk);
  return whole;
}

/** Zlib goes on in an array that is not full yet. */
function releaseFull(chunks: readonly Buffer[]): void {
  for (const chunk of chunks) {
    if (chunk.byteOffset + chunk.byteLength === chunk.buffer.byteLength) release(chunk);
  }
}
