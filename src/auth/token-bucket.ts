/** A token bucket on a monotonic clock. */
export class TokenBucket {
  readonly ratePerSec: number;
  readonly capacity: number;
  #level: number;
  #filledAtMs: number;

  /** Full at the start. `nowMs` is monotonic here and everywhere below. */
  constructor(ratePerSec: number, capacity: number, nowMs: number) {
    this.ratePerSec = ratePerSec;
    this.capacity = capacity;
    this.#level = capacity;
    this.#filledAtMs = nowMs;
  }

  /** What is left; negative while a debt is paid back. */
  level(nowMs: number): number {
    if (nowMs > this.#filledAtMs) {
      const gained = ((nowMs - this.#filledAtMs) * this.ratePerSec) / 1000;
      this.#level = Math.min(this.capacity, this.#level + gained);
      this.#filledAtMs = nowMs;
    }
    return this.#level;
  }

  /**
   * Milliseconds until `amount` may be taken; 0 = now. More than the bucket ever holds may be taken from a full
   * one, which then goes into debt: otherwise a body larger than a second's worth could never be written.
   */
  waitMs(amount: number, nowMs: number): number {
    const missing = Math.min(amount, this.capacity) - this.level(nowMs);
    return missing <= 1e-9 ? 0 : (missing / this.ratePerSec) * 1000;
  }

  /** Takes without asking; ask `waitMs` first. */
  take(amount: number, nowMs: number): void {
    this.#level = this.level(nowMs) - amount;
  }
}
