import { describe, expect, test } from 'vitest';
import { checkColumnName, checkDatabaseName, deletedName } from './names.ts';

describe('names', () => {
  test.each(['a', '0-b_c', 'db/rp', 'x'.repeat(511)])('database %s', (name) => {
    expect(() => checkDatabaseName(name)).not.toThrow();
  });

  test.each([
    ['', 'db name cannot be empty'],
    ['x'.repeat(512), 'db name too long: max 511'],
    ['_a', 'db name did not start with a number or letter'],
    ['é', 'db name did not start with a number or letter'],
    ['a b', 'invalid character in database or rp name'],
    ['a\n', 'invalid character in database or rp name'],
    ['a/', 'db name with invalid retention policy'],
    ['a/b/c', 'db name with invalid retention policy'],
  ])('refuses database %j', (name, message) => {
    expect(() => checkDatabaseName(name)).toThrow(message);
  });

  test('time is reserved', () => {
    expect(() => checkColumnName('time')).toThrow("'time' is a reserved column");
    expect(() => checkColumnName('__chunk_order')).toThrow("'__chunk_order' is a reserved column");
  });

  test('a deleted name carries its time, and the id where that is taken', () => {
    const ms = Date.parse('2026-01-02T03:04:05.678Z');
    expect(deletedName('db', ms, 7, () => false)).toBe('db-20260102T030405');
    expect(deletedName('db', ms, 7, () => true)).toBe('db-20260102T030405-7');
  });
});
