/** A token bucket on the monotonic clock. It may go into debt once, so that one large charge passes and is paid later. */
export class TokenBucket {
  private readonly ratePerSec: number;
  private readonly capacity: number;
  private level: number;
  private filledAtMs: number;

  constructor(ratePerSec: number, capacity: number, nowMs: number) {
    this.ratePerSec = ratePerSec;
    this.capacity = capacity;
    this.level = capacity;
    this.filledAtMs = nowMs;
  }

  /** What is there now; negative while in debt. */
  available(nowMs: number): number {
    const elapsedMs = Math.max(0, nowMs - this.filledAtMs);
    this.filledAtMs = nowMs;
    this.level = Math.min(this.capacity, this.level + (elapsedMs / 1000) * this.ratePerSec);
    return this.level;
  }

  /** Takes 0 and gives 0 when `amount` was taken; else gives the whole seconds until it can be, at least 1. */
  take(amount: number, nowMs: number): number {
    const available = this.available(nowMs);
    // A charge above the capacity waits for a full bucket, not for one that can never be that full.
    const needed = Math.min(amount, this.capacity);
    if (available >= needed) {
      this.level -= amount;
      return 0;
    }
    return Math.max(1, Math.ceil((needed - available) / this.ratePerSec));
  }
}
