/**
 * Lines as they lie in the log. Large requests are compressed, on a thread of the pool while this one parses:
 * line protocol shrinks to a tenth, and the disk takes what the parser makes.
 */
import { promisify } from 'node:util';
import { constants, zstdCompress, zstdDecompressSync } from 'node:zlib';

export interface PackedBody {
  readonly bytes: Uint8Array;
  readonly isPacked: boolean;
}

/** Below this the hand-over to another thread costs more than the bytes. */
const PACK_FROM_BYTES = 32_768;
const compress = promisify(zstdCompress);

/** undefined: the body stays as it is. */
export function packBody(body: Uint8Array): Promise<PackedBody> | undefined {
  if (body.byteLength < PACK_FROM_BYTES) return undefined;
  // A buffer for the whole result: each fill costs a turn of the event loop.
  const chunkSize = Math.max(65_536, body.byteLength >> 2);
  const params = { [constants.ZSTD_c_compressionLevel]: 1 };
  return compress(body, { chunkSize, params }).then((bytes) => ({ bytes, isPacked: true }));
}

export function unpackBody({ bytes, isPacked }: PackedBody): Uint8Array {
  return isPacked ? zstdDecompressSync(bytes) : bytes;
}
