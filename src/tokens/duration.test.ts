import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseDuration } from './duration.ts';

test.each([
  ['0', 0],
  ['1s', 1],
  ['90 sec', 90],
  ['2h30m', 9000],
  ['2h 30min', 9000],
  ['1d', 86_400],
  ['1w', 604_800],
  ['1M', 2_630_016],
  ['1m', 60],
  ['1y', 31_557_600],
  ['1.5h', 5400],
  ['1500ms', 1.5],
  ['1us', 1e-6],
  ['1µs', 1e-6],
  ['3 days 2 hours', 266_400],
  ['1day', 86_400],
  ['0s', 0],
])('%j is %d seconds', (text, seconds) => {
  expect(parseDuration(text)).toEqual({ ok: true, seconds });
});

test.each([
  ['', 'value was empty'],
  ['   ', 'value was empty'],
  ['5', 'time unit needed, for example 5sec or 5ms'],
  ['1h5', 'time unit needed, for example 5sec or 5ms'],
  ['h', 'expected number at 0'],
  ['1h h', 'expected number at 3'],
  ['-1h', 'expected number at 0'],
  ['1-h', 'invalid character at 1'],
  ['1h,2m', 'invalid character at 2'],
  ['1..5h', 'invalid character at 2'],
  [
    '1x',
    'unknown time unit "x", supported units: ns, us/µs, ms, sec, min, hours, days, weeks, months, years (and few variations)',
  ],
  [
    '1D',
    'unknown time unit "D", supported units: ns, us/µs, ms, sec, min, hours, days, weeks, months, years (and few variations)',
  ],
  [
    '99999999999999999999s',
    'number is too large or cannot be represented without a lack of precision (values below 1ns are not supported)',
  ],
  [
    '0.5ns',
    'number is too large or cannot be represented without a lack of precision (values below 1ns are not supported)',
  ],
])('%j is refused: %s', (text, message) => {
  expect(parseDuration(text)).toEqual({ ok: false, message });
});

test('pairs add up in any order, and any text is a duration or a refusal', () => {
  const units: [string, number][] = [
    ['s', 1],
    ['m', 60],
    ['h', 3600],
    ['d', 86_400],
  ];
  const pair = fc.record({
    number: fc.nat(1000),
    unit: fc.constantFrom(...units),
    gap: fc.constantFrom('', ' '),
  });
  fc.assert(
    fc.property(fc.array(pair, { minLength: 1, maxLength: 5 }), (pairs) => {
      const text = pairs.map(({ number, unit, gap }) => `${number}${gap}${unit[0]}`).join(' ');
      const seconds = pairs.reduce((sum, { number, unit }) => sum + number * unit[1], 0);
      expect(parseDuration(text)).toEqual({ ok: true, seconds });
    }),
  );
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.stringMatching(/^[0-9smhd. µ-]{0,12}$/)), (text) => {
      const parsed = parseDuration(text);
      expect(parsed.ok ? parsed.seconds >= 0 : parsed.message.length > 0).toBe(true);
    }),
    { numRuns: 2000 },
  );
});
