import fc from 'fast-check';
import { expect, test } from 'vitest';
import { fineWallClock, systemClock } from './clock.ts';

const ORIGIN_MS = 1_700_000_000_000.25;

test('microseconds pass while the coarse clock stands', () => {
  let elapsed = 0;
  const nowNs = fineWallClock(
    () => Math.floor(ORIGIN_MS + elapsed),
    () => elapsed,
    ORIGIN_MS,
  );
  const start = nowNs();
  elapsed = 0.25;
  expect(nowNs() - start).toBe(250_000n);
});

test('wherever the wall clock is set to, the fine one follows at once and then runs on', () => {
  const steps = fc.array(
    fc.record({
      passMs: fc.double({ min: 0, max: 1e7, noNaN: true }),
      stepMs: fc.integer({ min: -1e12, max: 1e12 }),
    }),
  );
  fc.assert(
    fc.property(steps, (all) => {
      let elapsed = 0;
      let offset = 0;
      const nowNs = fineWallClock(
        () => Math.floor(ORIGIN_MS + elapsed + offset),
        () => elapsed,
        ORIGIN_MS,
      );
      for (const { passMs, stepMs } of all) {
        elapsed += passMs;
        offset += stepMs;
        const errorMs = Number(nowNs()) / 1e6 - (ORIGIN_MS + elapsed + offset);
        expect(Math.abs(errorMs)).toBeLessThan(4);
      }
    }),
  );
});

test('the machine has one time', () => {
  expect(Math.abs(Number(systemClock.nowNs() / 1_000_000n) - systemClock.nowMs())).toBeLessThan(50);
});
