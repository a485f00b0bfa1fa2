/**
 * Guessing costs (`beyond.md` B11): failed authentications per client address, then 429 for that address. Only
 * failures ask here, so valid tokens from the same address keep working.
 */
import { clientKey } from './cidr.ts';
import { TokenBucket } from './token-bucket.ts';

/** Addresses remembered at once; the one that failed longest ago is forgotten first. */
const MAXIMUM_ADDRESSES = 100_000;

export class FailureBudget {
  readonly #perMinute: number;
  readonly #clock: { monotonicMs(): number };
  readonly #buckets = new Map<string, TokenBucket>();

  /** `perMinute` failures are free, and come back over a minute. */
  constructor(parts: { readonly perMinute?: number; readonly clock: { monotonicMs(): number } }) {
    this.#perMinute = parts.perMinute ?? 30;
    this.#clock = parts.clock;
  }

  /** Call after every failed authentication. Not ok: answer 429 instead of 401. */
  spend(address: string): { readonly ok: true } | { readonly ok: false; readonly retryAfterSecs: number } {
    if (this.#perMinute === 0) return { ok: true };
    const key = clientKey(address);
    const nowMs = this.#clock.monotonicMs();
    const bucket = this.#buckets.get(key) ?? new TokenBucket(this.#perMinute / 60, this.#perMinute, nowMs);
    this.#buckets.delete(key);
    this.#buckets.set(key, bucket);
    if (this.#buckets.size > MAXIMUM_ADDRESSES)
      this.#buckets.delete(this.#buckets.keys().next().value ?? key);
    const waitMs = bucket.waitMs(1, nowMs);
    if (waitMs > 0) return { ok: false, retryAfterSecs: Math.ceil(waitMs / 1000) };
    bucket.take(1, nowMs);
    return { ok: true };
  }
}
