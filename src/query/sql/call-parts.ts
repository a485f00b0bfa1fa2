/** A call as the parser gives it, taken apart: every part that is not known is refused. */
import {
  type AstNode,
  type AstValue,
  list,
  node,
  objectName,
  position,
  refuseOthers,
  text,
  variant,
} from './ast.ts';
import { errors, type Position, where } from './sql-errors.ts';

export interface CallParts {
  readonly name: string;
  readonly place: Position | undefined;
  readonly args: readonly AstValue[];
  /** `count(*)`. */
  readonly star: boolean;
  readonly distinct: boolean;
  readonly orderBy: readonly AstValue[];
  readonly withinGroup: readonly AstValue[];
  readonly filter: AstValue | undefined;
  readonly over: AstValue | undefined;
  readonly ignoreNulls: boolean;
  /** As names show it: ` IGNORE NULLS`, ` RESPECT NULLS` or nothing. */
  readonly treatment: string;
}

export function callParts(body: AstNode): CallParts {
  const path = objectName(body.name);
  const place = position(body.name);
  if (path.length !== 1) throw errors.planning(`Invalid function '${path.join('.')}'.${where(place)}`);
  const name = path[0]!;
  refuseOthers(
    body,
    ['name', 'args', 'parameters', 'filter', 'over', 'null_treatment', 'within_group'],
    `the call of ${name}`,
  );
  if (variant(body.parameters ?? 'None')[0] !== 'None')
    throw errors.notImplemented(`parameters in a second pair of brackets after ${name}${where(place)}`);
  const [form, content] = variant(body.args ?? 'None');
  const parts = { name, place, filter: present(body.filter), over: present(body.over) };
  const withinGroup = list(body.within_group);
  let nulls = treatmentOf(body.null_treatment);
  if (form === 'None')
    return { ...parts, ...nulls, args: [], star: false, distinct: false, orderBy: [], withinGroup };
  if (form !== 'List') throw errors.notImplemented(`a subquery as the arguments of ${name}${where(place)}`);
  const given = node(content);
  let orderBy: readonly AstValue[] = [];
  for (const clause of list(given.clauses)) {
    const [kind, value] = variant(clause);
    if (kind === 'OrderBy') orderBy = list(value);
    else if (kind === 'IgnoreOrRespectNulls') nulls = treatmentOf(value);
    else throw errors.notImplemented(`${kind} inside the call of ${name}${where(place)}`);
  }
  const args: AstValue[] = [];
  let star = false;
  for (const arg of list(given.args)) {
    const [kind, value] = variant(arg);
    if (kind !== 'Unnamed')
      throw errors.notImplemented(`named arguments in the call of ${name}${where(place)}`);
    const [what, expression] = variant(value);
    if (what === 'Wildcard') star = true;
    else if (what === 'Expr') args.push(expression);
    else throw errors.notImplemented(`${what} in the call of ${name}${where(place)}`);
  }
  if (star && (args.length > 0 || name !== 'count'))
    throw errors.planning(`'*' may only stand in count(*)${where(place)}`);
  const distinct =
    given.duplicate_treatment !== null &&
    given.duplicate_treatment !== undefined &&
    text(given.duplicate_treatment) === 'Distinct';
  return { ...parts, ...nulls, args, star, distinct, orderBy, withinGroup };
}

const present = (value: AstValue | undefined): AstValue | undefined => value ?? undefined;
const treatmentOf = (value: AstValue | undefined): Pick<CallParts, 'ignoreNulls' | 'treatment'> => ({
  ignoreNulls: value === 'IgnoreNulls',
  treatment: value === 'IgnoreNulls' ? ' IGNORE NULLS' : value === 'RespectNulls' ? ' RESPECT NULLS' : '',
});
