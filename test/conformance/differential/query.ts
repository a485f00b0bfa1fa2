/** Random queries with a naive evaluator over plain rows. */
import fc from 'fast-check';
import { correlated } from './correlated-queries.ts';
import { anyExpression, expressions } from './expression.ts';
import { gapFilled } from './gap-filled-queries.ts';
import { grouped } from './grouped-queries.ts';
import { groupingSets } from './grouping-set-queries.ts';
import { joined, unequal } from './joined-queries.ts';
import { matched } from './matched-queries.ts';
import { narrow } from './narrow-queries.ts';
import { ordered } from './ordered-queries.ts';
import { aliased, keeps, orderBy, type Query } from './query-parts.ts';
import { framed, windowed } from './windowed-queries.ts';
import { inZones } from './zoned-queries.ts';

const filter: fc.Arbitrary<Query> = fc
  .tuple(fc.array(anyExpression, { minLength: 1, maxLength: 3 }), expressions.boolean)
  .map(([items, condition]) => ({
    sql: `SELECT ${aliased(items)} FROM m WHERE ${condition.sql} ORDER BY time`,
    evaluate: (rows) => rows.filter(keeps(condition)).map((row) => items.map((item) => item.evaluate(row))),
  }));

const sorted: fc.Arbitrary<Query> = fc
  .tuple(
    fc.array(anyExpression, { minLength: 1, maxLength: 2 }),
    fc.array(fc.boolean(), { minLength: 2, maxLength: 2 }),
    fc.option(fc.nat(6)),
    fc.nat(4),
    fc.boolean(),
  )
  .map(([items, descending, limit, offset, distinct]) => {
    const order = orderBy(items.length, descending);
    return {
      sql: `SELECT ${distinct ? 'DISTINCT ' : ''}${aliased(items)} FROM m${order.sql}${limit === null ? '' : ` LIMIT ${limit}`}${offset === 0 ? '' : ` OFFSET ${offset}`}`,
      evaluate: (rows) => {
        const values = rows.map((row) => items.map((item) => item.evaluate(row)));
        const unique = distinct
          ? [...new Map(values.map((row) => [JSON.stringify(row), row])).values()]
          : values;
        return order.sort(unique).slice(offset, limit === null ? undefined : offset + limit);
      },
    };
  });

const united: fc.Arbitrary<Query> = fc
  .tuple(
    fc.constantFrom('UNION ALL', 'UNION', 'INTERSECT', 'EXCEPT', 'INTERSECT ALL', 'EXCEPT ALL'),
    expressions.integer,
    expressions.integer,
    expressions.boolean,
  )
  .map(([operator, first, second, condition]) => ({
    sql: `SELECT ${first.sql} AS c0 FROM m ${operator} SELECT ${second.sql} AS c0 FROM m WHERE ${condition.sql} ORDER BY c0`,
    evaluate: (rows) => {
      const left = rows.map((row) => first.evaluate(row));
      const right = rows.filter(keeps(condition)).map((row) => second.evaluate(row));
      const combined = {
        'UNION ALL': () => [...left, ...right],
        UNION: () => [...new Set([...left, ...right])],
        INTERSECT: () => [...new Set(left)].filter((value) => right.includes(value)),
        'INTERSECT ALL': () => left.filter((value) => right.includes(value)),
        'EXCEPT ALL': () => left.filter((value) => !right.includes(value)),
        EXCEPT: () => [...new Set(left)].filter((value) => !right.includes(value)),
      }[operator]!();
      return orderBy(1, []).sort(combined.map((value) => [value]));
    },
  }));

const nested: fc.Arbitrary<Query> = fc
  .tuple(expressions.boolean, expressions.integer, expressions.integer)
  .map(([condition, outer, inner]) => ({
    sql: `WITH w AS (SELECT ${inner.sql} AS v FROM m WHERE ${condition.sql}) SELECT ${outer.sql} AS c0 FROM m WHERE ${outer.sql} IN (SELECT v FROM w WHERE v IS NOT NULL) ORDER BY time`,
    evaluate: (rows) => {
      const set = rows.filter(keeps(condition)).map((row) => inner.evaluate(row));
      return rows
        .map((row) => outer.evaluate(row))
        .filter((value) => value !== null && set.includes(value))
        .map((value) => [value]);
    },
  }));

export const anyQuery: fc.Arbitrary<Query> = fc.oneof(
  filter,
  sorted,
  grouped,
  joined,
  windowed,
  framed,
  unequal,
  correlated,
  united,
  nested,
  gapFilled,
  groupingSets,
  inZones,
  matched,
  ordered,
  narrow,
);
