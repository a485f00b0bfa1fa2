import { expect, test } from 'vitest';
import { SmallQueries, shapeOf } from './small-queries.ts';

const database = { id: 1, name: 'd' } as Parameters<typeof shapeOf>[0]['database'];
const scope = (fingerprint: string) => ({ fingerprint }) as Parameters<typeof shapeOf>[0]['scope'];

test('a query is small after it was, and until it is no longer', () => {
  const small = new SmallQueries();
  expect(small.isSmall('a')).toBe(false);
  small.ran('a', { elapsedMs: 15, resultBytes: 10 });
  expect(small.isSmall('a')).toBe(false);
  small.ran('a', { elapsedMs: 5, resultBytes: 10 });
  expect(small.isSmall('a')).toBe(true);
  small.ran('a', { elapsedMs: 500, resultBytes: 10 });
  expect(small.isSmall('a')).toBe(true);
  small.ran('a', { elapsedMs: 5, resultBytes: 1_000_000 });
  expect(small.isSmall('a')).toBe(false);
});

test('one fast run does not count for ever', () => {
  const small = new SmallQueries();
  small.ran('a', { elapsedMs: 5, resultBytes: 10 });
  for (let run = 0; run < 100; run++) small.ran('a', { elapsedMs: 50, resultBytes: 10 });
  expect(small.isSmall('a')).toBe(false);
});

test('what it remembers is bounded, and the oldest goes first', () => {
  const small = new SmallQueries();
  for (let index = 0; index < 2001; index++) small.ran(`q${index}`, { elapsedMs: 1, resultBytes: 1 });
  expect(small.isSmall('q0')).toBe(false);
  expect(small.isSmall('q1')).toBe(true);
  small.ran('x'.repeat(5000), { elapsedMs: 1, resultBytes: 1 });
  expect(small.isSmall('x'.repeat(5000))).toBe(false);
});

test('other numbers are the same shape; another database or another scope is not', () => {
  const text = "SELECT 1 FROM t WHERE h = 'host_12'";
  const shape = shapeOf({ database, scope: scope('all'), text });
  expect(shapeOf({ database, scope: scope('all'), text: text.replace('12', '7') })).toBe(shape);
  expect(shapeOf({ database, scope: scope('none'), text })).not.toBe(shape);
  expect(shapeOf({ database: { ...database, id: 2 }, scope: scope('all'), text })).not.toBe(shape);
});
