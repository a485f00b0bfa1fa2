import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { printRfc3339, readRfc3339, wholeMs } from './rfc3339.ts';

const instants = fc.bigInt({
  min: BigInt(Date.parse('0000-01-02T00:00:00Z')) * 1_000_000n,
  max: BigInt(Date.parse('9999-12-30T00:00:00Z')) * 1_000_000n,
});
const offsets = fc.integer({ min: -23 * 60 - 59, max: 23 * 60 + 59 });
const two = (value: number) => String(Math.abs(value)).padStart(2, '0');

test('what is printed is read back, to the nanosecond', () => {
  fc.assert(fc.property(instants, (ns) => readRfc3339(printRfc3339(ns)) === ns));
});

test('an offset moves the instant, however it is spelled', () => {
  fc.assert(
    fc.property(
      instants,
      offsets,
      fc.constantFrom('T', 't', ' '),
      fc.integer({ min: 0, max: 9 }),
      (ns, minutes, t, digits) => {
        const whole =
          ns - (((ns % 10n ** BigInt(9 - digits)) + 10n ** BigInt(9 - digits)) % 10n ** BigInt(9 - digits));
        const sign = minutes < 0 ? '-' : '+';
        const offset = `${sign}${two(Math.trunc(minutes / 60))}:${two(minutes % 60)}`;
        const text =
          printRfc3339(whole)
            .replace('T', t)
            .slice(0, digits === 0 ? 19 : 20 + digits) + offset;
        expect(readRfc3339(text)).toBe(whole - BigInt(minutes) * 60_000_000_000n);
      },
    ),
  );
});

test('it agrees with Date on every day and time that there is', () => {
  const part = (max: number) => fc.integer({ min: 0, max });
  fc.assert(
    fc.property(part(9999), part(13), part(32), part(24), part(60), part(60), (year, ...rest) => {
      const [month, day, hour, minute, second] = rest.map(two);
      const text = `${String(year).padStart(4, '0')}-${month}-${day}T${hour}:${minute}:${second}Z`;
      const date = new Date(text);
      // Date rolls over to the next month, and takes 24:00:00 for the next day.
      const isReal = !Number.isNaN(date.getTime()) && date.toISOString().slice(0, 19) === text.slice(0, 19);
      expect(readRfc3339(text)).toBe(isReal ? BigInt(date.getTime()) * 1_000_000n : 'range');
    }),
    { numRuns: 1000 },
  );
});

describe('what is none', () => {
  test.each([
    '',
    'soon',
    '2026-02-01',
    '2026-02-01T00:00Z',
    '2026-02-01T00:00:00',
    '2026-02-01T00:00:00.Z',
    '2026-02-01T00:00:00+0200',
    '2026-02-01T00:00:00+2:00',
    ' 2026-02-01T00:00:00Z',
    '2026-02-01T00:00:00Z\n',
    '12026-02-01T00:00:00Z',
    '1700000000',
  ])('%j is not one', (text) => expect(readRfc3339(text)).toBe('syntax'));

  test.each([
    '2026-02-29T00:00:00Z',
    '2026-00-01T00:00:00Z',
    '2026-01-00T00:00:00Z',
    '2026-01-01T24:00:00Z',
    '2026-01-01T00:60:00Z',
    '2026-01-01T00:00:60Z',
    '2026-01-01T00:00:00+24:00',
    '2026-01-01T00:00:00-00:60',
  ])('%j is no day or time', (text) => expect(readRfc3339(text)).toBe('range'));
});

test('digits beyond the ninth are dropped', () => {
  expect(readRfc3339('1970-01-01T00:00:00.1234567899Z')).toBe(123_456_789n);
});

test('a millisecond begins before the instant in it, before the epoch too', () => {
  expect(wholeMs(1_999_999n)).toBe(1);
  expect(wholeMs(-1n)).toBe(-1);
  expect(wholeMs(-1_000_000n)).toBe(-1);
});
