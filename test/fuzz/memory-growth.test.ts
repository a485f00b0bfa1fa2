import { expect, test } from 'vitest';
import { growthPerGigabyte, type MemorySample } from './memory-growth.ts';

/** A sample for each 10 MB of bodies; every fifth is as low as it gets. */
function samples(untilMegabytes: number, lowest: (sentMegabytes: number) => number): MemorySample[] {
  return Array.from({ length: untilMegabytes / 10 }, (_, index) => {
    const sentMegabytes = index * 10;
    return { sentMegabytes, megabytes: lowest(sentMegabytes) + (index % 5) * 100 };
  });
}

test('what comes and goes above a level is no growth, nor is what came before it was warm', () => {
  expect(
    growthPerGigabyte(
      samples(9000, (sent) => Math.min(sent, 1500)),
      1500,
    ),
  ).toBeCloseTo(0);
});

test('growth is told in megabytes for each gigabyte', () => {
  expect(
    growthPerGigabyte(
      samples(9000, (sent) => 1000 + sent * 0.07),
      1500,
    ),
  ).toBeCloseTo(70);
});

test('of too few bodies nothing is said', () => {
  expect(
    growthPerGigabyte(
      samples(5400, () => 1000),
      1500,
    ),
  ).toBeUndefined();
  expect(growthPerGigabyte([], 1500)).toBeUndefined();
});
