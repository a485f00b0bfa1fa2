import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ByteSink } from './byte-sink.ts';
import { writeShortest } from './shortest-double.ts';

/** ECMAScript asks of `String` what is wanted here: the fewest digits, of such the nearest, of two the even one. */
function expectShortest(value: number): void {
  if (Number.isInteger(value) || value < 1e-3 || value >= 1e9) return;
  const sink = new ByteSink(1);
  writeShortest(sink, value);
  expect(sink.view().toString()).toBe(String(value));
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
  fc.assert(fc.property(fc.double({ min: 1e-3, max: 1e9, noNaN: true }), expectShortest), {
    numRuns: 20_000,
  });
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
  const digits = fc.tuple(fc.integer({ min: 1, max: 999_999_999 }), fc.integer({ min: -11, max: 0 }));
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
  for (let exponent = -10; exponent < 30; exponent++) neighbours(2 ** exponent).forEach(expectShortest);
  for (let exponent = -3; exponent <= 9; exponent++)
    neighbours(Number(`1e${exponent}`)).forEach(expectShortest);
});
