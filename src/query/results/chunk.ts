import { ByteSink } from './byte-sink.ts';

/** Size at which an encoder hands its bytes over: large enough to be cheap, small enough to be bounded. */
export const CHUNK_BYTES = 262_144;

/** The first chunk of a result, which may well be its last: fresh memory costs more than a hand-over. */
export const FIRST_CHUNK_BYTES = 65_536;

/** For chunks; most results are small, and much less than one. */
export function chunkSink(): ByteSink {
  return new ByteSink(4096, CHUNK_BYTES + 4096);
}
