import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { tokenWith } from '../../test/support/permission-universe.ts';
import { FailureBudget } from './failure-budget.ts';
import { TokenLimiter } from './limiter.ts';
import type { Principal } from './principal.ts';
import type { TokenLimits, TokenRecord } from './token.ts';

const manualClock = () => {
  const clock = { ms: 0, monotonicMs: () => clock.ms };
  return clock;
};

function limited(limits: TokenLimits | null, id = 1, ancestors?: TokenRecord[]): Principal {
  const token = tokenWith([], { id, limits, parentId: ancestors === undefined ? null : ancestors[0]!.id });
  return { kind: 'token', token, rotatedUntilMs: null, ...(ancestors && { ancestors }) };
}

describe('rates', () => {
  test('[L1] in any span no more passes than the burst and what comes in meanwhile', () => {
    const step = fc.record({ waitMs: fc.nat(900), amount: fc.integer({ min: 1, max: 20 }) });
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 50 }),
        fc.integer({ min: 1, max: 4 }),
        fc.array(step, { maxLength: 20 }),
        (rate, burst, steps) => {
          const clock = manualClock();
          const limiter = new TokenLimiter({ clock });
          const principal = limited({ requests_per_sec: rate, burst });
          const passedAtMs: number[] = [];
          for (const { waitMs, amount } of steps) {
            clock.ms += waitMs;
            for (let count = 0; count < amount; count++) {
              if (limiter.takeRequest(principal).ok) passedAtMs.push(clock.ms);
            }
          }
          for (const [first, startMs] of passedAtMs.entries()) {
            for (const [last, endMs] of passedAtMs.entries()) {
              const most = rate * burst + ((endMs - startMs) / 1000) * rate;
              if (last >= first && last - first + 1 > most + 1e-6)
                expect(last - first + 1).toBeLessThanOrEqual(most);
            }
          }
        },
      ),
    );
  });

  test('[L1] after the seconds that a refusal names, the same thing passes', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0.01, max: 1000, noNaN: true }),
        fc.integer({ min: 1, max: 5000 }),
        (rate, bytes) => {
          const clock = manualClock();
          const limiter = new TokenLimiter({ clock });
          const principal = limited({ write_bytes_per_sec: rate });
          for (let count = 0; count < 5; count++) {
            const taken = limiter.takeWriteBytes(principal, bytes);
            if (taken.ok) continue;
            expect(taken).toMatchObject({ field: 'write_bytes_per_sec' });
            expect(Number.isInteger(taken.retryAfterSecs) && taken.retryAfterSecs >= 1).toBe(true);
            clock.ms += taken.retryAfterSecs * 1000;
            expect(limiter.takeWriteBytes(principal, bytes).ok).toBe(true);
          }
        },
      ),
    );
  });

  test('[L1] a body larger than a second passes from a full bucket and is paid for after', () => {
    const clock = manualClock();
    const limiter = new TokenLimiter({ clock });
    const principal = limited({ write_bytes_per_sec: 100 });
    expect(limiter.takeWriteBytes(principal, 1000)).toEqual({ ok: true });
    expect(limiter.takeWriteBytes(principal, 1)).toMatchObject({ ok: false, retryAfterSecs: 10 });
    clock.ms = 10_000;
    expect(limiter.takeWriteBytes(principal, 1).ok).toBe(true);
  });

  test('[L2] what is refused costs nothing, neither here nor in the parents', () => {
    const clock = manualClock();
    const limiter = new TokenLimiter({ clock });
    const parent = tokenWith([], { id: 9, limits: { requests_per_sec: 2 } });
    const child = limited({ requests_per_sec: 1 }, 1, [parent]);
    expect(limiter.takeRequest(child).ok).toBe(true);
    for (let count = 0; count < 10; count++) expect(limiter.takeRequest(child).ok).toBe(false);
    const alone = { kind: 'token', token: parent, rotatedUntilMs: null } as const;
    expect(limiter.left(alone)).toEqual({ requests_per_sec: 1 });
  });

  test('[D4] children share what their parent has', () => {
    const limiter = new TokenLimiter({ clock: manualClock() });
    const parent = tokenWith([], {
      id: 9,
      limits: { requests_per_sec: 3, query_seconds: 5, query_result_rows: 10 },
    });
    const children = [1, 2, 3, 4, 5].map((id) => limited(null, id, [parent]));
    expect(children.filter((child) => limiter.takeRequest(child).ok)).toHaveLength(3);
    const strict = limited({ query_seconds: 2, query_result_rows: 50 }, 6, [parent]);
    expect(limiter.queryBounds(strict)).toEqual({ seconds: 2, rows: 10 });
  });

  test('[D4] what is left is the least of what the token and its parents have left', () => {
    const limiter = new TokenLimiter({ clock: manualClock() });
    const root = tokenWith([], { id: 9, limits: { requests_per_sec: 3, concurrent_queries: 1 } });
    const parent = tokenWith([], { id: 8, limits: { write_bytes_per_sec: 100 } });
    const child = limited({ requests_per_sec: 5, write_bytes_per_sec: 200 }, 1, [parent, root]);
    const sibling = limited(null, 2, [parent, root]);
    const left = { requests_per_sec: 3, write_bytes_per_sec: 100, concurrent_queries: 1 };
    expect(limiter.left(child)).toEqual(left);
    expect(limiter.left(sibling)).toEqual(left);
    limiter.takeRequest(sibling);
    limiter.takeWriteBytes(child, 30);
    const query = limiter.startQuery(sibling);
    expect(limiter.left(child)).toEqual({
      requests_per_sec: 2,
      write_bytes_per_sec: 70,
      concurrent_queries: 0,
    });
    if (query.ok) query.end();
    expect(limiter.left(child).concurrent_queries).toBe(1);
    expect(limiter.left(limited(null, 3))).toEqual({});
    expect(limiter.left({ kind: 'anonymous' })).toEqual({});
  });

  test('[L2] changed limits hold at once, without forgetting the queries that run', () => {
    const limiter = new TokenLimiter({ clock: manualClock() });
    const before = limited({ concurrent_queries: 2 });
    const first = limiter.startQuery(before);
    const second = limiter.startQuery(before);
    const after = limited({ concurrent_queries: 1, requests_per_sec: 1 });
    expect(limiter.startQuery(after)).toMatchObject({ ok: false, field: 'concurrent_queries' });
    if (first.ok) first.end();
    expect(limiter.startQuery(after).ok).toBe(false);
    if (second.ok) second.end();
    expect(limiter.startQuery(after).ok).toBe(true);
    expect(limiter.takeRequest(after).ok).toBe(true);
    expect(limiter.takeRequest(after).ok).toBe(false);
  });
});

describe('queries at a time', () => {
  test('[L3] are counted exactly, however often their end is told', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 4 }), fc.array(fc.nat(6), { maxLength: 60 }), (most, steps) => {
        const limiter = new TokenLimiter({ clock: manualClock() });
        const principal = limited({ concurrent_queries: most });
        const ends: (() => void)[] = [];
        const running = new Set<() => void>();
        for (const step of steps) {
          const end = ends[step];
          if (end !== undefined) {
            end();
            running.delete(end);
          } else {
            const started = limiter.startQuery(principal);
            expect(started.ok).toBe(running.size < most);
            if (!started.ok) continue;
            ends.push(started.end);
            running.add(started.end);
          }
          expect(limiter.left(principal)).toEqual({ concurrent_queries: most - running.size });
        }
      }),
    );
  });
});

test('[L2] a token without limits, and an anonymous principal, are never refused', () => {
  const limiter = new TokenLimiter({ clock: manualClock() });
  for (const principal of [limited(null), { kind: 'anonymous' } as const]) {
    for (let count = 0; count < 100; count++) {
      expect(limiter.takeRequest(principal)).toEqual({ ok: true });
      expect(limiter.takeWriteBytes(principal, 1e12)).toEqual({ ok: true });
      expect(limiter.startQuery(principal).ok).toBe(true);
    }
    expect(limiter.queryBounds(principal)).toEqual({});
  }
});

describe('guessing', () => {
  test('[L4] is refused after the budget of an address, and only there', () => {
    const clock = manualClock();
    const budget = new FailureBudget({ perMinute: 3, clock });
    for (let count = 0; count < 3; count++) expect(budget.spend('10.0.0.1')).toEqual({ ok: true });
    expect(budget.spend('10.0.0.1')).toEqual({ ok: false, retryAfterSecs: 20 });
    expect(budget.spend('10.0.0.2')).toEqual({ ok: true });
    // An IPv4 address inside IPv6 is the same client.
    expect(budget.spend('::ffff:10.0.0.1').ok).toBe(false);
    clock.ms = 20_000;
    expect(budget.spend('10.0.0.1').ok).toBe(true);
    expect(budget.spend('10.0.0.1').ok).toBe(false);
  });

  test('[L4] all of a /64 share one budget: a single host has the whole of it', () => {
    const budget = new FailureBudget({ perMinute: 2, clock: manualClock() });
    expect(budget.spend('2001:db8::1').ok).toBe(true);
    expect(budget.spend('2001:db8::ffff:1').ok).toBe(true);
    expect(budget.spend('2001:db8:0:0:1234::').ok).toBe(false);
    expect(budget.spend('2001:db8:0:1::1').ok).toBe(true);
  });

  test('[L4] forgets the address that failed longest ago, and 0 is no budget at all', () => {
    const budget = new FailureBudget({ perMinute: 1, clock: manualClock() });
    expect(budget.spend('10.0.0.1').ok).toBe(true);
    for (let index = 0; index < 100_000; index++)
      budget.spend(`11.${index >> 16}.${(index >> 8) & 255}.${index & 255}`);
    expect(budget.spend('10.0.0.1').ok).toBe(true);
    const open = new FailureBudget({ perMinute: 0, clock: manualClock() });
    for (let count = 0; count < 100; count++) expect(open.spend('10.0.0.1').ok).toBe(true);
  });
});
