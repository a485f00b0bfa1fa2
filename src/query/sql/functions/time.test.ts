import { afterAll, describe, expect, it } from 'vitest';
import {
  type Argument,
  date,
  FunctionEngine,
  int,
  interval,
  nothing,
  printCall,
  text,
  time,
} from '../../../../test/support/sql-function-cases.ts';
import { INT64, TIMESTAMP_NS, UTF8 } from '../../types.ts';

const engine = new FunctionEngine();
afterAll(() => engine.close());

const NULL = '\\N';
const HOUR = 3_600_000_000_000n;
const T = time('2024-02-29T12:34:56.123456789Z');
const PARIS = 'Europe/Paris';
const cases: readonly [name: string, args: Argument[], expected: string][] = [
  ['date_bin', [interval({ ns: HOUR }), T], '2024-02-29 12:00:00.000000000'],
  [
    'date_bin',
    [interval({ ns: 7n }), time('1970-01-01T00:00:00.00000001Z')],
    '1970-01-01 00:00:00.000000007',
  ],
  ['date_bin', [interval({ ns: HOUR }), time('1969-12-31T23:30:00Z')], '1969-12-31 23:00:00.000000000'],
  ['date_bin', [interval({ days: 7 }), T], '2024-02-29 00:00:00.000000000'],
  ['date_bin', [interval({ ns: HOUR }), T, time('2024-01-01T00:30:00Z')], '2024-02-29 12:30:00.000000000'],
  ['date_bin', [interval({ ns: HOUR }), T, time('2030-01-01T00:40:00Z')], '2024-02-29 11:40:00.000000000'],
  ['date_bin', [interval({ months: 1 }), T], '2024-02-01 00:00:00.000000000'],
  ['date_bin', [interval({ months: 5 }), time('1969-11-30T00:00:00Z')], '1969-08-01 00:00:00.000000000'],
  ['date_bin', [interval({ months: 1 }), T, time('2000-01-31T13:00:00Z')], '2024-01-31 13:00:00.000000000'],
  ['date_bin', [interval({ months: 12 }), T, time('2025-03-01T00:00:00Z')], '2023-03-01 00:00:00.000000000'],
  ['date_bin', [interval({ ns: HOUR }), nothing(TIMESTAMP_NS)], NULL],
  ['date_bin', [interval({ days: 1 }), time('2024-06-30T22:30:00Z', PARIS)], '2024-06-30 00:00:00.000000000'],
  [
    'date_bin_wallclock',
    [interval({ days: 1 }), time('2024-06-30T22:30:00Z', PARIS)],
    '2024-06-30 22:00:00.000000000',
  ],
  [
    'date_bin_wallclock',
    [interval({ ns: HOUR }), time('2020-10-25T01:29:00Z', PARIS), time('1970-01-01T00:30:00Z')],
    '2020-10-24 23:30:00.000000000',
  ],
  [
    'date_bin_wallclock',
    [interval({ ns: HOUR }), time('2020-10-25T01:30:00Z', PARIS), time('1970-01-01T00:30:00Z')],
    '2020-10-25 01:30:00.000000000',
  ],
  [
    'date_bin_wallclock',
    [interval({ ns: HOUR / 2n }), time('2020-10-25T00:40:00Z', PARIS)],
    '2020-10-25 00:30:00.000000000',
  ],
  [
    'date_bin_wallclock',
    [interval({ ns: HOUR / 2n }), time('2020-10-25T01:40:00Z', PARIS)],
    '2020-10-25 01:30:00.000000000',
  ],
  [
    'date_bin_wallclock',
    [interval({ ns: 2n * HOUR }), time('2021-03-28T01:10:00Z', PARIS)],
    '2021-03-28 01:00:00.000000000',
  ],
  [
    'date_bin_wallclock',
    [interval({ days: 1 }), time('2024-01-01T20:00:00Z', '+05:30')],
    '2024-01-01 18:30:00.000000000',
  ],
  ['date_bin_wallclock', [interval({ days: 1 }), nothing(TIMESTAMP_NS)], NULL],
  ['date_trunc', [text('year'), T], '2024-01-01 00:00:00.000000000'],
  ['date_trunc', [text('quarter'), T], '2024-01-01 00:00:00.000000000'],
  ['date_trunc', [text('month'), T], '2024-02-01 00:00:00.000000000'],
  ['date_trunc', [text('week'), T], '2024-02-26 00:00:00.000000000'],
  ['date_trunc', [text('WEEK'), time('1969-12-30T00:00:00Z')], '1969-12-29 00:00:00.000000000'],
  ['date_trunc', [text('day'), T], '2024-02-29 00:00:00.000000000'],
  ['date_trunc', [text('hour'), T], '2024-02-29 12:00:00.000000000'],
  ['date_trunc', [text('minute'), T], '2024-02-29 12:34:00.000000000'],
  ['date_trunc', [text('second'), T], '2024-02-29 12:34:56.000000000'],
  ['date_trunc', [text('millisecond'), T], '2024-02-29 12:34:56.123000000'],
  ['date_trunc', [text('microsecond'), T], '2024-02-29 12:34:56.123456000'],
  ['date_trunc', [text('month'), time('2024-06-30T22:30:00Z', PARIS)], '2024-06-30 22:00:00.000000000'],
  ['date_trunc', [text('day'), date('2024-02-29')], '2024-02-29 00:00:00.000000000'],
  ['date_trunc', [text('day'), nothing(TIMESTAMP_NS)], NULL],
  ['date_part', [text('year'), T], '2024'],
  ['date_part', [text('quarter'), T], '1'],
  ['date_part', [text('month'), T], '2'],
  ['date_part', [text('week'), T], '9'],
  ['date_part', [text('day'), T], '29'],
  ['date_part', [text('hour'), T], '12'],
  ['date_part', [text('minute'), T], '34'],
  ['date_part', [text('second'), T], '56'],
  ['date_part', [text('millisecond'), T], '56123'],
  ['date_part', [text('microsecond'), T], '56123456'],
  ['date_part', [text('nanosecond'), T], '56123456789'],
  ['date_part', [text('dow'), T], '4'],
  ['date_part', [text('dow'), time('2024-03-03T23:59:59Z')], '0'],
  ['date_part', [text('isodow'), time('2024-03-04T00:00:00Z')], '0'],
  ['date_part', [text('dow'), time('1969-12-28T10:00:00Z')], '0'],
  ['date_part', [text('doy'), T], '60'],
  ['date_part', [text('epoch'), time('1970-01-01T00:00:01.5Z')], '1.5'],
  ['date_part', [text('hour'), time('2024-06-30T22:30:00Z', PARIS)], '0'],
  ['date_part', [text('day'), date('2024-02-29')], '29'],
  ['date_part', [text('hour'), nothing(TIMESTAMP_NS)], NULL],
  ['to_timestamp', [int(1)], '1970-01-01 00:00:00.000000001'],
  ['to_timestamp', [text('2024-01-01T10:00:00.123456789+02:00')], '2024-01-01 08:00:00.123456789'],
  ['to_timestamp', [text('2024-01-01')], '2024-01-01 00:00:00.000000000'],
  ['to_timestamp', [T], '2024-02-29 12:34:56.123456789'],
  ['to_timestamp', [nothing(UTF8)], NULL],
  ['to_timestamp_nanos', [int(5)], '1970-01-01 00:00:00.000000005'],
  ['to_timestamp_micros', [int(5)], '1970-01-01 00:00:00.000005000'],
  ['to_timestamp_millis', [int(-5)], '1969-12-31 23:59:59.995000000'],
  ['to_timestamp_seconds', [int(5)], '1970-01-01 00:00:05.000000000'],
  ['to_timestamp_seconds', [T], '2024-02-29 12:34:56.000000000'],
  [
    'to_timestamp_millis',
    [text('01/02/2024 03:04:05.678'), text('%d-%m-%Y'), text('%d/%m/%Y %H:%M:%S%.f')],
    '2024-02-01 03:04:05.678000000',
  ],
  [
    'to_timestamp_seconds',
    [text('5 Mar 24 07:08 PM +0130'), text('%e %b %y %I:%M %p %z')],
    '2024-03-05 17:38:00.000000000',
  ],
  ['to_timestamp_seconds', [text('1709210096'), text('%s')], '2024-02-29 12:34:56.000000000'],
  ['from_unixtime', [int(1709210096)], '2024-02-29 12:34:56.000000000'],
  ['from_unixtime', [nothing(INT64)], NULL],
  ['to_unixtime', [T], '1709210096'],
  ['to_unixtime', [text('2024-02-29T12:34:56.9Z')], '1709210096'],
  ['to_unixtime', [text('2024/02/29'), text('%Y/%m/%d')], '1709164800'],
  ['to_unixtime', [date('1970-01-02')], '86400'],
  ['to_date', [text('2024-02-29')], '2024-02-29'],
  ['to_date', [int(-1)], '1969-12-31'],
  ['to_date', [text('29.02.2024'), text('%d.%m.%Y')], '2024-02-29'],
  ['to_date', [T], '2024-02-29'],
  ['to_date', [nothing(UTF8)], NULL],
  ['make_date', [int(2024), int(2), int(29)], '2024-02-29'],
  ['make_date', [int(1950), int(12), int(31)], '1950-12-31'],
  ['make_date', [nothing(INT64), int(2), int(29)], NULL],
  ['to_char', [T, text('%Y-%m-%d %H:%M:%S%.3f')], '2024-02-29 12:34:56.123'],
  [
    'to_char',
    [T, text('%a %A %b %B %e %j %p %I %y %f %%')],
    'Thu Thursday Feb February 29 060 PM 12 24 123456789 %',
  ],
  [
    'to_char',
    [T, text('%s %F %T %U %W %V %G %u %w %.f')],
    '1709210096 2024-02-29 12:34:56 08 09 09 2024 4 4 .123456789',
  ],
  ['to_char', [time('2024-06-30T22:30:00Z', PARIS), text('%+')], '2024-07-01T00:30:00+02:00'],
  ['to_char', [time('2024-06-30T22:30:00Z', '-03:30'), text('%H:%M %z %:z')], '19:00 -0330 -03:30'],
  ['to_char', [date('2024-02-03'), text('%d/%m/%Y')], '03/02/2024'],
  ['now', [], '2024-02-29 12:34:56.123456789'],
  ['current_date', [], '2024-02-29'],
  ['today', [], '2024-02-29'],
  ['current_time', [], '45296123456789'],
  ['tz', [T, text(PARIS)], '2024-02-29 12:34:56.123456789'],
  ['to_local_time', [time('2024-06-30T22:30:00Z', PARIS)], '2024-07-01 00:30:00.000000000'],
  ['to_local_time', [time('2024-06-30T22:30:00Z')], '2024-06-30 22:30:00.000000000'],
];

describe('time on the engine', () => {
  it.each(cases)('case %#: %s', async (name, args, expected) => {
    expect(await engine.scalar(name, args)).toBe(expected);
  });

  it('keeps the zone in the type', () => {
    expect(printCall('tz', [T, text(PARIS)]).type).toEqual({ ...TIMESTAMP_NS, zone: PARIS });
    expect(printCall('tz', [T]).type).toEqual({ ...TIMESTAMP_NS, zone: 'UTC' });
    const binned = printCall('date_bin', [interval({ days: 1 }), time('2024-01-01T00:00:00Z', PARIS)]);
    expect(binned.type).toEqual({ ...TIMESTAMP_NS, zone: PARIS });
  });

  it('refuses text that is no time', async () => {
    for (const wrong of ['x', '2024-02-30', '2024-01-01T25:00:00Z']) {
      await expect(
        engine.scalar('to_timestamp', [text(wrong), text('%FT%T%#z'), text('%F')]),
      ).rejects.toThrow(`Error parsing timestamp from '${wrong}'`);
    }
    await expect(engine.scalar('to_date', [text('2024-02-30'), text('%Y-%m-%d')])).rejects.toThrow(
      'Error parsing timestamp',
    );
    await expect(engine.scalar('make_date', [int(2023), int(2), int(29)])).rejects.toThrow(
      'Unable to parse date',
    );
    await expect(engine.scalar('to_timestamp_seconds', [int('9223372036854775807')])).rejects.toThrow(
      'overflow',
    );
  });

  it('refuses at planning what can be known there', () => {
    expect(() => printCall('tz', [T, text('Mars/Olympus')])).toThrow('TZ requires a valid timezone string');
    expect(() => printCall('tz', [T, text("UTC'")])).toThrow('TZ requires a valid timezone string');
    expect(() => printCall('date_bin', [interval({}), T])).toThrow('DATE_BIN stride must be non-zero');
    expect(() => printCall('date_bin', [interval({ months: 1, ns: 1n }), T])).toThrow(
      'does not support combination',
    );
    expect(() => printCall('date_bin_wallclock', [interval({ months: 1 }), T])).toThrow('month intervals');
    expect(() => printCall('date_trunc', [text('fortnight'), T])).toThrow("granularity: 'fortnight'");
    expect(() => printCall('date_part', [text('era'), T])).toThrow("Date part 'era' not supported");
    expect(() => printCall('to_char', [T, text('%Q')])).toThrow('invalid format');
    expect(() => printCall('to_date', [text('x'), text('%Y-%U')])).toThrow('Unsupported specifier');
  });
});
