import { afterAll, describe, expect, test } from 'vitest';
import {
  type Argument,
  FunctionEngine,
  int,
  nothing,
  printCall,
  raw,
  text,
} from '../../../../test/support/sql-function-cases.ts';
import { BINARY, UTF8 } from '../../types.ts';

const engine = new FunctionEngine();
afterAll(() => engine.close());

const NULL = '\\N';
const none = nothing(UTF8);

const cases: readonly [name: string, args: Argument[], expected: string][] = [
  ['regexp_like', [text('Köln'), text('^K.ln$')], 'true'],
  ['regexp_like', [text('a\nb'), text('a.b')], 'false'],
  ['regexp_like', [text('a\nb'), text('a.b'), text('s')], 'true'],
  ['regexp_like', [text('a\nb'), text('^b$')], 'false'],
  ['regexp_like', [text('a\nb'), text('^b$'), text('m')], 'true'],
  ['regexp_like', [text('ABC'), text('b'), text('i')], 'true'],
  ['regexp_like', [text('ab'), text('a # x\n b'), text('x')], 'true'],
  ['regexp_like', [none, text('a')], NULL],
  ['regexp_match', [text('foobar'), text('(o+)(b)')], "['oo','b']"],
  ['regexp_match', [text('foobar'), text('o+')], "['oo']"],
  ['regexp_match', [text('foobar'), text('(?<x>z)')], NULL],
  ['regexp_match', [none, text('(z)')], NULL],
  ['regexp_count', [text('abcabc'), text('b')], '2'],
  ['regexp_count', [text('abcabc'), text('B'), int(3), text('i')], '1'],
  ['regexp_count', [text('abc'), text('x*')], '4'],
  ['regexp_count', [none, text('b')], '0'],
  ['regexp_replace', [text('foobar'), text('o'), text('x')], 'fxobar'],
  ['regexp_replace', [text('foobar'), text('o'), text('x'), text('g')], 'fxxbar'],
  ['regexp_replace', [text('fooBAR'), text('b(A)'), text('<$1>'), text('i')], 'foo<A>R'],
  ['regexp_replace', [text('ab'), text('(a)(?P<z>b)'), text('\\2-$z$$')], 'b-b$'],
  ['regexp_replace', [text('ab'), text('(a)'), text('$1x')], 'b'],
  ['regexp_replace', [none, text('a'), text('b')], NULL],
  ['regexp_instr', [text('ééabcabc'), text('b')], '4'],
  ['regexp_instr', [text('ééabcabc'), text('b'), int(5)], '7'],
  ['regexp_instr', [text('ééabcabc'), text('b'), int(1), int(2)], '7'],
  ['regexp_instr', [text('foobar'), text('(o+)(b)'), int(1), int(1), text(''), int(2)], '4'],
  ['regexp_instr', [text('abc'), text('z')], '0'],
  ['influx_regex_match', [none, text('a')], 'false'],
  ['influx_regex_not_match', [none, text('a')], 'false'],
  ['influx_regex_not_match', [text('b'), text('a')], 'true'],
  ['encode', [text('abc'), text('hex')], '616263'],
  ['encode', [text('abcd'), text('base64')], 'YWJjZA'],
  ['decode', [text('616263'), text('hex')], 'abc'],
  ['decode', [text('YWJjZA'), text('base64')], 'abcd'],
  ['decode', [text('YWJjZA=='), text('base64')], 'abcd'],
  ['decode', [none, text('hex')], NULL],
  ['md5', [text('abc')], '900150983cd24fb0d6963f7d28e17f72'],
];

describe('regular expressions and encodings', () => {
  for (const [name, args, expected] of cases) {
    test(`${name}(${args.map((argument) => argument.sql).join(', ')})`, async () => {
      expect(await engine.scalar(name, args)).toBe(expected);
    });
  }

  // A pattern that is computed row by row goes to the engine as it is, whose classes know ASCII only.
  test.each([
    ['é', '^\\w$'],
    ['٣', '^[\\d]$'],
    ['\u00a0', '^\\s$'],
    ['é', '^[^\\s\\d]$'],
  ])('classes of constant patterns know Unicode: %s %s', async (value, pattern) => {
    expect(await engine.rows(`SELECT ${printCall('regexp_like', [text(value), text(pattern)]).sql}`)).toEqual(
      ['true'],
    );
  });

  test.each([
    ['sha224', '23097d223405d8228642a477bda255b32aadbce4bda0b3f7e36c9da7'],
    ['sha256', 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'],
    [
      'sha384',
      'cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7',
    ],
    [
      'sha512',
      'ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f',
    ],
  ])('%s', async (name, hex) => {
    const direct = raw(BINARY, printCall(name, [text('abc')]).sql);
    expect(await engine.scalar('encode', [direct, text('hex')])).toBe(hex);
    const named = raw(BINARY, printCall('digest', [text('abc'), text(name)]).sql);
    expect(await engine.scalar('encode', [named, text('hex')])).toBe(hex);
  });

  test('a digest keeps zero bytes at its end', async () => {
    // The SHA-256 of 'abc140' ends in no zero; lengths of many digests show that none is cut.
    const digests = Array.from({ length: 600 }, (_, n) => printCall('sha256', [text(`abc${n}`)]).sql);
    const rows = await engine.rows(
      `SELECT DISTINCT arrayJoin([${digests.map((sql) => `length(${sql})`).join(', ')}])`,
    );
    expect(rows).toEqual(['32']);
  });

  const refusals: readonly [pattern: string, message: RegExp][] = [
    ['a(?=b)', /look-around/],
    ['(?<!a)b', /look-around/],
    ['(a)\\1', /backreferences/],
    ['(a', /unclosed group/],
    ['a)', /unopened group/],
    ['*a', /repetition operator missing/],
    ['[a', /unclosed character class/],
    ['a{2,1}', /invalid repetition count range/],
    ['a{1001}', /more than 1000/],
    ['[a&&b]', /sets of character classes/],
    ['\\y', /unrecognized escape/],
    ['a\\', /incomplete escape/],
    ['x'.repeat(10_001), /longer than/],
  ];
  for (const [pattern, message] of refusals) {
    test(`refuses ${pattern.slice(0, 20)}`, () => {
      expect(() => printCall('regexp_like', [text('a'), text(pattern)])).toThrow(message);
      expect(() => printCall('regexp_like', [text('a'), text(pattern)])).toThrow(/did not compile/);
    });
  }

  test('refuses flags and encodings that do not exist', () => {
    expect(() => printCall('regexp_like', [text('a'), text('a'), text('g')])).toThrow(/global/);
    expect(() => printCall('regexp_match', [text('a'), text('a'), text('q')])).toThrow(/flag "q"/);
    expect(() => printCall('encode', [text('a'), text('rot13')])).toThrow(/no built-in encoding/);
    expect(() => printCall('digest', [text('a'), text('crc')])).toThrow(/no built-in digest/);
  });

  test('bytes that are not hexadecimal are an error', async () => {
    for (const [value, encoding] of [
      ['6', 'hex'],
      ['zz', 'hex'],
      ['a', 'base64'],
      ['a*bc', 'base64'],
    ] as const) {
      const { sql } = printCall('decode', [text(value), text(encoding)]);
      await expect(engine.rows(`SELECT ${sql}`)).rejects.toThrow(/Failed to decode/);
    }
  });
});
