/** Every function, under each of its names, has a case among the conformance files. */
import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { allFunctions } from '../../src/query/sql/functions/registry.ts';
import { parseSlt } from './slt.ts';

const directory = new URL('./sql/', import.meta.url);

/** The names that statements with an expected result call; what stands in quotes is no call. */
function calledNames(): Set<string> {
  const called = new Set<string>();
  for (const file of readdirSync(directory).filter((name) => name.endsWith('.slt'))) {
    for (const record of parseSlt(readFileSync(new URL(file, directory), 'utf8'))) {
      if (record.kind !== 'query') continue;
      const sql = record.sql.replaceAll(/'[^']*'|"[^"]*"/g, "''").toLowerCase();
      for (const [, name] of sql.matchAll(/\b([a-z_][a-z0-9_]*)\s*\(/g)) called.add(name!);
    }
  }
  return called;
}

test('each name of each function is called by a case with an expected result', () => {
  const called = calledNames();
  const names = allFunctions.flatMap((definition) => [definition.name, ...(definition.aliases ?? [])]);
  expect(names.filter((name) => !called.has(name))).toEqual([]);
});
