/** Random SQL expressions with a naive evaluator: three-valued logic, DataFusion's integer and null rules. */
import fc from 'fast-check';

export type Value = number | string | boolean | null;
export type Row = Readonly<Record<string, Value>>;
export type Kind = 'integer' | 'float' | 'text' | 'boolean';

export interface Expression {
  readonly sql: string;
  readonly kind: Kind;
  readonly evaluate: (row: Row) => Value;
}

const column = (sql: string, kind: Kind): Expression => ({ sql, kind, evaluate: (row) => row[sql] ?? null });
export const COLUMNS = {
  x: column('x', 'integer'),
  z: column('z', 'integer'),
  y: column('y', 'float'),
  s: column('s', 'text'),
  t: column('t', 'text'),
  b: column('b', 'boolean'),
};

const integerLiteral = fc.integer({ min: -5, max: 5 }).map(
  (value): Expression => ({
    sql: value < 0 ? `(${value})` : String(value),
    kind: 'integer',
    evaluate: () => value,
  }),
);
const floatLiteral = fc.integer({ min: -8, max: 8 }).map((quarters): Expression => {
  const value = quarters / 4;
  return { sql: `CAST(${value} AS DOUBLE)`, kind: 'float', evaluate: () => value };
});
const textLiteral = fc.constantFrom('', 'a', 'A', 'ab', "it's", 'é').map(
  (value): Expression => ({
    sql: `'${value.replaceAll("'", "''")}'`,
    kind: 'text',
    evaluate: () => value,
  }),
);

type Binary = (left: Value, right: Value) => Value;
const lifted =
  (apply: (left: never, right: never) => Value): Binary =>
  (left, right) =>
    left === null || right === null ? null : apply(left as never, right as never);

function binary(
  operator: string,
  kind: Kind,
  apply: Binary,
): (operands: readonly [Expression, Expression]) => Expression {
  return ([left, right]) => ({
    sql: `(${left.sql} ${operator} ${right.sql})`,
    kind,
    evaluate: (row) => apply(left.evaluate(row), right.evaluate(row)),
  });
}

function call(name: string, kind: Kind, apply: (...values: Value[]) => Value) {
  return (args: readonly Expression[]): Expression => ({
    sql: `${name}(${args.map(({ sql }) => sql).join(', ')})`,
    kind,
    evaluate: (row) => apply(...args.map((argument) => argument.evaluate(row))),
  });
}

const strict =
  (apply: (...values: never[]) => Value) =>
  (...values: Value[]): Value =>
    values.includes(null) ? null : apply(...(values as never[]));

/** Division and remainder cut toward zero; the divisor is a literal other than zero. */
const divide = (left: Expression, divisor: number): Expression => ({
  sql: `(${left.sql} / ${divisor})`,
  kind: 'integer',
  evaluate: (row) => {
    const value = left.evaluate(row) as number | null;
    return value === null ? null : Math.trunc(value / divisor) + 0;
  },
});
const remainder = (left: Expression, divisor: number): Expression => ({
  sql: `(${left.sql} % ${divisor})`,
  kind: 'integer',
  evaluate: (row) => {
    const value = left.evaluate(row) as number | null;
    return value === null ? null : (value % divisor) + 0;
  },
});

const and: Binary = (left, right) =>
  left === false || right === false ? false : left === null || right === null ? null : true;
const or: Binary = (left, right) =>
  left === true || right === true ? true : left === null || right === null ? null : false;
const characters = (text: string) => [...text].length;

/** By UTF-8 bytes, as the engine orders strings. */
export function compareValues(left: Value, right: Value): number {
  if (typeof left === 'string') return Buffer.compare(Buffer.from(left), Buffer.from(right as string));
  return Number(left) - Number(right);
}

const COMPARISONS: readonly [string, (order: number) => boolean][] = [
  ['=', (order) => order === 0],
  ['<>', (order) => order !== 0],
  ['<', (order) => order < 0],
  ['<=', (order) => order <= 0],
  ['>', (order) => order > 0],
  ['>=', (order) => order >= 0],
];

interface Arbitraries {
  readonly integer: Expression;
  readonly float: Expression;
  readonly text: Expression;
  readonly boolean: Expression;
}

export const expressions = fc.letrec<Arbitraries>((tie) => {
  const of = (kind: Kind) => tie(kind) as fc.Arbitrary<Expression>;
  const pair = (kind: Kind) => fc.tuple(of(kind), of(kind));
  const branch = (kind: Kind) =>
    fc.tuple(of('boolean'), of(kind), fc.option(of(kind))).map(
      ([condition, then, otherwise]): Expression => ({
        sql: `CASE WHEN ${condition.sql} THEN ${then.sql}${otherwise ? ` ELSE ${otherwise.sql}` : ''} END`,
        kind,
        evaluate: (row) =>
          condition.evaluate(row) === true ? then.evaluate(row) : (otherwise?.evaluate(row) ?? null),
      }),
    );
  const coalesce = (kind: Kind) =>
    pair(kind).map(call('coalesce', kind, (left, right) => left ?? right ?? null));
  const nullif = (kind: Kind) =>
    pair(kind).map(
      call('nullif', kind, (left, right) =>
        left !== null && right !== null && compareValues(left, right) === 0 ? null : (left ?? null),
      ),
    );
  const compare = fc
    .tuple(fc.constantFrom<Kind>('integer', 'float', 'text'), fc.constantFrom(...COMPARISONS))
    .chain(([kind, [operator, decide]]) =>
      pair(kind).map(
        binary(
          operator,
          'boolean',
          lifted((left: Value, right: Value) => decide(compareValues(left, right))),
        ),
      ),
    );
  const inList = fc
    .tuple(of('integer'), fc.array(integerLiteral, { minLength: 1, maxLength: 3 }), fc.boolean())
    .map(
      ([operand, items, negated]): Expression => ({
        sql: `(${operand.sql} ${negated ? 'NOT ' : ''}IN (${items.map(({ sql }) => sql).join(', ')}))`,
        kind: 'boolean',
        evaluate: (row) => {
          const value = operand.evaluate(row);
          return value === null ? null : items.some((item) => item.evaluate(row) === value) !== negated;
        },
      }),
    );
  const between = fc.tuple(of('integer'), integerLiteral, integerLiteral).map(
    ([operand, low, high]): Expression => ({
      sql: `(${operand.sql} BETWEEN ${low.sql} AND ${high.sql})`,
      kind: 'boolean',
      evaluate: (row) => {
        const value = operand.evaluate(row) as number | null;
        return value === null
          ? null
          : value >= (low.evaluate(row) as number) && value <= (high.evaluate(row) as number);
      },
    }),
  );
  const isNull = fc
    .tuple(fc.constantFrom<Kind>('integer', 'float', 'text', 'boolean'), fc.boolean())
    .chain(([kind, negated]) =>
      of(kind).map(
        (operand): Expression => ({
          sql: `(${operand.sql} IS ${negated ? 'NOT ' : ''}NULL)`,
          kind: 'boolean',
          evaluate: (row) => (operand.evaluate(row) === null) !== negated,
        }),
      ),
    );
  const like = of('text').map(
    (operand): Expression => ({
      sql: `(${operand.sql} LIKE 'a%')`,
      kind: 'boolean',
      evaluate: (row) => {
        const value = operand.evaluate(row) as string | null;
        return value === null ? null : value.startsWith('a');
      },
    }),
  );
  const not = of('boolean').map(
    (operand): Expression => ({
      sql: `(NOT ${operand.sql})`,
      kind: 'boolean',
      evaluate: (row) => {
        const value = operand.evaluate(row);
        return value === null ? null : !value;
      },
    }),
  );
  const divisor = fc.constantFrom(-3, -2, 2, 3);
  return {
    integer: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      fc.constantFrom(COLUMNS.x, COLUMNS.z),
      integerLiteral,
      pair('integer').map(
        binary(
          '+',
          'integer',
          lifted((l: number, r: number) => l + r),
        ),
      ),
      pair('integer').map(
        binary(
          '-',
          'integer',
          lifted((l: number, r: number) => l - r),
        ),
      ),
      fc.tuple(fc.constantFrom(COLUMNS.x, COLUMNS.z), integerLiteral).map(
        binary(
          '*',
          'integer',
          lifted((l: number, r: number) => l * r + 0),
        ),
      ),
      fc.tuple(of('integer'), divisor).map(([left, by]) => divide(left, by)),
      fc.tuple(of('integer'), divisor).map(([left, by]) => remainder(left, by)),
      of('text').map((text) => call('character_length', 'integer', strict(characters))([text])),
      of('integer').map((value) => call('abs', 'integer', strict(Math.abs))([value])),
      branch('integer'),
      coalesce('integer'),
      nullif('integer'),
    ),
    float: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      fc.constant(COLUMNS.y),
      floatLiteral,
      pair('float').map(
        binary(
          '+',
          'float',
          lifted((l: number, r: number) => l + r),
        ),
      ),
      pair('float').map(
        binary(
          '-',
          'float',
          lifted((l: number, r: number) => l - r),
        ),
      ),
      of('float').map((value) => call('floor', 'float', strict(Math.floor))([value])),
      of('float').map((value) => call('abs', 'float', strict(Math.abs))([value])),
      branch('float'),
      coalesce('float'),
    ),
    text: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      fc.constantFrom(COLUMNS.s, COLUMNS.t),
      textLiteral,
      pair('text').map(
        binary(
          '||',
          'text',
          lifted((l: string, r: string) => l + r),
        ),
      ),
      of('text').map((text) =>
        call(
          'upper',
          'text',
          strict((v: string) => v.toUpperCase()),
        )([text]),
      ),
      of('text').map((text) =>
        call(
          'lower',
          'text',
          strict((v: string) => v.toLowerCase()),
        )([text]),
      ),
      branch('text'),
      coalesce('text'),
    ),
    boolean: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      fc.constant(COLUMNS.b),
      compare,
      pair('boolean').map(binary('AND', 'boolean', and)),
      pair('boolean').map(binary('OR', 'boolean', or)),
      not,
      isNull,
      inList,
      between,
      like,
    ),
  };
});

export const anyExpression: fc.Arbitrary<Expression> = fc.oneof(
  expressions.integer,
  expressions.float,
  expressions.text,
  expressions.boolean,
);
