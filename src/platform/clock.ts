/** Time as a parameter, so that a test or a seed can replay it. */
export interface Clock {
  /** Wall clock, milliseconds since the epoch. */
  nowMs(): number;
  /** Wall clock, nanoseconds since the epoch (at least microsecond resolution). Set back, it goes back. */
  nowNs(): bigint;
  /** Monotonic milliseconds with a fraction; only differences have a meaning. */
  monotonicMs(): number;
}

/** Beyond this the wall clock was set, or the machine slept: it was not merely read between two ticks. */
const TOLERANCE_MS = 2;

/**
 * The fine clock counts from the start of the process and knows nothing of a wall clock that is set later: so it
 * is held against the coarse one each time. `originMs` is the wall clock when `monotonicMs` was zero.
 */
export function fineWallClock(
  nowMs: () => number,
  monotonicMs: () => number,
  originMs: number,
): () => bigint {
  let origin = originMs;
  return () => {
    const elapsed = monotonicMs();
    const coarse = nowMs();
    const ahead = origin + elapsed - coarse;
    if (ahead < -TOLERANCE_MS || ahead > 1 + TOLERANCE_MS) origin = coarse - elapsed;
    return BigInt(Math.round((origin + elapsed) * 1e3)) * 1000n;
  };
}

/** The machine's clocks. */
export const systemClock: Clock = {
  nowMs: () => Date.now(),
  nowNs: fineWallClock(
    () => Date.now(),
    () => performance.now(),
    performance.timeOrigin,
  ),
  monotonicMs: () => performance.now(),
};
