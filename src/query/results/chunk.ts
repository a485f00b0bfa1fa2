/** Size at which an encoder hands its bytes over: large enough to be cheap, small enough to be bounded. */
export const CHUNK_BYTES = 65_536;
