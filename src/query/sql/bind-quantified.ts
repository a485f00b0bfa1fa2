/** `x = ANY (…)`, `x <> ALL (…)`: over a list, or over a subquery where IN says the same. */
import { type AstNode, list, node, position, refuseOthers, variant } from './ast.ts';
import { logical } from './bind-logical.ts';
import { binary } from './bind-operator.ts';
import { inSubquery } from './bind-subquery.ts';
import { callFunction } from './call-function.ts';
import type { Environment } from './environment.ts';
import type { Expression } from './expression.ts';
import { errors, where } from './sql-errors.ts';

export function quantified(all: boolean, body: AstNode, environment: Environment): Expression {
  refuseOthers(body, ['left', 'compare_op', 'right', 'is_some'], all ? 'ALL' : 'ANY');
  const [operator] = variant(body.compare_op);
  const [kind, content] = variant(body.right);
  const bind = environment.binder.expression;
  if (kind === 'Subquery') {
    if (operator !== (all ? 'NotEq' : 'Eq'))
      throw errors.notImplemented(
        `${all ? 'ALL' : 'ANY'} over a subquery with another operator than ${all ? '<>' : '='}: compare with its min or max${where(position(body.left))}`,
      );
    return inSubquery({ expr: body.left!, subquery: content, negated: all }, environment, false);
  }
  const left = bind(body.left, environment);
  if (!all && operator === 'Eq')
    return callFunction('array_has', [bind(body.right, environment), left], environment);
  const items = kind === 'Array' ? list(node(content).elem) : [];
  if (items.length === 0)
    throw errors.notImplemented(
      `Unsupported ${all ? 'ALL' : 'ANY'}: over a list that is not written out only '= ANY' is${where(position(body.left))}`,
    );
  const parts = items.map((item) => binary(operator, left, bind(item, environment)));
  const name = parts.map((part) => part.name).join(all ? ' AND ' : ' OR ');
  return { ...logical(all ? 'AND' : 'OR', parts), name };
}
