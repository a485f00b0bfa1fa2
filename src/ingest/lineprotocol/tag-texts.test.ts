import fc from 'fast-check';
import { expect, test } from 'vitest';
import { TagTexts } from './tag-texts.ts';

const escaped = (text: string) => text.replaceAll(/[\\, =]/g, (character) => `\\${character}`);
const text = fc.oneof(
  fc.string({ unit: fc.constantFrom('a', 'é', '😀', '=', ',', ' ', '\\', '"'), minLength: 1, maxLength: 8 }),
  fc.string({ unit: fc.constantFrom('a', 'b'), minLength: 1, maxLength: 60 }),
);

test('values are read as they were spelled, with and without escapes, one key after the other', () => {
  const tags = fc.uniqueArray(fc.tuple(text, text), { maxLength: 40, selector: ([name]) => name });
  const texts = new TagTexts();
  fc.assert(
    fc.property(text, tags, (measurement, all) => {
      const spelling = Buffer.from(
        escaped(measurement) + all.map(([name, value]) => `,${escaped(name)}=${escaped(value)}`).join(''),
      );
      texts.read({ spelling, tagNames: all.map(([name]) => name) });
      expect(all.map((_, index) => texts.text(index))).toEqual(all.map(([, value]) => value));
      const [first] = all;
      if (first === undefined) return;
      const copy = Buffer.alloc(texts.lengthOf(0) + 2);
      texts.copy(0, copy, 1);
      expect(copy.toString('utf8', 1, copy.length - 1)).toBe(first[1]);
    }),
  );
});

test('an equals sign or a backslash that escapes nothing stays in a value', () => {
  const texts = new TagTexts();
  texts.read({ spelling: Buffer.from(String.raw`m=1,a=b=c,d=x\y\\`), tagNames: ['a', 'd'] });
  expect([texts.text(0), texts.text(1)]).toEqual(['b=c', String.raw`x\y` + '\\']);
});
