import fc from 'fast-check';
import { expect, test } from 'vitest';
import { result, splitBigInt } from '../lineprotocol/int64.ts';
import { joinBounds, RecentTimes, type TimeBounds } from './recent-times.ts';

function halves(timeNs: bigint): { low: number; high: number } {
  splitBigInt(timeNs);
  return { ...result };
}

function bounds(oldest: bigint, newest: bigint): TimeBounds {
  const [old, young] = [halves(oldest), halves(newest)];
  return { oldestLow: old.low, oldestHigh: old.high, newestLow: young.low, newestHigh: young.high };
}

/** Notes the times for one series; answers what was said of each. */
function noteAll(times: RecentTimes, series: number, points: readonly bigint[]): boolean[] {
  return points.map((point, index) => {
    const { low, high } = halves(point);
    if (index === 0) times.open(low, high);
    return times.note(series, low, high);
  });
}

test('a point that was there is never called new', () => {
  const point = fc.oneof(
    fc.bigInt({ min: -40n, max: 40n }),
    fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  );
  fc.assert(
    fc.property(fc.array(point, { minLength: 1, maxLength: 200 }), (points) => {
      const said = noteAll(new RecentTimes(null), 0, points);
      const seen = new Set<bigint>();
      for (const [index, isNew] of said.entries()) {
        if (seen.has(points[index]!)) expect(isNew).toBe(false);
        seen.add(points[index]!);
      }
    }),
  );
});

test('nothing inside the span of what was there before is called new', () => {
  fc.assert(
    fc.property(fc.array(fc.bigInt({ min: 0n, max: 30n }), { minLength: 1 }), (points) => {
      const said = noteAll(new RecentTimes(bounds(10n, 20n)), 0, points);
      for (const [index, isNew] of said.entries()) {
        if (points[index]! >= 10n && points[index]! <= 20n) expect(isNew).toBe(false);
      }
    }),
  );
});

const range = (from: number, to: number, step: number) =>
  Array.from({ length: Math.floor((to - from) / step) + 1 }, (_, index) => BigInt(from + index * step));

test.each([
  ['in order', range(0, 1000, 1)],
  ['backwards', range(-1000, 0, 1).toReversed()],
  [
    'batches of five that overtake one another',
    [0, 10, 5, 20, 15, 25].flatMap((from) => range(from, from + 4, 1)),
  ],
  ['around what was there before', [...range(101, 200, 1), ...range(-100, -1, 1).toReversed()]],
])('points that come %s are certain', (_name, points) => {
  const times = new RecentTimes(_name.startsWith('around') ? bounds(0n, 100n) : null);
  expect(noteAll(times, 0, points)).not.toContain(false);
});

test('series do not touch one another', () => {
  const times = new RecentTimes(bounds(5n, 6n));
  expect(noteAll(times, 0, [7n, 8n, 7n])).toEqual([true, true, false]);
  expect(noteAll(times, 1, [7n, 2n, 8n])).toEqual([true, true, true]);
});

test('joined bounds hold both', () => {
  const time = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
  const span = fc.tuple(time, time).map(([a, b]) => (a < b ? ([a, b] as const) : ([b, a] as const)));
  fc.assert(
    fc.property(span, span, (one, other) => {
      const times = [...one, ...other].sort((a, b) => (a < b ? -1 : 1));
      expect(joinBounds(bounds(...one), bounds(...other))).toEqual(bounds(times[0]!, times[3]!));
    }),
  );
  expect(joinBounds(null, bounds(1n, 2n))).toEqual(bounds(1n, 2n));
});
