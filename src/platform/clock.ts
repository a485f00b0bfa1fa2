/** Time as a parameter, so that a test or a seed can replay it. */
export interface Clock {
  /** Wall clock, milliseconds since the epoch. */
  nowMs(): number;
  /** Wall clock, nanoseconds since the epoch (at least microsecond resolution, never decreasing here). */
  nowNs(): bigint;
  /** Monotonic milliseconds with a fraction; only differences have a meaning. */
  monotonicMs(): number;
}

/** The machine's clocks. */
export const systemClock: Clock = {
  nowMs: () => Date.now(),
  nowNs: () => BigInt(Math.round((performance.timeOrigin + performance.now()) * 1e3)) * 1000n,
  monotonicMs: () => performance.now(),
};
