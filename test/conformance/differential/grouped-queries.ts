/** Groups and aggregates. */
import fc from 'fast-check';
import { anyExpression, COLUMNS, expressions, type Row, type Value } from './expression.ts';
import { extreme, keeps, orderBy, type Query, sum, values } from './query-parts.ts';

interface Aggregate {
  readonly sql: string;
  readonly apply: (rows: readonly Row[]) => Value;
}

const aggregate: fc.Arbitrary<Aggregate> = fc.oneof(
  fc.constant<Aggregate>({ sql: 'count(*)', apply: (rows) => rows.length }),
  anyExpression.map((e): Aggregate => ({ sql: `count(${e.sql})`, apply: (rows) => values(e, rows).length })),
  anyExpression.map(
    (e): Aggregate => ({
      sql: `count(DISTINCT ${e.sql})`,
      apply: (rows) => new Set(values(e, rows)).size,
    }),
  ),
  fc.oneof(expressions.integer, expressions.float).map(
    (e): Aggregate => ({
      sql: `sum(${e.sql})`,
      apply: (rows) => (values(e, rows).length === 0 ? null : sum(values(e, rows)) + 0),
    }),
  ),
  fc.oneof(expressions.integer, expressions.float).map(
    (e): Aggregate => ({
      sql: `avg(${e.sql})`,
      apply: (rows) =>
        values(e, rows).length === 0 ? null : sum(values(e, rows)) / values(e, rows).length + 0,
    }),
  ),
  fc.oneof(expressions.integer, expressions.float, expressions.text).map(
    (e): Aggregate => ({
      sql: `min(${e.sql})`,
      apply: (rows) => extreme(-1)(values(e, rows)),
    }),
  ),
  fc.oneof(expressions.integer, expressions.float, expressions.text).map(
    (e): Aggregate => ({
      sql: `max(${e.sql})`,
      apply: (rows) => extreme(1)(values(e, rows)),
    }),
  ),
  fc.tuple(expressions.integer, expressions.boolean).map(
    ([e, condition]): Aggregate => ({
      sql: `sum(${e.sql}) FILTER (WHERE ${condition.sql})`,
      apply: (rows) => {
        const kept = values(e, rows.filter(keeps(condition)));
        return kept.length === 0 ? null : sum(kept) + 0;
      },
    }),
  ),
);

export const grouped: fc.Arbitrary<Query> = fc
  .tuple(
    fc.array(fc.constantFrom(COLUMNS.t, COLUMNS.b, COLUMNS.x), { minLength: 0, maxLength: 2 }),
    fc.array(aggregate, { minLength: 1, maxLength: 3 }),
    fc.option(expressions.boolean),
    fc.option(fc.nat(2)),
  )
  .map(([keys, aggregates, condition, atLeast]) => {
    const order = orderBy(keys.length, []);
    const items = [...keys, ...aggregates].map(({ sql }, index) => `${sql} AS c${index}`).join(', ');
    const having = atLeast === null ? '' : ` HAVING count(*) > ${atLeast}`;
    const by = keys.length === 0 ? '' : ` GROUP BY ${keys.map(({ sql }) => sql).join(', ')}`;
    return {
      sql: `SELECT ${items} FROM m${condition ? ` WHERE ${condition.sql}` : ''}${by}${having}${keys.length === 0 ? '' : order.sql}`,
      evaluate: (rows) => {
        const kept = condition ? rows.filter(keeps(condition)) : rows;
        const groups = new Map<string, Row[]>();
        for (const row of kept) {
          const key = JSON.stringify(keys.map((item) => item.evaluate(row)));
          groups.set(key, [...(groups.get(key) ?? []), row]);
        }
        if (keys.length === 0 && groups.size === 0) groups.set('[]', []);
        const result = [...groups]
          .filter(([, members]) => atLeast === null || members.length > atLeast)
          .map(([key, members]) => [
            ...(JSON.parse(key) as Value[]),
            ...aggregates.map(({ apply }) => apply(members)),
          ]);
        return keys.length === 0 ? result : order.sort(result);
      },
    };
  });
