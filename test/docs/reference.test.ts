/** The generated pages are what the code says, and the code says it completely. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { referencePages } from '../../scripts/generate-reference.ts';
import { errorEntries } from '../../scripts/reference/errors-page.ts';

test.each(Object.entries(referencePages))('docs/reference/%s is current: npm run reference', (name, page) => {
  expect(readFileSync(new URL(`../../docs/reference/${name}`, import.meta.url), 'utf8')).toBe(page());
});

test('every failure has a code of its own, a status and a message', () => {
  const entries = [...errorEntries().values()].flat();
  const codes = entries.map(({ code }) => code);
  expect(codes.length).toBeGreaterThan(50);
  expect(new Set(codes).size).toBe(codes.length);
  for (const { code, status, message } of entries) {
    expect(code).toMatch(/^[a-z][a-z0-9_]*$/);
    expect(status, code).toBeGreaterThanOrEqual(400);
    expect(message, code).not.toBe('');
  }
});
