import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ShortTexts } from './short-texts.ts';

test('any bytes give their text, whatever was found before, or none', () => {
  const texts = new ShortTexts();
  // Few letters, so that texts come again; some bytes of each kind that is left to others.
  const bytes = fc.uint8Array({ maxLength: 80 });
  const letters = fc.string({ unit: fc.constantFrom('a', 'b', '0', ' ', '\u0000'), maxLength: 6 });
  fc.assert(
    fc.property(fc.array(fc.oneof(letters, bytes), { maxLength: 50 }), fc.nat(5), (many, before) => {
      for (const each of many) {
        const wanted = Buffer.from(each as string);
        const body = Buffer.concat([Buffer.alloc(before, 'x'), wanted, Buffer.from('y')]);
        const found = texts.find(body, before, before + wanted.length);
        const isOurs = wanted.length <= 64 && wanted.every((byte) => byte < 0x80 && byte !== 0x5c);
        expect(found).toBe(isOurs ? wanted.toString('latin1') : null);
      }
    }),
    { numRuns: 500 },
  );
});

test('thousands of texts replace one another and stay right', () => {
  const texts = new ShortTexts();
  for (let round = 0; round < 2; round++) {
    for (let index = 0; index < 10_000; index++) {
      const text = `host_${index}`;
      expect(texts.find(Buffer.from(text), 0, text.length)).toBe(text);
    }
  }
});
