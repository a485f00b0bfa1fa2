import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { referencePage } from './reference-page.ts';

test('docs/reference/sql-functions.md is current (else run scripts/generate-sql-functions.ts)', () => {
  const page = readFileSync(new URL('../../../../docs/reference/sql-functions.md', import.meta.url), 'utf8');
  expect(page).toBe(referencePage());
});
