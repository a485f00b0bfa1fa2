/** AND, OR and what counts as a condition. */
import { BOOLEAN } from '../types.ts';
import { cast } from './cast.ts';
import { condition, type Expression } from './expression.ts';
import { arrowTypeText } from './functions/arrow-type.ts';
import { plain } from './functions/support.ts';
import { errors } from './sql-errors.ts';

export function toCondition(expression: Expression, where: string): Expression {
  const type = plain(expression.type);
  if (type.kind === 'boolean') return expression;
  if (type.kind === 'null') return cast(expression, BOOLEAN);
  throw errors.planning(
    `Cannot create ${where} with non-boolean predicate '${expression.name}' returning ${arrowTypeText(expression.type)}`,
  );
}

/** AND and OR take whole chains, so that a long one does not nest. */
export function logical(operator: string, operands: readonly Expression[]): Expression {
  const flat = operands.flatMap((operand) =>
    operand.comparison?.operator === operator ? operand.children : [toLogical(operand, operator)],
  );
  return condition(
    operands.map((operand) => operand.name).join(` ${operator} `),
    flat,
    (children) => `(${children.join(` ${operator} `)})`,
    { comparison: { operator, operands: [] } },
  );
}

export function toLogical(expression: Expression, operator: string): Expression {
  const type = plain(expression.type);
  if (type.kind === 'boolean') return expression;
  if (type.kind === 'null') return cast(expression, BOOLEAN);
  throw errors.planning(
    `Cannot infer common argument type for logical boolean operation ${arrowTypeText(expression.type)} ${operator} Boolean`,
  );
}
