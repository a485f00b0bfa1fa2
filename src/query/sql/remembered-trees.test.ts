/** A tree that was made from another text's is the one that the parser gives. */
import { readdirSync, readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { parseSlt } from '../../../test/conformance/slt.ts';
import { oneOf, seededRandom } from '../../../test/support/seeded-random.ts';
import type { AstValue } from './ast.ts';
import { loadParser, type ParseStatement } from './parser.ts';
import { RememberedTrees } from './remembered-trees.ts';
import { areSame } from './tree-template.ts';

const directory = new URL('../../../test/conformance/sql/', import.meta.url);
const statements = readdirSync(directory)
  .filter((name) => name.endsWith('.slt'))
  .flatMap((name) => parseSlt(readFileSync(new URL(name, directory), 'utf8')))
  .flatMap((record) => (record.kind === 'write' ? [] : [record.sql]));

const HOSTILE = [
  // Where a literal stands in one of these, it becomes part of something else.
  ...["E'a\\'b'", "N'a'", "X'6162'", "U&'\\0041'", "R'a'", "x.'a'", "'a' 'b'", "'a''b'", "''''", "x'a'b"],
  ...['$1', '$x$5$x$', ':5', '?5', '@5', '5x', 'x5', '5.x', 'x.5', '1..2', '5e', '5e1', '0x1f', '5L', '1_0'],
  ...['"a\'b"', '`5`', "/* ' */ 5", "-- '\n5", "/* /* 5 */ ' */ 5", '[5]', '#5', "q'{a}'", "nq'[a]'"],
].map((part) => `SELECT ${part}, 'a', 5 FROM t WHERE a = 'b' AND c < 1.5`);

const IN_OTHER_PLACES = [
  'SELECT CAST(a AS decimal(10, 2)), CAST(a AS varchar(5)), CAST(a AS timestamp(9)) FROM t WHERE b = 5',
  "SELECT a AS 'b', c 'd' FROM t AS 'u' WHERE b = 5",
  "SELECT extract('year' FROM time), extract(year FROM time) FROM t WHERE a = 'b'",
  "SELECT INTERVAL '1' day, INTERVAL 5 day, DATE '2020-01-01', TIMESTAMP '2020-01-01', time AT TIME ZONE 'UTC'",
  "SELECT a[1], a[1:2], {'a': 1}, MAP {'a': 1}, ARRAY[1, 2], a LIKE 'b' ESCAPE 'c', ceil(a, 2), sum(a) OVER (ROWS 5 PRECEDING)",
  "SELECT a::decimal(5), trim(BOTH 'a' FROM b), substring(a FROM 1 FOR 2), overlay(a PLACING 'b' FROM 1)",
  "SELECT 1 UNION SELECT 2 ORDER BY 1 LIMIT 5 OFFSET 10; SELECT 'a'",
  'SELECT a FROM t LIMIT 5, 10',
  'SELECT TOP 5 a FROM t FETCH FIRST 5 ROWS ONLY',
  "SHOW TABLES LIKE 'a'",
  "EXPLAIN SELECT 'a', -5, - 5, +5, 5-5, 5--5\n",
  "VALUES (1, 'a'), (2, 'b')",
];

const LITERALS = [
  ...["'x'", "''", "'a''b'", "'\\'", "'--'", "'/*'", "'\n'", "'ä𝄞'", "'\ud800'", "'\0i'", "'5'", "'SELECT'"],
  ...["'2024-01-01T00:00:00Z'", "'1 hour'", "'$1'", "'\"'", "'{}'", "'UTC'", "'year'", "'\ufeffx'", "'\r\n'"],
  ...['0', '5', '007', '42', '999999999999999999', '9999999999999999999', '99999999999999999999999', '0.5'],
  ...['1.50', '.5', '5.', '1e5', '1.5e-3', '0x1f', '5L', '1_000', '-5', '1.2.3'],
];

/** The same with other literals, and sometimes with other things in their places. */
function varied(text: string, random: () => number): string {
  return text.replaceAll(/'[^']*'|(?<![\w.])\d+(?:\.\d+)?/g, (literal) => {
    if (random() < 0.4) return literal;
    if (random() < 0.5) return oneOf(random, LITERALS);
    const content = literal.replaceAll(/\d/g, () => String(Math.floor(random() * 10)));
    return literal.startsWith("'") ? `'${content.slice(1, -1)}${oneOf(random, ['', 'é', ' b'])}'` : content;
  });
}

let parse: ParseStatement;
beforeAll(async () => {
  parse = await loadParser();
});

const outcome = (tree: () => AstValue): AstValue => {
  try {
    return tree();
  } catch (error) {
    return `error: ${String(error)}`;
  }
};

describe('remembered trees', () => {
  it('are those of the parser, whatever stands in the places of literals', () => {
    const seed = Number(process.env.SLUICE_SEED ?? 1);
    const random = seededRandom(seed);
    const trees = new RememberedTrees(parse);
    const texts = [...HOSTILE, ...IN_OTHER_PLACES, ...statements];
    expect(texts.length).toBeGreaterThan(2000);
    let shared = 0;
    for (const text of texts) {
      for (const variant of [text, text, ...Array.from({ length: 6 }, () => varied(text, random))]) {
        const found = outcome(() => {
          const { tree, hasPositions } = trees.tree(variant);
          if (!hasPositions) shared++;
          return tree;
        });
        const expected = outcome(() => parse(variant));
        if (!areSame(found, expected)) expect(found, `seed ${seed}: ${variant}`).toEqual(expected);
      }
    }
    // Most statements have literals, and most literals are values.
    expect(shared).toBeGreaterThan(texts.length);
  });

  it('cost no parsing from the third text of a shape on', () => {
    let parsed = 0;
    const trees = new RememberedTrees((text) => {
      parsed++;
      return parse(text);
    });
    const text = (host: string, limit: number) =>
      `SELECT max(v) FROM cpu WHERE host = '${host}' AND time < '2024-01-01T00:00:00Z' AND v > -1.5 LIMIT ${limit}`;
    for (const host of ['a', 'b']) trees.tree(text(host, 5));
    // Each text, and the second one with literals that no one wrote.
    expect(parsed).toBe(3);
    const { tree, hasPositions } = trees.tree(text('it is c', 10));
    expect(parsed).toBe(3);
    expect(hasPositions).toBe(false);
    expect(areSame(tree, parse(text('it is c', 10)))).toBe(true);
    expect(areSame(tree, parse(text('it is d', 10)))).toBe(false);
  });

  it('are by text where a literal is more than a value', () => {
    let parsed = 0;
    const trees = new RememberedTrees((text) => {
      parsed++;
      return parse(text);
    });
    const text = (digits: number) => `SELECT CAST(v AS decimal(${digits}, 2)) FROM cpu`;
    for (const digits of [5, 5, 6, 6, 7]) trees.tree(text(digits));
    expect(parsed).toBe(5);
    for (const digits of [5, 6, 7, 5, 6, 7])
      expect(areSame(trees.tree(text(digits)).tree, parse(text(digits)))).toBe(true);
  });
});
