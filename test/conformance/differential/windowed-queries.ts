/** Windows: functions of the row’s place, and aggregates over frames of every kind. */
import fc from 'fast-check';
import { COLUMNS, expressions, type Row, type Value } from './expression.ts';
import { comparer, extreme, type Query, sum, values } from './query-parts.ts';

export const windowed: fc.Arbitrary<Query> = fc
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

export const framed: fc.Arbitrary<Query> = fc
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
