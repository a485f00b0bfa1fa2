import { expect, test } from 'vitest';
import { surplusParts } from './surplus-parts.ts';

const active = [
  { partition: '7', from: 1, to: 2 },
  { partition: '7', from: 3, to: 3 },
  { partition: '7', from: 4, to: 4 },
  { partition: '8', from: 5, to: 5 },
];

test.each<[string, string[], string[]]>([
  ['a merge whose sources are there', ['broken-on-start_7_1_4_2'], ['broken-on-start_7_1_4_2']],
  ['an insert', ['broken-on-start_7_9_9_0'], []],
  ['a merge whose first source is not there', ['broken-on-start_7_0_4_2'], []],
  ['a merge whose last source is not there', ['broken-on-start_7_1_6_2'], []],
  ['a merge of another partition', ['broken-on-start_8_1_4_2'], []],
  ['one of its sources is broken, too', ['broken-on-start_7_1_4_2', 'broken-on-start_7_3_3_0'], []],
  ['others are broken elsewhere', ['broken_7_1_3_1', 'broken_8_6_6_0'], ['broken_7_1_3_1']],
  ['after a delete of rows', ['broken-on-start_7_1_4_2_12'], []],
  ['names that nobody understands', ['broken-on-start_7_1_4_2', 'broken-on-start_x'], []],
])('%s', (_, broken, expected) => {
  expect(surplusParts(broken, active)).toEqual(expected);
});
