/** Random texts of narrow statements over a table `m` with the tags host and region and the fields f, n, u, s and b. */
import fc from 'fast-check';

const HOSTS = ['a', 'b', 'c', '\ud83d\ude00', '\uffee'];
const COLUMNS = ['time', 'host', 'region', 'f', 'n', 'u', 's', 'b'];
const NUMBERS = ['f', 'n', 'u'];

const column = fc.constantFrom(...COLUMNS);
const number = fc.constantFrom(...NUMBERS);
const comparison = fc.constantFrom('=', '!=', '<', '<=', '>', '>=');
const flipped = fc.boolean();

const compared = (left: string, operator: string, right: string, isFlipped: boolean): string =>
  isFlipped
    ? `${right} ${operator.replace(/[<>]/, (sign) => (sign === '<' ? '>' : '<'))} ${left}`
    : `${left} ${operator} ${right}`;

const condition: fc.Arbitrary<string> = fc.oneof(
  fc
    .tuple(comparison, fc.integer({ min: -10, max: 110 }), flipped)
    .map(([operator, quarters, isFlipped]) => compared('f', operator, `${quarters / 4}`, isFlipped)),
  fc
    .tuple(comparison, fc.constantFrom('-50', '0', '7', '50', '9007199254740992'), flipped)
    .map(([operator, value, isFlipped]) => compared('n', operator, value, isFlipped)),
  fc
    .tuple(comparison, fc.constantFrom('-1', '0', '148000000000'), flipped)
    .map(([operator, value, isFlipped]) => compared('u', operator, value, isFlipped)),
  fc
    .tuple(fc.constantFrom('=', '!='), fc.constantFrom("'x1'", "'\u00e92'", "''"), flipped)
    .map(([operator, value, isFlipped]) => compared('s', operator, value, isFlipped)),
  fc
    .tuple(fc.constantFrom('=', '!='), fc.constantFrom('true', 'false'))
    .map(([operator, value]) => `b ${operator} ${value}`),
  fc
    .tuple(fc.constantFrom('f', 'n', 'u', 's', 'b'), fc.constantFrom('IS NULL', 'IS NOT NULL'))
    .map((parts) => parts.join(' ')),
  fc.constantFrom('n BETWEEN -20 AND 20', 'f BETWEEN 3.5 AND 20', "region = 'r0'", "region IN ('r0', 'no')"),
);

const bin = fc.constantFrom(
  "date_bin(INTERVAL '1 minute', time)",
  "date_bin(INTERVAL '7 minutes', time, '2024-01-01T00:03:00.000000001Z')",
  "date_bin(INTERVAL '3 hours', time, '2030-01-01')",
  "date_bin(INTERVAL '1 nanosecond', time)",
  "date_trunc('minute', time)",
  "date_trunc('week', time)",
);

const aggregate = fc.oneof(
  fc.constantFrom('count(*)', 'count(1)'),
  column.map((name) => `count(${name})`),
  fc.tuple(fc.constantFrom('min', 'max', 'sum', 'avg'), number).map(([name, of]) => `${name}(${of})`),
);

interface Shape {
  readonly items: readonly string[];
  readonly keys: readonly string[];
}

const grouped: fc.Arbitrary<Shape> = fc
  .record({
    bins: fc.option(bin),
    tags: fc.subarray(['host', 'region']),
    aggregates: fc.uniqueArray(aggregate, { minLength: 1, maxLength: 4 }),
  })
  .map(({ bins, tags, aggregates }) => {
    const keys = [...(bins === null ? [] : [bins]), ...tags];
    return { keys, items: [...keys, ...aggregates] };
  });
const plain: fc.Arbitrary<Shape> = fc
  .uniqueArray(column, { minLength: 1, maxLength: 5 })
  .map((items) => ({ keys: [], items }));

const where = fc
  .record({
    hosts: fc.subarray(HOSTS, { minLength: 1 }),
    from: fc.integer({ min: 0, max: 1200 }),
    secs: fc.option(fc.integer({ min: 1, max: 1200 })),
    conditions: fc.array(condition, { maxLength: 3 }),
  })
  .map(({ hosts, from, secs, conditions }) => {
    const iso = (after: number) => new Date(Date.UTC(2024, 0, 1) + after * 1000).toISOString();
    const names = hosts.map((host) => `'${host}'`).join(', ');
    const upper = secs === null ? [] : [`time < '${iso(from + secs)}'`];
    return [`host IN (${names})`, `time >= '${iso(from)}'`, ...upper, ...conditions].join(' AND ');
  });

/** Sorted by all that is shown, so that there is one right answer. */
export const narrowStatements: fc.Arbitrary<string> = fc
  .oneof(grouped, plain)
  .chain(({ items, keys }) =>
    fc.record({
      items: fc.constant(items),
      keys: fc.constant(keys),
      where,
      order: fc.shuffledSubarray(items.map((_, index) => index + 1)),
      directions: fc.array(fc.constantFrom('', ' DESC', ' NULLS FIRST', ' DESC NULLS LAST'), {
        minLength: items.length,
        maxLength: items.length,
      }),
      limit: fc.option(fc.tuple(fc.nat({ max: 20 }), fc.nat({ max: 5 }))),
    }),
  )
  .map(({ items, keys, where: conditions, order, directions, limit }) => {
    const rest = items.map((_, index) => index + 1).filter((place) => !order.includes(place));
    const sorted = [...order.map((place, index) => `${place}${directions[index]}`), ...rest];
    return [
      `SELECT ${items.map((item, index) => `${item} AS c${index}`).join(', ')} FROM m WHERE ${conditions}`,
      ...(keys.length === 0 ? [] : [`GROUP BY ${keys.join(', ')}`]),
      `ORDER BY ${sorted.join(', ')}`,
      ...(limit === null ? [] : [`LIMIT ${limit[0]} OFFSET ${limit[1]}`]),
    ].join(' ');
  });
