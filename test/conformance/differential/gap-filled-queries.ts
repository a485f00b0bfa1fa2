/** Gap filling: bins from the bounds of time, for every series that has rows; locf and interpolate along each. */
import fc from 'fast-check';
import { expressions, type Row, type Value } from './expression.ts';
import { comparer, extreme, keeps, type Query, sum, values } from './query-parts.ts';

const START = Date.UTC(2026, 0, 1) / 1000;
const secondOf = (row: Row): number => Date.parse(`${row.time}Z`) / 1000 - START;
const instant = (second: number): string => new Date((START + second) * 1000).toISOString().slice(0, 19);
const literal = (second: number): string => `'${instant(second)}'`;

const AGGREGATES: Readonly<Record<string, (present: readonly Value[]) => Value>> = {
  sum: (present) => (present.length === 0 ? null : sum(present) + 0),
  max: extreme(1),
  min: extreme(-1),
};

type Fill = 'none' | 'locf' | 'interpolate';

function filled(fill: Fill, series: readonly Value[], integer: boolean): Value[] {
  return series.map((value, at) => {
    if (value !== null || fill === 'none') return value;
    const before = series.slice(0, at).findLastIndex((other) => other !== null);
    if (fill === 'locf') return before < 0 ? null : series[before]!;
    const after = series.findIndex((other, index) => index > at && other !== null);
    if (before < 0 || after < 0) return null;
    const [low, high] = [Number(series[before]), Number(series[after])];
    const line = low + (high - low) * ((at - before) / (after - before));
    return integer ? Math.trunc(line) + 0 : line + 0;
  });
}

export const gapFilled: fc.Arbitrary<Query> = fc
  .record({
    // Strides whose shares of a line are exact in binary: halves, quarters.
    stride: fc.constantFrom(1, 2, 4),
    origin: fc.option(fc.integer({ min: -3, max: 3 })),
    from: fc.integer({ min: -4, max: 6 }),
    bins: fc.constantFrom(1, 2, 4, 8),
    inclusive: fc.boolean(),
    bySeries: fc.boolean(),
    name: fc.constantFrom('sum', 'max', 'min'),
    fill: fc.constantFrom<Fill>('none', 'locf', 'interpolate'),
    expression: expressions.integer,
    condition: fc.option(expressions.boolean),
  })
  .map(({ stride, origin, from, bins, inclusive, bySeries, name, fill, expression, condition }) => {
    const to = from + bins * stride;
    const at = `date_bin_gapfill(INTERVAL '${stride} seconds', time${origin === null ? '' : `, TIMESTAMP ${literal(origin)}`})`;
    const call = `${name}(${expression.sql})`;
    const value = fill === 'none' ? call : `${fill}(${call})`;
    const key = bySeries ? ', t AS c3' : '';
    const bounds = `time >= ${literal(from)} AND time ${inclusive ? '<=' : '<'} ${literal(to)}`;
    const binOf = (second: number): number =>
      Math.floor((second - (origin ?? 0)) / stride) * stride + (origin ?? 0);
    return {
      sql: `SELECT ${at} AS c0, ${value} AS c1, count(${expression.sql}) AS c2${key} FROM m WHERE ${bounds}${condition === null ? '' : ` AND ${condition.sql}`} GROUP BY c0${bySeries ? ', t' : ''} ORDER BY c0${bySeries ? ', c3' : ''}`,
      evaluate: (rows) => {
        const last = inclusive ? to : to - 1e-9;
        const kept = rows.filter((row) => {
          const second = secondOf(row);
          return second >= from && second <= last && (condition === null || keeps(condition)(row));
        });
        const series = new Map<string, Row[]>();
        for (const row of kept) {
          const name = JSON.stringify(bySeries ? row.t : null);
          series.set(name, [...(series.get(name) ?? []), row]);
        }
        const numbers: number[] = [];
        for (let bin = binOf(from); bin <= binOf(last); bin += stride) numbers.push(bin);
        const result = [...series].flatMap(([key, members]) => {
          const inBins = numbers.map((bin) =>
            values(
              expression,
              members.filter((row) => binOf(secondOf(row)) === bin),
            ),
          );
          const column = filled(
            fill,
            inBins.map((present) => AGGREGATES[name]!(present)),
            true,
          );
          return numbers.map((bin, index): Value[] => [
            instant(bin),
            column[index]!,
            inBins[index]!.length,
            ...(bySeries ? [JSON.parse(key) as Value] : []),
          ]);
        });
        const [byTime, bySeriesName] = [comparer(false, 0), comparer(false, 3)];
        return result.toSorted((a, b) => byTime(a, b) || (bySeries ? bySeriesName(a, b) : 0));
      },
    };
  });
