import { afterAll, describe, expect, it } from 'vitest';
import {
  type Argument,
  bool,
  FunctionEngine,
  float,
  int,
  nothing,
  printCall,
  text,
} from '../../../../test/support/sql-function-cases.ts';
import { INT64, UTF8 } from '../../types.ts';

const engine = new FunctionEngine();
afterAll(() => engine.close());

const NULL = '\\N';
const none = nothing(UTF8);
const cases: readonly [name: string, args: Argument[], expected: string][] = [
  ['ascii', [text('abc')], '97'],
  ['ascii', [text('é')], '233'],
  ['ascii', [text('💡x')], '128161'],
  ['ascii', [text('')], '0'],
  ['bit_length', [text('é')], '16'],
  ['btrim', [text('  a ')], 'a'],
  ['btrim', [text('x]a^-x'), text('x^]-')], 'a'],
  ['trim', [text('abcba'), text('ab')], 'c'],
  ['btrim', [text(' a '), text('')], ' a '],
  ['btrim', [text('éaé'), text('é')], 'a'],
  ['character_length', [text('héllo💡')], '6'],
  ['length', [none], NULL],
  ['chr', [int(128161)], '💡'],
  ['chr', [int(233)], 'é'],
  ['chr', [int(8364)], '€'],
  ['chr', [int(65)], 'A'],
  ['chr', [nothing(INT64)], NULL],
  ['concat', [text('a'), none, text('b'), int(3)], 'ab3'],
  ['concat', [none], ''],
  ['concat_ws', [text('-'), text('a'), none, text('b')], 'a-b'],
  ['concat_ws', [none, text('a')], NULL],
  ['concat_ws', [text('-'), text(''), text('b')], '-b'],
  ['contains', [text('héllo'), text('él')], 'true'],
  ['contains', [text('a'), none], NULL],
  ['ends_with', [text('héllo'), text('lo')], 'true'],
  ['find_in_set', [text('b'), text('a,b,c')], '2'],
  ['find_in_set', [text('x'), text('a,b')], '0'],
  ['find_in_set', [text(''), text('')], '1'],
  ['find_in_set', [none, text('a')], NULL],
  ['initcap', [text('hello wORLD-foo ünder')], 'Hello World-Foo Ünder'],
  ['left', [text('héllo'), int(2)], 'hé'],
  ['left', [text('héllo'), int(-2)], 'hél'],
  ['left', [text('abc'), int(-9)], ''],
  ['left', [text('abc'), nothing(INT64)], NULL],
  ['levenshtein', [text('kitten'), text('sitting')], '3'],
  ['lower', [text('ÀB')], 'àb'],
  ['lpad', [text('é'), int(4), text('ab')], 'abaé'],
  ['lpad', [text('abcdef'), int(3)], 'abc'],
  ['lpad', [text('a'), int(3)], '  a'],
  ['lpad', [text('a'), int(-1)], ''],
  ['lpad', [text('a'), int(3), text('')], 'a'],
  ['lpad', [text('a'), nothing(INT64)], NULL],
  ['ltrim', [text('  a ')], 'a '],
  ['ltrim', [text('xxa'), text('x')], 'a'],
  ['octet_length', [text('é')], '2'],
  ['overlay', [text('Txxxxas'), text('hom'), int(2), int(4)], 'Thomas'],
  ['overlay', [text('abcdef'), text('XY'), int(2)], 'aXYdef'],
  ['repeat', [text('ab'), int(3)], 'ababab'],
  ['repeat', [text('ab'), int(-1)], ''],
  ['repeat', [none, int(1)], NULL],
  ['replace', [text('aabb'), text('ab'), text('x')], 'axb'],
  ['reverse', [text('hé')], 'éh'],
  ['right', [text('héllo'), int(2)], 'lo'],
  ['right', [text('héllo'), int(-2)], 'llo'],
  ['right', [text('abc'), int(9)], 'abc'],
  ['right', [text('abc'), int(0)], ''],
  ['rpad', [text('é'), int(4), text('ab')], 'éaba'],
  ['rtrim', [text('a  ')], 'a'],
  ['rtrim', [text('axx'), text('x')], 'a'],
  ['split_part', [text('a,b,c'), text(','), int(2)], 'b'],
  ['split_part', [text('a,b,c'), text(','), int(-1)], 'c'],
  ['split_part', [text('a,b,c'), text(','), int(9)], ''],
  ['split_part', [none, text(','), int(1)], NULL],
  ['starts_with', [text('abc'), text('ab')], 'true'],
  ['starts_with', [text('abc'), text('b')], 'false'],
  ['strpos', [text('héllo'), text('l')], '3'],
  ['instr', [text('abc'), text('x')], '0'],
  ['substr', [text('héllo'), int(2), int(3)], 'éll'],
  ['substr', [text('abc'), int(-1), int(3)], 'a'],
  ['substr', [text('abc'), int(2)], 'bc'],
  ['substr', [text('abc'), int(-5)], 'abc'],
  ['substr', [text('abc'), int(2), int('9223372036854775807')], 'bc'],
  ['substr', [text('abc'), nothing(INT64)], NULL],
  ['substr_index', [text('www.apache.org'), text('.'), int(2)], 'www.apache'],
  ['substr_index', [text('www.apache.org'), text('.'), int(-2)], 'apache.org'],
  ['substr_index', [text('www.apache.org'), text('.'), int(9)], 'www.apache.org'],
  ['substr_index', [text('www.apache.org'), text('.'), int(-9)], 'www.apache.org'],
  ['substr_index', [text('a'), text('.'), int(0)], ''],
  ['to_hex', [int(255)], 'ff'],
  ['to_hex', [int(0)], '0'],
  ['to_hex', [int(-1)], 'ffffffffffffffff'],
  ['translate', [text('twice'), text('wic'), text('her')], 'there'],
  ['translate', [text('abc'), text('ab'), text('x')], 'xc'],
  ['translate', [none, text('ab'), text('x')], NULL],
  ['upper', [text('àb')], 'ÀB'],
];

describe('text on the engine', () => {
  it.each(cases)('case %#: %s', async (name, args, expected) => {
    expect(await engine.scalar(name, args)).toBe(expected);
  });

  it('joins values of any plain type', async () => {
    expect(await engine.scalar('concat', [bool(true), float(1.5)])).toBe('true1.5');
  });

  it('gives another uuid for each row and call', async () => {
    const rows = await engine.rows(`SELECT ${printCall('uuid', []).sql} FROM numbers(10)`);
    expect(new Set(rows).size).toBe(10);
    expect(rows[0]).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  });

  it('refuses what has no answer', async () => {
    await expect(engine.scalar('chr', [int(-1)])).rejects.toThrow('invalid Unicode scalar value');
    await expect(engine.scalar('split_part', [text('a'), text(','), int(0)])).rejects.toThrow(
      'must not be zero',
    );
    await expect(engine.scalar('substr', [text('a'), int(1), int(-1)])).rejects.toThrow('negative substring');
    expect(() => printCall('upper', [int(1)])).toThrow(
      "No function matches the given name and argument types 'upper(Int64)'",
    );
  });
});
