import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatRetention, parseHumanTime, parseRetention } from './retention-grammar.ts';

const DAY = 86_400n * 1_000_000_000n;

describe('retention grammar', () => {
  test.each([
    ['1d', DAY],
    ['30days', 30n * DAY],
    ['2h 30m', 9_000n * 1_000_000_000n],
    ['1month', 2_630_016n * 1_000_000_000n],
    ['1M', 2_630_016n * 1_000_000_000n],
    ['1mo', 30n * DAY],
    ['1y', 365n * DAY],
    ['1year', 31_557_600n * 1_000_000_000n],
    ['1y6mo', 545n * DAY],
    ['30d12h', 30n * DAY + DAY / 2n],
    ['1w', 7n * DAY],
    ['0s', 0n],
    ['0', 0n],
    ['15ms 3us 7ns', 15_003_007n],
    ['none', null],
  ])('%s', (text, expected) => {
    expect(parseRetention(text)).toBe(expected);
  });

  test.each([
    ['', 'value was empty'],
    ['-1d', 'expected number at 0'],
    ['d', 'expected number at 0'],
    ['12', 'time unit needed, for example 12sec or 12ms'],
    ['1x', 'unknown time unit "x"'],
    ['1d ,', 'expected number at 3'],
    ['1.5d', 'invalid character at 1'],
    ['400y', 'number is too large'],
    ['99999999999999999999999ns', 'number is too large'],
  ])('refuses %j', (text, detail) => {
    expect(() => parseRetention(text)).toThrow(`Cannot parse the given human time: ${detail}`);
  });

  test('none is not a human time', () => {
    expect(() => parseHumanTime('none')).toThrow('Cannot parse the given human time');
  });

  test('what is printed reads back as the same period', () => {
    fc.assert(
      fc.property(fc.option(fc.bigInt(0n, 2n ** 63n - 1n)), (period) => {
        expect(parseRetention(formatRetention(period))).toBe(period);
      }),
    );
  });
});
