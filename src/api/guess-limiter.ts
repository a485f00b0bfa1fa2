/** Guessing costs (B11): a budget of failed authentications per client address, then 429 for failures from there. */
import { isIPv6 } from 'node:net';
import { authErrors } from '../errors/index.ts';
import type { Clock } from '../platform/clock.ts';
import { TokenBucket } from './token-bucket.ts';

/** Addresses remembered at most; the ones that failed longest ago are forgotten first. */
const MAXIMUM_ADDRESSES = 10_000;

export class GuessLimiter {
  private readonly clock: Clock;
  private readonly perMinute: number;
  private readonly buckets = new Map<string, TokenBucket>();

  /** `perMinute` 0 = no limit. */
  constructor(perMinute: number, clock: Clock) {
    this.perMinute = perMinute;
    this.clock = clock;
  }

  /** Notes a failure; throws 429 once the budget of the address is spent. A valid token never comes here. */
  fail(address: string): void {
    if (this.perMinute === 0) return;
    const key = isIPv6(address) ? network64(address) : address;
    const nowMs = this.clock.monotonicMs();
    const bucket = this.buckets.get(key) ?? new TokenBucket(this.perMinute / 60, this.perMinute, nowMs);
    this.buckets.delete(key);
    this.buckets.set(key, bucket);
    if (this.buckets.size > MAXIMUM_ADDRESSES) this.buckets.delete(this.buckets.keys().next().value!);
    const waitSecs = bucket.take(1, nowMs);
    if (waitSecs > 0) throw authErrors.tooManyFailures(waitSecs);
  }
}

/** One IPv6 customer owns a whole /64: its addresses share a budget. */
function network64(address: string): string {
  const [head = '', tail] = address.split('::');
  const groups = head === '' ? [] : head.split(':');
  if (tail !== undefined) {
    const after = tail === '' ? [] : tail.split(':');
    while (groups.length + after.length < 8) groups.push('0');
    groups.push(...after);
  }
  return groups
    .slice(0, 4)
    .map((group) => group.replace(/^0+(?=.)/, '').toLowerCase())
    .join(':');
}
