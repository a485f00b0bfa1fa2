/** What dashboards ask: rows of some tag values within bounds of time, plain or as aggregates by bins and tags. */
import fc from 'fast-check';
import { COLUMNS, compareValues, type Row, type Value } from './expression.ts';
import { extreme, orderBy, type Query, sum, values } from './query-parts.ts';

const START = Date.UTC(2026, 0, 1);
const text = (ms: number) => new Date(ms).toISOString().slice(0, 19);
const timeOf = (row: Row) => Date.parse(`${row.time}Z`);

interface Aggregate {
  readonly sql: string;
  readonly apply: (rows: readonly Row[]) => Value;
}

const numeric = fc.constantFrom(COLUMNS.x, COLUMNS.z, COLUMNS.y);
const aggregate: fc.Arbitrary<Aggregate> = fc.oneof(
  fc.constant<Aggregate>({ sql: 'count(*)', apply: (rows) => rows.length }),
  fc
    .constantFrom(...Object.values(COLUMNS))
    .map((e): Aggregate => ({ sql: `count(${e.sql})`, apply: (rows) => values(e, rows).length })),
  numeric.map((e): Aggregate => ({ sql: `min(${e.sql})`, apply: (rows) => extreme(-1)(values(e, rows)) })),
  numeric.map((e): Aggregate => ({ sql: `max(${e.sql})`, apply: (rows) => extreme(1)(values(e, rows)) })),
  fc.tuple(numeric, fc.boolean()).map(
    ([e, isMean]): Aggregate => ({
      sql: `${isMean ? 'avg' : 'sum'}(${e.sql})`,
      apply: (rows) => {
        const kept = values(e, rows);
        return kept.length === 0 ? null : sum(kept) / (isMean ? kept.length : 1) + 0;
      },
    }),
  ),
);

/** Rows that are asked for; most of the time by a few of all tag values, which is what makes it narrow. */
const selection = fc
  .record({
    tags: fc.uniqueArray(fc.constantFrom('a', 'b', 'Ab', 'none'), { minLength: 1, maxLength: 3 }),
    from: fc.integer({ min: -2, max: 8 }),
    seconds: fc.option(fc.integer({ min: 0, max: 12 })),
    compared: fc.option(
      fc.tuple(numeric, fc.constantFrom('=', '<', '>=', '!='), fc.integer({ min: -3, max: 3 })),
    ),
  })
  .map(({ tags, from, seconds, compared }) => {
    const fromMs = START + from * 1000;
    const toMs = seconds === null ? Number.POSITIVE_INFINITY : fromMs + seconds * 1000;
    const conditions = [
      tags.length === 1 ? `t = '${tags[0]}'` : `t IN (${tags.map((tag) => `'${tag}'`).join(', ')})`,
      `time >= '${text(fromMs)}Z'`,
      ...(seconds === null ? [] : [`time < '${text(toMs)}Z'`]),
      ...(compared === null ? [] : [`${compared[0].sql} ${compared[1]} ${compared[2]}`]),
    ];
    return {
      sql: conditions.join(' AND '),
      keeps: (row: Row): boolean => {
        if (!tags.includes(row.t as 'a') || timeOf(row) < fromMs || timeOf(row) >= toMs) return false;
        if (compared === null) return true;
        const [column, operator, constant] = compared;
        const value = row[column.sql] ?? null;
        if (value === null) return false;
        const order = compareValues(value, constant);
        return { '=': order === 0, '!=': order !== 0, '<': order < 0, '>=': order >= 0 }[operator]!;
      },
    };
  });

const plain: fc.Arbitrary<Query> = fc
  .tuple(
    selection,
    fc.array(fc.constantFrom(...Object.values(COLUMNS)), { minLength: 1, maxLength: 3 }),
    fc.boolean(),
    fc.option(fc.nat(5)),
  )
  .map(([{ sql, keeps }, columns, descending, limit]) => ({
    sql: `SELECT ${columns.map(({ sql: name }, i) => `${name} AS c${i}`).join(', ')} FROM m WHERE ${sql} ORDER BY time${descending ? ' DESC' : ''}${limit === null ? '' : ` LIMIT ${limit}`}`,
    evaluate: (rows) => {
      const kept = rows.filter(keeps).toSorted((a, b) => (timeOf(a) - timeOf(b)) * (descending ? -1 : 1));
      return kept.slice(0, limit ?? undefined).map((row) => columns.map((column) => column.evaluate(row)));
    },
  }));

interface Key {
  readonly sql: string;
  readonly of: (row: Row) => Value;
}

const bin: fc.Arbitrary<Key> = fc.integer({ min: 1, max: 7 }).map((seconds) => ({
  sql: `date_bin(INTERVAL '${seconds} seconds', time)`,
  of: (row) => text(Math.floor(timeOf(row) / (seconds * 1000)) * seconds * 1000),
}));
const minute: Key = { sql: "date_trunc('minute', time)", of: (row) => `${String(row.time).slice(0, 17)}00` };
const tag: Key = { sql: 't', of: (row) => row.t ?? null };

const byKeys: fc.Arbitrary<Query> = fc
  .tuple(
    selection,
    fc.oneof(
      fc.constant<Key[]>([]),
      fc.constant<Key[]>([tag]),
      bin.map((key) => [key]),
      bin.map((key) => [tag, key]),
      fc.constant<Key[]>([minute, tag]),
    ),
    fc.array(aggregate, { minLength: 1, maxLength: 4 }),
    fc.array(fc.boolean(), { minLength: 2, maxLength: 2 }),
  )
  .map(([{ sql, keeps }, keys, aggregates, descending]) => {
    const order = orderBy(keys.length, descending);
    const items = [...keys, ...aggregates].map((item, index) => `${item.sql} AS c${index}`).join(', ');
    const by = keys.length === 0 ? '' : ` GROUP BY ${keys.map((key) => key.sql).join(', ')}${order.sql}`;
    return {
      sql: `SELECT ${items} FROM m WHERE ${sql}${by}`,
      evaluate: (rows) => {
        const groups = new Map<string, Row[]>(keys.length === 0 ? [['[]', []]] : []);
        for (const row of rows.filter(keeps)) {
          const key = JSON.stringify(keys.map((each) => each.of(row)));
          groups.set(key, [...(groups.get(key) ?? []), row]);
        }
        const result = [...groups].map(([key, members]) => [
          ...(JSON.parse(key) as Value[]),
          ...aggregates.map(({ apply }) => apply(members)),
        ]);
        return keys.length === 0 ? result : order.sort(result);
      },
    };
  });

export const narrow: fc.Arbitrary<Query> = fc.oneof(plain, byKeys);
