/** The machine's clock, set wrong. Only the wall clock: nobody can set the monotonic one. */
import { type Clock, systemClock } from '../../../src/platform/clock.ts';
import type { Misfortune } from './faults.ts';

export function faultyClock(misfortune: Misfortune): Clock {
  const offsetMs = () => Math.round(misfortune.faults.clockOffsetMs);
  return {
    nowMs: () => systemClock.nowMs() + offsetMs(),
    nowNs: () => systemClock.nowNs() + BigInt(offsetMs()) * 1_000_000n,
    monotonicMs: () => systemClock.monotonicMs(),
  };
}
