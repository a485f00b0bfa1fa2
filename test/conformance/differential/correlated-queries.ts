/** Subqueries that see the row outside. */
import fc from 'fast-check';
import { expressions, type Row, type Value } from './expression.ts';
import { extreme, orderBy, type Query, qualify, sum, values } from './query-parts.ts';

/** Subqueries that see the row outside: alone, under EXISTS, under an aggregate, sorted and cut, after LATERAL. */
export const correlated: fc.Arbitrary<Query> = fc
  .tuple(
    fc.constantFrom('count', 'max', 'exists', 'latest', 'lateral', 'total'),
    fc.constantFrom('<', '='),
    expressions.integer,
  )
  .map(([form, operator, value]) => {
    const inner = qualify(value, 'i');
    const from = `FROM m i WHERE i.x ${operator} o.x`;
    const found = (row: Row, rows: readonly Row[]) =>
      rows.filter((other) => {
        if (row.x === null || other.x === null) return false;
        return operator === '=' ? other.x === row.x : Number(other.x) < Number(row.x);
      });
    const each = (apply: (members: readonly Row[]) => Value) => (rows: readonly Row[]) =>
      rows.map((row) => [apply(found(row, rows))]);
    const scalar = (sql: string) => `SELECT (${sql}) AS c0 FROM m o ORDER BY time`;
    switch (form) {
      case 'count':
        return {
          sql: scalar(`SELECT count(${inner.sql}) + 1 ${from}`),
          evaluate: each((members) => values(value, members).length + 1),
        };
      case 'max':
        return {
          sql: scalar(`SELECT max(${inner.sql}) ${from}`),
          evaluate: each((members) => extreme(1)(values(value, members))),
        };
      case 'latest':
        return {
          sql: scalar(`SELECT ${inner.sql} ${from} ORDER BY i.time DESC LIMIT 1`),
          evaluate: each((members) => (members.length === 0 ? null : value.evaluate(members.at(-1)!))),
        };
      case 'exists':
        return {
          sql: `SELECT o.time AS c0 FROM m o WHERE NOT EXISTS (SELECT 1 ${from}) ORDER BY time`,
          evaluate: (rows: readonly Row[]) =>
            rows.filter((row) => found(row, rows).length === 0).map((row) => [row.time ?? null]),
        };
      case 'total':
        return {
          sql: `SELECT sum((SELECT count(*) ${from})) AS c0 FROM m o`,
          evaluate: (rows: readonly Row[]) => [[sum(rows.map((row) => found(row, rows).length))]],
        };
      default: {
        const order = orderBy(2, []);
        return {
          sql: `SELECT o.time AS c0, q.v AS c1 FROM m o LEFT JOIN LATERAL (SELECT ${inner.sql} AS v ${from}) q ON true${order.sql}`,
          evaluate: (rows: readonly Row[]) =>
            order.sort(
              rows.flatMap((row): Value[][] => {
                const members = found(row, rows);
                if (members.length === 0) return [[row.time ?? null, null]];
                return members.map((member) => [row.time ?? null, value.evaluate(member)]);
              }),
            ),
        };
      }
    }
  });
