import { expect, test } from 'vitest';
import { createPlanner } from './sql/planner.ts';
import { checkTranslator } from './translator-check.ts';

test('the translator refuses every way out', async () => {
  checkTranslator(await createPlanner());
});

test('a translator that lets one through stops the start', async () => {
  const plan = await createPlanner();
  expect(() =>
    checkTranslator((request) =>
      plan(request.text.includes('remote(') ? { ...request, text: 'SELECT 1' } : request),
    ),
  ).toThrow("must refuse: SELECT * FROM remote('/etc/hostname')");
  expect(() =>
    checkTranslator(() => {
      throw new Error('broken');
    }),
  ).toThrow('broken');
});
