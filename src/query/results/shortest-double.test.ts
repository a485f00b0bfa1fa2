import fc from 'fast-check';
import { expect, test } from 'vitest';
import { doubleText } from '../../../test/support/double-text.ts';
import { ByteSink } from './byte-sink.ts';
import { wordsOf, writeDouble } from './numbers.ts';
import { layShortest } from './shortest-double.ts';

function expectShortest(magnitude: number): void {
  const values = Float64Array.of(magnitude, -magnitude);
  const words = wordsOf(values);
  for (const style of ['json', 'text'] as const) {
    for (const row of [0, 1]) {
      const sink = new ByteSink(1);
      writeDouble(sink, values, words, row, style);
      const [text, expected] = [sink.view().toString(), doubleText(values[row]!, style)];
      // A million of them: an expectation each would take half a minute.
      if (text !== expected) expect(text).toBe(expected);
    }
  }
}

/** False: the double is left to the caller. */
function isLaid(value: number): boolean {
  const values = Float64Array.of(value);
  return layShortest(new ByteSink(64), 0, values, wordsOf(values), 0, 16) > 0;
}

function neighbours(value: number): number[] {
  const word = new BigInt64Array(1);
  const double = new Float64Array(word.buffer);
  return Array.from({ length: 41 }, (_, index) => {
    double[0] = value;
    word[0] = word[0]! + BigInt(index - 20);
    return double[0]!;
  });
}

test('any double', () => {
  fc.assert(fc.property(fc.double(), expectShortest), { numRuns: 20_000 });
});

test('doubles that are seen in measurements', () => {
  const exponent = fc.integer({ min: -18, max: 54 });
  fc.assert(
    fc.property(fc.double({ min: 1, max: 2, noNaN: true }), exponent, (fraction, power) =>
      expectShortest(fraction * 2 ** power),
    ),
    { numRuns: 40_000 },
  );
});

test('few of them are left to the caller', () => {
  const left = (draw: (index: number) => number) =>
    Array.from({ length: 20_000 }, (_, index) => draw(index)).filter((value) => !isLaid(value)).length;
  expect(left((index) => 1e-5 * Math.exp(index * 0.002))).toBeLessThan(10);
  expect(left((index) => (index + 1) / 100)).toBe(0);
  expect(left((index) => (index + 1) / 1e5)).toBe(0);
  expect(left((index) => index + 1)).toBe(0);
  expect(left((index) => (index + 1) / 7)).toBeLessThan(10);
});

test('means of integers', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 100_000_000 }),
      fc.integer({ min: 1, max: 1_000_000 }),
      (sum, count) => expectShortest(sum / count),
    ),
    { numRuns: 20_000 },
  );
});

test('decimals of few digits, and what is next to them', () => {
  const digits = fc.tuple(fc.integer({ min: 1, max: 999_999_999 }), fc.integer({ min: -14, max: 8 }));
  fc.assert(
    fc.property(digits, ([integer, exponent]) => {
      for (const value of neighbours(Number(`${integer}e${exponent}`))) expectShortest(value);
    }),
    { numRuns: 1000 },
  );
});

test('few bits: decimals that end in 5, halfway between shorter ones', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: 1n, max: 2n ** 53n }), fc.integer({ min: 0, max: 62 }), (bits, exponent) =>
      expectShortest(Number(bits) / 2 ** exponent),
    ),
    { numRuns: 20_000 },
  );
});

test('powers of two and of ten, and what is next to them', () => {
  for (let exponent = -1074; exponent < 1024; exponent++) neighbours(2 ** exponent).forEach(expectShortest);
  for (let exponent = -323; exponent <= 308; exponent++)
    neighbours(Number(`1e${exponent}`)).forEach(expectShortest);
});

test('what is no number of digits', () => {
  [0, Number.POSITIVE_INFINITY, Number.NaN, Number.MIN_VALUE, Number.MAX_VALUE].forEach(expectShortest);
});
