/** The evaluator against one that thinks of each row alone, in whole numbers of any size. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  RowsInMemory,
  type Shape,
  type StoredRow,
  type StoredValue,
} from '../../../test/support/stored-rows.ts';
import { encodeRows } from '../results/encode.ts';
import { BOOLEAN, FLOAT64, INT64, type ResultColumn, TAG, TIMESTAMP_NS, UINT64, UTF8 } from '../types.ts';
import { evaluate } from './evaluate.ts';
import { Pace } from './pace.ts';
import type {
  FieldCondition,
  GroupKey,
  NarrowAggregate,
  NarrowColumn,
  NarrowStatement,
} from './statement.ts';

const TAGS = ['host', 'region'] as const;
const FIELDS = [
  { name: 'f', type: 'float' },
  { name: 'n', type: 'integer' },
  { name: 'u', type: 'uinteger' },
  { name: 's', type: 'string' },
  { name: 'b', type: 'boolean' },
] as const;
const FIELD_TYPES = { float: FLOAT64, integer: INT64, uinteger: UINT64, string: UTF8, boolean: BOOLEAN };

const EVERYTHING: NarrowStatement = {
  tableId: 1,
  table: { database: 'd', table: 't' },
  fromNs: -(2n ** 63n),
  toNs: 2n ** 63n - 1n,
  retentionNs: null,
  tagFilter: new Map(),
  visible: null,
  tags: TAGS,
  fields: FIELDS,
  conditions: [],
  rows: { kind: 'plain', columns: [{ kind: 'time' }] },
  outputs: [0],
  order: [],
  limit: { count: null, offset: 0 },
};

type Cell = string | number | boolean | null;

const pace = () => new Pace(new AbortController().signal, () => false);

async function answer(
  given: Partial<NarrowStatement>,
  rows: readonly StoredRow[],
  shape?: Shape,
): Promise<Cell[][]> {
  const statement = { ...EVERYTHING, ...given };
  const runs = await new RowsInMemory(rows, shape).read({ ...statement, maximumRows: 1e9 });
  const columns = columnsOf(statement);
  const block = await evaluate(statement, runs!, columns, pace());
  async function* blocks() {
    yield block;
  }
  const chunks: Uint8Array[] = [];
  for await (const chunk of encodeRows(columns, blocks(), 'json')) chunks.push(chunk);
  const objects = JSON.parse(Buffer.concat(chunks).toString()) as Record<string, Cell>[];
  return objects.map((object) => columns.map(({ name }) => object[name] ?? null));
}

function columnsOf({ rows, outputs }: NarrowStatement): ResultColumn[] {
  const types =
    rows.kind === 'plain'
      ? rows.columns.map((column) =>
          column.kind === 'time'
            ? TIMESTAMP_NS
            : column.kind === 'tag'
              ? TAG
              : FIELD_TYPES[FIELDS[column.field]!.type],
        )
      : [
          ...rows.keys.map((key) => (key.kind === 'bin' ? TIMESTAMP_NS : TAG)),
          ...rows.aggregates.map((aggregate) => {
            if (aggregate.kind === 'mean') return FLOAT64;
            if (!('field' in aggregate) || aggregate.kind === 'count') return INT64;
            return FIELD_TYPES[FIELDS[aggregate.field]!.type];
          }),
        ];
  return outputs.map((place, index) => ({ name: `c${index}`, type: types[place]!, nullable: true }));
}

/** The same by thinking of each row alone. Instants are numbers until the end, so that they order. */
function naive(given: Partial<NarrowStatement>, all: readonly StoredRow[]): Cell[][] {
  const statement = { ...EVERYTHING, ...given };
  const rows = all.filter((row) => statement.conditions.every((condition) => passes(row, condition)));
  const table = statement.rows.kind === 'plain' ? plain(statement, rows) : grouped(statement, rows);
  const { order, limit, outputs } = statement;
  const sorted = table.toSorted((a, b) => {
    for (const { column, descending, nullsFirst } of order) {
      const [x, y] = [a[column]!, b[column]!];
      if (x === null && y === null) continue;
      if (x === null || y === null) return (x === null) === nullsFirst ? -1 : 1;
      const difference =
        typeof x === 'string'
          ? Buffer.compare(Buffer.from(x), Buffer.from(y as string))
          : x < y
            ? -1
            : x > y
              ? 1
              : 0;
      if (difference !== 0) return descending ? -difference : difference;
    }
    return 0;
  });
  const end = limit.count === null ? undefined : limit.offset + limit.count;
  return sorted
    .slice(limit.offset, end)
    .map((row) =>
      outputs.map((place) => (typeof row[place] === 'bigint' ? timeText(row[place]) : row[place]!)),
    );
}

type Exact = Cell | bigint;

function passes({ fields }: StoredRow, condition: FieldCondition): boolean {
  const value = fields[FIELDS[condition.field]!.name] ?? null;
  if (condition.kind === 'null') return (value === null) === condition.isNull;
  if (value === null) return false;
  if (condition.kind === 'string') return (value === condition.constant) === condition.equal;
  const { less, equal, greater } = condition.keeps;
  const number = Number(value);
  return number < condition.constant ? less : number > condition.constant ? greater : equal;
}

const shownField = (field: number, { fields }: StoredRow): Cell => {
  const value = fields[FIELDS[field]!.name] ?? null;
  return FIELDS[field]!.type === 'boolean' && value !== null ? value === 1 : value;
};

function plain({ rows }: NarrowStatement, all: readonly StoredRow[]): Exact[][] {
  if (rows.kind !== 'plain') throw new TypeError();
  return all.map((row) =>
    rows.columns.map((column) => {
      if (column.kind === 'time') return row.timeNs;
      return column.kind === 'tag' ? (row.tags[TAGS[column.tag]!] ?? null) : shownField(column.field, row);
    }),
  );
}

function grouped({ rows }: NarrowStatement, all: readonly StoredRow[]): Exact[][] {
  if (rows.kind !== 'grouped') throw new TypeError();
  const { keys, aggregates } = rows;
  const keysOf = ({ timeNs, tags }: StoredRow): Exact[] =>
    keys.map((key) => {
      if (key.kind === 'tag') return tags[TAGS[key.tag]!] ?? null;
      const distance = timeNs - key.originNs;
      return timeNs - (((distance % key.strideNs) + key.strideNs) % key.strideNs);
    });
  const groups = Map.groupBy(all, (row) =>
    keysOf(row)
      .map((key) => `${typeof key}${key}`)
      .join(),
  );
  const members = keys.length === 0 ? [[...all]] : [...groups.values()];
  return members.map((group) => [
    ...(keys.length === 0 ? [] : keysOf(group[0]!)),
    ...aggregates.map((aggregate) => aggregated(aggregate, group)),
  ]);
}

function aggregated(aggregate: NarrowAggregate, rows: readonly StoredRow[]): Cell {
  if (aggregate.kind === 'rows') return rows.length;
  if (aggregate.kind === 'tags')
    return rows.filter(({ tags }) => (tags[TAGS[aggregate.tag]!] ?? null) !== null).length;
  const values = rows
    .map(({ fields }) => fields[FIELDS[aggregate.field]!.name] ?? null)
    .filter((value) => value !== null) as number[];
  if (aggregate.kind === 'count') return values.length;
  if (values.length === 0) return null;
  const sum = values.reduce((total, value) => total + value, 0);
  switch (aggregate.kind) {
    case 'min':
      return Math.min(...values);
    case 'max':
      return Math.max(...values);
    case 'sum':
      return sum;
    case 'mean':
      return sum / values.length;
  }
}

function timeText(ns: bigint): string {
  const fraction = ((ns % 1_000_000_000n) + 1_000_000_000n) % 1_000_000_000n;
  const seconds = new Date(Number((ns - fraction) / 1_000_000n)).toISOString().slice(0, 19);
  if (fraction === 0n) return seconds;
  const digits = fraction.toString().padStart(9, '0');
  return `${seconds}.${digits.replace(/(000){1,2}$/, '')}`;
}

const START = 1_700_000_000_123_456_789n;
const optional = <T>(value: fc.Arbitrary<T>) => fc.option(value, { freq: 4 });
const tag = optional(fc.constantFrom('a', 'b', 'Ab', '\ud83d\ude00', '\uffee'));
const quarters = fc.integer({ min: -40, max: 40 }).map((value) => (value === 0 ? 0 : value / 4));
const anyRow: fc.Arbitrary<StoredRow> = fc.record({
  tags: fc.record({ host: tag, region: tag }),
  timeNs: fc
    .oneof(
      fc.bigInt({ min: -10n, max: 10n }),
      fc.bigInt({ min: -(10n ** 13n), max: 10n ** 13n }),
      fc.integer({ min: -30, max: 30 }).map((minutes) => BigInt(minutes) * 60_000_000_000n - 456_789n),
    )
    .chain((distance) => fc.constantFrom(START + distance, distance)),
  fields: fc.record({
    f: optional(fc.oneof(quarters, fc.constantFrom(1e10, -123456.75))),
    n: optional(fc.integer({ min: -70_000, max: 70_000 })),
    u: optional(fc.oneof(fc.integer({ min: 0, max: 300 }), fc.constant(2 ** 45))),
    s: optional(fc.constantFrom('', 'x', 'é', 'X', '\ud83d\ude00', '\uffee')),
    b: optional(fc.constantFrom(0, 1)),
  }) as fc.Arbitrary<Record<string, StoredValue>>,
});
/** A series has a time once. */
const anyRows = fc.uniqueArray(anyRow, {
  maxLength: 40,
  selector: ({ tags, timeNs }) => `${tags.host}/${tags.region}/${timeNs}`,
});
const anyShape: fc.Arbitrary<Shape> = fc.record({
  runRows: fc.integer({ min: 1, max: 12 }),
  padding: fc.integer({ min: 0, max: 3 }),
  originDistanceNs: fc.constantFrom(0, 7, 10 ** 12, -(10 ** 12)),
});
const numberField = fc.constantFrom(0, 1, 2);
const anyCondition: fc.Arbitrary<FieldCondition> = fc.oneof(
  fc.record({
    kind: fc.constant('number' as const),
    field: fc.constantFrom(0, 1, 2, 4),
    keeps: fc.record({ less: fc.boolean(), equal: fc.boolean(), greater: fc.boolean() }),
    constant: fc.oneof(quarters, fc.constantFrom(0, 1, 50)),
  }),
  fc.record({
    kind: fc.constant('string' as const),
    field: fc.constant(3),
    equal: fc.boolean(),
    constant: fc.constantFrom('x', ''),
  }),
  fc.record({ kind: fc.constant('null' as const), field: fc.nat({ max: 4 }), isNull: fc.boolean() }),
);
const anyBin: fc.Arbitrary<GroupKey> = fc.record({
  kind: fc.constant('bin' as const),
  strideNs: fc.constantFrom(1n, 7n, 60_000_000_000n, 3_600_000_000_000n, 604_800_000_000_000n),
  originNs: fc.constantFrom(0n, 3n, 345_600_000_000_000n, START, START + 10n ** 15n),
});
const anyKeys = fc
  .tuple(optional(anyBin), fc.subarray([0, 1]))
  .map(([bin, tags]): GroupKey[] => [
    ...(bin === null ? [] : [bin]),
    ...tags.map((tag) => ({ kind: 'tag' as const, tag })),
  ]);
const anyAggregate: fc.Arbitrary<NarrowAggregate> = fc.oneof(
  fc.constant({ kind: 'rows' as const }),
  fc.record({ kind: fc.constant('tags' as const), tag: fc.constantFrom(0, 1) }),
  fc.record({ kind: fc.constant('count' as const), field: fc.nat({ max: 4 }) }),
  fc.record({ kind: fc.constantFrom('min' as const, 'max', 'sum', 'mean'), field: numberField }),
);
const anyColumn: fc.Arbitrary<NarrowColumn> = fc.oneof(
  fc.constant({ kind: 'time' as const }),
  fc.record({ kind: fc.constant('tag' as const), tag: fc.constantFrom(0, 1) }),
  fc.record({ kind: fc.constant('field' as const), field: fc.nat({ max: 4 }) }),
);
const anyTable: fc.Arbitrary<NarrowStatement['rows']> = fc.oneof(
  fc.record({
    kind: fc.constant('grouped' as const),
    keys: anyKeys,
    aggregates: fc.array(anyAggregate, { minLength: 1, maxLength: 4 }),
  }),
  fc.record({
    kind: fc.constant('plain' as const),
    columns: fc.array(anyColumn, { minLength: 1, maxLength: 4 }),
  }),
);

const columnCount = (rows: NarrowStatement['rows']): number =>
  rows.kind === 'plain' ? rows.columns.length : rows.keys.length + rows.aggregates.length;

const anyStatement: fc.Arbitrary<Partial<NarrowStatement>> = anyTable.chain((rows) => {
  const places = Array.from({ length: columnCount(rows) }, (_, place) => place);
  const direction = { descending: fc.boolean(), nullsFirst: fc.boolean() };
  return fc
    .record({
      conditions: fc.oneof(fc.constant([]), fc.array(anyCondition, { maxLength: 3 })),
      outputs: fc.array(fc.constantFrom(...places), { minLength: 1, maxLength: 5 }),
      order: fc
        .shuffledSubarray(places)
        .chain((chosen) =>
          fc.tuple(...chosen.map((column) => fc.record({ column: fc.constant(column), ...direction }))),
        ),
      limit: optional(fc.record({ count: optional(fc.nat({ max: 10 })), offset: fc.nat({ max: 3 }) })),
    })
    .map(({ conditions, outputs, order, limit }) => {
      if (limit === null) return { rows, conditions, outputs, order };
      // All columns decide, so that there is one right answer.
      const rest = places
        .filter((place) => !order.some(({ column }) => column === place))
        .map((column) => ({ column, descending: false, nullsFirst: false }));
      return { rows, conditions, outputs, order: [...order, ...rest], limit };
    });
});

/** Bins that short over half a century cannot be numbered. */
const hasTooManyBins = ({ rows }: Partial<NarrowStatement>, all: readonly StoredRow[]): boolean =>
  rows?.kind === 'grouped' &&
  rows.keys.some((key) => key.kind === 'bin' && key.strideNs < 1000n) &&
  all.some(({ timeNs }) => timeNs < START / 2n) &&
  all.some(({ timeNs }) => timeNs > START / 2n);

const sortedText = (rows: readonly Cell[][]) => rows.map((row) => JSON.stringify(row)).toSorted();

test('random statements over random rows give what a naive evaluator gives', async () => {
  await fc.assert(
    fc.asyncProperty(anyStatement, anyRows, anyShape, async (statement, rows, shape) => {
      fc.pre(!hasTooManyBins(statement, rows));
      const [found, wanted] = [await answer(statement, rows, shape), naive(statement, rows)];
      expect(sortedText(found)).toEqual(sortedText(wanted));
      if (statement.limit !== undefined) {
        expect(found).toEqual(wanted);
        return;
      }
      // What was sorted by, where it is shown, comes in the same order; others among equals may not.
      const [first] = statement.order ?? [];
      const shown = first === undefined ? -1 : statement.outputs!.indexOf(first.column);
      if (shown >= 0) expect(found.map((row) => row[shown])).toEqual(wanted.map((row) => row[shown]));
    }),
    { numRuns: 3000 },
  );
}, 120_000);

const row = (timeNs: bigint, fields: StoredRow['fields'], host: string | null = 'a'): StoredRow => ({
  tags: { host, region: null },
  timeNs,
  fields,
});
const allRows = (...aggregates: NarrowAggregate[]): Partial<NarrowStatement> => ({
  rows: { kind: 'grouped', keys: [], aggregates },
  outputs: aggregates.map((_, index) => index),
});

describe('the engine is asked', () => {
  test.each([
    ['a float that is none', { kind: 'max', field: 0 }, [{ f: Number.NaN }]],
    ['an infinite float', { kind: 'sum', field: 0 }, [{ f: Number.POSITIVE_INFINITY }]],
    ['which of two zeros is smaller', { kind: 'min', field: 0 }, [{ f: 0 }, { f: -0 }]],
    ['which of two zeros is larger', { kind: 'max', field: 0 }, [{ f: -0 }]],
    ['a sum beyond all floats', { kind: 'sum', field: 0 }, [{ f: 1e308 }, { f: 1e308 }]],
    [
      'a sum that is not exact on its way',
      { kind: 'sum', field: 1 },
      [{ n: 2 ** 53 - 1 }, { n: 1 }, { n: -5 }],
    ],
    ['a negative one', { kind: 'sum', field: 1 }, [{ n: 1 - 2 ** 53 }, { n: -1 }]],
  ] as const)('for %s', async (_, aggregate, fields) => {
    const rows = fields.map((values, index) => row(BigInt(index), values));
    await expect(answer(allRows(aggregate), rows)).rejects.toMatchObject({ name: 'AskEngine' });
  });

  test('for bins at the end of time', async () => {
    const bins: Partial<NarrowStatement> = {
      rows: { kind: 'grouped', keys: [{ kind: 'bin', strideNs: 1000n, originNs: 5n }], aggregates: [] },
    };
    for (const time of [-(2n ** 63n), -(2n ** 63n) + 999n])
      await expect(answer(bins, [row(time, {})])).rejects.toMatchObject({ name: 'AskEngine' });
    expect(await answer(bins, [row(2n ** 63n - 1n, {})])).toEqual([['2262-04-11T23:47:16.854775005']]);
  });

  test('for more rows than can be laid out at once', async () => {
    const rows = Array.from({ length: 70_000 }, (_, index) => row(BigInt(index), {}));
    await expect(answer({}, rows)).rejects.toMatchObject({ name: 'AskEngine' });
    expect(await answer({ limit: { count: 2, offset: 1 } }, rows)).toHaveLength(2);
  });
});

test('whole numbers are exact up to 53 bits, and so are their sums', async () => {
  const rows = [row(1n, { n: 2 ** 53 - 2, u: 2 ** 53 - 1 }), row(2n, { n: 1, u: null })];
  const aggregates = [
    { kind: 'sum', field: 1 },
    { kind: 'max', field: 1 },
    { kind: 'min', field: 2 },
  ] as const;
  expect(await answer(allRows(...aggregates), rows)).toEqual([[2 ** 53 - 1, 2 ** 53 - 2, 2 ** 53 - 1]]);
});

test('negative zeros are shown as they are', async () => {
  const shown = { rows: { kind: 'plain' as const, columns: [{ kind: 'field' as const, field: 0 }] } };
  expect(await answer(shown, [row(1n, { f: -0 })])).toEqual([[-0]]);
});

test('of no rows there is one group where nothing is grouped by, else none', async () => {
  const aggregates = [{ kind: 'rows' }, { kind: 'sum', field: 1 }, { kind: 'count', field: 3 }] as const;
  expect(await answer(allRows(...aggregates), [])).toEqual([[0, null, 0]]);
  const byHost = { rows: { kind: 'grouped' as const, keys: [{ kind: 'tag' as const, tag: 0 }], aggregates } };
  expect(await answer(byHost, [])).toEqual([]);
});

test('a year by the day, from many runs that begin far from each other', async () => {
  const DAY = 86_400_000_000_000n;
  const rows = Array.from({ length: 365 * 4 }, (_, index) =>
    row(START + (BigInt(index) * DAY) / 4n, { n: index }),
  );
  const statement: Partial<NarrowStatement> = {
    rows: {
      kind: 'grouped',
      keys: [{ kind: 'bin', strideNs: DAY, originNs: 0n }],
      aggregates: [{ kind: 'sum', field: 1 }],
    },
    outputs: [0, 1],
    order: [{ column: 0, descending: true, nullsFirst: true }],
  };
  const shape = { runRows: 100, padding: 1, originDistanceNs: 5 };
  expect(await answer(statement, rows, shape)).toEqual(naive(statement, rows));
});

test('many rows in an order that is not theirs', async () => {
  const rows = Array.from({ length: 20_000 }, (_, index) =>
    row(BigInt(index), { n: (index * 7919) % 10_007 }, index % 3 === 0 ? 'a' : null),
  );
  const statement: Partial<NarrowStatement> = {
    rows: {
      kind: 'plain',
      columns: [{ kind: 'field', field: 1 }, { kind: 'tag', tag: 0 }, { kind: 'time' }],
    },
    outputs: [0, 1, 2],
    order: [0, 1, 2].map((column) => ({ column, descending: column === 0, nullsFirst: true })),
    limit: { count: 15_000, offset: 10 },
  };
  expect(await answer(statement, rows)).toEqual(naive(statement, rows));
});

test('work ends when nobody waits for it, or not that long', async () => {
  const rows = Array.from({ length: 60_000 }, (_, index) => row(BigInt(index), { n: index }));
  const statement = { ...EVERYTHING, ...allRows({ kind: 'sum', field: 1 }) };
  const runs = await new RowsInMemory(rows).read({ ...statement, maximumRows: 1e9 });
  const gone = new AbortController();
  gone.abort();
  const columns = columnsOf(statement);
  const run = (waiting: Pace) => evaluate(statement, runs!, columns, waiting);
  await expect(run(new Pace(gone.signal, () => false))).rejects.toMatchObject({ kind: 'cancelled' });
  await expect(run(new Pace(new AbortController().signal, () => true))).rejects.toMatchObject({
    kind: 'time',
  });
});
