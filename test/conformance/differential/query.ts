/** Random queries with a naive evaluator over plain rows. Rows of a result are arrays, in order. */
import fc from 'fast-check';
import {
  anyExpression,
  COLUMNS,
  compareValues,
  type Expression,
  expressions,
  type Row,
  type Value,
} from './expression.ts';

export interface Query {
  readonly sql: string;
  readonly evaluate: (rows: readonly Row[]) => Value[][];
}

const keeps = (condition: Expression) => (row: Row) => condition.evaluate(row) === true;
const aliased = (items: readonly Expression[]) =>
  items.map(({ sql }, index) => `${sql} AS c${index}`).join(', ');

/** DataFusion's order: nulls last ascending, first descending. */
function comparer(descending: boolean, column: number) {
  return (left: readonly Value[], right: readonly Value[]): number => {
    const [a, b] = [left[column] ?? null, right[column] ?? null];
    if (a === null || b === null) return a === b ? 0 : (a === null) === descending ? -1 : 1;
    return descending ? compareValues(b, a) : compareValues(a, b);
  };
}

function orderBy(columns: number, descending: readonly boolean[]) {
  const comparers = Array.from({ length: columns }, (_, column) =>
    comparer(descending[column] ?? false, column),
  );
  return {
    sql: ` ORDER BY ${comparers.map((_, column) => `c${column}${descending[column] ? ' DESC' : ''}`).join(', ')}`,
    sort: (rows: Value[][]) =>
      rows.toSorted((left, right) => {
        for (const compare of comparers) {
          const order = compare(left, right);
          if (order !== 0) return order;
        }
        return 0;
      }),
  };
}

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

interface Aggregate {
  readonly sql: string;
  readonly apply: (rows: readonly Row[]) => Value;
}

const values = (expression: Expression, rows: readonly Row[]) =>
  rows.map((row) => expression.evaluate(row)).filter((value) => value !== null);
const sum = (numbers: readonly Value[]) => numbers.reduce<number>((total, value) => total + Number(value), 0);
const extreme = (sign: number) => (all: readonly Value[]) =>
  all.reduce<Value>(
    (best, value) => (best === null || sign * compareValues(value, best) > 0 ? value : best),
    null,
  );

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

const grouped: fc.Arbitrary<Query> = fc
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

const qualify = (expression: Expression, alias: string): Expression => ({
  ...expression,
  sql: expression.sql.replace(/\b([xyzstb])\b(?=([^']*'[^']*')*[^']*$)/g, `${alias}.$1`),
  evaluate: (row) =>
    expression.evaluate(
      Object.fromEntries(
        Object.entries(row)
          .filter(([name]) => name.startsWith(`${alias}.`))
          .map(([name, value]) => [name.slice(alias.length + 1), value]),
      ),
    ),
});

const joined: fc.Arbitrary<Query> = fc
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

const windowed: fc.Arbitrary<Query> = fc
  .tuple(
    fc.constantFrom('row_number', 'lag', 'lead', 'sum', 'count', 'first_value'),
    expressions.integer,
    fc.boolean(),
  )
  .map(([name, expression, partitioned]) => {
    const argument = name === 'row_number' ? '' : expression.sql;
    return {
      sql: `SELECT ${name}(${argument}) OVER (${partitioned ? 'PARTITION BY t ' : ''}ORDER BY time) AS c0 FROM m ORDER BY time`,
      evaluate: (rows) =>
        rows.map((row) => {
          const members = partitioned ? rows.filter((other) => other.t === row.t) : rows;
          const at = members.indexOf(row);
          const upTo = members.slice(0, at + 1);
          const present = values(expression, upTo);
          const value = (member: Row | undefined) =>
            member === undefined ? null : expression.evaluate(member);
          switch (name) {
            case 'row_number':
              return [at + 1];
            case 'lag':
              return [value(members[at - 1])];
            case 'lead':
              return [value(members[at + 1])];
            case 'first_value':
              return [value(members[0])];
            case 'count':
              return [present.length];
            default:
              return [present.length === 0 ? null : sum(present) + 0];
          }
        }),
    };
  });

type FrameUnits = 'ROWS' | 'RANGE' | 'GROUPS';

interface Bound {
  readonly sql: string;
  /** Rows, groups or distance from the current row; infinite when unbounded. */
  readonly offset: number;
}

const bound = (offset: number): Bound =>
  offset === 0
    ? { sql: 'CURRENT ROW', offset }
    : { sql: `${Math.abs(offset)} ${offset < 0 ? 'PRECEDING' : 'FOLLOWING'}`, offset };
const bounds: fc.Arbitrary<readonly [Bound, Bound]> = fc.oneof(
  fc
    .tuple(fc.integer({ min: -3, max: 3 }), fc.integer({ min: -3, max: 3 }))
    .map(([a, b]) => [bound(Math.min(a, b)), bound(Math.max(a, b))] as const),
  fc
    .integer({ min: -2, max: 2 })
    .map((end) => [{ sql: 'UNBOUNDED PRECEDING', offset: -Infinity }, bound(end)] as const),
  fc
    .integer({ min: -2, max: 2 })
    .map((start) => [bound(start), { sql: 'UNBOUNDED FOLLOWING', offset: Infinity }] as const),
);

/** The rows of the frame: `members` are the partition in order, `keys` their values in the same order. */
function frameOf(
  units: FrameUnits,
  [start, end]: readonly [Bound, Bound],
  keys: readonly Value[],
  at: number,
  descending: boolean,
): number[] {
  const numbers = keys.map((_, index) => index);
  if (units === 'ROWS')
    return numbers.filter((index) => index - at >= start.offset && index - at <= end.offset);
  if (units === 'GROUPS') {
    const distinct = keys.filter((key, index) => index === 0 || key !== keys[index - 1]);
    const group = (index: number) => distinct.indexOf(keys[index]!);
    return numbers.filter((index) => {
      const distance = group(index) - group(at);
      return distance >= start.offset && distance <= end.offset;
    });
  }
  const key = keys[at]!;
  return numbers.filter((index) => {
    const other = keys[index]!;
    // A null is a peer of nulls only; an open side reaches them where they stand.
    if (key === null || other === null) {
      if (key === null && other === null) return true;
      const before = index < at;
      return before ? start.offset === -Infinity : end.offset === Infinity;
    }
    const distance = (descending ? -1 : 1) * (Number(other) - Number(key));
    return distance >= start.offset && distance <= end.offset;
  });
}

const framed: fc.Arbitrary<Query> = fc
  .tuple(
    fc.constantFrom<FrameUnits>('ROWS', 'RANGE', 'GROUPS'),
    bounds,
    fc.constantFrom(COLUMNS.x, COLUMNS.z),
    fc.constantFrom('sum', 'count', 'min', 'max'),
    expressions.integer,
    fc.boolean(),
    fc.boolean(),
  )
  .map(([units, frame, key, name, expression, descending, partitioned]) => {
    // Rows have no order of their own among equal keys: the time decides.
    const order = `${key.sql}${descending ? ' DESC' : ''}${units === 'ROWS' ? ', time' : ''}`;
    return {
      sql: `SELECT ${name}(${expression.sql}) OVER (${partitioned ? 'PARTITION BY t ' : ''}ORDER BY ${order} ${units} BETWEEN ${frame[0].sql} AND ${frame[1].sql}) AS c0 FROM m ORDER BY time`,
      evaluate: (rows) => {
        const compare = comparer(descending, 0);
        return rows.map((row) => {
          const members = rows
            .filter((other) => !partitioned || other.t === row.t)
            .toSorted((a, b) => compare([key.evaluate(a)], [key.evaluate(b)]));
          const keys = members.map((member) => key.evaluate(member));
          const inside = frameOf(units, frame, keys, members.indexOf(row), descending);
          const present = values(
            expression,
            inside.map((index) => members[index]!),
          );
          if (name === 'count') return [present.length];
          if (present.length === 0) return [null];
          return [name === 'sum' ? sum(present) + 0 : extreme(name === 'max' ? 1 : -1)(present)];
        });
      },
    };
  });

/** A condition that is no equality, on every kind of join, semi and anti joins too. */
const unequal: fc.Arbitrary<Query> = fc
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

/** Subqueries that see the row outside: alone, under EXISTS, under an aggregate, sorted and cut, after LATERAL. */
const correlated: fc.Arbitrary<Query> = fc
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
);
