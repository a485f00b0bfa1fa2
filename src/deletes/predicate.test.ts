import fc from 'fast-check';
import { expect, test } from 'vitest';
import { printPredicate } from '../catalog/row-delete-predicate.ts';
import { parsePredicate } from './predicate.ts';

test('what is printed is read back', () => {
  const equality = fc.record({ name: fc.string({ minLength: 1 }), value: fc.string() });
  fc.assert(
    fc.property(fc.array(equality, { minLength: 1, maxLength: 4 }), (tags) => {
      expect(parsePredicate(printPredicate(tags)!)).toEqual(tags);
    }),
  );
});

test('plain names, any case of AND, any space', () => {
  expect(parsePredicate(" host='a'  and \"my tag\" = 'it''s' ")).toEqual([
    { name: 'host', value: 'a' },
    { name: 'my tag', value: "it's" },
  ]);
});

test.each([
  '',
  'host',
  'host = a',
  "host = 'a' OR x = 'b'",
  "host != 'a'",
  "host = 'a' AND",
  "host = 'a' host = 'b'",
  "host = 'a'; DROP TABLE x",
  "host = 'a' --",
  '1 = 1',
  "host = 'a",
  "host = 'a' ANDx = 'b'",
  "lower(host) = 'a'",
])('refused: %s', (text) => {
  expect(() => parsePredicate(text)).toThrow(/invalid row delete/);
});
