/** What random queries and their naive evaluators share. Rows of a result are arrays, in order. */
import { compareValues, type Expression, type Row, type Value } from './expression.ts';

export interface Query {
  readonly sql: string;
  readonly evaluate: (rows: readonly Row[]) => Value[][];
}

export const keeps = (condition: Expression) => (row: Row) => condition.evaluate(row) === true;
export const aliased = (items: readonly Expression[]) =>
  items.map(({ sql }, index) => `${sql} AS c${index}`).join(', ');

/** DataFusion's order: nulls last ascending, first descending. */
export function comparer(descending: boolean, column: number) {
  return (left: readonly Value[], right: readonly Value[]): number => {
    const [a, b] = [left[column] ?? null, right[column] ?? null];
    if (a === null || b === null) return a === b ? 0 : (a === null) === descending ? -1 : 1;
    return descending ? compareValues(b, a) : compareValues(a, b);
  };
}

export function orderBy(columns: number, descending: readonly boolean[]) {
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

export const values = (expression: Expression, rows: readonly Row[]) =>
  rows.map((row) => expression.evaluate(row)).filter((value) => value !== null);
export const sum = (numbers: readonly Value[]) =>
  numbers.reduce<number>((total, value) => total + Number(value), 0);
export const extreme = (sign: number) => (all: readonly Value[]) =>
  all.reduce<Value>(
    (best, value) => (best === null || sign * compareValues(value, best) > 0 ? value : best),
    null,
  );

export const qualify = (expression: Expression, alias: string): Expression => ({
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
