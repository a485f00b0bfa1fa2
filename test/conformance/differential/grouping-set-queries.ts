/** ROLLUP, CUBE and GROUPING SETS: the rows of every set of keys, and which keys each row is over. */
import fc from 'fast-check';
import { COLUMNS, expressions, type Row, type Value } from './expression.ts';
import { orderBy, type Query, sum, values } from './query-parts.ts';

const KEYS = [COLUMNS.t, COLUMNS.b, COLUMNS.x] as const;
const sets: fc.Arbitrary<{ readonly sql: string; readonly sets: readonly (readonly number[])[] }> = fc.oneof(
  fc.constantFrom(
    { sql: 'ROLLUP (t, b)', sets: [[0, 1], [0], []] },
    { sql: 'CUBE (t, b)', sets: [[0, 1], [0], [1], []] },
    { sql: 'ROLLUP (t, b, x)', sets: [[0, 1, 2], [0, 1], [0], []] },
    { sql: 't, ROLLUP (b)', sets: [[0, 1], [0]] },
  ),
  fc
    .uniqueArray(fc.constantFrom('', 't', 'b', 'x', 't,b', 't,x', 'b,x', 't,b,x'), {
      minLength: 1,
      maxLength: 4,
    })
    .map((chosen) => ({
      sql: `GROUPING SETS (${chosen.map((names) => `(${names})`).join(', ')})`,
      sets: chosen.map((names) =>
        names === '' ? [] : names.split(',').map((name) => KEYS.findIndex(({ sql }) => sql === name)),
      ),
    })),
);

export const groupingSets: fc.Arbitrary<Query> = fc
  .tuple(sets, expressions.integer)
  .map(([by, expression]) => {
    const used = KEYS.map((_, index) => index).filter((index) => by.sets.some((set) => set.includes(index)));
    const keys = used.map((index) => KEYS[index]!);
    const bits = keys.length === 0 ? [] : [`grouping(${keys.map(({ sql }) => sql).join(', ')})`];
    const items = [...keys.map(({ sql }) => sql), ...bits, `sum(${expression.sql})`, 'count(*)'];
    const order = orderBy(items.length, []);
    return {
      sql: `SELECT ${items.map((sql, index) => `${sql} AS c${index}`).join(', ')} FROM m GROUP BY ${by.sql}${order.sql}`,
      evaluate: (rows) => {
        const result = by.sets.flatMap((set) => {
          const groups = new Map<string, Row[]>();
          for (const row of rows) {
            const key = JSON.stringify(
              used.map((index) => (set.includes(index) ? KEYS[index]!.evaluate(row) : null)),
            );
            groups.set(key, [...(groups.get(key) ?? []), row]);
          }
          const over = used.reduce((mask, index) => mask * 2 + (set.includes(index) ? 0 : 1), 0);
          return [...groups].map(([key, members]): Value[] => {
            const present = values(expression, members);
            return [
              ...(JSON.parse(key) as Value[]),
              ...(used.length === 0 ? [] : [over]),
              present.length === 0 ? null : sum(present) + 0,
              members.length,
            ];
          });
        });
        return order.sort(result);
      },
    };
  });
