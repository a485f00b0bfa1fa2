import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const source = join(import.meta.dirname, '..');
const files = readdirSync(source, { recursive: true, encoding: 'utf8' }).filter((path) =>
  path.endsWith('.ts'),
);
const read = (path: string) => readFileSync(join(source, path), 'utf8');
const imports = (path: string) => [...read(path).matchAll(/from '([^']+)'/g)].map((match) => match[1]!);

test('every invariant of SPEC.md is named by a test, and no test names another', () => {
  const spec = readFileSync(join(import.meta.dirname, 'SPEC.md'), 'utf8');
  const numbered = [...spec.matchAll(/^\| ([A-Z]\d+) +\|/gm)].map((match) => match[1]!);
  const tests = files.filter((path) => /^(auth|tokens)\/.*\.test\.ts$/.test(path));
  const named = new Set(
    tests.flatMap((path) => [...read(path).matchAll(/\[([A-Z]\d+)\]/g)].map((match) => match[1]!)),
  );
  expect(new Set(numbered).size).toBe(numbered.length);
  expect([...named].sort()).toEqual([...numbered].sort());
});

test('[P1] nothing outside src/auth looks into permissions to decide', () => {
  const deciding = /\/auth\/(compiled-permissions|database-scope)\.ts$/;
  // Whether one list is within another is asked where children are made, and nowhere else.
  const subset = /\/auth\/permission-subset\.ts$/;
  const outside = files.filter((path) => !path.startsWith('auth/') && !path.endsWith('.test.ts'));
  const deciders = outside.filter((path) => imports(path).some((name) => deciding.test(name)));
  expect(deciders).toEqual([]);
  expect(outside.filter((path) => imports(path).some((name) => subset.test(name)))).toEqual([
    'tokens/derive-token.ts',
  ]);
});

test('[P2] src/auth imports only errors and pure parts of Node, and reads no clock', () => {
  const pure = ['node:crypto', 'node:zlib', 'node:net'];
  for (const path of files.filter((name) => name.startsWith('auth/') && !name.endsWith('.test.ts'))) {
    for (const name of imports(path)) {
      expect([
        path,
        name,
        name.startsWith('./') || name === '../errors/index.ts' || pure.includes(name),
      ]).toEqual([path, name, true]);
    }
    const impure = /Date\.now|new Date\(\)|performance\.now|Math\.random|randomBytes|process\.\w|setTimeout/;
    expect([path, impure.test(read(path))]).toEqual([path, false]);
  }
});
