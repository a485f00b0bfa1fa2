/** Semi, anti, USING and CROSS joins, and UNION BY NAME. */
import fc from 'fast-check';
import { expressions, type Row, type Value } from './expression.ts';
import { keeps, orderBy, type Query } from './query-parts.ts';

const timeOf = (row: Row): Value => row.time ?? null;

const halves: fc.Arbitrary<Query> = fc
  .tuple(
    fc.constantFrom('LEFT SEMI', 'LEFT ANTI', 'RIGHT SEMI', 'RIGHT ANTI'),
    fc.constantFrom('t', 'x', 'b'),
    expressions.boolean,
  )
  .map(([kind, key, condition]) => ({
    sql: `SELECT time AS c0 FROM ${kind.startsWith('LEFT') ? 'm' : `(SELECT * FROM m WHERE ${condition.sql}) AS l`} ${kind} JOIN ${kind.startsWith('LEFT') ? `(SELECT * FROM m WHERE ${condition.sql}) AS l` : 'm'} ON m.${key} = l.${key} ORDER BY c0`,
    evaluate: (rows) => {
      const others = rows.filter(keeps(condition)).map((row) => row[key]);
      const wanted = kind.endsWith('SEMI');
      return rows
        .filter((row) => (row[key] !== null && others.includes(row[key])) === wanted)
        .map((row) => [timeOf(row)]);
    },
  }));

const merged: fc.Arbitrary<Query> = fc
  .tuple(fc.constantFrom('JOIN', 'LEFT JOIN', 'FULL JOIN'), fc.constantFrom('t', 'x'), expressions.boolean)
  .map(([kind, key, condition]) => {
    const order = orderBy(3, []);
    return {
      sql: `SELECT ${key} AS c0, l.time AS c1, r.time AS c2 FROM m l ${kind} (SELECT * FROM m WHERE ${condition.sql}) r USING (${key})${order.sql}`,
      evaluate: (rows) => {
        const right = rows.filter(keeps(condition));
        const same = (a: Row, b: Row): boolean => a[key] !== null && a[key] === b[key];
        const result: Value[][] = rows.flatMap((a) => {
          const partners = right.filter((b) => same(a, b));
          if (partners.length === 0) return kind === 'JOIN' ? [] : [[a[key] ?? null, timeOf(a), null]];
          return partners.map((b) => [a[key] ?? null, timeOf(a), timeOf(b)]);
        });
        if (kind === 'FULL JOIN')
          for (const b of right)
            if (!rows.some((a) => same(a, b))) result.push([b[key] ?? null, null, timeOf(b)]);
        return order.sort(result);
      },
    };
  });

const crossed: fc.Arbitrary<Query> = fc
  .tuple(expressions.boolean, expressions.boolean, fc.boolean())
  .map(([first, second, comma]) => {
    const side = (sql: string, name: string): string => `(SELECT time FROM m WHERE ${sql}) AS ${name}`;
    return {
      sql: `SELECT l.time AS c0, r.time AS c1 FROM ${side(first.sql, 'l')}${comma ? ',' : ' CROSS JOIN'} ${side(second.sql, 'r')} ORDER BY c0, c1`,
      evaluate: (rows) =>
        rows
          .filter(keeps(first))
          .flatMap((a) => rows.filter(keeps(second)).map((b) => [timeOf(a), timeOf(b)])),
    };
  });

const named: fc.Arbitrary<Query> = fc
  .tuple(expressions.integer, expressions.boolean, fc.boolean())
  .map(([expression, condition, all]) => {
    const order = orderBy(3, []);
    return {
      sql: `SELECT ${expression.sql} AS c0, t AS c1 FROM m UNION ${all ? 'ALL ' : ''}BY NAME SELECT x AS c2, ${expression.sql} AS c0 FROM m WHERE ${condition.sql}${order.sql}`,
      evaluate: (rows) => {
        const result = [
          ...rows.map((row): Value[] => [expression.evaluate(row), row.t ?? null, null]),
          ...rows
            .filter(keeps(condition))
            .map((row): Value[] => [expression.evaluate(row), null, row.x ?? null]),
        ];
        const unique = [...new Map(result.map((row) => [JSON.stringify(row), row])).values()];
        return order.sort(all ? result : unique);
      },
    };
  });

export const matched: fc.Arbitrary<Query> = fc.oneof(halves, merged, crossed, named);
