import fc from 'fast-check';
import { expect, test } from 'vitest';
import { TextTable } from './text-table.ts';

function textOf(table: TextTable, number: number): string {
  const start = table.offsetOf(number);
  return Buffer.from(table.slabOf(number)).toString('utf8', start, start + table.lengthOf(number));
}

/** Puts them between other bytes. */
function numberOf(table: TextTable, text: string): number {
  const bytes = Buffer.from(`xy${text}z`);
  return table.numberOf(bytes, 2, bytes.length - 1);
}

test('equal texts have one number, others another, and each number gives its text', () => {
  const text = fc.oneof(
    fc.constantFrom('', 'a', 'b', 'ab', 'ba', 'é', '😀'),
    fc.string({ unit: 'grapheme', maxLength: 100 }),
    fc.constantFrom('a', 'b').map((last) => `${'x'.repeat(2000)}${last}`),
  );
  fc.assert(
    fc.property(fc.array(text, { maxLength: 200 }), (texts) => {
      const table = new TextTable();
      const model = new Map<string, number>();
      for (const each of texts) {
        const number = numberOf(table, each);
        expect(number).toBe(model.get(each) ?? model.size + 1);
        model.set(each, number);
      }
      expect(table.size).toBe(model.size + 1);
      for (const [each, number] of model) expect(textOf(table, number)).toBe(each);
    }),
  );
});

test('many texts, and some that are longer than a slab', () => {
  const table = new TextTable();
  const texts = Array.from({ length: 30_000 }, (_, index) =>
    index % 10_000 === 0 ? 'x'.repeat(70_000 + index) : `host_${index}`,
  );
  for (const text of texts) numberOf(table, text);
  for (const [index, text] of texts.entries()) {
    if (numberOf(table, text) !== index + 1 || textOf(table, index + 1) !== text) expect(text).toBe('');
  }
  expect(table.size).toBe(texts.length + 1);
  expect(table.bytes).toBeGreaterThan(texts.reduce((sum, { length }) => sum + length, 0));
});
