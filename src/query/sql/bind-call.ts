/** Calls: scalar functions, aggregates, window functions. The table of functions is the whole list. */
import { INT32 } from '../types.ts';
import type { AstNode, AstValue } from './ast.ts';
import { aggregateCall } from './bind-aggregate.ts';
import { windowCall } from './bind-window-call.ts';
import { callFunction, unknownFunction } from './call-function.ts';
import { type CallParts, callParts } from './call-parts.ts';
import { aliasedName, displayOf } from './display-name.ts';
import type { Environment } from './environment.ts';
import { call, type Expression } from './expression.ts';
import { fillCall, isFillFunction } from './fill-call.ts';
import { errors, where } from './sql-errors.ts';
import { itemOfRows, listOfRows } from './unnest-list.ts';

export function bindCall(body: AstNode, environment: Environment): Expression {
  const parts = callParts(body);
  const { name, place } = parts;
  if (isFillFunction(name) && parts.over === undefined)
    return fillCall(
      name,
      parts.args.map((arg) => fillArgument(name, arg, environment)),
      environment,
      place,
    );
  if (name === 'grouping') return groupingCall(parts, environment);
  if (name === 'unnest') return unnestCall(parts, environment);
  const definition = environment.query.context.functions.lookup(name);
  if (definition === undefined) throw unknownFunction(name, place, environment);
  if (parts.over !== undefined) return windowCall(definition, parts, environment);
  switch (definition.kind) {
    case 'aggregate':
      return aggregateCall(definition, parts, environment);
    case 'window':
      throw errors.planning(`Window function '${name}' needs an OVER clause${where(place)}`);
    case 'scalar': {
      const args = parts.args.map((arg) => environment.binder.expression(arg, environment));
      if (parts.star || parts.distinct || parts.filter !== undefined || parts.orderBy.length > 0)
        throw errors.planning(
          `'${name}' is no aggregate: it takes no *, DISTINCT, ORDER BY or FILTER${where(place)}`,
        );
      if (parts.withinGroup.length > 0 || parts.ignoreNulls)
        throw errors.planning(
          `'${name}' is no aggregate: it takes no WITHIN GROUP or IGNORE NULLS${where(place)}`,
        );
      const value = callFunction(name, args, environment);
      if (definition.aliases?.includes(name) !== true) return value;
      const asWritten = aliasedName(name, args);
      return { ...value, name: asWritten, display: `${displayOf(value)} AS ${asWritten}` };
    }
  }
}

/** Which of the keys are rolled up in a row: printed by the grouping, which knows the keys. */
function groupingCall(parts: CallParts, environment: Environment): Expression {
  if (!environment.aggregates || parts.args.length === 0 || parts.over !== undefined)
    throw errors.planning(
      `grouping needs keys of GROUP BY, in the select list, HAVING or ORDER BY${where(parts.place)}`,
    );
  const inner = { ...environment, aggregates: false, windows: false };
  const keys = parts.args.map((arg) => environment.binder.expression(arg, inner));
  return {
    kind: 'aggregate',
    type: INT32,
    nullable: false,
    name: `grouping(${keys.map((key) => key.name).join(',')})`,
    children: keys,
    grouping: true,
    render: (sql) => `grouping(${sql.join(', ')})`,
  };
}

/** A list in the select list becomes rows. */
function unnestCall(parts: CallParts, environment: Environment): Expression {
  if (!['SELECT', 'GROUP BY', 'ORDER BY'].includes(environment.clause) || parts.args.length !== 1)
    throw errors.notImplemented(`unnest of one list outside of the select list or FROM${where(parts.place)}`);
  const value = listOfRows(environment.binder.expression(parts.args[0], environment), where(parts.place));
  const rows = call(itemOfRows(value), `UNNEST(${value.name})`, [value], ([x]) => `arrayJoin(${x})`, {
    nullable: true,
    volatile: true,
  });
  return { ...rows, unnest: true };
}

/** The bin is bound where it stands; what locf and interpolate wrap may be an aggregate. */
const fillArgument = (name: string, arg: AstValue, environment: Environment): Expression =>
  environment.binder.expression(
    arg,
    name.startsWith('date_bin') ? { ...environment, aggregates: false } : environment,
  );
