/** IN, BETWEEN, CASE, IS …: three-valued as SQL wants it, which the engine's own IN and CASE are not always. */
import { BOOLEAN } from '../types.ts';
import { logical, toCondition } from './bind-logical.ts';
import { unary } from './bind-operator.ts';
import { cast } from './cast.ts';
import { comparable, compare, together } from './comparison.ts';
import { asValue, call, condition, constant, type Expression } from './expression.ts';
import { arrowTypeText } from './functions/arrow-type.ts';
import { isNotNullSql, isNullSql, optional } from './functions/optional.ts';
import { isNested, isNumber, isText, plain, sameType } from './functions/support.ts';
import { errors } from './sql-errors.ts';
import { unionOf } from './type-rules.ts';

export function isNull(operand: Expression, negated: boolean): Expression {
  const name = `${operand.name} IS ${negated ? 'NOT ' : ''}NULL`;
  const test = negated ? isNotNullSql : isNullSql;
  const render = ([x]: readonly string[]): string => test(operand.type, x!);
  const comparison = { operator: `IS ${negated ? 'NOT ' : ''}NULL`, operands: [operand] };
  return condition(name, [operand], render, { nullable: false, comparison });
}

const TRUTH: Readonly<Record<string, readonly [string, (sql: string) => string]>> = {
  IsTrue: ['IS TRUE', (x) => `ifNull(${x}, 0) = 1`],
  IsNotTrue: ['IS NOT TRUE', (x) => `ifNull(${x}, 0) = 0`],
  IsFalse: ['IS FALSE', (x) => `ifNull(${x}, 1) = 0`],
  IsNotFalse: ['IS NOT FALSE', (x) => `ifNull(${x}, 1) = 1`],
  IsUnknown: ['IS UNKNOWN', (x) => `isNull(${x})`],
  IsNotUnknown: ['IS NOT UNKNOWN', (x) => `isNotNull(${x})`],
};

export function truth(kind: string, operand: Expression): Expression {
  const [words, render] = TRUTH[kind]!;
  const operandType = plain(operand.type);
  if (operandType.kind !== 'boolean' && operandType.kind !== 'null')
    throw errors.planning(`${words} needs a boolean, not ${arrowTypeText(operand.type)}`);
  return condition(`${operand.name} ${words}`, [cast(operand, BOOLEAN)], ([x]) => `(${render(x!)})`, {
    nullable: false,
  });
}

export function between(
  operand: Expression,
  lower: Expression,
  upper: Expression,
  negated: boolean,
): Expression {
  const [value, low, high] = together([operand, lower, upper]) as [Expression, Expression, Expression];
  const name = `${value.name} ${negated ? 'NOT ' : ''}BETWEEN ${low.name} AND ${high.name}`;
  const inside = logical('AND', [compare('>=', value, low), compare('<=', value, high)]);
  return { ...(negated ? unary('Not', inside) : inside), name };
}

/** A null among the values makes "not found" unknown. */
export function inList(operand: Expression, values: readonly Expression[], negated: boolean): Expression {
  const [value, ...items] = together([operand, ...values]) as [Expression, ...Expression[]];
  const name = `${value.name} ${negated ? 'NOT ' : ''}IN ${items.map((item) => item.name).join(', ')}`;
  if (value.type.kind === 'struct') return anyEqual(value, items, negated, name);
  const pairs = items.map((item) => comparable(negated ? 'NOT IN' : 'IN', value, item));
  const nulls = items.some((item) => item.constant?.kind === 'null');
  const present = pairs.filter((_, i) => items[i]!.constant?.kind !== 'null');
  const constants = present.every(([, item]) => item.constant !== undefined && !isNested(item.type));
  const sameLeft = present.every(([left]) => sameType(left.type, present[0]![0].type));
  if (present.length > 0 && constants && sameLeft && !isNested(value.type)) {
    const left = present[0]![0];
    const found = condition(
      name,
      [left, ...present.map(([, item]) => item)],
      ([x, ...printed]) => {
        // Bare numbers: the engine brings them to the type of the left side, and long lists stay short.
        const rest = printed.map((sql, i) => {
          const { constant: value } = present[i]![1];
          return value?.kind === 'integer' && isNumber(plain(left.type)) ? String(value.value) : sql;
        });
        const set = `(${rest.join(', ')})`;
        return nulls
          ? `if(${x} IN ${set}, ${negated ? '0' : '1'}, NULL)`
          : `(${x} ${negated ? 'NOT IN' : 'IN'} ${set})`;
      },
      {
        nullable: value.nullable || nulls,
        ...(negated || nulls
          ? {}
          : { comparison: { operator: 'IN', operands: [left, ...present.map(([, item]) => item)] } }),
      },
    );
    return found;
  }
  return anyEqual(value, items, negated, name);
}

function anyEqual(
  value: Expression,
  items: readonly Expression[],
  negated: boolean,
  name: string,
): Expression {
  const any = logical(
    'OR',
    items.map((item) => compare('=', value, item)),
  );
  return { ...(negated ? unary('Not', any) : any), name };
}

export function caseExpression(
  operand: Expression | null,
  branches: readonly (readonly [Expression, Expression])[],
  otherwise: Expression | null,
): Expression {
  const results = [...branches.map(([, result]) => result), ...(otherwise === null ? [] : [otherwise])];
  const common = unionOf(results.map((result) => result.type));
  if (common === undefined)
    throw errors.planning(
      `Failed to coerce then (${results.map((result) => arrowTypeText(result.type)).join(', ')}) and else to common types in CASE WHEN expression`,
    );
  const type = otherwise === null ? optional(common) : common;
  const whens = branches.map(([when]) => when);
  const conditions =
    operand === null
      ? whens.map((when) => toCondition(asCondition(when), 'CASE'))
      : equalities(operand, whens);
  const last = otherwise ?? constant({ kind: 'null' }, type, 'NULL');
  const values = [...branches.map(([, result]) => result), last].map((result) => asValue(cast(result, type)));
  const name = [
    'CASE',
    ...(operand === null ? [] : [operand.name]),
    ...branches.map(([when, then]) => `WHEN ${when.name} THEN ${then.name}`),
    ...(otherwise === null ? [] : [`ELSE ${otherwise.name}`]),
    'END',
  ].join(' ');
  const children = [...conditions, ...values];
  return call(
    type,
    name,
    children,
    (sql) => {
      const parts = branches.flatMap((_, i) => [sql[i]!, sql[branches.length + i]!]);
      return `multiIf(${[...parts, sql[sql.length - 1]!].join(', ')})`;
    },
    { nullable: values.some((value) => value.nullable) },
  );
}

/** Texts and numbers count as what they are cast to, here and nowhere else. */
const asCondition = (when: Expression): Expression =>
  isText(when.type) || isNumber(when.type) ? cast(when, BOOLEAN) : when;

/** `CASE x WHEN …`: all its values are compared in one type. */
function equalities(operand: Expression, whens: readonly Expression[]): Expression[] {
  const [value, ...others] = together([operand, ...whens]) as [Expression, ...Expression[]];
  return others.map((other) => compare('=', value, other));
}
