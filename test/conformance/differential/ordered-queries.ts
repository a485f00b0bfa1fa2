/** What depends on an order: nulls first or last, ranks, neighbours without nulls, lists and texts of a group. */
import fc from 'fast-check';
import { anyExpression, COLUMNS, compareValues, expressions, type Row, type Value } from './expression.ts';
import { keeps, type Query } from './query-parts.ts';

interface Order {
  readonly sql: string;
  readonly compare: (left: Row, right: Row) => number;
}

/** Any key, direction and place of nulls, made total by the time. */
const order: fc.Arbitrary<Order> = fc
  .tuple(
    // A bare number would be the place of a column.
    anyExpression.filter(({ sql }) => /[a-z]/.test(sql)),
    fc.boolean(),
    fc.constantFrom(null, true, false),
  )
  .map(([key, descending, nullsFirst]) => ({
    sql: `${key.sql}${descending ? ' DESC' : ''}${nullsFirst === null ? '' : ` NULLS ${nullsFirst ? 'FIRST' : 'LAST'}`}`,
    compare(left, right) {
      const [a, b] = [key.evaluate(left), key.evaluate(right)];
      if (a === null || b === null) return a === b ? 0 : (a === null) === (nullsFirst ?? descending) ? -1 : 1;
      return descending ? compareValues(b, a) : compareValues(a, b);
    },
  }));

const timeOf = (row: Row): string => String(row.time);
const byTime = (left: Row, right: Row): number => (timeOf(left) < timeOf(right) ? -1 : 1);
const sortedBy = ({ compare }: Order, rows: readonly Row[]): Row[] =>
  rows.toSorted((left, right) => compare(left, right) || byTime(left, right));

const nullsPlaced: fc.Arbitrary<Query> = fc.tuple(order, fc.option(fc.nat(5))).map(([by, limit]) => ({
  sql: `SELECT time AS c0 FROM m ORDER BY ${by.sql}, time${limit === null ? '' : ` LIMIT ${limit}`}`,
  evaluate: (rows) =>
    sortedBy(by, rows)
      .slice(0, limit ?? undefined)
      .map((row) => [timeOf(row)]),
}));

const distinctOn: fc.Arbitrary<Query> = fc
  .tuple(fc.constantFrom(COLUMNS.t, COLUMNS.b, COLUMNS.x), order)
  .map(([key, by]) => ({
    sql: `SELECT c0 FROM (SELECT DISTINCT ON (${key.sql}) time AS c0 FROM m ORDER BY ${key.sql}, ${by.sql}, time) ORDER BY c0`,
    evaluate: (rows) => {
      const first = new Map<Value, Row>();
      for (const row of sortedBy(by, rows)) {
        const value = key.evaluate(row);
        if (!first.has(value)) first.set(value, row);
      }
      return [...first.values()].toSorted(byTime).map((row) => [timeOf(row)]);
    },
  }));

const RANKS: Readonly<
  Record<string, (at: number, members: readonly Row[], same: (a: Row, b: Row) => boolean) => number>
> = {
  'rank()': (at, members, same) => 1 + members.findIndex((other) => same(other, members[at]!)),
  'dense_rank()': (at, members, same) =>
    1 + members.slice(1, at + 1).filter((other, index) => !same(other, members[index]!)).length,
  'cume_dist()': (at, members, same) =>
    (1 + members.findLastIndex((other) => same(other, members[at]!))) / members.length,
  'percent_rank()': (at, members, same) =>
    members.length === 1 ? 0 : members.findIndex((other) => same(other, members[at]!)) / (members.length - 1),
};

const ranked: fc.Arbitrary<Query> = fc
  .tuple(fc.constantFrom(...Object.keys(RANKS)), order, fc.boolean())
  .map(([name, by, partitioned]) => ({
    sql: `SELECT ${name} OVER (${partitioned ? 'PARTITION BY t ' : ''}ORDER BY ${by.sql}) AS c0 FROM m ORDER BY time`,
    evaluate: (rows) =>
      rows.map((row) => {
        const members = sortedBy(
          by,
          rows.filter((other) => !partitioned || other.t === row.t),
        );
        return [RANKS[name]!(members.indexOf(row), members, (a, b) => by.compare(a, b) === 0)];
      }),
  }));

/** ntile: the first of the groups are one row longer. */
const tiled: fc.Arbitrary<Query> = fc.tuple(fc.integer({ min: 1, max: 6 }), order).map(([count, by]) => ({
  sql: `SELECT ntile(${count}) OVER (ORDER BY ${by.sql}, time) AS c0 FROM m ORDER BY time`,
  evaluate: (rows) => {
    const sorted = sortedBy(by, rows);
    const [size, longer] = [Math.floor(rows.length / count), rows.length % count];
    return rows.map((row) => {
      const at = sorted.indexOf(row);
      const inLonger = longer * (size + 1);
      return [
        at < inLonger ? Math.floor(at / (size + 1)) + 1 : longer + Math.floor((at - inLonger) / size) + 1,
      ];
    });
  },
}));

const neighbours: fc.Arbitrary<Query> = fc
  .tuple(
    fc.constantFrom('lag', 'lead', 'first_value', 'last_value'),
    expressions.integer,
    order,
    fc.integer({ min: 1, max: 3 }),
    fc.boolean(),
  )
  .map(([name, expression, by, distance, ignoresNulls]) => {
    const shifts = name === 'lag' || name === 'lead';
    const args = shifts ? `${expression.sql}, ${distance}` : expression.sql;
    return {
      sql: `SELECT ${name}(${args})${ignoresNulls ? ' IGNORE NULLS' : ''} OVER (ORDER BY ${by.sql}, time) AS c0 FROM m ORDER BY time`,
      evaluate: (rows) => {
        const sorted = sortedBy(by, rows);
        return rows.map((row) => {
          const at = sorted.indexOf(row);
          const seen = (part: readonly Row[]): Value[] =>
            part
              .map((member) => expression.evaluate(member))
              .filter((value) => !ignoresNulls || value !== null);
          const before = seen(sorted.slice(0, at));
          const upTo = seen(sorted.slice(0, at + 1));
          switch (name) {
            case 'lag':
              return [before.at(-distance) ?? null];
            case 'lead':
              return [seen(sorted.slice(at + 1))[distance - 1] ?? null];
            case 'first_value':
              return [upTo[0] ?? null];
            default:
              return [upTo.at(-1) ?? null];
          }
        });
      },
    };
  });

const gathered: fc.Arbitrary<Query> = fc
  .tuple(
    fc.constantFrom('array_agg', 'string_agg', 'first_value', 'last_value', 'nth_value'),
    order,
    fc.option(expressions.boolean),
  )
  .map(([name, by, condition]) => {
    const expression = name === 'string_agg' ? COLUMNS.s : COLUMNS.z;
    const more = name === 'string_agg' ? ", '|'" : name === 'nth_value' ? ', 2' : '';
    return {
      sql: `SELECT t AS c0, ${name}(${expression.sql}${more} ORDER BY ${by.sql}, time)${condition === null ? '' : ` FILTER (WHERE ${condition.sql})`} AS c1 FROM m GROUP BY t ORDER BY c0`,
      evaluate: (rows) => {
        const keys = [...new Set(rows.map((row) => row.t!))].toSorted((a, b) =>
          a === null || b === null ? (a === b ? 0 : a === null ? 1 : -1) : compareValues(a, b),
        );
        return keys.map((key) => {
          const members = sortedBy(
            by,
            rows.filter((row) => row.t === key && (condition === null || keeps(condition)(row))),
          ).map((row) => expression.evaluate(row));
          const texts = members.filter((value) => value !== null);
          switch (name) {
            case 'array_agg':
              return [key, (members.length === 0 ? null : members) as unknown as Value];
            case 'string_agg':
              return [key, texts.length === 0 ? null : texts.join('|')];
            case 'first_value':
              return [key, members[0] ?? null];
            case 'last_value':
              return [key, members.at(-1) ?? null];
            default:
              return [key, members[1] ?? null];
          }
        });
      },
    };
  });

export const ordered: fc.Arbitrary<Query> = fc.oneof(
  nullsPlaced,
  distinctOn,
  ranked,
  tiled,
  neighbours,
  gathered,
);
