/** Joins: on equal values, and on conditions that are no equality. */
import fc from 'fast-check';
import { anyExpression, COLUMNS, compareValues, expressions, type Row, type Value } from './expression.ts';
import { orderBy, type Query, qualify } from './query-parts.ts';

export const joined: fc.Arbitrary<Query> = fc
  .tuple(
    fc.constantFrom('JOIN', 'LEFT JOIN', 'RIGHT JOIN', 'FULL JOIN'),
    fc.constantFrom('t', 'x'),
    anyExpression,
    anyExpression,
  )
  .map(([kind, key, left, right]) => {
    const items = [qualify(left, 'l'), qualify(right, 'r')];
    const order = orderBy(4, []);
    const select = ['l.time', 'r.time', ...items.map(({ sql }) => sql)].map(
      (sql, index) => `${sql} AS c${index}`,
    );
    return {
      sql: `SELECT ${select.join(', ')} FROM m l ${kind} m r ON l.${key} = r.${key}${order.sql}`,
      evaluate: (rows) => {
        const prefixed = (row: Row | null, alias: string): Row =>
          Object.fromEntries(
            [...Object.keys(COLUMNS), 'time'].map((name) => [`${alias}.${name}`, row?.[name] ?? null]),
          );
        const pairs: [Row | null, Row | null][] = [];
        const matches = (a: Row, b: Row) => a[key] !== null && a[key] === b[key];
        for (const a of rows) {
          const partners = rows.filter((b) => matches(a, b));
          pairs.push(...partners.map((b): [Row, Row] => [a, b]));
          if (partners.length === 0 && /LEFT|FULL/.test(kind)) pairs.push([a, null]);
        }
        if (/RIGHT|FULL/.test(kind)) {
          for (const b of rows) if (!rows.some((a) => matches(a, b))) pairs.push([null, b]);
        }
        const result = pairs.map(([a, b]) => {
          const row = { ...prefixed(a, 'l'), ...prefixed(b, 'r') };
          return [row['l.time'] ?? null, row['r.time'] ?? null, ...items.map((item) => item.evaluate(row))];
        });
        return order.sort(result);
      },
    };
  });

/** A condition that is no equality, on every kind of join, semi and anti joins too. */
export const unequal: fc.Arbitrary<Query> = fc
  .tuple(
    fc.constantFrom('JOIN', 'LEFT JOIN', 'RIGHT JOIN', 'FULL JOIN', 'LEFT SEMI JOIN', 'LEFT ANTI JOIN'),
    fc.constantFrom('<', '<=', '<>', '>'),
    expressions.integer,
    expressions.integer,
  )
  .map(([kind, operator, left, right]) => {
    const [a, b] = [qualify(left, 'l'), qualify(right, 'r')];
    const one = /SEMI|ANTI/.test(kind);
    const order = orderBy(one ? 1 : 2, []);
    return {
      sql: `SELECT l.time AS c0${one ? '' : ', r.time AS c1'} FROM m l ${kind} m r ON ${a.sql} ${operator} ${b.sql}${order.sql}`,
      evaluate: (rows) => {
        const matches = (x: Row, y: Row): boolean => {
          const [first, second] = [left.evaluate(x), right.evaluate(y)];
          if (first === null || second === null) return false;
          const distance = compareValues(first, second);
          return { '<': distance < 0, '<=': distance <= 0, '<>': distance !== 0, '>': distance > 0 }[
            operator
          ]!;
        };
        const time = (row: Row) => row.time ?? null;
        if (one) {
          const wanted = kind === 'LEFT SEMI JOIN';
          return order.sort(
            rows.filter((x) => rows.some((y) => matches(x, y)) === wanted).map((x) => [time(x)]),
          );
        }
        const result: Value[][] = rows.flatMap((x) =>
          rows.filter((y) => matches(x, y)).map((y) => [time(x), time(y)]),
        );
        if (/LEFT|FULL/.test(kind))
          for (const x of rows) if (!rows.some((y) => matches(x, y))) result.push([time(x), null]);
        if (/RIGHT|FULL/.test(kind))
          for (const y of rows) if (!rows.some((x) => matches(x, y))) result.push([null, time(y)]);
        return order.sort(result);
      },
    };
  });
