/** Conditions: WHERE, HAVING, ON, QUALIFY, FILTER. */
import { BOOLEAN } from '../types.ts';
import type { AstValue } from './ast.ts';
import { cast } from './cast.ts';
import type { Environment } from './environment.ts';
import { type Expression, some } from './expression.ts';
import { arrowTypeText } from './functions/arrow-type.ts';
import { plain } from './functions/support.ts';
import { errors } from './sql-errors.ts';

export function bindCondition(value: AstValue | undefined, environment: Environment): Expression {
  const bound = environment.binder.expression(value, environment);
  // An alias may bring one in where none may be written.
  if (!environment.windows && some(bound, (part) => part.kind === 'window'))
    throw errors.planning(`Window functions are not allowed in ${environment.clause}: ${bound.name}`);
  const type = plain(bound.type);
  if (type.kind === 'boolean') return bound;
  if (type.kind === 'null') return cast(bound, BOOLEAN);
  throw errors.planning(
    `Cannot create filter with non-boolean predicate '${bound.name}' returning ${arrowTypeText(bound.type)}`,
  );
}
